package dev.kseg.app.core

import java.nio.ByteBuffer
import java.nio.ByteOrder

/**
 * The label map of an image of any size, tile by tile (`kseg.predict.Predictor`).
 *
 * @param image Of the network's channels.
 * @param onTile Told how many tiles of how many are done.
 */
internal fun predictLabels(
    image: Raster,
    metadata: Metadata,
    runner: Runner,
    onTile: (done: Int, total: Int) -> Unit,
): ByteArray {
    val output = metadata.output as Output.Labels
    val plan = planTiles(image.height, image.width, metadata)
    val labels = ByteArray(image.width * image.height)
    var done = 0
    for (row in plan.rows) {
        for (column in plan.columns) {
            cutTile(image, row.start, column.start, runner.tile)
            val found = labelsOf(runner.run(), output, metadata.classes.size)
            for (y in row.from until row.to) {
                val from = (y - row.start - output.top) * output.width
                val left = column.from - column.start - output.left
                val to = y * image.width + column.from
                found.copyInto(labels, to, from + left, from + left + column.to - column.from)
            }
            runner.decoded()
            onTile(++done, plan.size)
        }
    }
    return labels
}

/**
 * The labels of one tile: as the network gives them, or the class of the largest logit, of equal
 * ones the first.
 *
 * @param classes How many have a name.
 * @throws BundleException Another number of values, or a class without a name.
 */
internal fun labelsOf(
    found: Map<String, ByteBuffer>,
    output: Output.Labels,
    classes: Int,
): ByteArray {
    val pixels = output.width * output.height
    val buffer = found.getValue(output.name).duplicate().order(ByteOrder.nativeOrder())
    buffer.rewind()
    val bytes = buffer.limit()
    if (!output.logits) {
        if (bytes != pixels) throw wrong("$pixels labels", "$bytes")
        val labels = ByteArray(pixels).also { buffer.get(it) }
        val highest = labels.maxOf { it.toInt() and 0xff }
        if (highest >= classes) throw wrong("classes under $classes", "class $highest")
        return labels
    }
    val channels = bytes / 4 / pixels
    if (bytes != 4 * pixels * channels || channels < classes) {
        throw wrong("$pixels x $classes logits", "$bytes bytes")
    }
    val logits = buffer.asFloatBuffer()
    return ByteArray(pixels) { i ->
        var best = 0
        for (k in 1 until classes) {
            if (logits.get(i * channels + k) > logits.get(i * channels + best)) best = k
        }
        best.toByte()
    }
}

private fun wrong(expected: String, received: String) = BundleException(
    "Expected $expected from this network. Received: $received. Its metadata is wrong: export " +
        "the network again.",
)
