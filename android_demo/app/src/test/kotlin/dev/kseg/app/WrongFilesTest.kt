package dev.kseg.app

import android.content.Context
import android.os.Looper
import dev.kseg.app.core.BundleFile
import dev.kseg.app.core.KsegException
import dev.kseg.app.core.Vectors
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertSame
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import java.io.ByteArrayInputStream
import java.io.ByteArrayOutputStream
import java.util.zip.CRC32
import java.util.zip.Deflater
import java.util.zip.DeflaterOutputStream

/** Files that the app cannot use: a sentence each, and what was there before stays. */
@RunWith(Runner::class)
@Config(sdk = [34], qualifiers = "w360dp-h640dp-xhdpi")
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class WrongFilesTest {
    @Before fun runtime() = HostRuntime.need()

    private fun bundle(name: String, content: ByteArray, screen: String, vararg words: String) {
        val phone = Phone()
        val before = phone.state.opened!!
        phone.menu(R.id.open_bundle)
        phone.answer(Phone.file(name, content))
        val said = phone.text(R.id.message)
        println("$screen: $said")
        for (word in words) assertTrue("$word in: $said", word in said)
        assertTrue(said, said.endsWith("."))
        assertSame(before, phone.state.opened)
        phone.photograph(screen)
        phone.pick(Phone.file("nuclei.png", TestBundles.nuclei()))
        assertNotNull(phone.state.found)
        phone.close()
    }

    private val unet by lazy { TestBundles.file(TestBundles.UNET).readBytes() }

    @Test fun `a bundle from the phone's files`() {
        val phone = Phone()
        phone.menu(R.id.open_bundle)
        phone.answer(Phone.file("mine.tflite", TestBundles.file(TestBundles.MASK_RCNN).readBytes()))
        assertEquals("mine.tflite", phone.state.model!!.name)
        assertTrue(phone.state.opened!!.check.agrees)
        phone.close()
        // It is there the next day.
        val later = Phone()
        later.choose("mine.tflite")
        assertTrue(later.state.opened!!.check.agrees)
        later.close()
    }

    @Test fun `a truncated bundle`() =
        bundle("cut.tflite", unet.copyOf(unet.size / 2), "bundle_truncated", "cut.tflite")

    @Test fun `a bundle for a newer reader`() {
        val newer = BundleFile("labels").replace("\"format_version\": 2", "\"format_version\": 9").bytes()
        bundle("newer.tflite", newer, "bundle_newer", "newer.tflite", "format_version 9")
    }

    @Test fun `an altered bundle`() {
        val altered = unet.copyOf().also { it[100_000] = (it[100_000] + 1).toByte() }
        bundle("altered.tflite", altered, "bundle_altered", "altered.tflite")
    }

    @Test fun `a network with operators of TensorFlow`() =
        bundle("flex.tflite", Vectors.bundle("flex"), "bundle_with_flex", "flex.tflite")

    @Test fun `a picture for a bundle`() =
        bundle("nuclei.png", TestBundles.nuclei(), "bundle_is_a_picture", "nuclei.png")

    @Test fun `an empty file for a bundle`() =
        bundle("empty.tflite", ByteArray(0), "bundle_is_empty", "empty.tflite")

    @Test fun `a file larger than any bundle`() {
        val uri = Phone.file("film.mp4", ByteArray((1 shl 20) + 1))
        val models = Models(context, largestMb = 1)
        val error = assertThrows(KsegException::class.java) { models.import(uri) { _, _ -> } }
        assertTrue(error.message!!, "film.mp4 has more than 1 MB" in error.message!!)
    }

    /** Of a file without content reading is refused. */
    private fun picture(name: String, content: ByteArray?, screen: String, words: String) {
        val uri = Phone.file(name) { ByteArrayInputStream(content ?: throw SecurityException("gone")) }
        val phone = Phone()
        phone.pick(Phone.file("nuclei.png", TestBundles.nuclei()))
        val before = phone.state.found
        phone.pick(uri)
        val said = phone.text(R.id.message)
        println("$screen: $said")
        assertTrue(said, said.startsWith("$name $words"))
        assertSame(before, phone.state.found)
        phone.photograph(screen)
        phone.close()
    }

    @Test fun `a text for a picture`() =
        picture("letter.txt", "Dear kseg".toByteArray(), "picture_is_a_text", "is not a picture")

    @Test fun `a bundle for a picture`() =
        picture("unet.tflite", unet, "picture_is_a_bundle", "is not a picture")

    @Test fun `a picture whose head alone is there`() =
        picture("cut.png", TestBundles.nuclei().copyOf(40), "picture_truncated", "is not a picture")

    @Test fun `a picture that is gone`() =
        picture("gone.png", null, "picture_gone", "cannot be read")

    @Test fun `a picture of 16 bits for a network that has no rule for them`() {
        val phone = Phone()
        val mask = HostRuntime.root.resolve("kseg/data/nuclei/masks").listFiles()!!.min().readBytes()
        phone.pick(Phone.file("deep.png", mask))
        assertTrue(phone.text(R.id.message), "Received: 16 bits" in phone.text(R.id.message))
        val deep = phone.state.picture!!.deep!!
        assertEquals(256 to 256, deep.width to deep.height)
        assertTrue(deep.data.max() in 2..200) // Its objects' ids, not cut to the upper eight bits.
        phone.photograph("picture_of_16_bits")
        phone.close()
    }

    private val context: Context get() = RuntimeEnvironment.getApplication()

    @Test fun `a picture of 100 megapixels is read smaller where memory is low`() {
        val uri = Phone.file("large.png", grayPng(10_000, 10_000))
        val read = Pictures(context) { width, height -> width.toLong() * height <= 3_000_000 }.read(uri)
        assertEquals(1250 to 1250, read.raster.run { width to height })
        assertTrue(read.note, "10000 x 10000" in read.note && "1/8" in read.note)
        val error = assertThrows(KsegException::class.java) { Pictures(context) { _, _ -> false }.read(uri) }
        assertTrue(error.message!!, "10000 x 10000" in error.message!!)
    }

    @Test fun `memory that ends is a sentence`() {
        val session = Session(context, Phone.preferences, freeHeap = { 1L shl 20 })
        session.start(null)
        session.show(Phone.file("nuclei.png", TestBundles.nuclei()))
        fun settle() = repeat(3) {
            session.worker.submit {}.get()
            shadowOf(Looper.getMainLooper()).idle()
        }
        settle()
        assertTrue(session.state.message, "does not fit" in session.state.message)
        session.produce({ throw OutOfMemoryError() }) {}
        settle()
        assertEquals(context.getString(R.string.out_of_memory), session.state.message)
        session.produce({ error("a fault") }) {}
        settle()
        assertTrue(session.state.message, "This app has a fault" in session.state.message)
        session.close()
    }

    /** A gray PNG of one colour, written row by row. */
    private fun grayPng(width: Int, height: Int): ByteArray {
        val pixels = ByteArrayOutputStream()
        DeflaterOutputStream(pixels, Deflater(1)).use { out ->
            val row = ByteArray(width + 1) { if (it == 0) 0 else 90 }
            repeat(height) { out.write(row) }
        }
        fun number(value: Int) = ByteArray(4) { (value ushr (24 - 8 * it)).toByte() }
        fun chunk(name: String, content: ByteArray): ByteArray {
            val body = name.toByteArray() + content
            val sum = CRC32().apply { update(body) }.value.toInt()
            return number(content.size) + body + number(sum)
        }
        val head = number(width) + number(height) + byteArrayOf(8, 0, 0, 0, 0)
        return byteArrayOf(-119, 80, 78, 71, 13, 10, 26, 10) + chunk("IHDR", head) +
            chunk("IDAT", pixels.toByteArray()) + chunk("IEND", ByteArray(0))
    }
}
