package dev.kseg.app.core

/*
 * Separate objects from a label map, so that touching ones come apart (kseg/predict/labels/separate.py,
 * docs/prediction.md): the same ids as in Python, but for pixels as near to one object as to
 * another, see [distances].
 */

/**
 * Objects of a label map by a rule of the metadata.
 *
 * @param labels `height * width` class ids.
 * @return 0 background, 1 to N the objects.
 */
internal fun separate(labels: ByteArray, width: Int, height: Int, rule: InstanceRule): Pieces =
    when (rule) {
        is InstanceRule.Components -> componentObjects(labels, width, height, rule)
        is InstanceRule.Watershed -> watershedObjects(labels, width, height, rule)
    }

private fun componentObjects(
    labels: ByteArray,
    width: Int,
    height: Int,
    rule: InstanceRule.Components,
): Pieces {
    val ids = IntArray(labels.size)
    var total = 0
    for (k in rule.classes) {
        val pieces = components(maskOf(labels, k), width, height, diagonal = true)
        val areas = areas(pieces.ids, pieces.count)
        val count = renumber(pieces.ids, { areas[it] >= rule.minArea }, pieces.count)
        for (i in ids.indices) if (pieces.ids[i] > 0) ids[i] = total + pieces.ids[i]
        total += count
    }
    fillHoles(ids, total, width, height)
    return Pieces(ids, total)
}

private fun watershedObjects(
    labels: ByteArray,
    width: Int,
    height: Int,
    rule: InstanceRule.Watershed,
): Pieces {
    val seeds = maskOf(labels, rule.interior)
    val foreground = maskOf(labels, rule.border)
    for (i in seeds.indices) if (seeds[i] > 0) foreground[i] = 1
    addWithoutSeed(foreground, seeds, width, height)
    val markers = components(seeds, width, height, diagonal = true)
    val ids = markers.ids
    var count = markers.count
    Flood(ids, foreground, width, height).run()
    val areas = areas(ids, count)
    if ((1..count).any { areas[it] < rule.minArea }) {
        count = renumber(ids, { areas[it] >= rule.minArea }, count)
        Flood(ids, foreground, width, height).run()
    }
    fillHoles(ids, count, width, height)
    return Pieces(ids, count)
}

private fun maskOf(labels: ByteArray, k: Int) =
    ByteArray(labels.size) { if (labels[it] == k.toByte()) 1 else 0 }

/** Pieces of foreground that hold no seed become seeds. */
private fun addWithoutSeed(foreground: ByteArray, seeds: ByteArray, width: Int, height: Int) {
    val pieces = components(foreground, width, height, diagonal = true)
    val seeded = BooleanArray(pieces.count + 1)
    seeded[0] = true
    for (i in seeds.indices) if (seeds[i] > 0) seeded[pieces.ids[i]] = true
    for (i in seeds.indices) if (!seeded[pieces.ids[i]]) seeds[i] = 1
}

/** Give background that one object alone encloses to that object, in place. */
private fun fillHoles(ids: IntArray, count: Int, width: Int, height: Int) {
    val empty = ByteArray(ids.size) { if (ids[it] == 0) 1 else 0 }
    val holes = components(empty, width, height, diagonal = false)
    val lowest = IntArray(holes.count + 1) { count + 1 }
    val highest = IntArray(holes.count + 1)
    fun meet(hole: Int, id: Int) {
        if (hole > 0 && id > 0) {
            lowest[hole] = minOf(lowest[hole], id)
            highest[hole] = maxOf(highest[hole], id)
        }
    }
    for (i in ids.indices) {
        val hole = holes.ids[i]
        if (i % width > 0) {
            meet(hole, ids[i - 1])
            meet(holes.ids[i - 1], ids[i])
        }
        if (i >= width) {
            meet(hole, ids[i - width])
            meet(holes.ids[i - width], ids[i])
        }
    }
    for (i in ids.indices) {
        val atEdge = i < width || i >= ids.size - width || i % width == 0 || i % width == width - 1
        if (atEdge) highest[holes.ids[i]] = 0
    }
    for (i in ids.indices) {
        val hole = holes.ids[i]
        if (hole > 0 && lowest[hole] == highest[hole]) ids[i] = lowest[hole]
    }
}

/**
 * Measure every object: one pass over the pixels.
 *
 * @param classes That an object can have: it gets the most frequent, of equal ones the first.
 */
internal fun regions(
    pieces: Pieces,
    labels: ByteArray,
    width: Int,
    classes: List<Int>,
): List<Region> {
    val found = List(pieces.count) { Measured(classes.size) }
    for (i in labels.indices) {
        val id = pieces.ids[i]
        if (id == 0) continue
        found[id - 1].add(i / width, i % width, classes.indexOf(labels[i].toInt() and 0xff))
    }
    return found.mapIndexed { i, measured -> measured.region(i + 1, classes) }
}

private class Measured(classes: Int) {
    private var area = 0
    private var sumY = 0L
    private var sumX = 0L
    private var top = Int.MAX_VALUE
    private var left = Int.MAX_VALUE
    private var bottom = 0
    private var right = 0
    private val votes = IntArray(classes)

    fun add(y: Int, x: Int, vote: Int) {
        area++
        sumY += y
        sumX += x
        top = minOf(top, y)
        left = minOf(left, x)
        bottom = maxOf(bottom, y + 1)
        right = maxOf(right, x + 1)
        if (vote >= 0) votes[vote]++
    }

    fun region(id: Int, classes: List<Int>): Region {
        val most = votes.indices.maxByOrNull { votes[it] } ?: 0
        val centre = { sum: Long -> sum.toDouble() / area + 0.5 }
        val frame = Frame(top, left, bottom, right)
        return Region(id, classes[most], area, frame, centre(sumY), centre(sumX))
    }
}
