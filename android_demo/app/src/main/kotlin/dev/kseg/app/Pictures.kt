package dev.kseg.app

import android.content.Context
import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.Color
import android.media.ExifInterface
import android.net.Uri
import dev.kseg.app.core.Intensity
import dev.kseg.app.core.KsegException
import dev.kseg.app.core.Png
import dev.kseg.app.core.Raster
import dev.kseg.app.core.Raster16
import dev.kseg.app.draw.Turned
import dev.kseg.app.draw.sources
import java.io.IOException
import java.io.InputStream
import java.nio.ByteBuffer

/** The longest side of what is shown and saved, in pixels: what every phone can draw. */
const val SHOWN_SIDE = 2048

/** The shortest side to which a picture is read smaller than it is. */
private const val LEAST_SIDE = 64

/** So many bytes of a file say whether it is a PNG of 16 bits. */
private const val HEAD = 32

/** How pictures of 16 bits are shown: from the darkest to the brightest, but for a few pixels. */
private val SHOWN_DEEP = Intensity(Intensity.Rule.PERCENTILE, 1.0, 99.8, null)

/**
 * A picture to look at.
 *
 * @property raster All its pixels, RGB or gray.
 * @property shown The same for the screen, at most [SHOWN_SIDE] long.
 * @property note What the person should know of how it was read; "" where there is nothing.
 * @property deep Of a picture of 16 bits a channel what the file holds; null of any other.
 */
class Picture(
    val name: String,
    val raster: Raster,
    val shown: Bitmap,
    val note: String = "",
    val deep: Raster16? = null,
)

/**
 * Reads pictures of other apps.
 *
 * @param fits Whether there is memory for a picture of this width and height and its result.
 */
class Pictures(private val context: Context, private val fits: (Int, Int) -> Boolean) {
    /**
     * Read a picture, upright, at half its size, a quarter and so on where it does not fit.
     *
     * @throws KsegException It cannot be read, is no picture, or too large at any size.
     */
    fun read(uri: Uri): Picture {
        val name = displayName(context, uri)
        val bounds = BitmapFactory.Options().apply { inJustDecodeBounds = true }
        decode(uri, name, bounds)
        val (width, height) = bounds.outWidth to bounds.outHeight
        if (width <= 0 || height <= 0) throw notAPicture(name)
        if (isDeep(uri, name)) return readDeep(uri, name, width, height)
        var share = 1
        while (!fits(width / share, height / share)) {
            share *= 2
            if (minOf(width, height) / share < LEAST_SIDE) {
                throw tooLarge(name, width, height)
            }
        }
        val options = BitmapFactory.Options().apply {
            inSampleSize = share
            inPreferredConfig = Bitmap.Config.ARGB_8888
            inPremultiplied = false // Alpha is dropped, colours are as the file has them.
        }
        val bitmap = decode(uri, name, options) ?: throw notAPicture(name)
        val note = if (share == 1) "" else context.getString(R.string.reduced, name, width, height, share)
        return pictureOf(name, bitmap, orientation(uri, name), note)
    }

    /** A microscope's picture: the system's own reader would cut 16 bits to 8. */
    private fun readDeep(uri: Uri, name: String, width: Int, height: Int): Picture {
        val file = reading(uri, name) { it.readBytes() }
        // Both depths are in memory; three values a pixel, as if it were RGB.
        if (!fits(3 * width, height)) throw tooLarge(name, width, height)
        val deep = Png.decode16(file, Int.MAX_VALUE / 2)
        val raster = SHOWN_DEEP.apply(deep)
        return Picture(name, raster, shownOf(raster), deep = deep)
    }

    private fun isDeep(uri: Uri, name: String): Boolean {
        val head = ByteArray(HEAD)
        reading(uri, name) {
            var filled = 0
            while (filled < HEAD) {
                // Another app may give a few bytes at a time.
                val count = it.read(head, filled, HEAD - filled)
                if (count < 0) break
                filled += count
            }
        }
        return Png.isDeep(head)
    }

