package dev.kseg.app

import dev.kseg.app.core.Accelerator
import dev.kseg.app.core.Bundle
import dev.kseg.app.core.BundleException
import dev.kseg.app.core.GoldenCheck
import dev.kseg.app.core.Network
import dev.kseg.app.core.Predictor
import dev.kseg.app.core.TfliteNetwork
import java.nio.ByteBuffer

/**
 * How networks are run.
 *
 * @property threads At most so many, from 1.
 */
data class RunSettings(val threads: Int, val accelerator: Accelerator)

/**
 * A network that runs, after its golden check.
 *
 * @property accelerator What it runs on: not always what was asked for.
 * @property check Whether this device computes the network rightly.
 * @property instead Why it does not run on what was asked for; null where it does.
 */
class Opened(
    val bundle: Bundle,
    val predictor: Predictor,
    val accelerator: Accelerator,
    val check: GoldenCheck,
    val instead: String?,
    private val network: Network,
) : AutoCloseable {
    override fun close() {
        (network as? AutoCloseable)?.close()
    }
}

/**
 * Read a bundle, and run it on what was asked for; or on the processor, where the accelerator
 * fails or its golden check does.
 *
 * @param file The whole file.
 * @param name What messages call it.
 * @param start Puts a network into a runtime.
 * @throws BundleException It is no bundle, or the processor cannot run it either.
 */
fun openNetwork(
    file: ByteBuffer,
    name: String,
    settings: RunSettings,
    start: (Bundle, Int, Accelerator) -> Network = ::TfliteNetwork,
): Opened {
    val bundle = Bundle.read(file, name)
    fun open(accelerator: Accelerator, instead: String?): Opened {
        val network = start(bundle, settings.threads, accelerator)
        try {
            val predictor = Predictor(bundle, network)
            return Opened(bundle, predictor, accelerator, predictor.selfCheck(), instead, network)
        } catch (error: Throwable) { // Memory that ends, too: nothing else frees native memory.
            (network as? AutoCloseable)?.close()
            throw error
        }
    }
    if (settings.accelerator == Accelerator.CPU) return open(Accelerator.CPU, null)
    val reason = try {
        val opened = open(Accelerator.NNAPI, null)
        if (opened.check.agrees) return opened
        opened.close()
        opened.check.sentence
    } catch (error: BundleException) {
        error.message
    }
    return open(Accelerator.CPU, "It runs on the processor, not on the accelerator: $reason")
}
