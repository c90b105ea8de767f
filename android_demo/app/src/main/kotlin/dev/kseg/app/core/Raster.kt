package dev.kseg.app.core

/**
 * An image of 8 bits a channel.
 *
 * @property width Pixels.
 * @property height Pixels.
 * @property channels 1 gray, 3 RGB; a network may take another number. No alpha.
 * @property data `height * width * channels` bytes, 0 to 255 unsigned: row by row, the channels
 *   of a pixel together. Not copied.
 * @throws ImageException No pixel, or another number of bytes.
 */
class Raster(val width: Int, val height: Int, val channels: Int, val data: ByteArray) {
    init {
        val pixels = width.toLong() * height
        if (width < 1 || height < 1 || channels < 1 || data.size.toLong() != pixels * channels) {
            throw ImageException(
                "Expected an image with at least one pixel and a byte for each of its channels. " +
                    "Received: $width x $height pixels, $channels channels, ${data.size} bytes.",
            )
        }
    }

    /** The value of a pixel's channel, 0 to 255. */
    operator fun get(y: Int, x: Int, channel: Int): Int =
        data[(y * width + x) * channels + channel].toInt() and 0xff
}

/**
 * An image of 16 bits a channel, as a microscope's PNG has it.
 *
 * @property width Pixels.
 * @property height Pixels.
 * @property channels 1 or 3.
 * @property data As in [Raster]; 0 to 65535 unsigned.
 * @throws ImageException As [Raster].
 */
class Raster16(val width: Int, val height: Int, val channels: Int, val data: ShortArray) {
    init {
        val pixels = width.toLong() * height
        if (width < 1 || height < 1 || channels < 1 || data.size.toLong() != pixels * channels) {
            throw ImageException(
                "Expected an image with at least one pixel and a number for each of its " +
                    "channels. Received: $width x $height pixels, $channels channels, " +
                    "${data.size} numbers.",
            )
        }
    }
}
