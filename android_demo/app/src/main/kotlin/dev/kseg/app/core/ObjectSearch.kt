package dev.kseg.app.core

/**
 * The objects of an image of any size (`kseg.predict.ObjectPredictor`).
 *
 * @param image Of the network's channels.
 * @param most Bytes that all masks may take together.
 * @param onTile Told how many tiles of how many are done.
 * @return The highest score first; none is left out.
 * @throws ImageException The masks take more.
 */
internal fun predictObjects(
    image: Raster,
    metadata: Metadata,
    runner: Runner,
    most: Long,
    onTile: (done: Int, total: Int) -> Unit,
): List<Detection> {
    val (input, margin) = metadata.input to metadata.tiling.margin
    val whole = Frame(0, 0, image.height, image.width)
    val own = ownTile(input)
    val tiles =
        if (input.letterbox) listOf(whole) else cover(image.height, image.width, own, margin)
    val parts = ArrayList<List<Detection>>()
    var left = most
    for (tile in tiles) {
        val place = when {
            input.letterbox -> letterboxPlace(image.height, image.width, input.height, input.width)
            else -> magnified(tile, own, input)
        }
        runner.tile.data.fill(0)
        resizeInto(image, tile, runner.tile, place)
        val output = metadata.output as Output.Objects
        val found = FoundObjects.read(runner.run(), output, metadata.classes.size)
        val size = Size(tile.height, tile.width)
        val part = found.detections(size, place, metadata.maskThreshold, left)
        left -= part.sumOf { it.mask.size.toLong() }
        parts.add(part.map { it.moved(tile.y1, tile.x1) })
        runner.decoded()
        onTile(parts.size, tiles.size)
    }
    return mergeTiles(parts, tiles, margin, Size(image.height, image.width))
}

/** The same object, so many pixels further down and to the right. */
private fun Detection.moved(y: Int, x: Int): Detection {
    if (y == 0 && x == 0) return this
    val (down, right) = y.toFloat() to x.toFloat()
    return Detection(
        Box(box.y1 + down, box.x1 + right, box.y2 + down, box.x2 + right),
        score,
        classId,
        Frame(frame.y1 + y, frame.x1 + x, frame.y2 + y, frame.x2 + x),
        mask,
    )
}
