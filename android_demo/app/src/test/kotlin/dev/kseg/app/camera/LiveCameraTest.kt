package dev.kseg.app.camera

import android.Manifest
import android.graphics.ImageFormat
import android.hardware.camera2.CameraCharacteristics
import android.hardware.camera2.CameraManager
import android.util.Size
import dev.kseg.app.HostRuntime
import dev.kseg.app.Phone
import dev.kseg.app.R
import dev.kseg.app.Runner
import dev.kseg.app.core.Raster
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import org.robolectric.annotation.Implementation
import org.robolectric.annotation.Implements
import org.robolectric.shadows.ShadowCameraCharacteristics
import org.robolectric.shadows.ShadowCameraManager
import org.robolectric.shadows.StreamConfigurationMapBuilder

/** A phone with a camera on its back that gives no frames: on, off, and frames made by hand. */
@RunWith(Runner::class)
@Config(sdk = [34], qualifiers = "w360dp-h640dp-xhdpi")
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class LiveCameraTest {
    @Before fun camera() {
        HostRuntime.need()
        val app = RuntimeEnvironment.getApplication()
        shadowOf(app).grantPermissions(Manifest.permission.CAMERA)
        val sizes = StreamConfigurationMapBuilder.newBuilder()
            .addOutputSize(ImageFormat.YUV_420_888, Size(640, 480)).build()
        val characteristics = ShadowCameraCharacteristics.newCameraCharacteristics()
        shadowOf(characteristics).apply {
            set(CameraCharacteristics.LENS_FACING, CameraCharacteristics.LENS_FACING_BACK)
            set(CameraCharacteristics.SENSOR_ORIENTATION, 90)
            set(CameraCharacteristics.SCALER_STREAM_CONFIGURATION_MAP, sizes)
        }
        shadowOf(app.getSystemService(CameraManager::class.java)).addCamera("0", characteristics)
    }

    private fun Phone.button() = text(R.id.camera)
    private val on get() = RuntimeEnvironment.getApplication().getString(R.string.camera_off)
    private val off get() = RuntimeEnvironment.getApplication().getString(R.string.camera)

    @Test fun `on, turned with the phone, off`() {
        val phone = Phone()
        phone.click(R.id.camera)
        assertEquals(on, phone.button())
        phone.menu(R.id.front_camera) // There is none: the other one stays.
        assertEquals(on, phone.button())
        phone.rotate()
        assertEquals(on, phone.button())
        phone.click(R.id.camera)
        assertEquals(off, phone.button())
        phone.close()
    }

    @Test fun `while a frame is looked at the others are dropped`() {
        val phone = Phone()
        var made = 0
        fun frame() = phone.activity.session.frame {
            made++
            Raster(320, 240, 3, ByteArray(320 * 240 * 3) { 40 })
        }
        assertTrue(frame())
        assertFalse(frame())
        assertEquals(1, made)
        phone.settle()
        assertEquals(320, phone.state.picture!!.raster.width)
        assertEquals(320, phone.state.found!!.result.width)
        assertTrue(frame())
        phone.settle()
        phone.close()
    }

    /** A camera on a cable, which is pulled out after it was listed. */
    @Implements(CameraManager::class)
    class PulledOut : ShadowCameraManager() {
        @Implementation
        override fun getCameraCharacteristics(id: String): CameraCharacteristics =
            throw IllegalArgumentException("no camera $id")
    }

    @Test @Config(shadows = [PulledOut::class]) fun `a camera that is gone is a sentence`() {
        val phone = Phone()
        phone.click(R.id.camera)
        assertEquals(phone.activity.getString(R.string.camera_failed, "no camera 0"), phone.text(R.id.message))
        assertEquals(off, phone.button())
        phone.close()
    }

    @Test fun `frames are as small as they may be`() {
        val sizes = listOf(Size(4000, 3000), Size(640, 480), Size(320, 240), Size(1280, 720))
        assertEquals(Size(640, 480), frameSize(sizes))
        assertEquals(Size(320, 240), frameSize(listOf(Size(176, 144), Size(320, 240))))
    }
}
