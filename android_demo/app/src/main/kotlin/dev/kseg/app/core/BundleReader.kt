package dev.kseg.app.core

import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.security.MessageDigest

/**
 * Reads one bundle, see [Bundle.read].
 *
 * @param file From position 0 to its limit.
 * @param name What messages call it.
 */
internal class BundleReader(private val file: ByteBuffer, private val name: String) {
    private val most = Rules.limit("text_bytes")

    fun read(): Bundle = try {
        val archive = Archive(file)
        val content = archive.read(METADATA, most)
        val reader = MetadataReader(name)
        val values = reader.checked(parse(content))
        val metadata = reader.typed(values)
        val read = checked(archive, content, metadata)
        val flatbuffer = flatbuffer(metadata)
        checkNetwork(Flatbuffer(flatbuffer), values)
        Bundle(flatbuffer, metadata, readGolden(read, metadata, values, name))
    } catch (error: ArchiveException) {
        throw BundleException(notWhole(error), error)
    } catch (error: IndexOutOfBoundsException) {
        throw BundleException(
            "$name: its network cannot be read, a table leaves the file. Export it again.", error,
        )
    }

    private fun parse(content: ByteArray): Any? = try {
        Json.parse(strictText(content) ?: throw JsonException("not UTF-8"))
    } catch (error: JsonException) {
        throw BundleException(
            "$name: metadata.json is not JSON: ${error.message}. Export the network again.", error,
        )
    }

    /** What gives other members, each of the checksum that is beside it since version 2. */
    private fun checked(
        archive: Archive,
        content: ByteArray,
        metadata: Metadata,
    ): (String, Int) -> ByteArray {
        if (metadata.formatVersion < 2) return archive::read
        val sums = String(archive.read(SUMS, most), Charsets.UTF_8).split("\n")
        val check = { member: String, bytes: ByteArray ->
            if ("${sha256(ByteBuffer.wrap(bytes))}  $member" !in sums) throw altered(member, SUMS)
            bytes
        }
        check(METADATA, content)
        return { member, most -> check(member, archive.read(member, most)) }
    }

    private fun flatbuffer(metadata: Metadata): ByteBuffer {
        val bytes = metadata.flatbufferBytes
        if (bytes <= file.limit()) {
            val view = file.duplicate().apply { position(0).limit(bytes) }.slice()
            if (sha256(view) == metadata.sha256) return view.order(ByteOrder.nativeOrder())
        }
        throw altered("network", "metadata")
    }

    private fun altered(what: String, where: String) = BundleException(
        "$name was altered or damaged: the sha256 of its $what is not the one in its $where. " +
            "Copy or export the file again.",
    )

    /** Why something of the archive is missing: what the file looks like instead. */
    private fun notWhole(error: ArchiveException): String {
        val looksRight = file.limit() >= 8 && (4 until 8).all { file.get(it) == MARK[it - 4] }
        if (!looksRight) {
            return "$name is not a kseg bundle: expected a .tflite file that kseg exported. " +
                "Received: ${file.limit()} bytes of something else. Choose another file."
        }
        val network = Flatbuffer(file)
        val customOps = try {
            network.checkWeights()
            network.customOps()
        } catch (_: IndexOutOfBoundsException) {
            return "$name was cut short: its end is missing after ${file.limit()} bytes. Copy it " +
                "again."
        }
        if (customOps.isNotEmpty()) return refused(customOps)
        return "$name is a .tflite file without readable kseg metadata (${error.message}): " +
            "either kseg did not write it, or it was cut short. Export it with kseg, or copy it " +
            "again."
    }

    /** Operators, and the types and shapes of what goes in and comes out. */
    private fun checkNetwork(network: Flatbuffer, values: Values) {
        network.checkWeights()
        val customOps = network.customOps()
        if (customOps.isNotEmpty()) throw BundleException(refused(customOps))
        val sides = mapOf("inputs" to network.inputs(), "outputs" to network.outputs())
        val known: Values = LinkedHashMap()
        known["signatures"] = network.signatures.toLong()
        known["inputs"] = sides.getValue("inputs").size.toLong()
        values["network"] = known
        for (rule in Rules.list("tensors")) {
            if (Rules.applies(rule, values)) {
                compare(rule, sides.getValue(rule["side"] as String), values, known)
            }
        }
        Rules.apply("network", values, refusing(name))
    }

    /** One tensor; a side that has a letter is whatever it is where it comes first. */
    private fun compare(
        rule: Map<*, *>,
        found: Map<String, Tensor>,
        values: Values,
        known: Values,
    ) {
        val key = Rules.evaluate(rule["name"], values) as String
        val own = found[key]
        val shape = (rule["shape"] as List<*>).mapIndexed { place, side ->
            val free = side is String && '.' !in side
            val length = if (!free) Rules.evaluate(side, values) else known.getOrPut("$side") {
                maxOf(1, own?.shape?.getOrNull(place) ?: 1).toLong()
            }
            number(length).toInt()
        }
        val wanted = Tensor(rule["type"] as String, shape)
        if (own?.type == wanted.type && own.shape == wanted.shape) return
        val what = (rule["side"] as String).dropLast(1)
        throw BundleException(
            "$name: expected an $what '$key' of ${shown(wanted)}, as its metadata says. " +
                "Received: ${own?.let { shown(it) } ?: "none of that name"}. Export the network " +
                "with kseg export.",
        )
    }

    private fun refused(customOps: List<String>): String {
        val flex = customOps.any { it.startsWith("Flex") }
        val list = customOps.take(5).joinToString() + if (flex) " (TensorFlow, \"Flex\")" else ""
        return "$name needs operators that a phone's runtime lacks: expected builtin ones only. " +
            "Received: $list. Export the network with kseg export, which uses builtin operators."
    }

    private fun sha256(bytes: ByteBuffer): String {
        val digest = MessageDigest.getInstance("SHA-256").apply { update(bytes.duplicate()) }
        return digest.digest().joinToString("") { hex(it) }
    }

    private fun hex(byte: Byte) = (byte.toInt() and 0xff).toString(16).padStart(2, '0')

    private fun shown(tensor: Tensor) = "${tensor.type}, shape ${tensor.shape.joinToString("x")}"

    private companion object {
        const val METADATA = "metadata.json"
        const val SUMS = "sha256.txt"
        val MARK = "TFL3".toByteArray()
    }
}
