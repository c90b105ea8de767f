package dev.kseg.app.core

/**
 * A bundle's metadata.json (docs/bundle_format.md), every value checked.
 *
 * @property formatVersion Of the file.
 * @property name Of the network, e.g. "unet".
 * @property task What it gives.
 * @property input What it takes.
 * @property output Names, and of a label map sizes, of what it gives.
 * @property tiling How images larger than the input are covered.
 * @property classes Names by class id; 0 is the background of networks that find objects.
 * @property palette 0xFFRRGGBB by class id, as many as classes.
 * @property instances How objects come out of a label map; null: they do not.
 * @property scoreThreshold Of a network that finds objects: what scores less is left out.
 * @property maskThreshold Likewise: from which probability on a pixel is an object's.
 * @property quantization "float32", "float16", "dynamic", "int8"; "" where the file does not say.
 * @property oldestRuntime The oldest TensorFlow Lite that runs it, "2.16.1"; "" likewise.
 * @property sha256 Of the flatbuffer, lower-case hexadecimal.
 * @property flatbufferBytes Its length.
 */
class Metadata(
    val formatVersion: Int,
    val name: String,
    val task: Task,
    val input: Input,
    val output: Output,
    val tiling: Tiling,
    val classes: List<String>,
    val palette: IntArray,
    val instances: InstanceRule?,
    val scoreThreshold: Double,
    val maskThreshold: Double,
    val quantization: String,
    val oldestRuntime: String,
    val sha256: String,
    val flatbufferBytes: Int,
)

/** What a network gives: a label map, or objects with boxes, scores and masks. */
enum class Task { SEMANTIC, INSTANCES }

/**
 * What a network takes: uint8, (1, height, width, channels).
 *
 * @property name Of the signature's input.
 * @property letterbox Whether an image is fitted into the input; otherwise it is tiled.
 * @property magnification Pixels of the input for one of the image, along each axis.
 * @property intensity How the values of a file become uint8.
 */
class Input(
    val name: String,
    val height: Int,
    val width: Int,
    val channels: Int,
    val letterbox: Boolean,
    val magnification: Double,
    val intensity: Intensity,
)

/** What a network gives. */
sealed class Output {
    /** Every name of the signature's outputs that is used. */
    abstract val names: List<String>

    /**
     * A class for each pixel.
     *
     * @property name Of the signature's output.
     * @property logits Whether it gives float32 logits, not uint8 class ids.
     * @property height Of the label map.
     * @property width Of the label map.
     * @property top Where it lies in the input.
     * @property left Where it lies in the input.
     */
    class Labels(
        val name: String,
        val logits: Boolean,
        val height: Int,
        val width: Int,
        val top: Int,
        val left: Int,
    ) : Output() {
        override val names get() = listOf(name)
    }

    /** Objects: each property is the name of an output. */
    class Objects(
        val boxes: String,
        val scores: String,
        val classes: String,
        val masks: String,
        val count: String,
    ) : Output() {
        override val names get() = listOf(boxes, scores, classes, masks, count)
    }
}

/**
 * How images larger than the input are covered.
 *
 * @property margin Pixels next to a tile's edge that are not trusted.
 * @property stride The distances of tiles are multiples of it.
 */
class Tiling(val margin: Int, val stride: Int)

/** How objects come out of a label map (docs/prediction.md). */
sealed class InstanceRule {
    /** Pixels of the smallest object. */
    abstract val minArea: Int

    /** The class ids that an object can have. */
    abstract val classes: List<Int>

    /** The connected pieces of each class. */
    class Components(override val classes: List<Int>, override val minArea: Int) : InstanceRule()

    /** Interiors, parted at the necks by a watershed. */
    class Watershed(val interior: Int, val border: Int, override val minArea: Int) :
        InstanceRule() {
        override val classes get() = listOf(interior)
    }
}
