package dev.kseg.app.core

/**
 * Bilinear, in integers only: the same to the bit as `kseg.imaging.resize` (docs/numerics.md).
 *
 * Nothing is smoothed before shrinking: to less than half the size, pixels are skipped.
 *
 * @param image Of any channels.
 * @param height Of the result, pixels, at least 1.
 * @param width Of the result, pixels, at least 1.
 */
fun resize(image: Raster, height: Int, width: Int): Raster {
    val out = Raster(width, height, image.channels, ByteArray(height * width * image.channels))
    resizeInto(image, Frame(0, 0, image.height, image.width), out, Frame(0, 0, height, width))
    return out
}

/** A part of an image, resized into a part of another one of as many channels. */
internal fun resizeInto(image: Raster, from: Frame, out: Raster, to: Frame) {
    val rows = Axis(from.height, to.height)
    val columns = Axis(from.width, to.width)
    val channels = image.channels
    val pixels = image.data
    for (y in 0 until to.height) {
        val first = ((from.y1 + rows.first[y]) * image.width + from.x1) * channels
        val second = ((from.y1 + rows.second[y]) * image.width + from.x1) * channels
        val down = rows.weight[y]
        var at = ((to.y1 + y) * out.width + to.x1) * channels
        for (x in 0 until to.width) {
            val left = columns.first[x] * channels
            val right = columns.second[x] * channels
            val across = columns.weight[x]
            for (c in 0 until channels) {
                val top = blend(pixels[first + left + c], pixels[first + right + c], across)
                val bottom = blend(pixels[second + left + c], pixels[second + right + c], across)
                out.data[at++] = (top * (ONE - down) + bottom * down + HALF ushr 2 * BITS).toByte()
            }
        }
    }
}

private fun blend(first: Byte, second: Byte, weight: Int): Int =
    (first.toInt() and 0xff) * (ONE - weight) + (second.toInt() and 0xff) * weight

/** For each of m outputs: both source indices of n, and the second's weight in 1/2048. */
private class Axis(n: Int, m: Int) {
    val first = IntArray(m)
    val second = IntArray(m)
    val weight = IntArray(m)

    init {
        for (i in 0 until m) {
            val above = maxOf((2L * i + 1) * n - m, 0) // 2m times the source coordinate
            val position = minOf((above * ONE + m) / (2L * m), (n - 1L) * ONE)
            first[i] = (position shr BITS).toInt()
            second[i] = minOf(first[i] + 1, n - 1)
            weight[i] = (position and ONE - 1L).toInt()
        }
    }
}

private const val BITS = 11
private const val ONE = 1 shl BITS // the weight 1: 255 * ONE * ONE still fits 31 bits
private const val HALF = 1 shl 2 * BITS - 1
