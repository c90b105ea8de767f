package dev.kseg.app.draw

import dev.kseg.app.core.Box
import dev.kseg.app.core.Detection
import dev.kseg.app.core.Frame
import dev.kseg.app.core.Region
import dev.kseg.app.core.Result
import dev.kseg.app.core.Times
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Test

private const val RED = 0xffff0000.toInt()
private const val BLACK = 0xff000000.toInt()

class LayersTest {
    private val palette = intArrayOf(BLACK, RED)
    private val times = Times(0.0, 0.0, 0.0)

    private fun map(width: Int, height: Int, vararg labels: Int) =
        Result.LabelMap(width, height, ByteArray(labels.size) { labels[it].toByte() }, null, null, times)

    /** A picture in letters: "#" a line, "+" a fill, "." nothing. */
    private fun drawn(layers: Layers) = List(layers.height) { y ->
        (0 until layers.width).joinToString("") { x ->
            val i = y * layers.width + x
            if (layers.lines[i] != 0) "#" else if (layers.fill[i] != 0) "+" else "."
        }
    }

    @Test fun `an area has its colour and a line along its edge`() {
        val found = map(
            5, 5,
            0, 0, 0, 0, 0,
            0, 1, 1, 1, 0,
            0, 1, 1, 1, 0,
            0, 1, 1, 1, 0,
            0, 0, 0, 0, 0,
        )
        val layers = layersOf(found, palette, 5, 5)
        assertEquals(listOf(".....", ".###.", ".#+#.", ".###.", "....."), drawn(layers))
        assertEquals(RED, layers.fill[12])
        assertEquals(RED, layers.lines[6])
    }

    @Test fun `the edge of the picture is no edge of an area`() {
        val layers = layersOf(map(3, 2, 1, 1, 1, 1, 1, 1), palette, 3, 2)
        assertEquals(listOf("+++", "+++"), drawn(layers))
    }

    @Test fun `what the palette does not have stays bare`() {
        val layers = layersOf(map(3, 1, 255, 0, 1), palette, 3, 1)
        assertEquals(listOf("..#"), drawn(layers))
    }

    @Test fun `objects of a label map have colours of their own`() {
        val ids = intArrayOf(1, 1, 2, 2)
        val regions = List(2) { Region(it + 1, 1, 2, Frame(0, 2 * it, 1, 2 * it + 2), 0.5, 1.0) }
        val found = Result.LabelMap(4, 1, ByteArray(4) { 1 }, ids, regions, times)
        val layers = layersOf(found, palette, 4, 1)
        assertArrayEquals(intArrayOf(objectColour(0), 0, 0, objectColour(1)), layers.fill)
        assertArrayEquals(intArrayOf(0, objectColour(0), objectColour(1), 0), layers.lines)
    }

    private fun square(score: Float, y: Int, x: Int, side: Int) = Detection(
        Box(y.toFloat(), x.toFloat(), (y + side).toFloat(), (x + side).toFloat()),
        score, 1, Frame(y, x, y + side, x + side), ByteArray(side * side) { 1 },
    )

    @Test fun `the highest score lies on top`() {
        val found = Result.Objects(6, 4, listOf(square(0.9f, 0, 0, 4), square(0.5f, 0, 2, 4)), times)
        val layers = layersOf(found, palette, 6, 4)
        assertEquals(objectColour(0), layers.lines[6 + 3])
        assertEquals(0, layers.fill[6 + 3])
        assertEquals(objectColour(1), layers.fill[6 + 4])
    }

    @Test fun `an object at the edge is outlined there`() {
        val layers = layersOf(Result.Objects(3, 3, listOf(square(1f, 0, 0, 3)), times), palette, 3, 3)
        assertEquals(listOf("###", "#+#", "###"), drawn(layers))
    }

    @Test fun `a larger result is sampled at the centres of the screen's pixels`() {
        val labels = IntArray(64) { if (it / 8 >= 4 && it % 8 >= 4) 1 else 0 }
        val layers = layersOf(map(8, 8, *labels), palette, 4, 4)
        assertEquals(listOf("....", "....", "..##", "..#+"), drawn(layers))
        val objects = Result.Objects(8, 8, listOf(square(1f, 2, 2, 6)), times)
        assertEquals(listOf("....", ".###", ".#+#", ".###"), drawn(layersOf(objects, palette, 4, 4)))
    }

    @Test fun `an object of a frame without a pixel draws nothing`() {
        val empty = Detection(Box(1f, 1f, 1f, 1f), 1f, 1, Frame(1, 1, 1, 1), ByteArray(0))
        val layers = layersOf(Result.Objects(3, 3, listOf(empty), times), palette, 3, 3)
        assertEquals(listOf("...", "...", "..."), drawn(layers))
    }
}
