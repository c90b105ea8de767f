package dev.kseg.app.core

/**
 * Where a box's mask is asked: the pixels whose centre lies in the box, inside the image.
 *
 * @param box (y1, x1, y2, x2), finite; may reach beyond the image.
 */
internal fun frameOf(box: DoubleArray, size: Size): Frame {
    val bounds = intArrayOf(size.height, size.width, size.height, size.width)
    val at = IntArray(4) { Math.ceil(box[it] - 0.5).coerceIn(0.0, bounds[it].toDouble()).toInt() }
    return Frame(at[0], at[1], maxOf(at[0], at[2]), maxOf(at[1], at[3]))
}

/**
 * Render a mask at the image's resolution, only where its box lies (`kseg.predict.paste_masks`,
 * rule "sample"): the pixel at row i takes the mask at `(i + 0.5 - y1) * m / (y2 - y1) - 0.5`,
 * bilinear, with 0 beyond the mask, and is set where that is at least the threshold.
 *
 * @param masks Probabilities; this one's begin at [at], `side * side` of them.
 * @param frame Of [frameOf].
 * @param threshold Of the network.
 * @return 1 or 0 for each pixel of the frame.
 */
internal fun pasteMask(
    masks: FloatArray,
    at: Int,
    side: Int,
    box: DoubleArray,
    frame: Frame,
    threshold: Float,
): ByteArray {
    val out = ByteArray(frame.height * frame.width)
    if (out.isEmpty() || box[2] <= box[0] || box[3] <= box[1]) return out
    val rows = Shares(frame.y1, frame.y2, box[0], box[2], side)
    val columns = Shares(frame.x1, frame.x2, box[1], box[3], side)
    // First every row of the mask as wide as the frame.
    val wide = Array(side) { row ->
        FloatArray(frame.width) { x -> columns.blend(x) { masks[at + row * side + it] } }
    }
    for (y in 0 until frame.height) {
        for (x in 0 until frame.width) {
            if (rows.blend(y) { wide[it][x] } >= threshold) out[y * frame.width + x] = 1
        }
    }
    return out
}

/** The shares that two neighbouring cells of a mask have in each pixel's value, along an axis. */
private class Shares(start: Int, stop: Int, low: Double, high: Double, cells: Int) {
    private val first = IntArray(stop - start)
    private val shares = FloatArray(2 * (stop - start))

    init {
        for (i in first.indices) {
            val at = (start + i + 0.5 - low) * cells / (high - low) - 0.5
            first[i] = Math.floor(at).toInt()
            for (k in 0..1) {
                val cell = first[i] + k
                val share = maxOf(0.0, 1 - Math.abs(at - cell)).toFloat()
                shares[2 * i + k] = if (cell in 0 until cells) share else 0f
            }
        }
    }

    /** In float32; the second product is rounded with the sum only, as Python's processors do. */
    inline fun blend(pixel: Int, value: (cell: Int) -> Float): Float {
        val share = shares[2 * pixel]
        val other = shares[2 * pixel + 1]
        val sum = if (share > 0) value(first[pixel]) * share else 0f
        if (other <= 0) return sum
        return (sum.toDouble() + value(first[pixel] + 1).toDouble() * other).toFloat()
    }
}