    private fun <T> reading(uri: Uri, name: String, read: (InputStream) -> T): T = try {
        openUri(context, uri, name).use(read)
    } catch (error: IOException) {
        throw KsegException(context.getString(R.string.not_read, name), error)
    }

    private fun tooLarge(name: String, width: Int, height: Int) =
        KsegException(context.getString(R.string.too_large, name, width, height))

    private fun decode(uri: Uri, name: String, options: BitmapFactory.Options): Bitmap? =
        reading(uri, name) { BitmapFactory.decodeStream(it, null, options) }

    private fun orientation(uri: Uri, name: String): Int = try {
        openUri(context, uri, name).use(::exifOrientation)
    } catch (_: IOException) {
        ExifInterface.ORIENTATION_UNDEFINED // Not every kind of file has one.
    }

    private fun notAPicture(name: String) =
        KsegException(context.getString(R.string.not_a_picture, name))
}

private fun exifOrientation(stream: InputStream) = ExifInterface(stream)
    .getAttributeInt(ExifInterface.TAG_ORIENTATION, ExifInterface.ORIENTATION_UNDEFINED)

private fun pictureOf(name: String, bitmap: Bitmap, orientation: Int, note: String): Picture {
    val raster = rasterOf(bitmap, orientation)
    bitmap.recycle()
    return Picture(name, raster, shownOf(raster), note)
}

/** All pixels of a bitmap, RGB, upright. */
private fun rasterOf(bitmap: Bitmap, orientation: Int): Raster {
    val (width, height) = bitmap.width to bitmap.height
    val turned = Turned.upright(width, height, orientation)
    val data = ByteArray(Math.multiplyExact(Math.multiplyExact(width, height), 3))
    val readRow = rowsOf(bitmap)
    val row = IntArray(width)
    for (y in 0 until height) {
        readRow(y, row)
        var at = turned.origin + y * turned.down
        for (pixel in row) {
            data[3 * at] = (pixel shr 16).toByte()
            data[3 * at + 1] = (pixel shr 8).toByte()
            data[3 * at + 2] = pixel.toByte()
            at += turned.right
        }
    }
    return Raster(turned.wide, turned.high, 3, data)
}

/**
 * Reads rows of pixels, 0x..RRGGBB, as the file has them.
 *
 * Of a file with a colour profile getPixels gives other values, those of sRGB. kseg's networks are
 * trained on what files hold, and Python and browsers read that.
 */
private fun rowsOf(bitmap: Bitmap): (y: Int, row: IntArray) -> Unit {
    val width = bitmap.width
    if (bitmap.colorSpace?.isSrgb != false || bitmap.config != Bitmap.Config.ARGB_8888) {
        return { y, row -> bitmap.getPixels(row, 0, width, 0, y, width, 1) }
    }
    // Red, green, blue, alpha. Four bytes a pixel more, before the result takes its own.
    val stored = ByteBuffer.allocate(bitmap.byteCount)
    bitmap.copyPixelsToBuffer(stored)
    return { y, row ->
        for (x in row.indices) row[x] = stored.getInt(y * bitmap.rowBytes + 4 * x) ushr 8
    }
}

/**
 * A picture for the screen, at most [SHOWN_SIDE] long: of a larger one every pixel whose area
 * holds the centre of one of the screen's.
 *
 * @param raster RGB, or gray.
 */
fun shownOf(raster: Raster): Bitmap {
    val longest = maxOf(raster.width, raster.height)
    fun side(of: Int): Int {
        if (longest <= SHOWN_SIDE) return of
        return (of.toLong() * SHOWN_SIDE / longest).toInt().coerceAtLeast(1)
    }
    val (width, height) = side(raster.width) to side(raster.height)
    val columns = sources(raster.width, width)
    val rows = sources(raster.height, height)
    val green = if (raster.channels == 3) 1 else 0
    val pixels = IntArray(width * height) { i ->
        val (y, x) = rows[i / width] to columns[i % width]
        Color.rgb(raster[y, x, 0], raster[y, x, green], raster[y, x, 2 * green])
    }
    return Bitmap.createBitmap(pixels, width, height, Bitmap.Config.ARGB_8888)
}
