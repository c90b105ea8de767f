package dev.kseg.app.core

import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test

class GoldenChecksTest {
    private val image = Raster(1, 1, 1, ByteArray(1))
    private val boxes = floatArrayOf(0f, 0f, 10f, 10f, 20f, 20f, 40f, 40f, 20f, 21f, 40f, 40f)
    private val golden = Golden.Objects(image, boxes, intArrayOf(1, 2, 2), floatArrayOf(0.9f, 0.8f, 0.7f))

    @Test
    fun `label maps agree from 99 percent of the pixels on`() {
        val there = ByteArray(10_000) { 1 }
        val found = { other: Int -> checkLabels(ByteArray(10_000) { if (it < other) 0 else 1 }, there) }
        assertTrue(found(100).agrees)
        assertTrue(found(100).sentence, "99.00 %" in found(100).sentence)
        assertFalse(found(101).agrees)
        assertTrue(found(101).sentence, "Expected at least 99 %" in found(101).sentence)
        assertTrue(found(101).sentence, "Received: 98.99 %" in found(101).sentence)
    }

    @Test
    fun `objects may change places within their class`() {
        val swapped = boxes.copyOfRange(8, 12) + boxes.copyOfRange(4, 8) + boxes.copyOfRange(0, 4)
        val check = checkObjects(swapped, intArrayOf(2, 2, 1), golden)
        val expected = "This phone agrees: all 3 objects of the golden image, boxes within 0.00 pixels."
        assertEquals(expected, check.sentence)
        assertTrue(check.agrees)
    }

    @Test
    fun `boxes may move by half a pixel`() {
        val moved = { by: Float -> checkObjects(boxes.copyOf().apply { this[0] -= by }, intArrayOf(1, 2, 2), golden) }
        assertTrue(moved(0.5f).agrees)
        assertFalse(moved(0.501f).agrees)
        assertTrue(moved(0.501f).sentence, "Received: 0.51 pixels" in moved(0.501f).sentence)
    }

    @Test
    fun `count and classes are the same`() {
        val check = checkObjects(boxes, intArrayOf(1, 1, 2), golden)
        assertFalse(check.agrees)
        val expected = "Expected the golden image's objects, 3, of the classes 1 (1), 2 (2). " +
            "Received: 3, of the classes 1 (2), 2 (1)."
        assertTrue(check.sentence, expected in check.sentence)
        assertFalse(checkObjects(FloatArray(0), IntArray(0), golden).agrees)
    }
}
