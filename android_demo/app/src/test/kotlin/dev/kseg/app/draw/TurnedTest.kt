package dev.kseg.app.draw

import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Test

/** The image "abc" over "def", turned. */
class TurnedTest {
    private fun draw(turned: Turned): String {
        val out = CharArray(turned.wide * turned.high) { '?' }
        for (y in 0 until 2) for (x in 0 until 3) {
            out[turned.origin + y * turned.down + x * turned.right] = "abcdef"[y * 3 + x]
        }
        return out.concatToString().chunked(turned.wide).joinToString("/")
    }

    @Test fun `turns are clockwise`() {
        assertEquals("abc/def", draw(Turned(3, 2, 0, false)))
        assertEquals("da/eb/fc", draw(Turned(3, 2, 90, false)))
        assertEquals("fed/cba", draw(Turned(3, 2, 180, false)))
        assertEquals("cf/be/ad", draw(Turned(3, 2, 270, false)))
        assertEquals("cf/be/ad", draw(Turned(3, 2, -90, false)))
    }

    @Test fun `a mirror comes after the turn`() {
        assertEquals("cba/fed", draw(Turned(3, 2, 0, true)))
        assertEquals("ad/be/cf", draw(Turned(3, 2, 90, true)))
    }

    /** What each of Exif's numbers says about where the first row and column are. */
    @Test fun `Exif's orientations are undone`() {
        val expected = mapOf(
            0 to "abc/def",
            1 to "abc/def", // top, left
            2 to "cba/fed", // top, right
            3 to "fed/cba", // bottom, right
            4 to "def/abc", // bottom, left
            5 to "ad/be/cf", // left, top
            6 to "da/eb/fc", // right, top
            7 to "fc/eb/da", // right, bottom
            8 to "cf/be/ad", // left, bottom
        )
        for ((orientation, drawn) in expected) {
            assertEquals("$orientation", drawn, draw(Turned.upright(3, 2, orientation)))
        }
    }

    @Test fun `an odd angle is refused`() {
        assertThrows(IllegalArgumentException::class.java) { Turned(3, 2, 45, false) }
    }

    @Test fun `each pixel is sampled whose area holds the centre`() {
        assertEquals(listOf(0, 0, 1, 1), sources(2, 4).toList())
        assertEquals(listOf(1, 3), sources(4, 2).toList())
        assertEquals(listOf(0, 2, 4), sources(5, 3).toList())
    }
}
