package dev.kseg.app.core

/*
 * Tiles that cover an image, inside of it, for networks that give objects
 * (kseg/predict/objects/tiles.py).
 */

/** Height and width, pixels. */
internal data class Size(val height: Int, val width: Int)

/** What a tile covers of the image, where the network sees it magnified. */
internal fun ownTile(input: Input): Size {
    val own = { size: Int -> maxOf(1, (size / input.magnification).toInt()) }
    return Size(own(input.height), own(input.width))
}

/**
 * Where the tiles of one axis start: as few as cover it, spread evenly.
 *
 * @param overlap Pixels that neighbours share at least; 0 to `tile - 1`.
 */
internal fun tileStarts(size: Int, tile: Int, overlap: Int): List<Int> {
    if (size <= tile) return listOf(0)
    val steps = (size - tile + (tile - overlap) - 1) / (tile - overlap)
    return (0..steps).map { ((size - tile).toLong() * it / steps).toInt() }
}

/**
 * The tiles that cover an image, row by row; where it is smaller than a tile, only as far as it
 * goes.
 *
 * @param margin Neighbours share twice as many pixels, or more.
 */
internal fun cover(height: Int, width: Int, own: Size, margin: Int): List<Frame> {
    val columns = tileStarts(width, own.width, 2 * margin)
    return tileStarts(height, own.height, 2 * margin).flatMap { y ->
        columns.map { x -> Frame(y, x, minOf(y + own.height, height), minOf(x + own.width, width)) }
    }
}

/** What the part of a tile that shows the image has become in the network's input. */
internal fun magnified(part: Frame, own: Size, input: Input): Frame {
    val height = magnified(part.height, input.height, own.height)
    return Frame(0, 0, height, magnified(part.width, input.width, own.width))
}

private fun magnified(length: Int, whole: Int, part: Int): Int =
    maxOf(1, Math.rint((length.toLong() * whole).toDouble() / part).toInt())
