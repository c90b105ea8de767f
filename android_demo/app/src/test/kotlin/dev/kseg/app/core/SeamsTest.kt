package dev.kseg.app.core

import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Test

/** The rules of docs/prediction.md, one by one, on two tiles of 10 x 20 that share 8 columns. */
class SeamsTest {
    private val tiles = listOf(Frame(0, 0, 10, 20), Frame(0, 12, 10, 32))

    private fun filled(x1: Int, x2: Int, score: Float, classId: Int = 1): Detection {
        val frame = Frame(2, x1, 6, x2)
        val box = Box(2f, x1.toFloat(), 6f, x2.toFloat())
        return Detection(box, score, classId, frame, ByteArray(4 * (x2 - x1)) { 1 })
    }

    private fun merged(left: List<Detection>, right: List<Detection>) =
        mergeTiles(listOf(left, right), tiles, 4, Size(10, 32)).map { listOf(it.frame.x1, it.frame.x2, it.score) }

    @Test
    fun `what is cut and within the margin is the neighbour's`() {
        assertEquals(listOf(listOf(17, 24, 0.5f)), merged(listOf(filled(17, 20, 0.9f)), listOf(filled(17, 24, 0.5f))))
    }

    @Test
    fun `of whole ones that are the same the best stays`() {
        val both = merged(listOf(filled(14, 18, 0.6f)), listOf(filled(14, 18, 0.7f)))
        assertEquals(listOf(listOf(14, 18, 0.7f)), both)
        val others = merged(listOf(filled(14, 18, 0.6f)), listOf(filled(14, 18, 0.7f, classId = 2)))
        assertEquals(2, others.size)
    }

    @Test
    fun `a cut one in a whole one is dropped unless that scores under half`() {
        val cut = filled(10, 20, 0.8f)
        assertEquals(listOf(listOf(14, 26, 0.5f)), merged(listOf(cut), listOf(filled(14, 26, 0.5f))))
        assertEquals(2, merged(listOf(cut), listOf(filled(14, 26, 0.3f))).size)
    }

    @Test
    fun `cut ones that agree in the strip are one object`() {
        val one = mergeTiles(
            listOf(listOf(filled(5, 20, 0.6f)), listOf(filled(12, 27, 0.9f))), tiles, 4, Size(10, 32),
        ).single()
        assertEquals(Box(2f, 5f, 6f, 27f), one.box)
        assertEquals(0.9f, one.score, 0f)
        assertEquals(Frame(2, 5, 6, 27), one.frame)
        assertEquals(4 * 22, one.area)
    }

    @Test
    fun `two guesses about one place are never joined`() {
        val left = listOf(filled(5, 20, 0.9f), filled(6, 20, 0.8f))
        assertEquals(2, merged(left, listOf(filled(12, 27, 0.7f))).size)
    }

    @Test
    fun `a mask lies in its frame`() {
        // Its left half is set; the frame reaches beyond the image by 2 rows.
        val masks = floatArrayOf(1f, 0f, 1f, 0f)
        val box = doubleArrayOf(-2.0, 1.0, 2.0, 5.0)
        val frame = frameOf(box, Size(8, 8))
        assertEquals(Frame(0, 1, 2, 5), frame)
        val rows = pasteMask(masks, 0, 2, box, frame, 0.5f).toList().chunked(4)
        // By hand: columns at -0.25, 0.25, 0.75, 1.25 of the cells; the last row at 1.25.
        assertEquals(listOf<Byte>(1, 1, 0, 0), rows[0])
        assertEquals(listOf<Byte>(1, 1, 0, 0), rows[1])
        val none = doubleArrayOf(0.0, 3.0, 2.0, 3.0)
        assertArrayEquals(ByteArray(4), pasteMask(masks, 0, 2, none, Frame(0, 1, 2, 3), 0.5f))
    }

    @Test
    fun `tiles start as in Python`() {
        assertEquals(listOf(0, 5, 10), tileStarts(20, 10, 4))
        assertEquals(listOf(0), tileStarts(10, 10, 4))
        assertArrayEquals(intArrayOf(1, 2, 1, 0, 1, 2, 1, 0, 1), reflect(-3, 6, 3))
        assertArrayEquals(intArrayOf(0, 0, 0), reflect(-1, 2, 1))
    }
}
