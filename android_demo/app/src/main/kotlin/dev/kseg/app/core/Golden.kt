package dev.kseg.app.core

/** The golden image of a bundle, and what the network found in it where it was made. */
sealed class Golden {
    /** Of the size of the network's input. */
    abstract val image: Raster

    /** @property labels A class id for each pixel of the output. */
    class Labels(override val image: Raster, val labels: ByteArray) : Golden()

    /**
     * @property boxes (y1, x1, y2, x2) of one after the other, in pixels of the input.
     * @property classes A class id each.
     * @property scores 0 to 1.
     */
    class Objects(
        override val image: Raster,
        val boxes: FloatArray,
        val classes: IntArray,
        val scores: FloatArray,
    ) : Golden()
}

/** After so many pictures an accelerator is checked once more. */
val ACCELERATOR_IMAGES = Rules.golden("accelerator_images").toInt()

/**
 * What [Predictor.selfCheck] says.
 *
 * @property agrees Whether this phone computes the network rightly.
 * @property sentence How far it agrees, or what differs.
 */
class GoldenCheck(val agrees: Boolean, val sentence: String)
