package dev.kseg.app.core

import java.nio.ByteBuffer
import java.util.zip.CRC32
import java.util.zip.DataFormatException
import java.util.zip.Inflater

/**
 * PNG (RFC 2083), as far as bundles and microscopes use it: gray or RGB of 8 or 16 bits, with
 * alpha, which is dropped, or without; not interlaced.
 *
 * A phone's own decoder takes every other PNG, but cuts 16 bits to 8.
 */
object Png {
    /** Whether a file is a PNG of 16 bits: for [decode16], all others are for the phone's own. */
    fun isDeep(bytes: ByteArray): Boolean =
        isPng(bytes) && bytes.size > 24 && bytes[24] == 16.toByte()

    /**
     * Decode a PNG of 8 bits.
     *
     * @param bytes The file.
     * @param most Refuse more values, pixels times channels, before memory is taken.
     * @throws ImageException It is of another kind, larger, cut short or damaged.
     */
    fun decode8(bytes: ByteArray, most: Int): Raster {
        val header = header(bytes, 8, most)
        val out = ByteArray(header.values)
        lines(bytes, header) { y, line ->
            val row = y * header.width * header.kept
            for (i in 0 until header.width * header.kept) {
                out[row + i] = line[i / header.kept * header.stored + i % header.kept]
            }
        }
        return Raster(header.width, header.height, header.kept, out)
    }

    /**
     * Decode a PNG of 16 bits.
     *
     * @param bytes The file.
     * @param most Refuse more values, pixels times channels, before memory is taken.
     * @throws ImageException It is of another kind, larger, cut short or damaged.
     */
    fun decode16(bytes: ByteArray, most: Int): Raster16 {
        val header = header(bytes, 16, most)
        val out = ShortArray(header.values)
        lines(bytes, header) { y, line ->
            val row = y * header.width * header.kept
            for (i in 0 until header.width * header.kept) {
                val at = 2 * (i / header.kept * header.stored + i % header.kept)
                val high = line[at].toInt() and 0xff shl 8
                out[row + i] = (high or (line[at + 1].toInt() and 0xff)).toShort()
            }
        }
        return Raster16(header.width, header.height, header.kept, out)
    }

    private class Header(val width: Int, val height: Int, val depth: Int, val stored: Int) {
        /** Channels without alpha. */
        val kept = if (stored >= 3) 3 else 1
        val values get() = width * height * kept
        val pixelBytes = stored * depth / 8
        val lineBytes = width * pixelBytes
    }

    private fun isPng(bytes: ByteArray) =
        bytes.size >= SIGNATURE.size && SIGNATURE.indices.all { bytes[it] == SIGNATURE[it] }

    private fun header(bytes: ByteArray, depth: Int, most: Int): Header {
        if (!isPng(bytes)) throw ImageException("Expected a PNG. Received: another file.")
        var packed = 0L
        var header: ByteBuffer? = null
        chunks(bytes) { type, at, length ->
            if (type == "IHDR" && length == 13 && header == null) {
                header = ByteBuffer.wrap(bytes, at, length).slice()
            }
            if (type == "IDAT") packed += length
        }
        val found = header ?: throw damaged("it has no header")
        val stored = CHANNELS[found.get(9).toInt()]
        if (found.get(8).toInt() != depth || stored == null || found.get(12).toInt() != 0) {
            throw ImageException(
                "Expected a PNG of $depth bits, gray or RGB, not interlaced. Received: " +
                    "${found.get(8)} bits, colour type ${found.get(9)}, interlace " +
                    "${found.get(12)}. Save it anew.",
            )
        }
        val (width, height) = found.getInt(0) to found.getInt(4)
        val values = width.toLong() * height * (if (stored >= 3) 3 else 1)
        if (width < 1 || height < 1 || width > LONGEST || values > most) {
            throw ImageException(
                "Expected a PNG of at most $most values. Received: " +
                    "${width.toUInt()} x ${height.toUInt()} pixels. Make the image smaller.",
            )
        }
        val made = Header(width, height, depth, stored)
        // No deflate stream packs better: what claims more pixels is not worth the memory.
        if ((1L + made.lineBytes) * height > packed * BEST_RATIO) throw damaged(UNPACKED)
        return made
    }

