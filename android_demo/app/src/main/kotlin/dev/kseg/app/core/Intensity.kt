package dev.kseg.app.core

/**
 * The rule that turns the values of a file into uint8 (`kseg.imaging.Intensity`):
 * `round(255 * (value - low) / (high - low))`, clipped to 0 to 255, in float32, halves to even.
 *
 * @property rule What [low] and [high] are.
 * @property low What becomes 0; not used by [Rule.NONE].
 * @property high What becomes 255; not used by [Rule.NONE].
 * @property channels Which channels to take, in this order, counted from 0; null is all.
 */
class Intensity(val rule: Rule, val low: Double, val high: Double, val channels: List<Int>?) {
    /** NONE: the values are uint8 already. PERCENTILE: of each channel of each image. */
    enum class Rule { NONE, RANGE, PERCENTILE }

    /**
     * Choose channels and map values.
     *
     * @return The image itself where there is nothing to do.
     * @throws ImageException It lacks a channel.
     */
    fun apply(image: Raster): Raster {
        if (rule == Rule.NONE && channels == null) return image
        val (data, stored) = image.data to image.channels
        return mapped(image.width, image.height, stored, 256) { data[it].toInt() and 0xff }
    }

    /**
     * The same for values of 16 bits.
     *
     * @throws ImageException It lacks a channel, or there is no rule for more than 8 bits.
     */
    fun apply(image: Raster16): Raster {
        if (rule == Rule.NONE) {
            throw ImageException(
                "Expected an image of 8 bits: this network has no rule for deeper ones. " +
                    "Received: 16 bits. Save it with 8, or train with an intensity rule.",
            )
        }
        val (data, stored) = image.data to image.channels
        return mapped(image.width, image.height, stored, 1 shl 16) { data[it].toInt() and 0xffff }
    }

    /** Each channel that is taken through a table of what its values become. */
    private inline fun mapped(
        width: Int,
        height: Int,
        stored: Int,
        values: Int,
        value: (at: Int) -> Int,
    ): Raster {
        val taken = taken(stored)
        val out = ByteArray(Math.multiplyExact(width * height, taken.size))
        for ((k, c) in taken.withIndex()) {
            val counts = if (rule == Rule.PERCENTILE) LongArray(values) else null
            if (counts != null) for (i in 0 until width * height) counts[value(i * stored + c)]++
            val table = table(values, counts, width * height)
            for (i in 0 until width * height) out[i * taken.size + k] = table[value(i * stored + c)]
        }
        return Raster(width, height, taken.size, out)
    }

    private fun taken(stored: Int): IntArray {
        val taken = channels?.toIntArray() ?: IntArray(stored) { it }
        if (taken.any { it >= stored }) {
            throw ImageException(
                "Expected an image that has the channels ${taken.joinToString()}, counted from " +
                    "0. Received: $stored channels. Choose another image.",
            )
        }
        return taken
    }

    /** What each value of a channel becomes; [counts] says how often each is there. */
    private fun table(values: Int, counts: LongArray?, pixels: Int): ByteArray = when {
        counts != null ->
            scaled(values, percentile(counts, pixels, low), percentile(counts, pixels, high))
        rule == Rule.RANGE -> scaled(values, low, high)
        else -> ByteArray(values) { it.toByte() }
    }

    /** Each value mapped; 0 where low and high are one. */
    private fun scaled(values: Int, low: Double, high: Double): ByteArray {
        if (!(low < high)) return ByteArray(values)
        val first = low.toFloat()
        val factor = (255 / (high - low)).toFloat()
        return ByteArray(values) {
            val mapped = (it.toFloat() - first) * factor
            Math.rint(mapped.coerceIn(0f, 255f).toDouble()).toInt().toByte()
        }
    }

    /** Linear between ranks, from a histogram. */
    private fun percentile(counts: LongArray, pixels: Int, percent: Double): Double {
        val rank = percent / 100 * (pixels - 1)
        val below = valueAt(counts, Math.floor(rank))
        val above = valueAt(counts, Math.ceil(rank))
        return below + (above - below) * (rank - Math.floor(rank))
    }

    /** The first value with more than so many at or below it. */
    private fun valueAt(counts: LongArray, rank: Double): Int {
        var before = 0L
        for (value in counts.indices) {
            before += counts[value]
            if (before > rank) return value
        }
        return counts.size
    }
}

/**
 * Give an image the number of channels that a network takes: gray is repeated, RGB becomes gray as
 * `(77 R + 150 G + 29 B + 128) >> 8`.
 *
 * @return The image itself where it has them.
 * @throws ImageException It has another number.
 */
internal fun toChannels(image: Raster, channels: Int): Raster {
    val found = image.channels
    if (found == channels) return image
    val (pixels, data) = image.width * image.height to image.data
    val out: ByteArray
    if (found == 1) {
        out = ByteArray(Math.multiplyExact(pixels, channels)) { data[it / channels] }
    } else if (found == 3 && channels == 1) {
        out = ByteArray(pixels) {
            val sum = 77 * (data[3 * it].toInt() and 0xff) +
                150 * (data[3 * it + 1].toInt() and 0xff) + 29 * (data[3 * it + 2].toInt() and 0xff)
            (sum + 128 shr 8).toByte()
        }
    } else {
        throw ImageException(
            "Expected an image of $channels channels, or gray. Received: $found channels. Phones " +
                "give gray and RGB only: use kseg predict, which reads TIFF files, too.",
        )
    }
    return Raster(image.width, image.height, channels, out)
}
