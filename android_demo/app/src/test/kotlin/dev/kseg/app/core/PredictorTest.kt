package dev.kseg.app.core

import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.security.MessageDigest

/**
 * Whole predictions. The stand-in network knows the answer for those pixels only that it was given
 * in Python: who finds an answer has cut and resized the tile to the bit.
 */
class PredictorTest {
    private val fill = mapOf("format_version" to 1L, "sha256" to "", "flatbuffer_bytes" to 8L)

    private fun predictor(case: Case, network: Network = answers(case)): Predictor {
        val metadata = MetadataReader("it.tflite").read(case.case("metadata").fields + fill)
        val input = metadata.input
        val image = Raster(
            input.width, input.height, input.channels, ByteArray(input.width * input.height * input.channels),
        )
        return Predictor(Bundle(ByteBuffer.allocate(0), metadata, Golden.Labels(image, ByteArray(0))), network)
    }

    private fun answers(case: Case) = Network { input ->
        assertTrue(input.isDirect)
        val digest = MessageDigest.getInstance("SHA-256").apply { update(input) }.digest()
        val key = digest.joinToString("") { "%02x".format(it) }
        val runs = case.case("runs")
        assertTrue("A tile that is not Python's.", key in runs.fields)
        val outputs = runs.case(key)
        outputs.fields.keys.associate { (it as String) to outputs.array(it).direct() }
    }

    @Test
    fun `label maps as in Python`() {
        for (case in Vectors.cases("label_networks")) {
            val image = case.array("image").raster()
            val progress = ArrayList<Pair<Int, Int>>()
            val predictor = predictor(case)
            val result = predictor.predict(image) { done, total -> progress.add(done to total) }
            result as Result.LabelMap
            assertArrayEquals(case.array("labels").bytes, result.labels)
            val tiles = predictor.tiles(image.width, image.height)
            assertEquals((1..tiles).map { it to tiles }, progress)
            assertTrue(result.times.run { minOf(prepare, network, decode) } > 0)
            if ("ids" !in case.fields) {
                assertNull(result.ids)
                assertNull(result.regions)
                assertEquals(image.width * image.height, result.countsPerClass().values.sum())
                continue
            }
            assertNearly(case, result.ids!!, result.regions!!)
            assertEquals(case.ints("classes").groupingBy { it }.eachCount(), result.countsPerClass())
        }
    }

    /** A pixel as near to one object as to another may fall to either, see [distances]. */
    private fun assertNearly(case: Case, ids: IntArray, regions: List<Region>) {
        val expected = case.array("ids").ints()
        val moved = expected.indices.count { ids[it] != expected[it] }
        assertTrue("$moved of ${ids.size}", moved <= ids.size / 1000)
        assertEquals(case.list("areas").size, regions.size)
        val boxes = regions.flatMap { it.frame.run { listOf(y1, x1, y2, x2) } }
        assertTrue(case.ints("boxes").zip(boxes).all { (a, b) -> Math.abs(a - b) <= minOf(moved, 1) })
    }

    @Test
    fun `objects as in Python`() {
        for (case in Vectors.cases("object_networks")) {
            val image = case.array("image").raster()
            val predictor = predictor(case)
            val result = predictor.predict(image) as Result.Objects
            assertObjects(case, result.detections)
            assertEquals(listOf(image.width, image.height), listOf(result.width, result.height))
            val all = predictor.predict(image, 0.0) as Result.Objects
            assertObjects(case, all.above(0.25).detections)
            val size = Size(image.height, image.width)
            val rle = result.detections.map { found ->
                val frame = found.frame
                encodeRle(frame, size) { y, x -> found.mask[(y - frame.y1) * frame.width + x - frame.x1] > 0 }
            }
            assertEquals(case.list("rle"), rle)
        }
    }

    private fun assertObjects(case: Case, found: List<Detection>) {
        assertEquals(case.numbers("boxes").map { it.toFloat() }, found.flatMap { it.box.run { listOf(y1, x1, y2, x2) } })
        assertEquals(case.numbers("scores").map { it.toFloat() }, found.map { it.score })
        assertEquals(case.ints("classes"), found.map { it.classId })
        assertEquals(case.ints("frames"), found.flatMap { it.frame.run { listOf(y1, x1, y2, x2) } })
        val masks = found.fold(ByteArray(0)) { all, one -> all + one.mask }
        assertArrayEquals(case.array("masks").bytes, masks)
    }

