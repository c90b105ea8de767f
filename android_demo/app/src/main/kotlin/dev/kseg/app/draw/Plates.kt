package dev.kseg.app.draw

import dev.kseg.app.core.Box
import dev.kseg.app.core.Metadata
import dev.kseg.app.core.Result
import java.util.Locale

/**
 * A label on its plate, in pixels of the screen.
 *
 * @property colour Of the object, 0xffRRGGBB.
 */
data class Plate(
    val text: String,
    val left: Int,
    val top: Int,
    val width: Int,
    val height: Int,
    val colour: Int,
)

/**
 * Where the labels of objects stand: above their boxes, or where beside or inside them no other
 * label stands, and if possible no other object. Of a crowd the last ones are left out.
 *
 * @param place From (y, x) of the picture to (y, x) of the screen.
 * @param width Of the screen that there is to draw on.
 * @param height Likewise.
 * @param measure The width and height of a text's plate.
 */
fun platesOf(
    result: Result.Objects,
    metadata: Metadata,
    width: Int,
    height: Int,
    place: (Float, Float) -> Pair<Float, Float>,
    measure: (String) -> Pair<Int, Int>,
): List<Plate> {
    val boxes = result.detections.map { found ->
        val (y1, x1) = place(found.box.y1, found.box.x1)
        val (y2, x2) = place(found.box.y2, found.box.x2)
        Box(y1, x1, y2, x2)
    }
    val plates = ArrayList<Plate>()
    for ((i, found) in result.detections.withIndex()) {
        val box = boxes[i]
        if (box.y2 < 0 || box.x2 < 0 || box.y1 > height || box.x1 > width) continue
        val text = labelText(metadata.classes, found.classId, found.score)
        val (wide, high) = measure(text)
        if (wide > width || high > height) continue
        val free = starts(box, wide, high)
            .map { (top, left) ->
                val (y, x) = top.coerceIn(0, height - high) to left.coerceIn(0, width - wide)
                Plate(text, x, y, wide, high, objectColour(i))
            }
            .filter { plate -> plates.none { it.meets(plate) } }
        val best = free.firstOrNull { plate ->
            boxes.withIndex().none { (k, other) -> k != i && plate.meets(other) }
        }
        (best ?: free.firstOrNull())?.let(plates::add)
    }
    return plates
}

/** "cat 0.93"; where there is only one class "0.93", as its name would say what all are. */
fun labelText(classes: List<String>, classId: Int, score: Float): String {
    val number = String.format(Locale.ROOT, "%.2f", score)
    return if (classes.size == 2) number else "${classes.getOrElse(classId) { "$classId" }} $number"
}

private fun Plate.meets(other: Plate) =
    left < other.left + other.width && other.left < left + width &&
        top < other.top + other.height && other.top < top + height

private fun Plate.meets(box: Box) =
    left < box.x2 && box.x1 < left + width && top < box.y2 && box.y1 < top + height

/** (top, left) where a plate may begin, the best first: above, inside, below, beside. */
private fun starts(box: Box, wide: Int, high: Int): List<Pair<Int, Int>> {
    val (y1, x1, y2, x2) = listOf(box.y1, box.x1, box.y2, box.x2).map(Math::round)
    val tops = listOf(y1 - high) + (y1..y2 - high step high) + listOf(y2, y1 - 2 * high, y2 + high)
    return listOf(x1, x2 - wide, x2, x1 - wide).flatMap { left -> tops.map { it to left } }
}
