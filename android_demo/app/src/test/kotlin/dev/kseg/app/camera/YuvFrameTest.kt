package dev.kseg.app.camera

import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import java.nio.ByteBuffer
import kotlin.math.abs
import kotlin.random.Random

class YuvFrameTest {
    private fun plane(
        width: Int,
        height: Int,
        rowStride: Int,
        pixelStride: Int,
        value: (Int, Int) -> Int,
    ): Plane {
        // The last row ends with its last pixel, as cameras have it.
        val bytes = ByteBuffer.allocate((height - 1) * rowStride + (width - 1) * pixelStride + 1)
        for (y in 0 until height) for (x in 0 until width) {
            bytes.put(y * rowStride + x * pixelStride, value(y, x).toByte())
        }
        return Plane(bytes, rowStride, pixelStride)
    }

    private fun frame(
        width: Int,
        height: Int,
        y: (Int, Int) -> Int,
        u: (Int, Int) -> Int,
        v: (Int, Int) -> Int,
    ): YuvFrame {
        val (w, h) = (width + 1) / 2 to (height + 1) / 2
        fun half(value: (Int, Int) -> Int) = plane(w, h, 2 * w + 4, 2, value)
        return YuvFrame(width, height, plane(width, height, width + 5, 1, y), half(u), half(v))
    }

    private fun colour(y: Int, u: Int, v: Int): List<Int> {
        val raster = frame(1, 1, { _, _ -> y }, { _, _ -> u }, { _, _ -> v }).toRaster(0, false)
        return List(3) { raster[0, 0, it] }
    }

    @Test fun `known colours`() {
        assertEquals(listOf(0, 0, 0), colour(0, 128, 128))
        assertEquals(listOf(255, 255, 255), colour(255, 128, 128))
        assertEquals(listOf(254, 0, 0), colour(76, 85, 255))
        assertEquals(listOf(0, 0, 254), colour(29, 255, 107))
        assertEquals(listOf(0, 255, 1), colour(150, 44, 21))
    }

    @Test fun `JPEG's formula to the nearest`() {
        val random = Random(0)
        repeat(2000) {
            val (y, u, v) = List(3) { random.nextInt(256) }
            val exact = listOf(
                y + 1.402 * (v - 128),
                y - 0.344136 * (u - 128) - 0.714136 * (v - 128),
                y + 1.772 * (u - 128),
            )
            for ((ours, real) in colour(y, u, v) zip exact) {
                assertTrue("$y $u $v", abs(ours - real.coerceIn(0.0, 255.0)) <= 0.51)
            }
        }
    }

    @Test fun `strides, odd sizes and turns`() {
        val frame = frame(5, 3, { y, x -> 10 * y + x }, { _, _ -> 128 }, { _, _ -> 128 })
        val straight = frame.toRaster(0, false)
        assertEquals(5 to 3, straight.width to straight.height)
        assertEquals(23, straight[2, 3, 0])
        val turned = frame.toRaster(90, false)
        assertEquals(3 to 5, turned.width to turned.height)
        assertEquals(20, turned[0, 0, 0]) // What was below on the left is above on the left.
        val mirrored = frame.toRaster(90, true)
        assertEquals(0, mirrored[0, 0, 0])
    }

    @Test fun `a pixel has the colour of its half-size pixel`() {
        val frame = frame(4, 2, { _, _ -> 128 }, { _, _ -> 128 }, { _, x -> if (x == 0) 128 else 255 })
        val raster = frame.toRaster(0, false)
        assertEquals(listOf(128, 128, 255, 255), List(4) { raster[1, it, 0] })
    }

    /** The rule of Android's documentation, for the usual sensors. */
    @Test fun `a phone's cameras stand upright`() {
        assertEquals(90, uprightTurn(sensor = 90, display = 0, front = false))
        assertEquals(0, uprightTurn(sensor = 90, display = 90, front = false))
        assertEquals(180, uprightTurn(sensor = 90, display = 270, front = false))
        assertEquals(270, uprightTurn(sensor = 270, display = 0, front = true))
        assertEquals(0, uprightTurn(sensor = 270, display = 90, front = true))
        assertEquals(180, uprightTurn(sensor = 270, display = 270, front = true))
    }
}
