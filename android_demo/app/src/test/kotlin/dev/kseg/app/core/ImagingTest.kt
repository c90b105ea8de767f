package dev.kseg.app.core

import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import java.util.Base64

/** PNG, intensity, channels, resizing and letterbox: to the bit as in Python. */
class ImagingTest {
    @Test
    fun `decodes PNG of every filter`() {
        for (case in Vectors.cases("pngs")) {
            val png = Base64.getDecoder().decode(case.fields["png"] as String)
            val expected = case.array("image")
            val deep = expected.type == "uint16"
            assertEquals(deep, Png.isDeep(png))
            if (deep) {
                assertArrayEquals(expected.deep().data, Png.decode16(png, 1000).data)
            } else {
                assertSame(expected.raster(), Png.decode8(png, 1000))
            }
        }
    }

    @Test
    fun `refuses other PNG`() {
        val png = pngOf(3, 2, zeros = 8)
        assertSame(Raster(3, 2, 1, ByteArray(6)), Png.decode8(png, 6))
        assertFalse(Png.isDeep(ByteArray(3)))
        assertRefused<ImageException>("at most 5 values", "3 x 2") { Png.decode8(png, 5) }
        assertRefused<ImageException>("of 16 bits", "8 bits, colour type 0") { Png.decode16(png, 6) }
        assertRefused<ImageException>("colour type 3") { Png.decode8(pngOf(3, 2, colour = 3), 6) }
        assertRefused<ImageException>("another file") { Png.decode8(ByteArray(50), 6) }
        assertRefused<ImageException>("cut short", "after 40 bytes") { Png.decode8(png.copyOf(40), 6) }
        assertRefused<ImageException>("do not unpack") { Png.decode8(pngOf(3, 2, zeros = 7), 6) }
        assertRefused<ImageException>("do not unpack") { Png.decode8(pngOf(4096, 4096, zeros = 7), 1 shl 30) }
        assertRefused<ImageException>("4294967295 x 2") { Png.decode8(pngOf(-1, 2), 6) }
        png[45]++
        assertRefused<ImageException>("its part IDAT was altered") { Png.decode8(png, 6) }
    }

    @Test
    fun `drops alpha`() {
        // Gray and alpha of 8 bits, 1 x 1, without prediction: zeros all.
        assertSame(Raster(1, 1, 1, ByteArray(1)), Png.decode8(pngOf(1, 1, colour = 4, zeros = 3), 1))
        assertEquals(3, Png.decode16(pngOf(1, 1, 16, 6, zeros = 9), 3).channels)
    }

    @Test
    fun `maps values and channels`() {
        for (case in Vectors.cases("prepared")) {
            val rule = intensity(case.case("rule"))
            val image = case.array("image")
            val mapped = if (image.type == "uint16") rule.apply(image.deep()) else rule.apply(image.raster())
            assertSame(case.array("prepared").raster(), toChannels(mapped, case.int("channels")))
        }
    }

    private fun intensity(rule: Case): Intensity {
        val input = mapOf("name" to "image", "size" to listOf(8L, 8L), "channels" to 3L, "intensity" to rule.fields)
        return networkMetadata(mapOf("input" to input)).input.intensity
    }

    @Test
    fun `refuses an image that a network cannot take`() {
        val none = Intensity(Intensity.Rule.NONE, Double.NaN, Double.NaN, null)
        assertRefused<ImageException>("8 bits", "16 bits") { none.apply(Raster16(1, 1, 1, ShortArray(1))) }
        val third = Intensity(Intensity.Rule.NONE, Double.NaN, Double.NaN, listOf(2))
        assertRefused<ImageException>("the channels 2", "1 channels") { third.apply(Raster(1, 1, 1, ByteArray(1))) }
        assertRefused<ImageException>("5 channels, or gray", "3 channels") {
            toChannels(Raster(1, 1, 3, ByteArray(3)), 5)
        }
        assertRefused<ImageException>("0 x 1 pixels") { Raster(0, 1, 1, ByteArray(0)) }
        assertRefused<ImageException>("5 bytes") { Raster(1, 2, 3, ByteArray(5)) }
        assertRefused<ImageException>("7 numbers") { Raster16(1, 2, 3, ShortArray(7)) }
    }

    @Test
    fun `resizes in integers`() {
        for (raw in Vectors.json("tests/golden/resize.json").list("cases")) {
            val case = Case(raw as Map<*, *>)
            val rows = case.list("input")
            val columns = rows[0] as List<*>
            val pixels = ByteArray(case.numbers("input").size) { case.numbers("input")[it].toByte() }
            val channels = pixels.size / rows.size / columns.size
            val (height, width) = case.ints("size")
            val found = resize(Raster(columns.size, rows.size, channels, pixels), height, width)
            assertEquals(case.ints("bilinear"), found.data.map { it.toInt() and 0xff })
        }
        val two = Raster(2, 1, 1, byteArrayOf(0, 100))
        assertArrayEquals(byteArrayOf(0, 25, 75, 100), resize(two, 1, 4).data)
    }

    @Test
    fun `letterbox fills one side and rounds the other`() {
        assertEquals(Frame(0, 0, 40, 48), letterboxPlace(40, 48, 40, 48))
        assertEquals(Frame(0, 8, 40, 39), letterboxPlace(17, 13, 40, 48))
        assertEquals(Frame(4, 0, 6, 10), letterboxPlace(3, 20, 10, 10)) // 1.5 rows become 2
        assertEquals(Frame(4, 0, 5, 10), letterboxPlace(1, 900, 10, 10))
        assertTrue(letterboxPlace(40_000, 1, 10, 10).width == 1)
    }
}
