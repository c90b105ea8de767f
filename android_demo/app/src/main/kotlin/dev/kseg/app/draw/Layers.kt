package dev.kseg.app.draw

import dev.kseg.app.core.Detection
import dev.kseg.app.core.Frame
import dev.kseg.app.core.Result

/**
 * What lies over a picture: colours inside, to be drawn as opaque as the person wants, and
 * outlines, always opaque.
 *
 * @property fill 0xAARRGGBB of each pixel, row by row; 0 where nothing is.
 * @property lines Likewise.
 */
class Layers(val width: Int, val height: Int, val fill: IntArray, val lines: IntArray)

/**
 * Draw a result.
 *
 * Objects have colours of their own, classes those of the palette; black ones stay bare. Of
 * objects that overlap the highest score lies on top.
 *
 * @param palette 0xffRRGGBB by class id.
 * @param width Of the layers; a result of another size is sampled at their pixels' centres.
 * @param height Likewise.
 */
fun layersOf(result: Result, palette: IntArray, width: Int, height: Int): Layers {
    val layers = Layers(width, height, IntArray(width * height), IntArray(width * height))
    when (result) {
        is Result.LabelMap -> drawMap(result, palette, layers)
        is Result.Objects ->
            for (i in result.detections.indices.reversed()) {
                drawObject(result.detections[i], objectColour(i), result, layers)
            }
    }
    return layers
}

/** For each of [to] pixels, the one of [from] whose area holds its centre. */
fun sources(from: Int, to: Int) =
    IntArray(to) { ((2L * it + 1) * from / (2L * to)).toInt() }

private fun drawMap(map: Result.LabelMap, palette: IntArray, layers: Layers) {
    val columns = sources(map.width, layers.width)
    val rows = sources(map.height, layers.height)
    val ids = map.ids
    fun area(y: Int, x: Int): Int {
        val i = rows[y] * map.width + columns[x]
        return if (ids != null) ids[i] else map.labels[i].toInt() and 0xff
    }
    fun colour(area: Int): Int = when {
        ids != null -> if (area == 0) 0 else objectColour(area - 1)
        area >= palette.size || isBare(palette[area]) -> 0
        else -> palette[area]
    }
    for (y in 0 until layers.height) {
        for (x in 0 until layers.width) {
            val here = area(y, x)
            val colour = colour(here)
            if (colour == 0) continue
            val edge = y > 0 && area(y - 1, x) != here || x > 0 && area(y, x - 1) != here ||
                y + 1 < layers.height && area(y + 1, x) != here ||
                x + 1 < layers.width && area(y, x + 1) != here
            (if (edge) layers.lines else layers.fill)[y * layers.width + x] = colour
        }
    }
}

private fun drawObject(found: Detection, colour: Int, result: Result, layers: Layers) {
    val columns = sources(result.width, layers.width)
    val rows = sources(result.height, layers.height)
    val frame = found.frame
    fun inside(y: Int, x: Int): Boolean =
        y in rows.indices && x in columns.indices && frame.holds(rows[y], columns[x]) &&
            found.mask[(rows[y] - frame.y1) * frame.width + columns[x] - frame.x1] != 0.toByte()
    for (y in targets(frame.y1, frame.y2, result.height, layers.height)) {
        for (x in targets(frame.x1, frame.x2, result.width, layers.width)) {
            if (!inside(y, x)) continue
            val edge = !inside(y - 1, x) || !inside(y + 1, x) || !inside(y, x - 1) ||
                !inside(y, x + 1)
            val i = y * layers.width + x
            layers.fill[i] = if (edge) 0 else colour
            layers.lines[i] = if (edge) colour else 0
        }
    }
}

private fun Frame.holds(y: Int, x: Int) = y in y1 until y2 && x in x1 until x2

/** Pixels of the layer that may show the pixels first to last - 1 of the result. */
private fun targets(first: Int, last: Int, from: Int, to: Int): IntRange {
    val start = (first.toLong() * to / from - 1).toInt().coerceAtLeast(0)
    val end = (last.toLong() * to / from + 1).toInt().coerceAtMost(to - 1)
    return start..end
}
