package dev.kseg.app.core

/**
 * metadata.json comes from a stranger: every value that is used is checked for its type and range
 * here, once, and what may be left out gets its default.
 *
 * @param file What messages call the bundle.
 */
internal class MetadataReader(private val file: String) {
    private val check = Checks(file)

    /**
     * @param raw What [Json.parse] gave.
     * @throws BundleException With a sentence.
     */
    fun read(raw: Any?): Metadata {
        val found = raw as? Map<*, *> ?: emptyMap<Any, Any>()
        checkVersion(found)
        checkWhole(found)
        val tasks = listOf("semantic", "instances")
        val instances = check.oneOf("task", found["task"], tasks) == "instances"
        val classes = classes(found["classes"])
        val input = input(check.fields("input", found["input"]), instances)
        val tiling = check.fields("tiling", found["tiling"] ?: emptyMap<Any, Any>())
        val threshold = found["score_threshold"] ?: 0.5
        val maskThreshold = found["mask_threshold"] ?: 0.5
        val metadata = Metadata(
            formatVersion = (found["format_version"] as Long).toInt(),
            name = check.text("name", found["name"]),
            task = if (instances) Task.INSTANCES else Task.SEMANTIC,
            input = input,
            output = output(check.fields("output", found["output"]), input, instances),
            tiling = Tiling(
                check.whole("tiling.margin", tiling["margin"] ?: 0L, 0, LONGEST_SIDE),
                check.whole("tiling.stride", tiling["stride"] ?: 1L, 1, LONGEST_SIDE),
            ),
            classes = classes,
            palette = palette(found["palette"], classes.size),
            instances = found["instances"]?.let { rule(check.fields("instances", it)) },
            scoreThreshold = check.number("score_threshold", threshold, 0.0, 1.0),
            maskThreshold = check.number("mask_threshold", maskThreshold, 0.0, 1.0),
            quantization = check.text("quantization", found["quantization"] ?: ""),
            oldestRuntime = check.text("oldest_runtime", found["oldest_runtime"] ?: ""),
            sha256 = check.text("sha256", found["sha256"]),
            flatbufferBytes =
                check.whole("flatbuffer_bytes", found["flatbuffer_bytes"], 8, Int.MAX_VALUE),
        )
        checkTiles(metadata)
        return metadata
    }

    private fun checkVersion(found: Map<*, *>) {
        val version = found["format_version"] as? Long
            ?: check.fail("format_version", "a whole number", found["format_version"])
        if (version > FORMAT_VERSION) {
            throw BundleException(
                "$file has format_version $version; this app reads up to $FORMAT_VERSION. " +
                    "Install a newer app, or export the network with the kseg of this one.",
            )
        }
    }

    private fun checkWhole(found: Map<*, *>) {
        if (!found.containsKey("part")) return
        throw BundleException(
            "Expected a whole network. Received: $file, the part ${check.shown(found["part"])} " +
                "of one that was exported as two. Take the file that lay beside it, without the " +
                "part's name.",
        )
    }

    private fun input(found: Map<*, *>, instances: Boolean): Input {
        val (height, width) = check.pair("input.size", found["size"], 1, LONGEST_SIDE)
        val channels = check.whole("input.channels", found["channels"], 1, MOST_CHANNELS)
        if (height.toLong() * width * channels > MOST_VALUES) {
            check.fail("input.size", "at most $MOST_VALUES values", found["size"])
        }
        // Readers of label maps have always tiled; other networks see the image whole.
        val resize = found["resize"] ?: if (instances) "letterbox" else "tile"
        val ways = if (instances) listOf("tile", "letterbox") else listOf("tile")
        val magnification = found["magnification"] ?: 1L
        val rule = found["intensity"] ?: emptyMap<Any, Any>()
        return Input(
            name = check.text("input.name", found["name"]),
            height = height,
            width = width,
            channels = channels,
            letterbox = check.oneOf("input.resize", resize, ways) == "letterbox",
            magnification = check.number("input.magnification", magnification, 1.0 / 64, 64.0),
            intensity = intensity(check.fields(INTENSITY, rule)),
        )
    }

