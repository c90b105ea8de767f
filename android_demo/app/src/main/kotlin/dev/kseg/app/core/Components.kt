package dev.kseg.app.core

/**
 * The connected pieces of a map.
 *
 * @property ids 0 where nothing is, else 1 to [count].
 */
internal class Pieces(val ids: IntArray, val count: Int)

/**
 * Number the connected pieces of what is not 0.
 *
 * They are numbered as OpenCV does: by the first block of 2 x 2 pixels, row by row, that holds any
 * of a piece.
 *
 * Memory: the result alone. While pieces grow, each pixel holds the place of another of its piece,
 * plus 1; that of the first pixel is its own.
 *
 * @param diagonal Whether pixels that touch at a corner are connected.
 */
internal fun components(mask: ByteArray, width: Int, height: Int, diagonal: Boolean): Pieces {
    val ids = IntArray(mask.size)
    for (y in 0 until height) {
        for (x in 0 until width) {
            val i = y * width + x
            if (mask[i] == ZERO) continue
            ids[i] = i + 1
            val up = y > 0 && mask[i - width] != ZERO
            val left = x > 0 && mask[i - 1] != ZERO
            if (up) union(ids, i, i - width)
            // What lies above touches both corners: there is nothing more to join.
            if (left && !(up && diagonal)) union(ids, i, i - 1)
            if (!diagonal || up || y == 0) continue
            if (x > 0 && mask[i - width - 1] != ZERO) union(ids, i, i - width - 1)
            if (x + 1 < width && mask[i - width + 1] != ZERO) union(ids, i, i - width + 1)
        }
    }
    return Pieces(ids, number(ids, width, height))
}

/** The pixels of each id up to [count]; those of 0 first. */
internal fun areas(ids: IntArray, count: Int): IntArray {
    val areas = IntArray(count + 1)
    for (id in ids) areas[id]++
    return areas
}

/**
 * Drop ids and close the gaps, in place.
 *
 * @param keep By id; 0 stays 0.
 * @return How many are left.
 */
internal fun renumber(ids: IntArray, keep: (id: Int) -> Boolean, count: Int): Int {
    var left = 0
    val numbers = IntArray(count + 1) { if (it > 0 && keep(it)) ++left else 0 }
    for (i in ids.indices) ids[i] = numbers[ids[i]]
    return left
}

private const val ZERO: Byte = 0

private fun union(ids: IntArray, i: Int, k: Int) {
    val a = first(ids, i)
    val b = first(ids, k)
    if (a < b) ids[b] = a + 1 else ids[a] = b + 1
}

/** The first pixel of a piece; the way there is halved for the next one who asks. */
private fun first(ids: IntArray, from: Int): Int {
    var i = from
    while (ids[i] != i + 1) {
        ids[i] = ids[ids[i] - 1]
        i = ids[i] - 1
    }
    return i
}

/** From places to numbers. Those that are given already stand at first pixels as negatives. */
private fun number(ids: IntArray, width: Int, height: Int): Int {
    // Every place is before its pixel, so that one step is enough for all that follow.
    for (i in ids.indices) if (ids[i] > 0) ids[i] = ids[ids[i] - 1]
    var count = 0
    for (y in 0 until height step 2) {
        for (x in 0 until width step 2) {
            for (row in y until minOf(y + 2, height)) {
                for (i in row * width + x until row * width + minOf(x + 2, width)) {
                    if (ids[i] > 0 && ids[ids[i] - 1] > 0) ids[ids[i] - 1] = -(++count)
                }
            }
        }
    }
    for (i in ids.indices) if (ids[i] > 0) ids[i] = ids[ids[i] - 1]
    for (i in ids.indices) ids[i] = -ids[i]
    return count
}
