package dev.kseg.app.core

import java.nio.ByteBuffer

/**
 * What a network gave for one image: those objects that there are.
 *
 * @property boxes (y1, x1, y2, x2) one after the other, in pixels of the network's input.
 * @property masks Probabilities, `side * side` each, in the frames of the boxes.
 */
internal class FoundObjects(
    val boxes: FloatArray,
    val scores: FloatArray,
    val classes: IntArray,
    val masks: FloatArray,
    val side: Int,
) {
    /**
     * In the image's own pixels (`kseg.predict.Detections.from_output`).
     *
     * @param size Of the image.
     * @param place Of the image in the network's input.
     * @param threshold Of the network, for the pixels of masks.
     * @param most Bytes that the masks may take together.
     * @return In the network's order; a box that lies outside altogether is dropped.
     * @throws ImageException The masks take more.
     */
    fun detections(size: Size, place: Frame, threshold: Double, most: Long): List<Detection> {
        val found = ArrayList<Detection>()
        var bytes = 0L
        for (i in scores.indices) {
            val box = boxOf(i, size, place)
            val (high, wide) = size.height.toDouble() to size.width.toDouble()
            val cut = Box(
                box[0].coerceIn(0.0, high).toFloat(),
                box[1].coerceIn(0.0, wide).toFloat(),
                box[2].coerceIn(0.0, high).toFloat(),
                box[3].coerceIn(0.0, wide).toFloat(),
            )
            if (!(cut.y2 > cut.y1 && cut.x2 > cut.x1)) continue
            val frame = frameOf(box, size)
            bytes += frame.height.toLong() * frame.width
            if (bytes > most) {
                throw ImageException(
                    "Expected objects whose masks fit into memory. Received: more than " +
                        "${most shr 20} MB of them. Make the image smaller.",
                )
            }
            val mask = pasteMask(masks, i * side * side, side, box, frame, threshold.toFloat())
            found.add(Detection(cut, scores[i], classes[i], frame, mask))
        }
        return found
    }

    private fun boxOf(i: Int, size: Size, place: Frame) = DoubleArray(4) { k ->
        val origin = if (k % 2 == 0) place.y1 else place.x1
        val whole = if (k % 2 == 0) size.height else size.width
        val inner = if (k % 2 == 0) place.height else place.width
        (boxes[4 * i + k].toDouble() - origin) * whole / inner
    }

    companion object {
        /**
         * Take a network's outputs apart.
         *
         * @param classes How many have a name.
         * @throws BundleException They do not fit each other, or are no numbers.
         */
        fun read(
            found: Map<String, ByteBuffer>,
            output: Output.Objects,
            classes: Int,
        ): FoundObjects {
            val scores = floats(found, output.scores)
            val boxes = floats(found, output.boxes)
            val masks = floats(found, output.masks)
            val ids = ints(found, output.classes)
            val count = ints(found, output.count).singleOrNull() ?: -1
            val most = scores.size
            val side = if (most > 0) Math.sqrt((masks.size / most).toDouble()).toInt() else 0
            val fits = boxes.size == 4 * most && ids.size == most &&
                masks.size == most * side * side
            if (!fits || count !in 0..most) {
                throw wrong("boxes, scores, classes and masks of one number, count among them")
            }
            val there = boxes.copyOf(4 * count) to scores.copyOf(count)
            if (!(there.first + there.second).all { it.isFinite() }) {
                throw wrong("finite boxes and scores")
            }
            val named = ids.copyOf(count)
            if (!named.all { it in 1 until classes }) {
                throw wrong("classes from 1 to ${classes - 1}")
            }
            return FoundObjects(there.first, there.second, named, masks, side)
        }

        private fun wrong(expected: String) = BundleException(
            "Expected $expected from this network. Received: others. This phone's runtime " +
                "computes it wrongly, or its metadata is wrong: export the network again.",
        )
    }
}

/** Those with at least this score, the highest first. */
internal fun above(found: List<Detection>, score: Float): List<Detection> =
    found.filter { it.score >= score }.sortedByDescending { it.score }
