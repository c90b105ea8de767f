package dev.kseg.app.core

import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test

private val INPUT = mapOf("name" to "image", "size" to listOf(32L, 40L), "channels" to 3L)
private val LABELS = mapOf(
    "name" to "labels", "kind" to "label_map", "size" to listOf(30L, 40L), "offset" to listOf(1L, 0L),
)
private val SMALL = mapOf(
    "format_version" to 1L, "name" to "small", "task" to "semantic", "input" to INPUT, "output" to LABELS,
    "classes" to listOf("background", "cell", "rim"), "sha256" to "", "flatbuffer_bytes" to 8L,
)

/** The metadata of a small network of label maps, but for what is given. */
fun networkMetadata(changes: Map<*, *>): Metadata =
    MetadataReader("it.tflite").read(SMALL + fitting(changes) + changes)

/** An output as large as another input. */
private fun fitting(changes: Map<*, *>): Map<*, *> {
    val input = changes["input"] as? Map<*, *> ?: return emptyMap<Any, Any>()
    return mapOf("output" to LABELS + mapOf("size" to input["size"], "offset" to listOf(0L, 0L)))
}

class MetadataTest {
    private fun refused(changes: Map<String, Any?>, vararg parts: String) =
        assertRefused<BundleException>("it.tflite", *parts) { MetadataReader("it.tflite").read(SMALL + changes) }

    @Test
    fun `reads what is there and fills in the rest`() {
        val metadata = networkMetadata(emptyMap<Any, Any>())
        val output = metadata.output as Output.Labels
        assertEquals(listOf(30, 40, 1, 0), output.run { listOf(height, width, top, left) })
        assertFalse(output.logits)
        assertEquals(listOf("labels"), output.names)
        assertEquals(listOf(0, 1), metadata.tiling.run { listOf(margin, stride) })
        assertFalse(metadata.input.letterbox)
        assertEquals(1.0, metadata.input.magnification, 0.0)
        assertEquals(Intensity.Rule.NONE, metadata.input.intensity.rule)
        val rule = mapOf("method" to "components", "classes" to listOf(2L, 1L, 2L))
        assertEquals(listOf(2, 1), networkMetadata(mapOf("instances" to rule)).instances!!.classes)
        val watershed = networkMetadata(mapOf("instances" to mapOf("method" to "watershed"))).instances
        assertTrue(watershed is InstanceRule.Watershed && watershed.border == 2 && watershed.minArea == 20)
        val percentile = INPUT + ("intensity" to mapOf("rule" to "percentile"))
        val intensity = networkMetadata(mapOf("input" to percentile)).input.intensity
        assertEquals(listOf(1.0, 99.8), listOf(intensity.low, intensity.high))
    }

    @Test
    fun `refuses values of another type or range`() {
        val wrong = mapOf(
            "name" to 1L, "task" to "other", "classes" to emptyList<String>(), "sha256" to null,
            "flatbuffer_bytes" to -1L, "score_threshold" to 1.5, "format_version" to 1.5,
            "palette" to listOf(listOf(0L, 0L, 0L)), "tiling" to 3L, "quantization" to 8L,
        )
        for ((key, value) in wrong) refused(mapOf(key to value), "expected $key to be ", "Received: ")
        refused(mapOf("tiling" to mapOf("stride" to 0L)), "tiling.stride to be a whole number from 1")
    }

    @Test
    fun `refuses inputs and outputs that make no sense`() {
        val inputs = listOf(
            mapOf("size" to listOf(32L)), mapOf("size" to listOf(0L, 40L)), mapOf("size" to listOf(32.5, 40.0)),
            mapOf("size" to listOf(8192L, 8192L)), mapOf("channels" to 0L), mapOf("resize" to "letterbox"),
            mapOf("magnification" to 1e9), mapOf("intensity" to mapOf("rule" to "gamma")),
            mapOf("intensity" to mapOf("rule" to "range", "low" to 3L, "high" to 3L)),
            mapOf("intensity" to mapOf("rule" to "percentile", "high" to 101L)),
            mapOf("intensity" to mapOf("low" to 3L)),
            mapOf("intensity" to mapOf("channels" to emptyList<Long>())),
        )
        for (change in inputs) refused(mapOf("input" to INPUT + change), "expected input.${change.keys.first()}")
        val outside = LABELS + ("offset" to listOf(3L, 0L))
        refused(mapOf("output" to outside), "lies, with its offset, inside of its input")
        refused(mapOf("output" to LABELS + ("kind" to "boxes")), "\"label_map\" or \"logits\"")
        refused(mapOf("task" to "instances"), "expected output.kind to be \"instances\"")
    }

    @Test
    fun `judges as Python does`() {
        val cases = Vectors.cases("verdicts")
        for ((n, case) in cases.withIndex()) {
            val name = case.fields["bundle"] as String
            val file = BundleFile(name).apply { metadata = case.fields["metadata"] as String }
            val key = case.fields["key"]
            val said = try {
                readBundle(file.bytes())
                null
            } catch (error: BundleException) {
                error.message!!
            }
            val start = "it.tflite: expected $key to be "
            assertTrue("$n: $key: $said", if (key == null) said == null else said!!.startsWith(start))
        }
        assertTrue("${cases.size}", cases.size > 100)
    }

    @Test
    fun `whole numbers may be written as fractions`() {
        val input = INPUT + ("size" to listOf(32.0, 40.0))
        assertEquals(32, networkMetadata(mapOf("input" to input)).input.height)
    }

    @Test
    fun `refuses a margin that leaves nothing of an object network's tile`() {
        val names = listOf("boxes", "scores", "classes", "masks", "count").associateWith { it }
        val tiled = INPUT + mapOf("resize" to "tile", "magnification" to 2L)
        val said = mapOf("task" to "instances", "output" to names, "input" to tiled)
        assertEquals(7, networkMetadata(said + ("tiling" to mapOf("margin" to 7L))).tiling.margin)
        refused(said + ("tiling" to mapOf("margin" to 8L)), "tiling.margin to be under half of a tile")
    }
}
