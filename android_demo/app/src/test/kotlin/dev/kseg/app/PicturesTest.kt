package dev.kseg.app

import android.content.Context
import dev.kseg.app.core.Png
import dev.kseg.app.core.Raster
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import java.io.ByteArrayInputStream
import java.io.FilterInputStream
import java.nio.ByteBuffer
import java.util.zip.CRC32

/** Pictures as the phone decodes them: the bytes that Python reads. */
@RunWith(Runner::class)
@Config(sdk = [34])
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class PicturesTest {
    private val context: Context get() = RuntimeEnvironment.getApplication()
    private val png = TestBundles.nuclei()

    private fun read(content: ByteArray): Picture =
        Pictures(context) { _, _ -> true }.read(Phone.file("it.png", content))

    private fun assertSame(expected: Raster, found: Raster) {
        assertEquals(listOf(expected.width, expected.height, 3), listOf(found.width, found.height, found.channels))
        val data = ByteArray(found.data.size) { expected.data[it / 3 * expected.channels + it % 3 % expected.channels] }
        assertArrayEquals(data, found.data)
    }

    @Test fun `a PNG of 8 bits is the same bytes`() =
        assertSame(Png.decode8(png, 1 shl 20), read(png).raster)

    /** A phone's photographs have one (Display P3), and pictures of microscopes have gAMA of 1. */
    @Test fun `a colour profile changes nothing, as OpenCV has none`() {
        val gamma = "gAMA".toByteArray() + ByteBuffer.allocate(4).putInt(100_000).array()
        val sum = CRC32().apply { update(gamma) }.value.toInt()
        val length = ByteBuffer.allocate(4).putInt(4).array()
        val chunk = length + gamma + ByteBuffer.allocate(4).putInt(sum).array()
        val end = 33 // Of the header, behind the signature.
        val profiled = png.copyOf(end) + chunk + png.copyOfRange(end, png.size)
        assertSame(Png.decode8(png, 1 shl 20), read(profiled).raster)
    }

    @Test fun `a file that comes in small pieces keeps its 16 bits`() {
        val mask = HostRuntime.root.resolve("kseg/data/nuclei/masks").listFiles()!!.min().readBytes()
        val uri = Phone.file("deep.png") {
            object : FilterInputStream(ByteArrayInputStream(mask)) {
                override fun read(to: ByteArray, at: Int, most: Int) = super.read(to, at, minOf(most, 7))
            }
        }
        val deep = Pictures(context) { _, _ -> true }.read(uri).deep
        assertArrayEquals(Png.decode16(mask, 1 shl 20).data, deep?.data)
    }
}
