package dev.kseg.app.core

/*
 * What a network finds here, beside what it found where it was exported (kseg/predict/golden.py).
 */

private val SAME_LABELS = Rules.golden("same_labels") // of the pixels
private val SAME_BOX = Rules.golden("same_box") // pixels

/** Label maps agree where 99 % of the pixels do. */
internal fun checkLabels(found: ByteArray, golden: ByteArray): GoldenCheck {
    if (found.size != golden.size) {
        return differs("${golden.size} labels, as the golden ones", "${found.size}")
    }
    val same = golden.indices.count { found[it] == golden[it] }
    // Rounded down: what does not agree must not look as if it did.
    val share = hundredths(same * 10_000L / golden.size) + " %"
    if (same.toDouble() / golden.size >= SAME_LABELS) {
        return agrees("$share of the golden label map's pixels are the same")
    }
    return differs("at least 99 % of the golden label map's pixels", share)
}

/**
 * Objects agree where count and classes are the same and boxes lie within 0.5 pixels.
 *
 * Kernels differ between processors in the last bit, so that objects of nearly one score may
 * change places: each is compared with the nearest of its class that is left.
 */
internal fun checkObjects(
    boxes: FloatArray,
    classes: IntArray,
    golden: Golden.Objects,
): GoldenCheck {
    if (classes.sorted() != golden.classes.sorted()) {
        return differs("the golden image's objects, ${tally(golden.classes)}", tally(classes))
    }
    val left = golden.classes.indices.toMutableList()
    var farthest = 0.0
    for (i in classes.indices) {
        val distance = { k: Int -> apart(boxes, i, golden.boxes, k) }
        val nearest = left.filter { golden.classes[it] == classes[i] }.minByOrNull(distance)!!
        farthest = maxOf(farthest, distance(nearest))
        left.remove(nearest)
    }
    // Rounded up, likewise.
    val pixels = hundredths(Math.ceil(farthest * 100).toLong()) + " pixels"
    if (farthest <= SAME_BOX) {
        return agrees("all ${classes.size} objects of the golden image, boxes within $pixels")
    }
    return differs("boxes within $SAME_BOX pixels of the golden image's", pixels)
}

/** The largest distance of two boxes' edges. */
private fun apart(boxes: FloatArray, i: Int, others: FloatArray, k: Int): Double =
    (0..3).maxOf { Math.abs(boxes[4 * i + it].toDouble() - others[4 * k + it]) }

/** "35, of the classes 1 (30), 2 (5)". */
private fun tally(classes: IntArray): String {
    val counts = classes.sorted().groupingBy { it }.eachCount()
    if (counts.isEmpty()) return "none"
    val list = counts.entries.joinToString { "${it.key} (${it.value})" }
    return "${classes.size}, of the classes $list"
}

private fun hundredths(value: Long) = "${value / 100}.${(value % 100).toString().padStart(2, '0')}"

private fun agrees(what: String) = GoldenCheck(true, "This phone agrees: $what.")

private fun differs(expected: String, received: String) = GoldenCheck(
    false,
    "This phone does not agree. Expected $expected. Received: $received. It computes the network " +
        "wrongly: choose another accelerator, or another network.",
)
