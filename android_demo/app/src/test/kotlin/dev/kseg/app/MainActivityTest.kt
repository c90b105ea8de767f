package dev.kseg.app

import android.Manifest
import android.app.AlertDialog
import android.content.DialogInterface
import android.content.Intent
import android.graphics.Bitmap
import android.graphics.Color
import android.view.View
import android.widget.SeekBar
import android.widget.Spinner
import dev.kseg.app.core.Accelerator
import dev.kseg.app.core.Result
import dev.kseg.app.draw.objectColour
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertSame
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import org.robolectric.shadows.ShadowDialog
import java.io.ByteArrayOutputStream

/** What a person does with the app; what the screen shows then is in target/screens. */
@RunWith(Runner::class)
@Config(sdk = [34], qualifiers = "w360dp-h640dp-xhdpi")
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class MainActivityTest {
    @Before fun runtime() = HostRuntime.need()

    private val nuclei by lazy { Phone.file("nuclei.png", TestBundles.nuclei()) }

    @Test fun `launch`() = phone {
        assertEquals(TestBundles.UNET, state.model!!.name)
        assertTrue(state.models.any { it.name == TestBundles.MASK_RCNN })
        assertTrue(text(R.id.check), state.opened!!.check.agrees)
        assertEquals(activity.getString(R.string.invitation), text(R.id.message))
        photograph("launch")
    }

    @Test fun `pick a picture, of which the label map is drawn`() = phone {
        click(R.id.pick)
        val asked = answer(nuclei)
        assertEquals(Intent.ACTION_OPEN_DOCUMENT, asked.action)
        assertEquals("image/*", asked.type)
        val found = state.found!!.result as Result.LabelMap
        assertTrue("${found.regions!!.size}", found.regions!!.size in 25..45)
        assertEquals("nucleus: ${found.regions!!.size}", text(R.id.counts))
        assertTrue(text(R.id.times), "network" in text(R.id.times))
        photograph("label_map")
    }

    @Test fun `pick a picture, of which the objects are drawn`() = phone {
        choose(TestBundles.MASK_RCNN)
        pick(nuclei)
        val found = state.found!!.result as Result.Objects
        assertTrue("${found.detections.size}", found.detections.size in 20..45)
        assertEquals(View.VISIBLE, activity.findViewById<View>(R.id.threshold_row).visibility)
        photograph("objects")
    }

    @Test @Config(qualifiers = "+night") fun `in the dark`() = phone {
        pick(nuclei)
        val shot = photograph("label_map_dark")
        assertTrue(Color.luminance(shot.getPixel(2, shot.height - 2)) < 0.1)
        choose(TestBundles.MASK_RCNN)
        photograph("objects_dark")
    }

    /** With opaque colours the screen shows the picture where nothing was found, else not. */
    @Test fun `the overlay lies on the right pixels`() = phone {
        pick(nuclei)
        val seek = activity.findViewById<SeekBar>(R.id.opacity)
        seek.progress = 100
        shadowOf(seek).onSeekBarChangeListener.onProgressChanged(seek, 100, true)
        val shot = photograph("opaque")
        val picture = state.picture!!.raster
        val ids = (state.found!!.result as Result.LabelMap).ids!!
        val view = activity.findViewById<OverlayView>(R.id.overlay)
        val corner = IntArray(2).also(view::getLocationInWindow)
        val side = minOf(view.width, view.height).toFloat() / picture.width
        val left = corner[0] + (view.width - side * picture.width) / 2
        val top = corner[1] + (view.height - side * picture.height) / 2
        var checked = 0
        for (y in 1 until picture.height step 3) for (x in 1 until picture.width step 3) {
            val pixel = shot.getPixel((left + (x + 0.5f) * side).toInt(), (top + (y + 0.5f) * side).toInt())
            val gray = picture[y, x, 0]
            val id = ids[y * picture.width + x]
            val expected = if (id == 0) Color.rgb(gray, gray, gray) else objectColour(id - 1)
            for (shift in listOf(0, 8, 16)) {
                val difference = (pixel shr shift and 255) - (expected shr shift and 255)
                assertTrue("$y, $x: $difference", difference in -6..6)
            }
            checked++
        }
        assertTrue(checked > 7000)
    }

    @Test fun `turn the phone`() = phone {
        choose(TestBundles.MASK_RCNN)
        pick(nuclei)
        val before = state
        RuntimeEnvironment.setQualifiers("+w640dp-h360dp-land")
        rotate()
        assertSame(before.found, state.found)
        assertSame(before.opened, state.opened)
        val found = before.found!!.result as Result.Objects
        assertEquals("nucleus: ${found.detections.size}", text(R.id.counts))
        photograph("landscape")
    }

    @Test fun `the system ends the app, and the person comes back`() {
        val phone = Phone()
        phone.choose(TestBundles.MASK_RCNN)
        phone.pick(nuclei)
        val before = phone.text(R.id.counts)
        val later = Phone(saved = phone.end())
        assertEquals(TestBundles.MASK_RCNN, later.state.model!!.name)
        assertEquals(before, later.text(R.id.counts))
        later.close()
    }

    @Test fun `deny the camera`() = phone {
        shadowOf(RuntimeEnvironment.getApplication()).denyPermissions(Manifest.permission.CAMERA)
        click(R.id.camera)
        val asked = shadowOf(activity).lastRequestedPermission
        assertEquals(listOf(Manifest.permission.CAMERA), asked.requestedPermissions.toList())
        activity.onRequestPermissionsResult(asked.requestCode, asked.requestedPermissions, intArrayOf(-1))
        settle()
        assertEquals(activity.getString(R.string.camera_denied), text(R.id.message))
        assertEquals(activity.getString(R.string.camera), text(R.id.camera))
        photograph("camera_denied")
    }

    @Test fun `a question for the camera that was not answered denies nothing`() = phone {
        shadowOf(RuntimeEnvironment.getApplication()).denyPermissions(Manifest.permission.CAMERA)
        click(R.id.camera)
        val asked = shadowOf(activity).lastRequestedPermission
        activity.onRequestPermissionsResult(asked.requestCode, emptyArray(), IntArray(0))
        settle()
        assertEquals(activity.getString(R.string.invitation), text(R.id.message))
    }

    @Test fun `allow the camera of a phone that has none`() = phone {
        shadowOf(RuntimeEnvironment.getApplication()).grantPermissions(Manifest.permission.CAMERA)
        click(R.id.camera)
        assertEquals(activity.getString(R.string.camera_none), text(R.id.message))
        photograph("camera_none")
    }

    @Test fun `a score slider leaves out what scores less`() = phone {
        choose(TestBundles.MASK_RCNN)
        pick(nuclei)
        val before = (state.found!!.result as Result.Objects).detections.size
        val seek = activity.findViewById<SeekBar>(R.id.threshold)
        shadowOf(seek).onSeekBarChangeListener.onProgressChanged(seek, 95, true)
        settle()
        val after = state.found!!.result as Result.Objects
        assertTrue(after.detections.size < before)
        assertTrue(after.detections.all { it.score >= 0.95f })
        assertEquals("Score from 0.95", text(R.id.threshold_label))
    }

    @Test fun `the sample of a bundle`() = phone {
        menu(R.id.sample)
        assertNotNull(state.found)
        assertEquals(state.opened!!.bundle.metadata.input.width, state.picture!!.raster.width)
    }

    @Test fun `what is touched is large enough for a finger`() = phone {
        choose(TestBundles.MASK_RCNN) // Its score slider is there, too.
        val least = 48 * activity.resources.displayMetrics.density
        for (id in listOf(R.id.models, R.id.opacity, R.id.threshold, R.id.pick, R.id.camera)) {
            val view = activity.findViewById<View>(id)
            assertTrue("${activity.resources.getResourceEntryName(id)}: ${view.height}", view.height >= least)
        }
    }

    @Test fun `settings open the network again, and an accelerator that lacks is told of`() = phone {
        menu(R.id.settings)
        val dialog = ShadowDialog.getLatestDialog() as AlertDialog
        Phone.photograph(dialog.window!!.decorView, "settings")
        dialog.findViewById<Spinner>(R.id.accelerator).setSelection(Accelerator.NNAPI.ordinal)
        dialog.getButton(DialogInterface.BUTTON_POSITIVE).performClick()
        settle()
        assertEquals(Accelerator.NNAPI, Phone.preferences.run.accelerator)
        assertEquals(Accelerator.CPU, state.opened!!.accelerator)
        assertTrue(state.opened!!.check.agrees)
        assertTrue(text(R.id.check), "on the processor" in text(R.id.check))
        photograph("no_accelerator")
    }

    @Test fun `a photograph on its side is set upright`() = phone {
        val picture = Bitmap.createBitmap(40, 20, Bitmap.Config.ARGB_8888).apply { eraseColor(Color.RED) }
        val file = ByteArrayOutputStream()
        picture.compress(Bitmap.CompressFormat.JPEG, 90, file)
        // An APP1 segment that holds one entry of TIFF: orientation 6.
        val entry = byteArrayOf(1, 18, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0)
        val tiff = byteArrayOf(77, 77, 0, 42, 0, 0, 0, 8, 0, 1) + entry + byteArrayOf(0, 0, 0, 0)
        val exif = "Exif".toByteArray() + byteArrayOf(0, 0) + tiff
        val head = byteArrayOf(-1, -40, -1, -31, 0, (exif.size + 2).toByte())
        pick(Phone.file("side.jpg", head + exif + file.toByteArray().drop(2)))
        assertEquals(20 to 40, state.picture!!.raster.run { width to height })
    }
}
