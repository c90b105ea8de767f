package dev.kseg.app.core

/**
 * The deepest pixel first, of equal ones the one that waits longest.
 *
 * A binary heap with the very swaps of scikit-image's: markers are all of one age, and which of
 * them comes first is a matter of these.
 */
internal class FloodHeap {
    private var keys = LongArray(1024)
    private var places = IntArray(1024)

    /** How many are there. */
    var size = 0
        private set

    /** Of what [pop] gave last. */
    var depth = 0
        private set

    /**
     * @param depth Larger is deeper, at least 0.
     * @param age Smaller comes first.
     * @param place What [pop] gives.
     */
    fun push(depth: Int, age: Int, place: Int) {
        if (size == keys.size) {
            keys = keys.copyOf(2 * size)
            places = places.copyOf(2 * size)
        }
        keys[size] = (Int.MAX_VALUE - depth).toLong() shl 32 or age.toLong()
        places[size] = place
        var child = size++
        while (child > 0) {
            val parent = (child + 1) / 2 - 1
            if (keys[child] >= keys[parent]) break
            swap(child, parent)
            child = parent
        }
    }

    /** Take away the first one. */
    fun pop(): Int {
        val first = places[0]
        depth = Int.MAX_VALUE - (keys[0] shr 32).toInt()
        if (--size == 0) return first
        swap(0, size)
        var i = 0
        while (true) {
            val left = 2 * i + 1
            val right = left + 1
            var smallest = i
            if (left >= size) break
            if (keys[left] < keys[i]) smallest = left
            if (right < size && keys[right] < keys[smallest]) smallest = right
            if (smallest == i) break
            swap(i, smallest)
            i = smallest
        }
        return first
    }

    private fun swap(i: Int, k: Int) {
        val key = keys[i]
        val place = places[i]
        keys[i] = keys[k]
        places[i] = places[k]
        keys[k] = key
        places[k] = place
    }
}
