package dev.kseg.app.core

/**
 * Objects of overlapping tiles made one again; the rules are in docs/prediction.md and
 * kseg/predict/objects/seams.py.
 *
 * @param parts What each tile shows, in the image.
 * @param tiles Of the image.
 * @param margin Pixels: neighbours share twice as many or more.
 * @param size Of the image.
 * @return The highest score first.
 */
internal fun mergeTiles(
    parts: List<List<Detection>>,
    tiles: List<Frame>,
    margin: Int,
    size: Size,
): List<Detection> {
    val merged = if (parts.size == 1) parts[0] else Seams(parts, tiles, margin, size).merged()
    return above(merged, Float.NEGATIVE_INFINITY)
}

private class Seams(
    parts: List<List<Detection>>,
    private val tiles: List<Frame>,
    private val margin: Int,
    private val size: Size,
) {
    private val found = ArrayList<Detection>()
    private val owner = ArrayList<Int>()
    private val cut = ArrayList<Boolean>()

    // Of each object those that its frame meets: of other tiles, and of its own.
    private val beside: List<ArrayList<Int>>
    private val rivals: List<ArrayList<Int>>

    init {
        parts.forEachIndexed { tile, part -> part.forEach { add(it, tile) } }
        beside = List(found.size) { ArrayList() }
        rivals = List(found.size) { ArrayList() }
        meeting(found) { i, k ->
            if (found[i].classId == found[k].classId) {
                val lists = if (owner[i] == owner[k]) rivals else beside
                lists[i].add(k)
                lists[k].add(i)
            }
        }
        (beside + rivals).forEach { it.sort() }
    }

    /** Leave out what is cut and lies within the margin of that edge: the neighbour sees it. */
    private fun add(one: Detection, tile: Int) {
        val (shown, box) = tiles[tile] to one.box
        val sides = listOf(
            Side(shown.y1, shown.y2, size.height, box.y1, box.y2),
            Side(shown.x1, shown.x2, size.width, box.x1, box.x2),
        )
        if (sides.any { it.isNear }) return
        found.add(one)
        owner.add(tile)
        cut.add(sides.any { it.isCut })
    }

    /** An object between two edges of its tile. */
    private inner class Side(first: Int, last: Int, length: Int, low: Float, high: Float) {
        private val atFirst = first > 0 && low < (first + NEAR).toDouble()
        private val atLast = last < length && high > (last - NEAR).toDouble()
        val isCut = atFirst || atLast
        val isNear = (atFirst && high <= (first + margin).toDouble()) ||
            (atLast && low >= (last - margin).toDouble())
    }

    fun merged(): List<Detection> {
        val whole = bestWholes()
        val groups = joined(pieces(whole))
        val (alone, several) = groups.partition { it.size == 1 }
        return (whole + alone.map { it[0] }).map { found[it] } + several.map(::union)
    }

    /** Indices, the highest score first; of equal ones the first. */
    private fun ranked(chosen: List<Int>) = chosen.sortedByDescending { found[it].score }

    /** Of whole ones that are the same, that of the highest score. */
    private fun bestWholes(): List<Int> {
        val kept = HashSet<Int>()
        for (i in ranked(found.indices.filter { !cut[it] })) {
            val known = beside[i].any { k ->
                val both = if (k in kept) sharedPixels(found[i], found[k]) else 0
                both > 0 && both >= SAME * (found[i].area + found[k].area - both)
            }
            if (!known) kept.add(i)
        }
        return kept.sorted()
    }

    /** Cut ones that do not lie in a whole one. */
    private fun pieces(whole: List<Int>): List<Int> {
        val wholes = whole.toHashSet()
        return found.indices.filter { i ->
            cut[i] && beside[i].none { k ->
                k in wholes && 2 * found[k].score >= found[i].score &&
                    sharedPixels(found[i], found[k]) >= SAME * found[i].area
            }
        }
    }

    private class Group(val members: ArrayList<Int>, val rivals: HashSet<Int>)

    /** Which pieces are one object. */
    private fun joined(pieces: List<Int>): List<List<Int>> {
        val groups = LinkedHashMap<Int, Group>()
        for (i in ranked(pieces)) {
            val own = Group(arrayListOf(i), rivalsOf(i))
            groups[i] = own
            for (k in ranked(beside[i].filter { it in groups })) {
                val other = groups.getValue(k)
                if (other === own || other.members.any { it in own.rivals }) continue
                if (!agree(i, k)) continue
                own.members.addAll(other.members)
                own.rivals.addAll(other.rivals)
                for (member in other.members) groups[member] = own
            }
        }
        return groups.values.distinct().map { it.members }
    }

    /** Those of the same tile that lie half on it, or it half on them: guesses about one place. */
    private fun rivalsOf(i: Int): HashSet<Int> = rivals[i].filterTo(HashSet()) { k ->
        sharedPixels(found[i], found[k]) >= SAME * minOf(found[i].area, found[k].area)
    }

    /** Whether two pieces are of one object, by what both tiles see. */
    private fun agree(i: Int, k: Int): Boolean {
        val strip = sharedWindow(tiles[owner[i]], tiles[owner[k]])
        val both = sharedPixels(found[i], found[k])
        val least = minOf(pixelsIn(found[i], strip), pixelsIn(found[k], strip))
        return both > 0 && both >= SAME * least
    }

    /** One object of all pixels of some. */
    private fun union(group: List<Int>): Detection {
        val parts = ranked(group.sorted()).map { found[it] }
        val frame = Frame(
            parts.minOf { it.frame.y1 },
            parts.minOf { it.frame.x1 },
            parts.maxOf { it.frame.y2 },
            parts.maxOf { it.frame.x2 },
        )
        val mask = ByteArray(frame.height * frame.width)
        for (part in parts) {
            val inner = part.frame
            for (i in part.mask.indices) {
                val y = inner.y1 - frame.y1 + i / inner.width
                val x = inner.x1 - frame.x1 + i % inner.width
                if (part.mask[i] > 0) mask[y * frame.width + x] = 1
            }
        }
        val box = Box(
            parts.minOf { it.box.y1 },
            parts.minOf { it.box.x1 },
            parts.maxOf { it.box.y2 },
            parts.maxOf { it.box.x2 },
        )
        return Detection(box, parts[0].score, parts[0].classId, frame, mask)
    }

    private companion object {
        const val SAME = 0.5
        const val NEAR = 2 // pixels: masks end a little before the edge that cuts them
    }
}
