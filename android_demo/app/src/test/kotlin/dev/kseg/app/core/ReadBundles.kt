package dev.kseg.app.core

import java.io.File
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.security.MessageDigest

/* The app's verdicts of bundles: a path a line, answers a line; tests/fuzz/bundles.py. */

/** What is used of a bundle, in one line that every reader writes alike. */
private fun summary(bundle: Bundle): String {
    val metadata = bundle.metadata
    val (input, golden) = metadata.input to bundle.golden
    val sizes = metadata.output.run {
        if (this !is Output.Labels) return@run names
        listOf(if (logits) "logits" else "label_map", name, height, width, top, left)
    }
    val fields = listOf(metadata.task.name.lowercase(), metadata.name, input.name) +
        listOf(input.height, input.width, input.channels) +
        listOf(if (input.letterbox) "letterbox" else "tile", bits(input.magnification)) +
        listOf(intensity(input.intensity)) + sizes +
        listOf(metadata.tiling.margin, metadata.tiling.stride, metadata.classes.size) +
        listOf(rule(metadata.instances), bits(metadata.scoreThreshold)) +
        listOf(bits(metadata.maskThreshold), metadata.quantization, metadata.oldestRuntime) +
        listOf(digest(bundle.flatbuffer), digest(ByteBuffer.wrap(golden.image.data)), digest(result(golden)))
    return fields.joinToString("|")
}

private fun result(golden: Golden): ByteBuffer {
    if (golden is Golden.Labels) return ByteBuffer.wrap(golden.labels)
    golden as Golden.Objects
    val size = 4 * (golden.boxes.size + golden.scores.size + golden.classes.size)
    val out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN)
    (golden.boxes + golden.scores).forEach { out.putFloat(it) }
    golden.classes.forEach { out.putInt(it) }
    out.flip()
    return out
}

private fun bits(number: Double) = number.toFloat().toRawBits().toUInt()

private fun intensity(said: Intensity): String {
    val none = said.rule == Intensity.Rule.NONE
    val limits = if (none) emptyList() else listOf(bits(said.low), bits(said.high))
    return (listOf(said.rule.name.lowercase()) + limits + said.channels.orEmpty()).joinToString(" ")
}

private fun rule(said: InstanceRule?): String {
    if (said == null) return "none"
    val method = if (said is InstanceRule.Watershed) "watershed" else "components"
    return (listOf(method) + said.classes + said.minArea).joinToString(" ")
}

private fun digest(data: ByteBuffer): String {
    val digest = MessageDigest.getInstance("SHA-256").apply { update(data.duplicate()) }.digest()
    return digest.joinToString("") { "%02x".format(it) }.take(16)
}

/** As Python's "unicode_escape" writes it, so that an answer is one line. */
private fun escaped(text: String): String = text.codePoints().toArray().joinToString("") { code ->
    when (code) {
        '\\'.code -> "\\\\"
        '\n'.code -> "\\n"
        '\r'.code -> "\\r"
        '\t'.code -> "\\t"
        in 32..126 -> code.toChar().toString()
        in 0..255 -> "\\x%02x".format(code)
        in 256..65535 -> "\\u%04x".format(code)
        else -> "\\U%08x".format(code)
    }
}

private fun verdict(path: String): String = try {
    "read " + escaped(summary(Bundle.read(ByteBuffer.wrap(File(path).readBytes()), "it.tflite")))
} catch (error: BundleException) {
    val message = error.message.orEmpty()
    if ("it.tflite" in message && message.endsWith(".")) "refused" else "ERROR ${escaped(message)}"
} catch (error: Throwable) { // Memory that ends, too.
    "ERROR " + escaped(error.stackTraceToString())
}

/** Answers each line, a path, with a verdict. */
fun main() {
    for (path in generateSequence(::readLine)) println(verdict(path))
}
