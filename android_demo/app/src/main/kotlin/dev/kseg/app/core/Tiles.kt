package dev.kseg.app.core

/*
 * The overlap-tile strategy of networks that give label maps: kseg/predict/labels/tiling.py says why.
 * Tiles start at multiples of the stride from one another; outside of the image its mirror
 * continues it, the edge pixel not repeated.
 */

/**
 * One tile along one axis, in pixels of the image.
 *
 * @property start Of the tile; may lie before the image.
 * @property from First of the pixels that it decides.
 * @property to One after the last.
 */
internal class Span(val start: Int, val from: Int, val to: Int)

/**
 * Where the tiles of one axis start, and which pixels each of them decides.
 *
 * As few tiles as the margin allows, spread evenly.
 *
 * @param size Pixels of the image along this axis, at least 1.
 * @param tile Input pixels of the network.
 * @param output Its output pixels.
 * @param offset Of the output inside the tile.
 * @param margin Pixels next to a tile's edge that are not trusted.
 * @param stride Of the network.
 * @return In order; what they decide covers the image once.
 * @throws ImageException The margin leaves no whole stride of a tile to keep.
 */
internal fun plan(
    size: Int,
    tile: Int,
    output: Int,
    offset: Int,
    margin: Int,
    stride: Int,
): List<Span> {
    // Rounded up to strides from the offset: the phase of the pooling cells depends on the network
    // alone, and not on the margin.
    var lead = offset + ceilDiv(maxOf(0, margin - offset), stride) * stride
    val usable = minOf(offset + output, tile - margin) - lead
    val fits = size <= usable
    if (!fits && usable < stride) {
        throw ImageException(
            "Expected an image of at most $output pixels a side: this network's tiles are too " +
                "small for the margin of $margin pixels that its metadata asks of larger ones. " +
                "Received: $size. Export the network with larger tiles.",
        )
    }
    val count = if (fits) 1 else ceilDiv(size, usable / stride * stride)
    val step = ceilDiv(size, count * stride) * stride
    lead += maxOf(0, usable - minOf(step, size)) / 2 / stride * stride
    return (0 until size step step).map { Span(it - lead, it, minOf(it + step, size)) }
}

/**
 * Indices in [0, size) of the positions [start, stop) of a mirrored axis: 3 pixels continue as
 * ... 1 2 1 `0 1 2` 1 0 1 2 ...
 */
internal fun reflect(start: Int, stop: Int, size: Int): IntArray {
    val period = maxOf(1, 2 * size - 2)
    return IntArray(stop - start) {
        val position = Math.floorMod(start + it, period)
        minOf(position, period - position)
    }
}

/** The tiles along each axis of an image: a network that gives label maps sees their product. */
internal class TilePlan(val rows: List<Span>, val columns: List<Span>) {
    val size get() = rows.size * columns.size
}

/** @throws ImageException As [plan]. */
internal fun planTiles(height: Int, width: Int, metadata: Metadata): TilePlan {
    val (input, tiling) = metadata.input to metadata.tiling
    val output = metadata.output as Output.Labels
    // An image that fits is run once, as right at its edges as elsewhere.
    val margin = { size: Int, own: Int -> if (size > own) tiling.margin else 0 }
    val (tall, wide) = output.height to output.width
    val down = margin(height, tall)
    val across = margin(width, wide)
    return TilePlan(
        plan(height, input.height, tall, output.top, down, tiling.stride),
        plan(width, input.width, wide, output.left, across, tiling.stride),
    )
}

/**
 * The mirrored pixels of one tile.
 *
 * @param top Of the tile in the image; may be negative.
 * @param left Likewise.
 * @param tile Takes the pixels; of as many channels.
 */
internal fun cutTile(image: Raster, top: Int, left: Int, tile: Raster) {
    val channels = image.channels
    val rows = reflect(top, top + tile.height, image.height)
    val columns = reflect(left, left + tile.width, image.width)
    val whole = left >= 0 && left + tile.width <= image.width
    for (y in rows.indices) {
        val source = rows[y] * image.width * channels
        var at = y * tile.width * channels
        if (whole) {
            val from = source + left * channels
            image.data.copyInto(tile.data, at, from, from + tile.width * channels)
            continue
        }
        for (column in columns) {
            val from = source + column * channels
            for (c in 0 until channels) tile.data[at++] = image.data[from + c]
        }
    }
}

private fun ceilDiv(a: Int, b: Int): Int = ((a.toLong() + b - 1) / b).toInt()
