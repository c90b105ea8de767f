package dev.kseg.app.camera

import dev.kseg.app.core.Raster
import dev.kseg.app.draw.Turned
import java.nio.ByteBuffer

/**
 * A plane of a camera's frame.
 *
 * @property rowStride Bytes from a row to the next.
 * @property pixelStride Bytes from a value to the next.
 */
class Plane(val bytes: ByteBuffer, val rowStride: Int, val pixelStride: Int) {
    /** 0 to 255. */
    operator fun get(y: Int, x: Int): Int =
        bytes.get(y * rowStride + x * pixelStride).toInt() and 0xff
}

/** A frame in YUV 4:2:0, as ImageFormat.YUV_420_888 has it: [u] and [v] have half the size. */
class YuvFrame(val width: Int, val height: Int, val y: Plane, val u: Plane, val v: Plane)

/**
 * The frame in RGB, upright.
 *
 * Colours are JPEG's (BT.601, all 256 values), as cameras of phones give them.
 *
 * @param turn Degrees clockwise: 0, 90, 180 or 270.
 * @param mirror Whether left and right change places after the turn, as in a mirror.
 */
fun YuvFrame.toRaster(turn: Int, mirror: Boolean): Raster {
    val turned = Turned(width, height, turn, mirror)
    val data = ByteArray(width * height * 3)
    for (row in 0 until height) {
        var at = turned.origin + row * turned.down
        for (column in 0 until width) {
            val blue = u[row / 2, column / 2] - 128
            putRgb(data, 3 * at, y[row, column], blue, v[row / 2, column / 2] - 128)
            at += turned.right
        }
    }
    return Raster(turned.wide, turned.high, 3, data)
}

/** The formula of JPEG (JFIF), in 1/65536. */
private fun putRgb(data: ByteArray, at: Int, luma: Int, u: Int, v: Int) {
    val base = (luma shl 16) + 32768
    data[at] = clipped(base + 91881 * v)
    data[at + 1] = clipped(base - 22554 * u - 46802 * v)
    data[at + 2] = clipped(base + 116130 * u)
}

private fun clipped(value: Int): Byte = (value shr 16).coerceIn(0, 255).toByte()

/**
 * How far a frame must be turned to stand upright on the screen.
 *
 * @param sensor Degrees clockwise from the sensor's up to that of the device
 *   (SENSOR_ORIENTATION).
 * @param display Degrees by which the screen's content is turned (Display.getRotation times 90).
 * @param front Whether the camera looks at the person.
 * @return Degrees clockwise: 0, 90, 180 or 270.
 */
fun uprightTurn(sensor: Int, display: Int, front: Boolean): Int =
    Math.floorMod(if (front) sensor + display else sensor - display, 360)
