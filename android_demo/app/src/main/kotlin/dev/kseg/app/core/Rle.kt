package dev.kseg.app.core

/**
 * A mask's run lengths in the whole image as COCO's compressed text (`kseg.imaging.rle`), the one
 * that pycocotools gives: runs go down the columns and begin with the background.
 *
 * @param frame Where anything is set.
 * @param size Of the image.
 * @param isSet Whether the pixel in row y, column x of the image is.
 */
internal inline fun encodeRle(
    frame: Frame,
    size: Size,
    isSet: (y: Int, x: Int) -> Boolean,
): String {
    val text = RleText()
    var from = 0L
    var inside = false
    for (x in frame.x1 until frame.x2) {
        for (y in frame.y1..frame.y2) {
            val here = y < frame.y2 && isSet(y, x)
            // At the foot of the image a run may go on at the head of the next column.
            val goesOn = y == size.height && x + 1 < frame.x2 && frame.y1 == 0 && isSet(0, x + 1)
            if (here == inside || (y == frame.y2 && goesOn)) continue
            val at = x.toLong() * size.height + y
            text.add(at - from)
            from = at
            inside = here
        }
    }
    val whole = size.width.toLong() * size.height
    if (from < whole) text.add(whole - from)
    return text.toString()
}

/**
 * Six bits a character from "0" on: five of the number, the lowest first, then whether more
 * follow. From the fourth on, each is the difference to the last but one.
 */
internal class RleText {
    private val text = StringBuilder()
    private val last = LongArray(2)
    private var number = 0

    fun add(count: Long) {
        var left = if (number > 2) count - last[number % 2] else count
        last[number++ % 2] = count
        do {
            val bits = (left and 31).toInt()
            left = left shr 5
            // The fifth bit is the sign of what is left.
            val done = left == (if (bits and 16 > 0) -1L else 0L)
            text.append((48 + bits + if (done) 0 else 32).toChar())
        } while (!done)
    }

    override fun toString() = text.toString()
}
