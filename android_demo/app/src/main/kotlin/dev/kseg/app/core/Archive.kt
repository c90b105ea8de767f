package dev.kseg.app.core

import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.charset.CharacterCodingException
import java.util.zip.CRC32

/** What is wrong with an archive; [Bundle.read] makes a sentence of it. */
internal class ArchiveException(message: String) : Exception(message)

/**
 * The members of an uncompressed zip that lies behind something else, as a bundle's does.
 *
 * Offsets are counted from the end of the directory, so what comes before does not matter.
 *
 * @param file From position 0 to its limit.
 * @throws ArchiveException There is no directory, or it leaves the file.
 */
internal class Archive(file: ByteBuffer) {
    private class Entry(val at: Long, val size: Long, val crc: Long, val method: Int)

    private val file = file.duplicate().order(ByteOrder.LITTLE_ENDIAN)
    private val entries = directory()

    /**
     * What a member holds.
     *
     * @param most Bytes that it may have.
     * @throws ArchiveException It is missing, compressed, too large, damaged, or leaves the file.
     */
    fun read(name: String, most: Int): ByteArray {
        val entry = entries[name] ?: throw ArchiveException("it has no $name")
        if (entry.method != 0) throw ArchiveException("its $name is compressed")
        if (entry.size > most) {
            throw ArchiveException("its $name has ${entry.size} bytes, over $most")
        }
        if (!holds(entry.at, LOCAL_BYTES) || file.getInt(entry.at.toInt()) != LOCAL) {
            throw ArchiveException("its $name is not where the directory says")
        }
        val at = entry.at.toInt()
        val start = entry.at + LOCAL_BYTES + short(at + 26) + short(at + 28)
        if (!holds(start, entry.size)) throw ArchiveException("its $name leaves the file")
        val content = copy(start.toInt(), entry.size.toInt())
        val crc = CRC32().apply { update(content) }.value
        if (crc != entry.crc) throw ArchiveException("its $name was altered or damaged")
        return content
    }

    private fun directory(): Map<String, Entry> {
        val end = findEnd()
        val start = end - uint(end + 12)
        val before = start - uint(end + 16)
        val found = HashMap<String, Entry>()
        var at = start
        repeat(short(end + 10)) {
            if (at < 0 || at + ENTRY_BYTES > end || file.getInt(at.toInt()) != ENTRY) {
                throw ArchiveException("its directory is damaged")
            }
            val here = at.toInt()
            val nameBytes = short(here + 28)
            if (at + ENTRY_BYTES + nameBytes > end) {
                throw ArchiveException("its directory is damaged")
            }
            val name = String(copy(here + ENTRY_BYTES, nameBytes), Charsets.UTF_8)
            val method = short(here + 10)
            val size = uint(here + 24)
            if (method == 0 && uint(here + 20) != size) {
                throw ArchiveException("its directory is damaged")
            }
            found[name] = Entry(before + uint(here + 42), size, uint(here + 16), method)
            at += ENTRY_BYTES + nameBytes + short(here + 30) + short(here + 32)
        }
        return found
    }

    /** Where the end record begins: behind it is at most a comment of 65,535 bytes. */
    private fun findEnd(): Int {
        val last = file.limit() - END_BYTES
        for (at in last downTo maxOf(0, last - 0xffff)) if (file.getInt(at) == END) return at
        throw ArchiveException("it has no directory")
    }

    private fun holds(at: Long, bytes: Number) = at >= 0 && at + bytes.toLong() <= file.limit()

    private fun copy(at: Int, bytes: Int) = ByteArray(bytes).also {
        file.duplicate().apply { position(at) }.get(it)
    }

    private fun short(at: Int) = file.getShort(at).toInt() and 0xffff

    private fun uint(at: Int) = file.getInt(at).toLong() and 0xffffffffL

    private companion object {
        const val END = 0x06054b50
        const val ENTRY = 0x02014b50
        const val LOCAL = 0x04034b50
        const val END_BYTES = 22
        const val ENTRY_BYTES = 46
        const val LOCAL_BYTES = 30
    }
}

/** UTF-8 as text; null where it is not UTF-8. */
internal fun strictText(bytes: ByteArray): String? = try {
    Charsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString()
} catch (_: CharacterCodingException) {
    null
}
