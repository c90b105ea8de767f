package dev.kseg.app

import dev.kseg.app.core.Accelerator
import dev.kseg.app.core.Bundle
import dev.kseg.app.core.BundleException
import dev.kseg.app.core.Network
import dev.kseg.app.core.TfliteNetwork
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.tensorflow.lite.TensorFlowLite
import java.nio.ByteBuffer

/** The bundles that come with the app, in the AAR's own library. */
class EngineTest {
    @Before fun runtime() = HostRuntime.need()

    private val cpu = RunSettings(2, Accelerator.CPU)

    private fun open(name: String, settings: RunSettings = cpu) =
        openNetwork(TestBundles.map(TestBundles.file(name)), name, settings)

    @Test fun `the runtime is that of the AAR`() =
        assertEquals("2.16.1", TensorFlowLite.runtimeVersion())

    @Test fun `every bundle of the app agrees with Python`() {
        val files = TestBundles.file("").listFiles()!!.filter { it.extension == "tflite" }
        assertTrue("$files", files.size >= 2)
        for (file in files) {
            open(file.name).use {
                println("${file.name}: ${it.check.sentence}")
                assertTrue(it.check.sentence, it.check.agrees)
                assertEquals(Accelerator.CPU, it.accelerator)
                assertNull(it.instead)
            }
        }
    }

    @Test fun `threads change nothing`() {
        val results = listOf(1, 4).map { threads ->
            open(TestBundles.UNET, RunSettings(threads, Accelerator.CPU)).use { opened ->
                val found = opened.predictor.predict(opened.bundle.golden.image)
                found.countsPerClass()
            }
        }
        assertEquals(results[0], results[1])
    }

    @Test fun `a bytes-only copy runs like a mapped file`() {
        val bytes = TestBundles.direct(TestBundles.file(TestBundles.UNET).readBytes())
        openNetwork(bytes, "copy", cpu).use { assertTrue(it.check.agrees) }
    }

    /** Gives zeros where it is told to fail its golden check, and throws where it is told to. */
    private class Broken(private val bundle: Bundle, private val throws: Boolean) :
        Network, AutoCloseable {
        var closed = false

        private val real = TfliteNetwork(bundle, 1)

        override fun run(input: ByteBuffer): Map<String, ByteBuffer> {
            if (throws) throw BundleException("This device's runtime refuses the network: no.")
            return real.run(input).onEach { (_, output) ->
                for (i in 0 until output.limit()) output.put(i, 0)
            }
        }

        override fun close() {
            closed = true
            real.close()
        }
    }

    private fun fallBack(throws: Boolean): Pair<Opened, Broken> {
        var broken: Broken? = null
        val opened = openNetwork(
            TestBundles.map(TestBundles.file(TestBundles.UNET)),
            TestBundles.UNET,
            RunSettings(2, Accelerator.NNAPI),
        ) { bundle, threads, accelerator ->
            if (accelerator == Accelerator.NNAPI) Broken(bundle, throws).also { broken = it }
            else TfliteNetwork(bundle, threads, accelerator)
        }
        return opened to broken!!
    }

    @Test fun `an accelerator that disagrees is not used, and that is said`() {
        val (opened, broken) = fallBack(throws = false)
        opened.use {
            assertTrue(it.check.agrees)
            assertEquals(Accelerator.CPU, it.accelerator)
            assertTrue(it.instead!!, "not on the accelerator" in it.instead!!)
        }
        assertTrue(broken.closed)
    }

    @Test fun `an accelerator that fails is not used, and that is said`() {
        val (opened, broken) = fallBack(throws = true)
        opened.use { assertTrue(it.instead!!, "refuses the network: no" in it.instead!!) }
        assertTrue(broken.closed)
    }

    @Test fun `an accelerator is checked three times`() {
        for (right in 2..3) {
            val (opened, tiring) = openTiring(right)
            opened.use { assertEquals(right == 3, it.accelerator == Accelerator.NNAPI) }
            assertTrue(tiring.closed)
        }
    }

    @Test fun `an accelerator is checked once more after 20 pictures`() {
        val (opened, tiring) = openTiring(right = 3)
        for (picture in 1..19) assertNull("$picture", opened.lookedAtPicture())
        opened.lookedAtPicture()!!.use {
            assertEquals(Accelerator.CPU, it.accelerator)
            assertTrue(it.check.agrees)
            assertTrue(it.instead!!, "after 20 pictures the accelerator disagreed" in it.instead!!)
        }
        assertTrue(tiring.closed)
        val (right, _) = openTiring(right = 100)
        right.use { for (picture in 1..40) assertNull("$picture", it.lookedAtPicture()) }
        open(TestBundles.UNET).use { for (picture in 1..20) assertNull(it.lookedAtPicture()) }
    }

    @Test fun `a processor that disagrees is used all the same, and that is said`() {
        val file = TestBundles.map(TestBundles.file(TestBundles.UNET))
        val opened = openNetwork(file, "it", cpu) { bundle, _, _ -> Broken(bundle, throws = false) }
        opened.use { assertFalse(it.check.sentence, it.check.agrees) }
    }

    @Test fun `a network that the runtime refuses is closed and named`() {
        var broken: Broken? = null
        assertThrows(BundleException::class.java) {
            openNetwork(TestBundles.map(TestBundles.file(TestBundles.UNET)), "it", cpu) { bundle, _, _ ->
                Broken(bundle, throws = true).also { broken = it }
            }
        }
        assertTrue(broken!!.closed)
    }

    @Test fun `whatever goes wrong, a network is closed`() {
        var closed = false
        class Failing : Network, AutoCloseable {
            override fun run(input: ByteBuffer) = throw OutOfMemoryError()

            override fun close() {
                closed = true
            }
        }
        val file = TestBundles.map(TestBundles.file(TestBundles.UNET))
        assertThrows(OutOfMemoryError::class.java) { openNetwork(file, "it", cpu) { _, _, _ -> Failing() } }
        assertTrue(closed)
    }

    @Test fun `a network that is no flatbuffer is refused with a sentence`() {
        val bundle = Bundle.read(TestBundles.map(TestBundles.file(TestBundles.UNET)), "it")
        val nonsense = Bundle(TestBundles.direct(ByteArray(4096)), bundle.metadata, bundle.golden)
        val error = assertThrows(BundleException::class.java) { TfliteNetwork(nonsense, 1) }
        assertTrue(error.message!!, "This device's runtime refuses the network" in error.message!!)
    }

    @Test fun `metadata of another network is refused with a sentence`() {
        val unet = Bundle.read(TestBundles.map(TestBundles.file(TestBundles.UNET)), "unet")
        val rcnn = Bundle.read(TestBundles.map(TestBundles.file(TestBundles.MASK_RCNN)), "rcnn")
        val mixed = Bundle(unet.flatbuffer, rcnn.metadata, rcnn.golden)
        val error = assertThrows(BundleException::class.java) { TfliteNetwork(mixed, 1) }
        assertTrue(error.message!!, "not what the bundle's metadata says" in error.message!!)
    }

    @Test fun `a predictor runs again and again`() = open(TestBundles.MASK_RCNN).use { opened ->
        val image = opened.bundle.golden.image
        val counts = List(3) { opened.predictor.predict(image).countsPerClass() }
        assertEquals(1, counts.toSet().size)
    }
}
