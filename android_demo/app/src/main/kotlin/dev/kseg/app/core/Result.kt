package dev.kseg.app.core

/**
 * What a network found in an image.
 *
 * Boxes and frames are (y1, x1, y2, x2) in pixels of the image, half-open: the first pixel covers
 * [0, 1) x [0, 1).
 */
sealed class Result {
    /** Of the image, pixels. */
    abstract val width: Int

    /** Of the image, pixels. */
    abstract val height: Int

    /** Where the time went. */
    abstract val times: Times

    /**
     * A class for each pixel.
     *
     * @property labels A class id (unsigned) per pixel, row by row.
     * @property ids 0, or 1 to N of each pixel's object; null where the metadata has no rule for
     *   objects.
     * @property regions Object n at index n - 1; null likewise.
     */
    class LabelMap(
        override val width: Int,
        override val height: Int,
        val labels: ByteArray,
        val ids: IntArray?,
        val regions: List<Region>?,
        override val times: Times,
    ) : Result()

    /** @property detections The highest score first. */
    class Objects(
        override val width: Int,
        override val height: Int,
        val detections: List<Detection>,
        override val times: Times,
    ) : Result() {
        /** Those with at least this score: the same objects, nothing is computed again. */
        fun above(score: Double): Objects =
            Objects(width, height, above(detections, score.toFloat()), times)
    }

    /** Objects of each class id; of a label map without objects, its pixels of each class id. */
    fun countsPerClass(): Map<Int, Int> = when (this) {
        is Objects -> detections.groupingBy { it.classId }.eachCount()
        is LabelMap -> regions?.groupingBy { it.classId }?.eachCount() ?: pixelsPerClass(labels)
    }
}

private fun pixelsPerClass(labels: ByteArray): Map<Int, Int> {
    val counts = IntArray(256)
    for (label in labels) counts[label.toInt() and 0xff]++
    return counts.indices.filter { counts[it] > 0 }.associateWith { counts[it] }
}

/**
 * An object of a label map.
 *
 * @property id From 1.
 * @property classId Of most of its pixels, among those that the rule says.
 * @property area Pixels.
 * @property frame The smallest that holds it.
 * @property centreY Mean row of its pixels; the centre of the first row is at 0.5.
 * @property centreX Mean column, likewise.
 */
class Region(
    val id: Int,
    val classId: Int,
    val area: Int,
    val frame: Frame,
    val centreY: Double,
    val centreX: Double,
)

/**
 * An object that a network found.
 *
 * @property score 0 to 1.
 * @property frame Where the mask lies, inside the image.
 * @property mask 1 where the object is, else 0: the pixels of its frame, row by row. May hold no 1.
 */
class Detection(
    val box: Box,
    val score: Float,
    val classId: Int,
    val frame: Frame,
    val mask: ByteArray,
) {
    /** Pixels. */
    val area: Int by lazy(LazyThreadSafetyMode.NONE) { mask.sum() }
}

/** Edges of an object, inside the image. */
data class Box(val y1: Float, val x1: Float, val y2: Float, val x2: Float)

/** Some pixels of an image: rows y1 to y2 - 1, columns x1 to x2 - 1. */
data class Frame(val y1: Int, val x1: Int, val y2: Int, val x2: Int) {
    /** Pixels. */
    val height: Int get() = y2 - y1

    /** Pixels. */
    val width: Int get() = x2 - x1
}

/**
 * Milliseconds.
 *
 * @property prepare From pixels to the network's tiles.
 * @property network In the runtime.
 * @property decode From its outputs to label map or objects.
 */
data class Times(val prepare: Double, val network: Double, val decode: Double)
