package dev.kseg.app.core

import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import java.nio.ByteBuffer
import java.util.Random

/** Damaged and malicious files: each gets a sentence, or is read rightly. */
class BundleFuzzTest {
    private val random = Random(7)

    /** The bundle, or null where it was refused; anything else than a sentence is passed on. */
    private fun readOrRefused(bytes: ByteArray): Bundle? = try {
        readBundle(bytes)
    } catch (error: BundleException) {
        assertTrue(error.message, error.message!!.startsWith("it.tflite") || "it.tflite" in error.message!!)
        null
    }

    /** A file that begins like another one may have become that. */
    private fun assertOneOf(sound: List<Bundle>, found: Bundle) {
        val expected = sound.first { it.metadata.sha256 == found.metadata.sha256 }
        assertEquals(expected.flatbuffer, found.flatbuffer)
        assertSame(expected.golden.image, found.golden.image)
        assertEquals(expected.metadata.classes, found.metadata.classes)
        val (labels, others) = expected.golden to found.golden
        if (labels is Golden.Labels) assertArrayEquals(labels.labels, (others as Golden.Labels).labels)
    }

    @Test
    fun `ten thousand damaged files`() {
        val files = listOf("labels", "objects", "five_channels").map(Vectors::bundle)
        val sound = files.map(::readBundle)
        var refused = 0
        repeat(10_000) { round ->
            val (which, other) = round % files.size to (round + 1) % files.size
            val found = readOrRefused(damaged(files[which], files[other]))
            if (found == null) refused++ else assertOneOf(listOf(sound[which], sound[other]), found)
        }
        // Bytes of the archive that nobody reads (dates, labels.txt) may be anything.
        assertTrue("$refused refused", refused in 7_500..9_999)
    }

    /** Bits turned, bytes replaced, pieces removed, doubled or taken from another file. */
    private fun damaged(bytes: ByteArray, other: ByteArray): ByteArray {
        val out = bytes.copyOf()
        val at = random.nextInt(bytes.size)
        val end = minOf(bytes.size, at + 1 + random.nextInt(64))
        when (random.nextInt(6)) {
            0 -> repeat(1 + random.nextInt(3)) {
                val i = random.nextInt(out.size)
                out[i] = (out[i].toInt() xor (1 shl random.nextInt(8))).toByte()
            }
            1 -> for (i in at until end) out[i] = random.nextInt(256).toByte()
            2 -> for (i in at until end) out[i] = if (random.nextBoolean()) 0 else -1
            3 -> return bytes.copyOf(at)
            4 -> return bytes.copyOf(at) + bytes.copyOfRange(end, bytes.size)
            else -> return bytes.copyOf(at) + other.copyOfRange(minOf(at, other.size), other.size)
        }
        return out
    }

    @Test
    fun `metadata of a stranger with right checksums`() {
        val values = listOf(
            "0", "-1", "1e308", "2147483648", "9223372036854775808", "1.5", "null", "true", "[]", "{}",
            "\"\"", "[[[[]]]]", "\"\\ud800\"", "8192", "[8192, 8192]", "[1, 1]", "255",
        )
        val tokens = Regex("\"[^\"]*\"(?!:)|-?[0-9.]+|null|true|\\[[^\\[\\]]*\\]")
        repeat(3_000) { round ->
            val file = BundleFile(if (round % 2 == 0) "labels" else "objects")
            val found = tokens.findAll(file.metadata).toList()
            repeat(1 + random.nextInt(2)) {
                val old = found[random.nextInt(found.size)].value
                file.metadata = file.metadata.replaceFirst(old, values[random.nextInt(values.size)])
            }
            readOrRefused(file.bytes())?.let(::assertSound)
        }
    }

    /** What is taken can be worked with. */
    private fun assertSound(bundle: Bundle) {
        val (metadata, image) = bundle.metadata to bundle.golden.image
        assertEquals(listOf(metadata.input.height, metadata.input.width), listOf(image.height, image.width))
        assertEquals(metadata.classes.size, metadata.palette.size)
        assertTrue(metadata.scoreThreshold in 0.0..1.0)
        val predictor = Predictor(bundle) { emptyMap() }
        try {
            assertTrue(predictor.tiles(1000, 777) >= 1)
        } catch (error: ImageException) { // A margin that leaves nothing of a tile.
            assertTrue(error.message, "tiles are too small" in error.message!!)
        }
        assertTrue(predictor.memory(1000, 777) >= 0)
    }

    @Test
    fun `networks of a stranger with right checksums`() {
        repeat(3_000) { round ->
            val file = BundleFile(if (round % 2 == 0) "labels" else "objects")
            val bytes = file.flatbuffer.copyOf()
            repeat(1 + random.nextInt(4)) {
                // Lengths and offsets are 4 bytes: small numbers, or absurd ones.
                val at = random.nextInt(bytes.size / 4) * 4
                val value = if (random.nextBoolean()) random.nextInt(64) else random.nextInt()
                ByteBuffer.wrap(bytes).putInt(at, value)
            }
            file.flatbuffer = bytes
            readOrRefused(file.bytes())?.let(::assertSound)
        }
    }

    @Test
    fun `pictures and texts that claim absurd sizes`() {
        val sizes = listOf(Int.MAX_VALUE, Int.MIN_VALUE, 1 shl 24, 8192, 0, 1)
        for (width in sizes) {
            for (height in sizes) {
                val file = BundleFile("labels")
                file.replace("\"size\": [\n   6,\n   7\n  ]", "\"size\": [$height, $width]")
                file.members["golden.png"] = pngOf(width, height, colour = 2)
                assertEquals(null, readOrRefused(file.bytes()))
            }
        }
        val lists = BundleFile("objects").apply { metadata = "[".repeat(1 shl 20) }
        assertEquals(null, readOrRefused(lists.bytes()))
        val long = BundleFile("objects").apply {
            members["golden_instances.json"] = ByteArray(1 shl 21) { '['.code.toByte() }
        }
        assertEquals(null, readOrRefused(long.bytes()))
    }
}