    /** Each chunk's type, and where its content lies, up to the end chunk. */
    private inline fun chunks(bytes: ByteArray, use: (type: String, at: Int, length: Int) -> Unit) {
        val buffer = ByteBuffer.wrap(bytes)
        var at = SIGNATURE.size
        while (at + 12 <= bytes.size) {
            val length = buffer.getInt(at)
            if (length < 0 || at + 12L + length > bytes.size) break
            val type = String(bytes, at + 4, 4, Charsets.ISO_8859_1)
            val crc = CRC32().apply { update(bytes, at + 4, 4 + length) }.value.toInt()
            if (crc != buffer.getInt(at + 8 + length)) throw damaged("its part $type was altered")
            use(type, at + 8, length)
            if (type == "IEND") return
            at += 12 + length
        }
        throw ImageException(
            "This PNG was cut short: its end is missing after ${bytes.size} bytes. Copy it again.",
        )
    }

    /** Each line, unpacked and without the prediction of section 6 of the RFC. */
    private fun lines(bytes: ByteArray, header: Header, use: (y: Int, line: ByteArray) -> Unit) {
        var line = ByteArray(1 + header.lineBytes)
        var above = ByteArray(header.lineBytes)
        var (filled, y) = 0 to 0
        val inflater = Inflater()
        var more = false // Whether something follows the last line.
        try {
            chunks(bytes) { type, at, length ->
                if (type == "IDAT" && length > 0) {
                    more = more || inflater.finished()
                    inflater.setInput(bytes, at, length)
                }
                while (type == "IDAT") {
                    val count = inflater.inflate(line, filled, line.size - filled)
                    if (count == 0) break
                    more = more || y == header.height
                    if (more) break
                    filled += count
                    if (filled < line.size) continue
                    val own = line.copyOfRange(1, line.size)
                    predict(line[0].toInt(), own, above, header.pixelBytes)
                    use(y++, own)
                    above = own
                    filled = 0
                }
            }
            more = more || !inflater.finished() || inflater.remaining > 0
        } catch (_: DataFormatException) {
            throw damaged(UNPACKED)
        } finally {
            inflater.end()
        }
        if (y < header.height || more) throw damaged(UNPACKED)
    }

    private fun predict(filter: Int, line: ByteArray, above: ByteArray, pixelBytes: Int) {
        if (filter !in 0..4) throw damaged("it has an unknown filter")
        for (x in line.indices) {
            val left = if (x >= pixelBytes) line[x - pixelBytes].toInt() and 0xff else 0
            val up = above[x].toInt() and 0xff
            val corner = if (x >= pixelBytes) above[x - pixelBytes].toInt() and 0xff else 0
            val guess = when (filter) {
                0 -> 0
                1 -> left
                2 -> up
                3 -> (left + up) / 2
                else -> nearest(left, up, corner)
            }
            line[x] = (line[x] + guess).toByte()
        }
    }

    /** Paeth's choice. */
    private fun nearest(left: Int, up: Int, corner: Int): Int {
        val toLeft = Math.abs(up - corner)
        val toUp = Math.abs(left - corner)
        val toCorner = Math.abs(left + up - 2 * corner)
        if (toLeft <= toUp && toLeft <= toCorner) return left
        return if (toUp <= toCorner) up else corner
    }

    private fun damaged(how: String) =
        ImageException("This PNG is damaged: $how. Copy it again.")

    private val SIGNATURE = byteArrayOf(-119, 80, 78, 71, 13, 10, 26, 10)

    /** By colour type: gray, RGB, gray and alpha, RGBA. */
    private val CHANNELS = mapOf(0 to 1, 2 to 3, 4 to 2, 6 to 4)
    private const val BEST_RATIO = 1032
    private const val LONGEST = 1 shl 24
    private const val UNPACKED = "its pixels do not unpack"
}
