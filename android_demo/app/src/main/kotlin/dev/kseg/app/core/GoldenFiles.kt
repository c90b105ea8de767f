package dev.kseg.app.core

import java.nio.ByteBuffer

/*
 * The golden pair of a bundle, as files: an input, and what the network gave for it where it was
 * made (kseg/bundle/picture.py, golden_labels.py and golden_objects.py).
 */

private const val IMAGE = "golden.png"
private const val LABELS = "golden_labels.png"
private const val OBJECTS = "golden_instances.json"

/**
 * @param read Gives a member of the bundle, of so many bytes at most.
 * @param values Of the metadata, and what is known of the network.
 * @param file What messages call the bundle.
 * @throws BundleException It does not fit the network.
 */
internal fun readGolden(
    read: (name: String, most: Int) -> ByteArray,
    metadata: Metadata,
    values: Values,
    file: String,
): Golden {
    val input = metadata.input
    val pixels = input.height * input.width * input.channels
    val most = Rules.limit("text_bytes") + Rules.limit("picture_bytes_a_value") * pixels
    val data = picture(read(IMAGE, most), input.height, input.width, input.channels, file, IMAGE)
    val image = Raster(input.width, input.height, input.channels, data)
    val output = metadata.output as? Output.Labels
        ?: return objects(image, read(OBJECTS, most), values, file)
    val labels = picture(read(LABELS, most), output.height, output.width, 1, file, LABELS)
    val highest = labels.maxOf { it.toInt() and 0xff }
    if (highest < metadata.classes.size) return Golden.Labels(image, labels)
    throw BundleException(
        "$file: its $LABELS must have labels under ${metadata.classes.size}, the number of " +
            "classes. Received: $highest. Export the network again.",
    )
}

/**
 * The pixels of a picture. Other than 1 or 3 channels lie one below the other in it, gray; by its
 * head it is refused before memory is taken.
 */
private fun picture(
    png: ByteArray,
    height: Int,
    width: Int,
    channels: Int,
    file: String,
    name: String,
): ByteArray {
    val colour = channels == 3
    val rows = if (colour) height else height * channels
    val head = ByteBuffer.allocate(HEAD_BYTES).put(PNG).putInt(13).put("IHDR".toByteArray())
    head.putInt(width).putInt(rows).put(8).put(if (colour) 2 else 0)
    if (png.size < HEAD_BYTES || head.array().indices.any { png[it] != head.array()[it] }) {
        throw BundleException(
            "$file: its $name must be a PNG of $width x $rows pixels, " +
                "${if (colour) "RGB" else "gray"}, 8 bits, not interlaced, as the network's " +
                "sizes say. Received: another file. Export the network again.",
        )
    }
    val planes = try {
        Png.decode8(png, height * width * channels).data
    } catch (error: ImageException) {
        throw BundleException("$file: its $name: ${error.message}", error)
    }
    if (colour || channels == 1) return planes
    val pixels = height * width
    return ByteArray(planes.size) { planes[it % channels * pixels + it / channels] }
}

private fun objects(image: Raster, content: ByteArray, values: Values, file: String): Golden {
    values["golden_objects"] = try {
        Json.parse(strictText(content) ?: throw JsonException("not UTF-8"))
    } catch (error: JsonException) {
        throw BundleException(
            "$file: its $OBJECTS is not JSON: ${error.message}. Export the network again.", error,
        )
    }
    Rules.apply("golden_objects", values, refusing(file))
    val said = fields(values["golden_objects"])!!
    val there = number(said["count"]).toInt()
    val list = { key: String -> (said[key] as List<*>).take(there) }
    return Golden.Objects(
        image,
        list("boxes").flatMap { it as List<*> }.map { number(it).toFloat() }.toFloatArray(),
        list("classes").map { number(it).toInt() }.toIntArray(),
        list("scores").map { number(it).toFloat() }.toFloatArray(),
    )
}

private const val HEAD_BYTES = 29
private val PNG = byteArrayOf(-119, 80, 78, 71, 13, 10, 26, 10)
