package dev.kseg.app.core

import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.security.MessageDigest

private typealias Named = List<Pair<String, Tensor>>

/**
 * Reads one bundle, see [Bundle.read].
 *
 * @param file From position 0 to its limit.
 * @param name What messages call it.
 */
internal class BundleReader(private val file: ByteBuffer, private val name: String) {
    fun read(): Bundle = try {
        val archive = Archive(file)
        val metadata = metadata(archive)
        if (metadata.formatVersion > 1) checkSums(archive, metadata)
        val flatbuffer = flatbuffer(metadata)
        checkNetwork(Flatbuffer(flatbuffer), metadata)
        Bundle(flatbuffer, metadata, readGolden(archive, metadata, name))
    } catch (error: ArchiveException) {
        throw BundleException(notWhole(error), error)
    } catch (error: IndexOutOfBoundsException) {
        throw BundleException(
            "$name: its network cannot be read, a table leaves the file. Export it again.", error,
        )
    }

    private fun metadata(archive: Archive): Metadata {
        val text = strictText(archive.read("metadata.json", MOST_TEXT))
        val raw = try {
            Json.parse(text ?: throw JsonException("not UTF-8"))
        } catch (error: JsonException) {
            throw BundleException(
                "$name: metadata.json is not JSON: ${error.message}. Export the network again.",
                error,
            )
        }
        return MetadataReader(name).read(raw)
    }

    /** What is read of the archive has the checksums that are beside it. */
    private fun checkSums(archive: Archive, metadata: Metadata) {
        val sums = String(archive.read("sha256.txt", MOST_TEXT), Charsets.UTF_8).split("\n")
        for (member in listOf("metadata.json") + goldenFiles(metadata)) {
            val content = archive.read(member, Int.MAX_VALUE)
            if ("${sha256(ByteBuffer.wrap(content))}  $member" in sums) continue
            throw BundleException(
                "$name was altered or damaged: the sha256 of its $member is not the one in its " +
                    "sha256.txt. Copy or export the file again.",
            )
        }
    }

    private fun flatbuffer(metadata: Metadata): ByteBuffer {
        val bytes = metadata.flatbufferBytes
        if (bytes <= file.limit()) {
            val view = file.duplicate().apply { position(0).limit(bytes) }.slice()
            if (sha256(view) == metadata.sha256) return view.order(ByteOrder.nativeOrder())
        }
        throw BundleException(
            "$name was altered or damaged: the sha256 of its network is not the one in its " +
                "metadata. Copy or export the file again.",
        )
    }

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
    private fun checkNetwork(network: Flatbuffer, metadata: Metadata) {
        val customOps = network.customOps()
        if (customOps.isNotEmpty()) throw BundleException(refused(customOps))
        val input = metadata.input
        val pixels = Tensor("uint8", listOf(1, input.height, input.width, input.channels))
        compare(network.inputs(), listOf(input.name to pixels), "an input")
        val outputs = network.outputs()
        compare(outputs, expected(metadata, outputs), "an output")
    }

    private fun refused(customOps: List<String>): String {
        val flex = customOps.any { it.startsWith("Flex") }
        val list = customOps.take(5).joinToString() + if (flex) " (TensorFlow, \"Flex\")" else ""
        return "$name needs operators that a phone's runtime lacks: expected builtin ones only. " +
            "Received: $list. Export the network with kseg export, which uses builtin operators."
    }

    /** What the metadata says comes out; the file itself says how many objects at most. */
    private fun expected(metadata: Metadata, outputs: Map<String, Tensor>): Named {
        val output = metadata.output
        if (output is Output.Labels) {
            val sides = listOf(1, output.height, output.width)
            if (!output.logits) return listOf(output.name to Tensor("uint8", sides))
            val found = outputs[output.name]?.shape?.getOrNull(3) ?: 0
            val channels = maxOf(metadata.classes.size, found)
            return listOf(output.name to Tensor("float32", sides + channels))
        }
        output as Output.Objects
        val masks = outputs[output.masks]?.shape.orEmpty()
        val most = masks.getOrElse(1) { 1 }
        val side = masks.getOrElse(2) { 1 }
        return listOf(
            output.boxes to Tensor("float32", listOf(1, most, 4)),
            output.scores to Tensor("float32", listOf(1, most)),
            output.classes to Tensor("int32", listOf(1, most)),
            output.masks to Tensor("float32", listOf(1, most, side, side)),
            output.count to Tensor("int32", listOf(1)),
        )
    }

    private fun compare(found: Map<String, Tensor>, expected: Named, what: String) {
        for ((key, wanted) in expected) {
            val own = found[key]
            val sides = wanted.shape.all { it >= 1 }
            if (sides && own?.type == wanted.type && own.shape == wanted.shape) continue
            throw BundleException(
                "$name: expected $what '$key' of ${shown(wanted)}, as its metadata says. " +
                    "Received: ${own?.let(::shown) ?: "none of that name"}. Export the network " +
                    "with kseg export.",
            )
        }
    }

    private fun sha256(bytes: ByteBuffer): String {
        val digest = MessageDigest.getInstance("SHA-256").apply { update(bytes.duplicate()) }
        return digest.digest().joinToString("") { hex(it) }
    }

    private fun hex(byte: Byte) = (byte.toInt() and 0xff).toString(16).padStart(2, '0')

    private fun shown(tensor: Tensor) = "${tensor.type}, shape ${tensor.shape.joinToString("x")}"

    private companion object {
        const val MOST_TEXT = 1 shl 20
        val MARK = "TFL3".toByteArray()
    }
}
