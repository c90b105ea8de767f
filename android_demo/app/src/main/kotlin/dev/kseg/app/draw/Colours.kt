package dev.kseg.app.draw

/** Colours of objects repeat after so many: a Fibonacci number, as the hues are golden. */
private const val CYCLE = 233
private const val GOLDEN = 0.61803398875
private const val STRENGTH = 200.0 / 255
private const val BLACK = 0xff000000.toInt()

private val OBJECT_COLOURS = IntArray(CYCLE) { colourOf(it + 1) }

/**
 * The colour of an object, far from those of its neighbours in the list, as kseg's pictures
 * in Python have it.
 *
 * @param index From 0.
 * @return 0xffRRGGBB.
 */
fun objectColour(index: Int): Int = OBJECT_COLOURS[index % CYCLE]

/** Whether a class of this colour is left bare: black, as backgrounds are. */
fun isBare(colour: Int): Boolean = colour or BLACK == BLACK

/** Black or white, whichever is read more easily on a colour. */
fun inkOn(colour: Int): Int {
    val bright = 299 * (colour shr 16 and 0xff) + 587 * (colour shr 8 and 0xff) +
        114 * (colour and 0xff)
    return if (bright > 140_000) 0xff141414.toInt() else -1
}

/** Hues are golden steps on a circle of 180, saturation 200 and value 255 of 255. */
private fun colourOf(step: Int): Int {
    val hue = (step * GOLDEN % 1 * 180).toInt() / 30.0
    fun channel(shift: Int): Int {
        val k = (shift + hue) % 6
        val part = minOf(k, 4 - k).coerceIn(0.0, 1.0)
        return Math.rint(255 * (1 - STRENGTH * part)).toInt()
    }
    return BLACK or (channel(5) shl 16) or (channel(3) shl 8) or channel(1)
}
