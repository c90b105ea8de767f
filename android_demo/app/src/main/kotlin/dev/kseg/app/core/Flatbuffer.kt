package dev.kseg.app.core

import java.nio.ByteBuffer
import java.nio.ByteOrder

/**
 * A tensor of a flatbuffer.
 *
 * @property type As TensorFlow Lite's schema calls it, in lower case.
 * @property shape A side that is open is -1.
 */
internal class Tensor(val type: String, val shape: List<Int>)

/**
 * What a .tflite flatbuffer says of its operators, inputs and outputs.
 *
 * Only these few fields of the schema are read; each number below is a field's place in it. No
 * table is copied, whatever length it claims.
 *
 * @param bytes From position 0 to its limit.
 * @throws IndexOutOfBoundsException From every member: a table leaves the file.
 */
internal class Flatbuffer(bytes: ByteBuffer) {
    private class Vector(val start: Int, val length: Int)

    private val bytes = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN)
    private val model get() = place(0, uint(0))

    /** How many signatures there are. */
    val signatures get() = vector(model, SIGNATURES, 4).length

    /** The first few names of operators that are no builtin ones. */
    fun customOps(): List<String> {
        val found = LinkedHashSet<String>()
        each(model, OPERATOR_CODES) { code ->
            // The old field holds one byte; newer operators are in the new one.
            val builtin = maxOf(int(code, BUILTIN), byte(code, DEPRECATED_BUILTIN))
            if (builtin == CUSTOM && found.size < MOST_NAMES) found.add(string(code, CUSTOM_CODE))
        }
        return found.toList()
    }

    /** Inputs of the first signature, by name; empty where there is none. */
    fun inputs() = named(SIGNATURE_INPUTS)

    /** Outputs likewise. */
    fun outputs() = named(SIGNATURE_OUTPUTS)

    /** Read where the weights lie: it throws where the file was cut short. */
    fun checkWeights() = each(model, BUFFERS) { buffer -> vector(buffer, BUFFER_DATA, 1) }

    private fun named(field: Int): Map<String, Tensor> {
        val signature = firstOf(model, SIGNATURES) ?: return emptyMap()
        val graph = element(model, SUBGRAPHS, int(signature, SIGNATURE_SUBGRAPH))
        val found = LinkedHashMap<String, Tensor>()
        each(signature, field) { map ->
            found[string(map, MAP_NAME)] = tensor(element(graph, TENSORS, int(map, MAP_INDEX)))
        }
        return found
    }

    private fun tensor(table: Int): Tensor {
        val open = ints(table, SHAPE_SIGNATURE)
        val type = byte(table, TENSOR_TYPE)
        return Tensor(TYPES.getOrElse(type) { "type $type" }, open.ifEmpty { ints(table, SHAPE) })
    }

    /** Where a field of a table is, or 0 where it is left out. */
    private fun field(table: Int, number: Int): Int {
        val layout = place(table, -bytes.getInt(table).toLong())
        if (4 + 2 * number >= ushort(layout)) return 0
        val offset = ushort(layout + 4 + 2 * number)
        return if (offset == 0) 0 else place(table, offset.toLong())
    }

    private fun byte(table: Int, number: Int): Int =
        field(table, number).let { if (it == 0) 0 else bytes.get(it).toInt() }

    private fun int(table: Int, number: Int): Int =
        field(table, number).let { if (it == 0) 0 else bytes.getInt(it) }

    /** Where the elements of a vector begin, and how many there are. */
    private fun vector(table: Int, number: Int, elementBytes: Int): Vector {
        val field = field(table, number)
        if (field == 0) return Vector(0, 0)
        val start = place(field, uint(field))
        val length = uint(start)
        if (start + 4 + length * elementBytes > bytes.limit()) {
            throw IndexOutOfBoundsException("a vector leaves the file")
        }
        return Vector(start + 4, length.toInt())
    }

    private inline fun each(table: Int, number: Int, use: (table: Int) -> Unit) {
        val vector = vector(table, number, 4)
        if (vector.length > MOST_TABLES) throw IndexOutOfBoundsException("too many tables")
        for (i in 0 until vector.length) {
            val at = vector.start + 4 * i
            use(place(at, uint(at)))
        }
    }

    private fun firstOf(table: Int, number: Int): Int? =
        if (vector(table, number, 4).length == 0) null else element(table, number, 0)

    private fun element(table: Int, number: Int, index: Int): Int {
        val vector = vector(table, number, 4)
        if (index !in 0 until vector.length) throw IndexOutOfBoundsException("no such element")
        val at = vector.start + 4 * index
        return place(at, uint(at))
    }

    private fun ints(table: Int, number: Int): List<Int> {
        val vector = vector(table, number, 4)
        if (vector.length > MOST_SIDES) throw IndexOutOfBoundsException("too many sides")
        return List(vector.length) { bytes.getInt(vector.start + 4 * it) }
    }

    private fun string(table: Int, number: Int): String {
        val vector = vector(table, number, 1)
        if (vector.length > LONGEST_NAME) throw IndexOutOfBoundsException("too long a name")
        val text = ByteArray(vector.length) { bytes.get(vector.start + it) }
        return String(text, Charsets.UTF_8)
    }

    private fun place(from: Int, offset: Long): Int {
        val place = from + offset
        if (place !in 0 until bytes.limit()) throw IndexOutOfBoundsException("leaves the file")
        return place.toInt()
    }

    private fun uint(at: Int) = bytes.getInt(at).toLong() and 0xffffffffL

    private fun ushort(at: Int) = bytes.getShort(at).toInt() and 0xffff

    private companion object {
        const val OPERATOR_CODES = 1
        const val SUBGRAPHS = 2
        const val BUFFERS = 4
        const val SIGNATURES = 7
        const val DEPRECATED_BUILTIN = 0
        const val CUSTOM_CODE = 1
        const val BUILTIN = 3
        const val TENSORS = 0
        const val SHAPE = 0
        const val TENSOR_TYPE = 1
        const val SHAPE_SIGNATURE = 7
        const val BUFFER_DATA = 0
        const val SIGNATURE_INPUTS = 0
        const val SIGNATURE_OUTPUTS = 1
        const val SIGNATURE_SUBGRAPH = 4
        const val MAP_NAME = 0
        const val MAP_INDEX = 1
        const val CUSTOM = 32
        const val MOST_NAMES = 64
        val MOST_TABLES = Rules.limit("tables")
        val MOST_SIDES = Rules.limit("sides")
        val LONGEST_NAME = Rules.limit("name_bytes")
        val TYPES = listOf(
            "float32", "float16", "int32", "uint8", "int64", "string", "bool", "int16",
            "complex64", "int8",
        )
    }
}