    private fun intensity(found: Map<*, *>): Intensity {
        val names = listOf("none", "range", "percentile")
        val rule = check.oneOf("input.intensity.rule", found["rule"] ?: "none", names)
        val percentile = rule == "percentile"
        val low = found["low"] ?: if (percentile) 1L else null
        val high = found["high"] ?: if (percentile) 99.8 else null
        val expected = "low < high, of percentiles from 0 to 100, of \"none\" none"
        if (rule == "none" && (low != null || high != null)) check.fail(INTENSITY, expected, found)
        val (first, last) = check.real(low) to check.real(high)
        if (rule != "none") {
            val within = !percentile || (first >= 0 && last <= 100)
            if (!(first < last && within)) check.fail(INTENSITY, expected, found)
        }
        val channels = found["channels"]?.let { value ->
            val list = (value as? List<*>)?.takeIf { it.isNotEmpty() && it.size <= MOST_CHANNELS }
                ?: check.fail("$INTENSITY.channels", "numbers from 0, or null", value)
            list.map { check.whole("$INTENSITY.channels", it, 0, MOST_CHANNELS) }
        }
        return Intensity(Intensity.Rule.values()[names.indexOf(rule)], first, last, channels)
    }

    private fun output(found: Map<*, *>, input: Input, instances: Boolean): Output {
        if (instances) {
            val name = { key: String -> check.text("output.$key", found[key]) }
            return Output.Objects(
                name("boxes"), name("scores"), name("classes"), name("masks"), name("count"),
            )
        }
        val kind = check.oneOf("output.kind", found["kind"], listOf("label_map", "logits"))
        val (height, width) = check.pair("output.size", found["size"], 1, LONGEST_SIDE)
        val (top, left) = check.pair("output.offset", found["offset"], 0, LONGEST_SIDE)
        if (top + height > input.height || left + width > input.width) {
            check.fail("output.size and offset", "an output inside of its input", found["offset"])
        }
        val name = check.text("output.name", found["name"])
        return Output.Labels(name, kind == "logits", height, width, top, left)
    }

    private fun rule(found: Map<*, *>): InstanceRule {
        val id = { key: String, value: Any? -> check.whole("instances.$key", value, 0, 255) }
        val methods = listOf("watershed", "components")
        val method = check.oneOf("instances.method", found["method"], methods)
        val area = check.whole("instances.min_area", found["min_area"] ?: 20L, 0, Int.MAX_VALUE)
        if (method == "watershed") {
            val interior = id("interior", found["interior"] ?: 1L)
            return InstanceRule.Watershed(interior, id("border", found["border"] ?: 2L), area)
        }
        val classes = found["classes"] ?: listOf(1L)
        val list = (classes as? List<*>)?.takeIf { it.isNotEmpty() }
            ?: check.fail("instances.classes", "a list of class ids", classes)
        // A class named twice would give its objects twice.
        return InstanceRule.Components(list.map { id("classes", it) }.distinct(), area)
    }

    private fun classes(value: Any?): List<String> {
        val names = (value as? List<*>)?.filterIsInstance<String>().orEmpty()
        val fits = value is List<*> && value.size == names.size && names.size in 1..MOST_CLASSES
        return if (fits) names else check.fail("classes", "1 to $MOST_CLASSES names", value)
    }

    /** Grays where there is none. */
    private fun palette(value: Any?, classes: Int): IntArray {
        val last = maxOf(1, classes - 1)
        if (value == null) return IntArray(classes) { opaque(List(3) { _ -> it * 255L / last }) }
        val expected = "$classes colours of three numbers from 0 to 255"
        if (value !is List<*> || value.size < classes) check.fail("palette", expected, value)
        return IntArray(classes) { k ->
            val colour = (value[k] as? List<*>)?.filterIsInstance<Long>().orEmpty()
            val fits = colour.size == 3 && colour.all { it in 0..255 }
            if (fits) opaque(colour) else check.fail("palette", expected, value[k])
        }
    }

    private fun opaque(rgb: List<Long>) =
        (0xff000000L or (rgb[0] shl 16) or (rgb[1] shl 8) or rgb[2]).toInt()

    /** Whether the margin leaves something of a tile. */
    private fun checkTiles(metadata: Metadata) {
        val (input, margin) = metadata.input to metadata.tiling.margin
        if (metadata.output is Output.Labels) {
            try {
                planTiles(2 * LONGEST_SIDE, 2 * LONGEST_SIDE, metadata) // Larger than any tile.
            } catch (error: BundleException) {
                throw BundleException("$file: ${error.message}", error)
            }
        } else if (!input.letterbox) {
            val least = minOf(ownTile(input).height, ownTile(input).width)
            if (2 * margin >= least) check.fail("tiling.margin", "under half of a tile", margin)
        }
    }

    private companion object {
        const val FORMAT_VERSION = 2
        const val LONGEST_SIDE = 8192
        const val MOST_VALUES = 1 shl 24
        const val MOST_CHANNELS = 32
        const val MOST_CLASSES = 256
        const val INTENSITY = "input.intensity"
    }
}
