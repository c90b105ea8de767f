package dev.kseg.app.core

import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import java.nio.ByteBuffer
import java.nio.ByteOrder

class BundleTest {
    private fun refused(file: BundleFile, vararg parts: String) =
        assertRefused<BundleException>("it.tflite", *parts) { readBundle(file.bytes()) }

    @Test
    fun `reads a bundle that kseg trained and exported`() {
        val bundle = readBundle(Vectors.repositoryFile("tests/golden/tiny-int8.tflite"))
        val metadata = bundle.metadata
        assertEquals(21792, bundle.flatbuffer.remaining())
        assertEquals(listOf("background", "nucleus", "border"), metadata.classes)
        assertEquals(listOf(128, 128, 3), metadata.input.run { listOf(height, width, channels) })
        assertEquals(listOf(8, 4), metadata.tiling.run { listOf(margin, stride) })
        assertEquals("int8", metadata.quantization)
        assertEquals(128 * 128, (bundle.golden as Golden.Labels).labels.size)
    }

    @Test
    fun `reads the golden pair of each kind and fills in what may be left out`() {
        val labels = readBundle(Vectors.bundle("labels"))
        assertArrayEquals(ByteArray(6 * 7 * 3) { it.toByte() }, labels.golden.image.data)
        assertArrayEquals(ByteArray(12) { (it % 2).toByte() }, (labels.golden as Golden.Labels).labels)
        assertArrayEquals(intArrayOf(0xff000000.toInt(), -1), labels.metadata.palette)
        assertNull(labels.metadata.instances)
        val five = readBundle(Vectors.bundle("five_channels"))
        assertArrayEquals(ByteArray(6 * 7 * 5) { it.toByte() }, five.golden.image.data)
        val objects = readBundle(Vectors.bundle("objects"))
        val golden = objects.golden as Golden.Objects
        assertArrayEquals(FloatArray(8) { it.toFloat() }, golden.boxes, 0f)
        assertArrayEquals(intArrayOf(1, 1), golden.classes)
        assertTrue(objects.metadata.input.letterbox)
        assertEquals(0.5, objects.metadata.scoreThreshold, 0.0)
        assertEquals(0, (readBundle(Vectors.bundle("no_objects")).golden as Golden.Objects).classes.size)
    }

    @Test
    fun `the network is a view of what was read and nothing moves in it`() {
        val bytes = Vectors.bundle("labels")
        val file = ByteBuffer.allocateDirect(bytes.size)
        file.put(bytes).flip()
        val bundle = Bundle.read(file, "it.tflite")
        assertTrue(bundle.flatbuffer.isDirect)
        assertEquals(ByteOrder.nativeOrder(), bundle.flatbuffer.order())
        assertEquals(0, bundle.flatbuffer.position())
        assertEquals(listOf(0, bytes.size), listOf(file.position(), file.limit()))
        file.put(4, 'X'.code.toByte())
        assertEquals('X'.code.toByte(), bundle.flatbuffer.get(4))
    }

    @Test
    fun `every place where a file is cut gets a sentence`() {
        val bytes = Vectors.bundle("labels")
        for (length in bytes.indices) {
            assertRefused<BundleException>("it.tflite") { readBundle(bytes.copyOf(length)) }
        }
    }

    @Test
    fun `says what a file is that is no bundle`() {
        val bytes = Vectors.repositoryFile("tests/golden/tiny-int8.tflite")
        assertRefused<BundleException>("it.tflite is not a kseg bundle", "14 bytes") {
            readBundle("Not a network.".toByteArray())
        }
        assertRefused<BundleException>("without readable kseg metadata", "Export it with kseg") {
            readBundle(bytes.copyOf(21792))
        }
        assertRefused<BundleException>("was cut short") { readBundle(bytes.copyOf(9000)) }
        bytes[10000] = (bytes[10000] + 1).toByte()
        assertRefused<BundleException>("altered or damaged", "sha256") { readBundle(bytes) }
    }

    @Test
    fun `refuses other operators, types and shapes`() {
        assertRefused<BundleException>("FlexErf", "(TensorFlow, \"Flex\")") { readBundle(Vectors.bundle("flex")) }
        val input = "uint8, shape 1x6x7x3, as its metadata says. Received: int8, shape 1x6x7x3"
        assertRefused<BundleException>(input) { readBundle(Vectors.bundle("int8_input")) }
        refused(BundleFile("labels").replace("\"image\"", "\"other\""), "'other'", "none of that name")
        val boxes = BundleFile("objects").replace("\"boxes\": \"boxes\"", "\"boxes\": \"scores\"")
        refused(boxes, "expected an output 'scores' of float32, shape 1x4x4", "Received: float32, shape 1x4.")
    }

    @Test
    fun `refuses a newer format, a part and members that are missing or damaged`() {
        val version = "\"format_version\": 2"
        refused(BundleFile("labels").replace(version, "\"format_version\": 99"), "format_version 99", "newer app")
        refused(BundleFile("labels").replace(version, "\"part\": \"features\", $version"), "the part features")
        refused(BundleFile("labels").apply { sums = null }, "it has no sha256.txt")
        val first = BundleFile("labels").replace(version, "\"format_version\": 1").apply { sums = null }
        assertEquals(0.5, readBundle(first.bytes()).metadata.maskThreshold, 0.0)
        refused(BundleFile("labels").apply { sums = "0  metadata.json\n" }, "sha256 of its metadata.json is not")
        refused(BundleFile("labels").replace(version, "\"format_version\" 2"), "is not JSON", "expected ':'")
        refused(BundleFile("labels").apply { metadata = "[1]" }, "metadata.json to be an object")
        val missing = BundleFile("labels").apply { members["golden_labels.png"] = null }
        refused(missing, "it has no golden_labels.png")
        val objects = BundleFile("objects").apply { members["golden_instances.json"] = "{}".toByteArray() }
        refused(objects, "golden_objects.scores to be float32 numbers")
    }

    @Test
    fun `refuses golden pictures that claim to be something else`() {
        for (png in listOf(pngOf(7, 6), pngOf(7, 6, 16), pngOf(1 shl 30, 1 shl 30), ByteArray(9))) {
            val file = BundleFile("labels").apply { members["golden.png"] = png }
            refused(file, "its golden.png must be a PNG of 7 x 6 pixels, RGB")
        }
    }
}
