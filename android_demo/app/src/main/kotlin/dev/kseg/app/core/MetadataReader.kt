package dev.kseg.app.core

/**
 * metadata.json comes from a stranger: every value that is used is checked for its type and range
 * by the rules, once, and what may be left out gets its default.
 *
 * @param file What messages call the bundle.
 */
internal class MetadataReader(private val file: String) {
    /**
     * @param raw What [Json.parse] gave.
     * @throws BundleException With a sentence.
     */
    fun read(raw: Any?): Metadata = typed(checked(raw))

    /** A copy of what was said, with every default in its place. */
    fun checked(raw: Any?): Values {
        val fail = refusing(file)
        val said = fields(copyOf(raw)) ?: fail("metadata.json", "an object", raw)
        val version = said["format_version"] as? Number
        if (version != null && version.toDouble() > Rules.formatVersion) {
            throw BundleException(
                "$file has format_version $version; this app reads up to ${Rules.formatVersion}. " +
                    "Install a newer app, or export the network with the kseg of this one.",
            )
        }
        Rules.apply("metadata", said, fail)
        val part = said["part"] ?: return said
        throw BundleException(
            "Expected a whole network. Received: $file, the part $part of one that was exported " +
                "as two. Take the file that lay beside it, without the part's name.",
        )
    }

    /** The same as the app uses it. */
    fun typed(values: Values): Metadata {
        val said = Said(values)
        val instances = said.text("task") == "instances"
        val classes = said.list("classes").map { it as String }
        return Metadata(
            formatVersion = said.whole("format_version"),
            name = said.text("name"),
            task = if (instances) Task.INSTANCES else Task.SEMANTIC,
            input = input(said.inside("input")),
            output = output(said.inside("output"), instances),
            tiling = said.inside("tiling").run { Tiling(whole("margin"), whole("stride")) },
            classes = classes,
            palette = palette(values["palette"] as List<*>?, classes.size),
            instances = if (values["instances"] == null) null else rule(said.inside("instances")),
            scoreThreshold = said.number("score_threshold"),
            maskThreshold = said.number("mask_threshold"),
            quantization = said.text("quantization"),
            oldestRuntime = said.text("oldest_runtime"),
            sha256 = said.text("sha256"),
            flatbufferBytes = said.whole("flatbuffer_bytes"),
        )
    }

    private fun input(said: Said): Input {
        val (height, width) = said.wholes("size")
        return Input(
            name = said.text("name"),
            height = height,
            width = width,
            channels = said.whole("channels"),
            letterbox = said.text("resize") == "letterbox",
            magnification = said.number("magnification"),
            intensity = intensity(said.inside("intensity")),
        )
    }

    private fun intensity(said: Said): Intensity {
        val rule = Intensity.Rule.valueOf(said.text("rule").uppercase())
        val none = rule == Intensity.Rule.NONE
        val low = if (none) Double.NaN else said.number("low")
        val high = if (none) Double.NaN else said.number("high")
        val channels = if (said.values["channels"] == null) null else said.wholes("channels")
        return Intensity(rule, low, high, channels)
    }

    private fun output(said: Said, instances: Boolean): Output {
        if (instances) {
            val name = said::text
            return Output.Objects(
                name("boxes"), name("scores"), name("classes"), name("masks"), name("count"),
            )
        }
        val (height, width) = said.wholes("size")
        val (top, left) = said.wholes("offset")
        val logits = said.text("kind") == "logits"
        return Output.Labels(said.text("name"), logits, height, width, top, left)
    }

    private fun rule(said: Said): InstanceRule {
        val area = said.whole("min_area")
        if (said.text("method") == "watershed") {
            return InstanceRule.Watershed(said.whole("interior"), said.whole("border"), area)
        }
        // A class named twice would give its objects twice.
        return InstanceRule.Components(said.wholes("classes").distinct(), area)
    }

    /** Grays where there is none. */
    private fun palette(colours: List<*>?, classes: Int): IntArray {
        val last = maxOf(1, classes - 1)
        return IntArray(classes) { k ->
            val gray = List(3) { k * 255L / last }
            opaque((colours?.get(k) as List<*>?)?.map { it as Long } ?: gray)
        }
    }

    private fun opaque(rgb: List<Long>) =
        (0xff000000L or (rgb[0] shl 16) or (rgb[1] shl 8) or rgb[2]).toInt()

    /** Values whose types the rules have checked. */
    private class Said(val values: Values) {
        fun inside(key: String) = Said(fields(values[key])!!)

        fun text(key: String) = values[key] as String

        fun number(key: String): Double = number(values[key])

        fun whole(key: String): Int = number(key).toInt()

        fun list(key: String): List<*> = values[key] as List<*>

        fun wholes(key: String): List<Int> = list(key).map { number(it).toInt() }
    }
}
