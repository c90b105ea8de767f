package dev.kseg.app.draw

/**
 * Where the pixels of an image go when it is turned, and perhaps mirrored.
 *
 * @param width Of the image.
 * @param height Of the image.
 * @param turn Degrees clockwise: a multiple of 90.
 * @param mirror Whether left and right change places after the turn.
 * @property wide Of the turned image.
 * @property high Of the turned image.
 * @property origin Where the first pixel goes, counted row by row.
 * @property down What is added to that from one row to the next.
 * @property right And from one column to the next.
 */
class Turned(width: Int, height: Int, turn: Int, mirror: Boolean) {
    val wide: Int
    val high: Int
    val origin: Int
    val down: Int
    val right: Int

    init {
        require(turn % 90 == 0) { "Expected a multiple of 90 degrees. Received: $turn." }
        val quarter = Math.floorMod(turn, 360) / 90
        wide = if (quarter % 2 == 0) width else height
        high = if (quarter % 2 == 0) height else width
        fun target(row: Int, column: Int): Int {
            val top = intArrayOf(row, column, height - 1 - row, width - 1 - column)[quarter]
            val left = intArrayOf(column, height - 1 - row, width - 1 - column, row)[quarter]
            return top * wide + if (mirror) wide - 1 - left else left
        }
        // A turn is affine: steps right and down are the same everywhere.
        origin = target(0, 0)
        down = target(1, 0) - origin
        right = target(0, 1) - origin
    }

    companion object {
        /**
         * What sets a photograph upright.
         *
         * @param orientation Exif's number, 1 to 8; another one is taken for 1.
         */
        fun upright(width: Int, height: Int, orientation: Int): Turned {
            val turn = when (orientation) {
                3, 4 -> 180
                5, 6 -> 90
                7, 8 -> 270
                else -> 0
            }
            return Turned(width, height, turn, orientation in setOf(2, 4, 5, 7))
        }
    }
}
