package dev.kseg.app.core

/**
 * Where an image lies that is fitted into another size in its proportions.
 *
 * The longer side fills the size; the other is rounded, halves up, to at least 1
 * (`kseg.imaging.letterbox`).
 *
 * @param h Of the image, pixels.
 * @param w Of the image, pixels.
 * @param height Of the result, pixels.
 * @param width Of the result, pixels.
 */
internal fun letterboxPlace(h: Int, w: Int, height: Int, width: Int): Frame {
    var (innerHeight, innerWidth) = height to width
    if (height.toLong() * w <= width.toLong() * h) {
        innerWidth = maxOf(1, ((2L * w * height + h) / (2L * h)).toInt())
    } else {
        innerHeight = maxOf(1, ((2L * h * width + w) / (2L * w)).toInt())
    }
    val top = (height - innerHeight) / 2
    val left = (width - innerWidth) / 2
    return Frame(top, left, top + innerHeight, left + innerWidth)
}
