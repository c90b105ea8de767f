package dev.kseg.app.core

import java.io.ByteArrayOutputStream
import java.nio.ByteBuffer
import java.security.MessageDigest
import java.util.zip.CRC32
import java.util.zip.Deflater
import java.util.zip.ZipEntry
import java.util.zip.ZipOutputStream

/** Bundles as a stranger could write them: every checksum is right, the content what you like. */
class BundleFile(name: String) {
    private val file = Vectors.bundle(name)
    private val archive = Archive(ByteBuffer.wrap(file))

    /** The text of metadata.json. */
    var metadata = String(archive.read("metadata.json", Int.MAX_VALUE))

    /** The network alone. */
    var flatbuffer = file.copyOf(int("flatbuffer_bytes"))

    /** Content by name, but the metadata; null: left out. */
    val members = HashMap<String, ByteArray?>().apply {
        for (key in listOf("golden.png", "golden_labels.png", "golden_instances.json")) {
            if (key in metadata) put(key, archive.read(key, Int.MAX_VALUE))
        }
    }

    /** Replace a piece of the metadata's text, once. */
    fun replace(old: String, new: String) = apply {
        check(old in metadata) { old }
        metadata = metadata.replaceFirst(old, new)
    }

    /** The content of sha256.txt; null: left out; "": that of what is in the file. */
    var sums: String? = ""

    /** The whole file, with the checksums and the length of what is in it. */
    fun bytes(): ByteArray {
        val said = metadata
            .replace(Regex("\"sha256\": \"[0-9a-f]*\""), "\"sha256\": \"${sumOf(flatbuffer)}\"")
            .replace(Regex("(\"flatbuffer_bytes\": )${int("flatbuffer_bytes")}\\b"), "$1" + flatbuffer.size)
        val out = ByteArrayOutputStream()
        out.write(flatbuffer)
        ZipOutputStream(out).use { zip ->
            zip.setMethod(ZipOutputStream.STORED)
            val contents = mapOf("metadata.json" to said.toByteArray()) + members
            val lines = contents.filterValues { it != null }.map { (key, content) -> "${sumOf(content!!)}  $key\n" }
            val all = contents + ("sha256.txt" to sums?.ifEmpty { lines.joinToString("") }?.toByteArray())
            for ((key, content) in all) if (content != null) store(zip, key, content)
        }
        return out.toByteArray()
    }

    private fun sumOf(bytes: ByteArray) =
        MessageDigest.getInstance("SHA-256").digest(bytes).joinToString("") { "%02x".format(it) }

    private fun int(key: String) =
        Regex("\"$key\": ([0-9]+)").find(metadata)?.groupValues?.get(1)?.toIntOrNull() ?: 0

    private fun store(zip: ZipOutputStream, key: String, content: ByteArray) {
        val entry = ZipEntry(key)
        entry.size = content.size.toLong()
        entry.compressedSize = content.size.toLong()
        entry.crc = CRC32().apply { update(content) }.value
        zip.putNextEntry(entry)
        zip.write(content)
        zip.closeEntry()
    }
}

/** A PNG that says what you like of its size, with so many packed bytes of zeros. */
fun pngOf(width: Int, height: Int, depth: Int = 8, colour: Int = 0, zeros: Int = 100): ByteArray {
    val header = ByteBuffer.allocate(13).putInt(width).putInt(height).put(depth.toByte()).put(colour.toByte())
    val packed = ByteArray(1 shl 16)
    val deflater = Deflater().apply { setInput(ByteArray(zeros)); finish() }
    val data = packed.copyOf(deflater.deflate(packed))
    val out = ByteArrayOutputStream()
    out.write(byteArrayOf(-119, 80, 78, 71, 13, 10, 26, 10))
    for ((type, content) in listOf("IHDR" to header.array(), "IDAT" to data, "IEND" to ByteArray(0))) {
        val part = type.toByteArray() + content
        val crc = CRC32().apply { update(part) }.value.toInt()
        out.write(ByteBuffer.allocate(4).putInt(content.size).array())
        out.write(part)
        out.write(ByteBuffer.allocate(4).putInt(crc).array())
    }
    return out.toByteArray()
}

/** Read bytes as a bundle. */
fun readBundle(bytes: ByteArray): Bundle = Bundle.read(ByteBuffer.wrap(bytes), "it.tflite")
