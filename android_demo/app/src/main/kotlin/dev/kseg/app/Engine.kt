package dev.kseg.app

import dev.kseg.app.core.ACCELERATOR_IMAGES
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
    private val onProcessor: (instead: String) -> Opened,
) : AutoCloseable {
    private var pictures = 0

    /**
     * Called after each picture. On an accelerator right answers may be followed by wrong ones:
     * after some pictures it is checked once more.
     *
     * @return Null where all is well. Else the bundle on the processor: what was found in the
     *   picture is void, and this is closed.
     * @throws BundleException The processor cannot run it; this is closed.
     */
    fun lookedAtPicture(): Opened? {
        if (accelerator == Accelerator.CPU || ++pictures % ACCELERATOR_IMAGES != 0) return null
        val sentence = try {
            predictor.selfCheck().also { if (it.agrees) return null }.sentence
        } catch (error: BundleException) {
            error.message
        }
        close()
        return onProcessor(
            "It runs on the processor now: after $pictures pictures the accelerator disagreed. " +
                "What it found in them may be wrong, too. $sentence",
        )
    }

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
            val check =
                if (accelerator == Accelerator.CPU) predictor.selfCheck() else predictor.selfChecks()
            return Opened(bundle, predictor, accelerator, check, instead, network) { reason ->
                open(Accelerator.CPU, reason)
            }
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