    @Test
    fun `what onTile throws ends the work`() {
        val case = Vectors.cases("label_networks")[2]
        val predictor = predictor(case)
        var tiles = 0
        assertThrows(InterruptedException::class.java) {
            predictor.predict(case.array("image").raster()) { _, _ ->
                if (++tiles == 2) throw InterruptedException()
            }
        }
        assertEquals(2, tiles)
        assertTrue(predictor.tiles(50, 71) > 2)
    }

    @Test
    fun `refuses outputs that are not what the metadata says`() {
        val labels = Vectors.cases("label_networks")[0]
        val image = labels.array("image").raster()
        fun refused(output: ByteArray, vararg parts: String) = assertRefused<BundleException>(*parts) {
            predictor(labels) { mapOf("out" to ByteBuffer.wrap(output)) }.predict(image)
        }
        refused(ByteArray(7), "1280 labels", "Received: 7")
        refused(ByteArray(1280) { 3 }, "classes under 3", "class 3")
        assertRefused<BundleException>("the output 'out'", "Received: other") {
            predictor(labels) { mapOf("other" to ByteBuffer.allocate(0)) }.predict(image)
        }
        val objects = Vectors.cases("object_networks")[0]
        val sound = mapOf("boxes" to 2 * 16, "scores" to 2 * 4, "classes" to 2 * 4, "masks" to 2 * 16, "count" to 4)
        fun given(change: (MutableMap<String, ByteBuffer>) -> Unit) = predictor(objects) {
            val order = ByteOrder.nativeOrder()
            sound.mapValuesTo(HashMap()) { ByteBuffer.allocate(it.value).order(order) }.apply(change)
        }.predict(objects.array("image").raster())
        assertEquals(0, (given {} as Result.Objects).detections.size)
        assertRefused<BundleException>("count among them") { given { it.getValue("count").putInt(0, 3) } }
        assertRefused<BundleException>("of one number") { given { it["masks"] = ByteBuffer.allocate(20) } }
        assertRefused<BundleException>("classes from 1 to 2") { given { it.getValue("count").putInt(0, 1) } }
        assertRefused<BundleException>("finite boxes and scores") {
            given {
                it.getValue("count").putInt(0, 1)
                it.getValue("boxes").putFloat(0, Float.NaN)
            }
        }
    }

    @Test
    fun `the golden image is compared with what was found at home`() {
        val bundle = readBundle(Vectors.bundle("labels"))
        val golden = (bundle.golden as Golden.Labels).labels
        val right = Predictor(bundle) { input ->
            assertEquals(ByteBuffer.wrap(bundle.golden.image.data), input)
            mapOf("labels" to ByteBuffer.wrap(golden))
        }.selfCheck()
        assertTrue(right.agrees)
        assertEquals("This phone agrees: 100.00 % of the golden label map's pixels are the same.", right.sentence)
        val wrong = Predictor(bundle) { mapOf("labels" to ByteBuffer.wrap(ByteArray(golden.size))) }.selfCheck()
        assertFalse(wrong.agrees)
        assertTrue(wrong.sentence, "Received: 50.00 %" in wrong.sentence)
        val objects = Predictor(readBundle(Vectors.bundle("objects"))) {
            val sizes = mapOf("boxes" to 64, "scores" to 16, "classes" to 16, "masks" to 64, "count" to 4)
            sizes.mapValues { ByteBuffer.allocate(it.value) }
        }.selfCheck()
        assertTrue(objects.sentence, "2, of the classes 1 (2). Received: none" in objects.sentence)
    }

    @Test
    fun `memory grows with the pixels`() {
        val labels = predictor(Vectors.cases("label_networks")[0])
        assertEquals(11L * 40_000_000, labels.memory(10_000, 8_000) - labels.memory(10_000, 4_000))
        assertEquals(0, predictor(Vectors.cases("object_networks")[0]).memory(1000, 1000))
        assertEquals(1_000_000, predictor(Vectors.cases("object_networks")[4]).memory(1000, 1000))
    }
}

/** The objects of a label map are those of the vectors. */
fun assertRegions(case: Case, ids: IntArray, regions: List<Region>) {
    assertArrayEquals(case.array("ids").ints(), ids)
    assertEquals(case.ints("areas"), regions.map { it.area })
    assertEquals(case.ints("boxes"), regions.flatMap { it.frame.run { listOf(y1, x1, y2, x2) } })
    assertEquals(case.ints("classes"), regions.map { it.classId })
    assertEquals(regions.indices.map { it + 1 }, regions.map { it.id })
}
