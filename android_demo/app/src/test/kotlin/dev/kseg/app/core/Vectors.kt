package dev.kseg.app.core

import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import java.io.File
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.util.Base64
import java.util.zip.InflaterInputStream

/**
 * What kseg computed in Python, and files that it wrote: the vectors that every reader is held to.
 */
object Vectors {
    private val root =
        generateSequence(File("").absoluteFile) { it.parentFile }.first { File(it, "setup.py").exists() }
    private val folder = File(root, "web_demo/tests/golden")

    /** A file of the repository. */
    fun repositoryFile(path: String): ByteArray = File(root, path).readBytes()

    /** A bundle of a few hundred bytes. */
    fun bundle(name: String): ByteArray = File(folder, "bundles/$name.tflite").readBytes()

    /** The cases of a file, each a JSON object. */
    fun cases(name: String): List<Case> =
        (Json.parse(File(folder, "$name.json").readText()) as List<*>).map { Case(it as Map<*, *>) }

    /** A JSON file of the repository. */
    fun json(path: String): Case = Case(Json.parse(String(repositoryFile(path))) as Map<*, *>)
}

/** A JSON object of the vectors. */
class Case(val fields: Map<*, *>) {
    fun case(key: String) = Case(fields[key] as Map<*, *>)

    fun list(key: String) = fields[key] as List<*>

    fun int(key: String) = (fields[key] as Long).toInt()

    fun ints(key: String): List<Int> = numbers(key).map { it.toInt() }

    /** All numbers of a list, and of the lists in it. */
    fun numbers(key: String): List<Number> = flat(list(key))

    fun array(key: String) = PackedArray(case(key))

    private fun flat(value: Any?): List<Number> =
        if (value is List<*>) value.flatMap(::flat) else listOf(value as Number)
}

/** An array as the vectors hold it: type, shape and deflated bytes. */
class PackedArray(case: Case) {
    val type = case.fields["dtype"] as String
    val shape = case.ints("shape")
    val bytes: ByteArray = Base64.getDecoder().decode(case.fields["zlib"] as String)
        .let { InflaterInputStream(it.inputStream()).readBytes() }

    private val buffer get() = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN)

    fun ints() = IntArray(bytes.size / 4).also { buffer.asIntBuffer().get(it) }

    /** (height, width, channels) of uint8. */
    fun raster() = Raster(shape[1], shape[0], shape[2], bytes)

    /** Likewise of uint16. */
    fun deep() = Raster16(
        shape[1], shape[0], shape[2], ShortArray(bytes.size / 2).also { buffer.asShortBuffer().get(it) },
    )

    /** As a runtime gives it. */
    fun direct(): ByteBuffer {
        val out = ByteBuffer.allocateDirect(bytes.size).order(ByteOrder.nativeOrder())
        out.put(bytes).flip()
        return out
    }
}

fun assertSame(expected: Raster, found: Raster) {
    assertEquals(
        listOf(expected.width, expected.height, expected.channels),
        listOf(found.width, found.height, found.channels),
    )
    assertArrayEquals(expected.data, found.data)
}

/** Something is refused with a sentence that says all of this. */
inline fun <reified T : KsegException> assertRefused(vararg parts: String, crossinline work: () -> Unit) {
    val message = assertThrows(T::class.java) { work() }.message!!
    for (part in parts) assertTrue("'$part' in: $message", part in message)
    assertTrue(message, message.endsWith("."))
}
