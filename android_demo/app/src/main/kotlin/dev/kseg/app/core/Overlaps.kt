package dev.kseg.app.core

/*
 * Which of many objects meet, and how many pixels their masks share (kseg/predict/objects/overlaps.py).
 */

/**
 * The pairs of frames that share an area, the lower index first.
 *
 * Frames are sorted by their first row; each is compared with those that begin before it ends.
 */
internal inline fun meeting(found: List<Detection>, use: (i: Int, k: Int) -> Unit) {
    val order = found.indices.sortedBy { found[it].frame.y1 }
    for (a in order.indices) {
        val one = found[order[a]].frame
        for (b in a + 1 until order.size) {
            val other = found[order[b]].frame
            if (other.y1 >= one.y2) break
            val meet = maxOf(one.x1, other.x1) < minOf(one.x2, other.x2) && other.y1 < other.y2
            if (meet) use(minOf(order[a], order[b]), maxOf(order[a], order[b]))
        }
    }
}

/** What lies in both; without an area where nothing does. */
internal fun sharedWindow(one: Frame, other: Frame): Frame {
    val y1 = maxOf(one.y1, other.y1)
    val x1 = maxOf(one.x1, other.x1)
    return Frame(y1, x1, maxOf(y1, minOf(one.y2, other.y2)), maxOf(x1, minOf(one.x2, other.x2)))
}

/** How many pixels two objects have in common. */
internal fun sharedPixels(one: Detection, other: Detection): Int {
    val window = sharedWindow(one.frame, other.frame)
    var count = 0
    for (y in window.y1 until window.y2) {
        for (x in window.x1 until window.x2) if (one.holds(y, x) && other.holds(y, x)) count++
    }
    return count
}

/** How many pixels of an object a window shows. */
internal fun pixelsIn(found: Detection, window: Frame): Int {
    val part = sharedWindow(found.frame, window)
    var count = 0
    for (y in part.y1 until part.y2) {
        for (x in part.x1 until part.x2) if (found.holds(y, x)) count++
    }
    return count
}

private fun Detection.holds(y: Int, x: Int) = mask[(y - frame.y1) * frame.width + x - frame.x1] > 0
