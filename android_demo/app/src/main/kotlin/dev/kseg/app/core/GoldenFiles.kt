package dev.kseg.app.core

/*
 * The golden pair of a bundle, as files: an input, and what the network gave for it where it was
 * made (kseg/bundle/golden_pair.py).
 */

private const val MOST_TEXT = 1 shl 20
private const val LABELS = "golden_labels.png"
private const val OBJECTS = "golden_instances.json"

/** The names of both. */
internal fun goldenFiles(metadata: Metadata): List<String> =
    listOf("golden.png", if (metadata.output is Output.Labels) LABELS else OBJECTS)

/**
 * @param archive Of the bundle.
 * @param file What messages call the bundle.
 * @throws ArchiveException A file is missing or damaged.
 * @throws BundleException It does not fit the network.
 */
internal fun readGolden(archive: Archive, metadata: Metadata, file: String): Golden {
    val input = metadata.input
    val values = input.height * input.width * input.channels
    val planes = picture(archive, "golden.png", values, file)
    val pixels = interleaved(planes, input.channels)
    val image = Raster(input.width, input.height, input.channels, pixels)
    val output = metadata.output
    if (output is Output.Labels) {
        val labels = picture(archive, LABELS, output.height * output.width, file)
        return Golden.Labels(image, labels.data)
    }
    val text = strictText(archive.read(OBJECTS, MOST_TEXT))
    return objects(image, text, file)
}

/** A picture of so many values of 8 bits. */
private fun picture(archive: Archive, name: String, values: Int, file: String): Raster {
    val expected = "$file: its $name must have $values values of 8 bits, as the network's sizes say"
    val found = try {
        Png.decode8(archive.read(name, 2 * values + MOST_TEXT), values)
    } catch (error: ImageException) {
        throw BundleException("$expected. ${error.message}", error)
    }
    if (found.data.size == values) return found
    throw BundleException(
        "$expected. Received: ${found.width} x ${found.height} pixels of ${found.channels} " +
            "channels. Export the network again.",
    )
}

/** Other than 1 or 3 channels lie one below the other in the PNG. */
private fun interleaved(planes: Raster, channels: Int): ByteArray {
    val data = planes.data
    if (planes.channels == channels) return data
    val pixels = data.size / channels
    return ByteArray(data.size) { data[it % channels * pixels + it / channels] }
}

private fun objects(image: Raster, text: String?, file: String): Golden.Objects {
    val found = try {
        text?.let(Json::parse) as? Map<*, *>
    } catch (_: JsonException) {
        null
    }
    val boxes = (found?.get("boxes") as? List<*>)?.map { numbers(it, 4) }
    val scores = numbers(found?.get("scores"), boxes?.size)
    val classes = numbers(found?.get("classes"), boxes?.size)
    val count = found?.get("count") as? Long
    val fits = boxes != null && null !in boxes && scores != null && classes != null &&
        classes.all { it is Long && it in 0..Int.MAX_VALUE } && count != null &&
        count in 0..boxes.size
    if (!fits) {
        throw BundleException(
            "$file: its golden objects must be boxes, scores and classes of one length and a " +
                "count within. Received: something else. Export the network again.",
        )
    }
    val there = count!!.toInt()
    return Golden.Objects(
        image,
        boxes!!.take(there).flatMap { it!! }.map { it.toFloat() }.toFloatArray(),
        classes!!.take(there).map { it.toInt() }.toIntArray(),
        scores!!.take(there).map { it.toFloat() }.toFloatArray(),
    )
}

/** A list of so many finite numbers, or null. */
private fun numbers(value: Any?, length: Int?): List<Number>? {
    val found = (value as? List<*>)?.filterIsInstance<Number>() ?: return null
    val fits = found.size == value.size && found.size == length
    return found.takeIf { fits && found.all { it.toFloat().isFinite() } }
}
