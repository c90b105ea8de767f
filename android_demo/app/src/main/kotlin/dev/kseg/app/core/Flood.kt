package dev.kseg.app.core

/**
 * A watershed that gives each unlabelled pixel of the foreground the marker that reaches it, the
 * deepest pixels first: scikit-image's, with its order of ties.
 *
 * It works block by block: what a block has flooded is a marker for the next, so seams agree.
 *
 * @param ids 0, or the marker of each pixel; flooded in place.
 * @param foreground 1 where it may flow.
 */
internal class Flood(
    private val ids: IntArray,
    private val foreground: ByteArray,
    private val width: Int,
    private val height: Int,
) {
    fun run() {
        for (top in 0 until height step BLOCK) {
            for (left in 0 until width step BLOCK) {
                val bottom = minOf(height, top + BLOCK)
                flood(Frame(top, left, bottom, minOf(width, left + BLOCK)))
            }
        }
    }

    private fun flood(block: Frame) {
        val halo = Frame(
            maxOf(0, block.y1 - HALO),
            maxOf(0, block.x1 - HALO),
            minOf(height, block.y2 + HALO),
            minOf(width, block.x2 + HALO),
        )
        if (!hasWork(halo)) return
        // A ring of one pixel around, so that no neighbour leaves the map.
        val across = halo.width + 2
        val found = IntArray(across * (halo.height + 2))
        val mask = ByteArray(found.size)
        for (y in 0 until halo.height) {
            val from = (halo.y1 + y) * width + halo.x1
            val to = (y + 1) * across + 1
            ids.copyInto(found, to, from, from + halo.width)
            foreground.copyInto(mask, to, from, from + halo.width)
        }
        val depth = distances(mask, across)
        leaveOutEnclosed(found, mask, halo, across)
        spread(found, mask, depth, across)
        for (y in block.y1 until block.y2) {
            val from = (y - halo.y1 + 1) * across + block.x1 - halo.x1 + 1
            found.copyInto(ids, y * width + block.x1, from, from + block.width)
        }
    }

    private fun hasWork(halo: Frame): Boolean {
        var (labelled, open) = false to false
        for (y in halo.y1 until halo.y2) {
            for (i in y * width + halo.x1 until y * width + halo.x2) {
                if (ids[i] > 0) labelled = true else if (foreground[i] > 0) open = true
            }
            if (labelled && open) return true
        }
        return false
    }

    /** Pixels with labels all around have nothing to flood. */
    private fun leaveOutEnclosed(found: IntArray, mask: ByteArray, halo: Frame, across: Int) {
        for (y in 1..halo.height) {
            for (x in 1..halo.width) {
                if (isEnclosed(found, halo, across, y, x)) mask[y * across + x] = 0
            }
        }
    }

    private fun isEnclosed(found: IntArray, halo: Frame, across: Int, y: Int, x: Int): Boolean {
        for (row in maxOf(1, y - 1)..minOf(halo.height, y + 1)) {
            for (column in maxOf(1, x - 1)..minOf(halo.width, x + 1)) {
                if (found[row * across + column] == 0) return false
            }
        }
        return true
    }

    private fun spread(found: IntArray, mask: ByteArray, depth: IntArray, across: Int) {
        // The nearest first, as scikit-image asks them.
        val around = intArrayOf(
            -across, -1, 1, across, -across - 1, -across + 1, across - 1, across + 1,
        )
        val heap = FloodHeap()
        for (i in found.indices) if (found[i] > 0 && mask[i] > 0) heap.push(depth[i], 0, i)
        var age = 1
        while (heap.size > 0) {
            val place = heap.pop()
            val level = heap.depth
            for (step in around) {
                val next = place + step
                if (mask[next] <= 0 || found[next] != 0) continue
                found[next] = found[place]
                heap.push(minOf(depth[next], level), ++age, next)
            }
        }
    }

    private companion object {
        // What lies further than the halo outside of a block does not reach into it: twice the
        // half width of a large nucleus.
        const val BLOCK = 1024
        const val HALO = 96
    }
}

/**
 * How far each pixel is from the next 0: 0.955 a step along an axis, 1.3693 a diagonal one, summed
 * in float32.
 *
 * So does OpenCV with Intel's library, but for the order of some sums; elsewhere it sums integers.
 * They differ in the last bit, which decides a tie now and then.
 *
 * @param mask With a ring of one pixel around that does not count.
 * @param across Its width.
 * @return The bits of float32: of numbers that are not negative they rise with them.
 */
internal fun distances(mask: ByteArray, across: Int): IntArray {
    val found = FloatArray(mask.size) { Float.MAX_VALUE }
    val inside = 1 until across - 1
    val rows = 1 until mask.size / across - 1
    for (y in rows) {
        for (x in inside) {
            val i = y * across + x
            val above = minOf(found[i - across - 1], found[i - across + 1]) + DIAGONAL
            val beside = minOf(found[i - across], found[i - 1]) + STEP
            found[i] = if (mask[i] > 0) minOf(above, beside) else 0f
        }
    }
    for (y in rows.reversed()) {
        for (x in inside.reversed()) {
            val i = y * across + x
            val below = minOf(found[i + across - 1], found[i + across + 1]) + DIAGONAL
            val beside = minOf(found[i + across], found[i + 1]) + STEP
            found[i] = minOf(found[i], below, beside)
        }
    }
    return IntArray(found.size) { java.lang.Float.floatToRawIntBits(found[it]) }
}

private const val STEP = 0.955f
private const val DIAGONAL = 1.3693f
