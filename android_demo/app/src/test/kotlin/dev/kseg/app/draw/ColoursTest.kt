package dev.kseg.app.draw

import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test

class ColoursTest {
    /** The first rows of kseg.show.colours.colour_table(233) after black. */
    private val python = listOf(
        listOf(54, 114, 255), listOf(174, 255, 54), listOf(255, 54, 234), listOf(54, 255, 215),
        listOf(255, 161, 54), listOf(101, 54, 255), listOf(68, 255, 54), listOf(255, 54, 128),
    )

    @Test fun `objects have the colours of Python's pictures`() {
        val found = python.indices.map { i ->
            val colour = objectColour(i)
            listOf(colour shr 16 and 255, colour shr 8 and 255, colour and 255)
        }
        for ((ours, theirs) in found zip python) {
            for ((a, b) in ours zip theirs) assertEquals("$found", b.toDouble(), a.toDouble(), 1.0)
        }
    }

    @Test fun `colours repeat after 233`() = assertEquals(objectColour(0), objectColour(233))

    @Test fun `only black is bare`() {
        assertTrue(isBare(0xff000000.toInt()))
        assertTrue(isBare(0))
        assertFalse(isBare(0xff000001.toInt()))
    }

    @Test fun `ink is read on its colour`() {
        assertEquals(0xff141414.toInt(), inkOn(0xffffff00.toInt()))
        assertEquals(-1, inkOn(0xff2020c0.toInt()))
    }
}
