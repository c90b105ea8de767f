package dev.kseg.app.core

import org.tensorflow.lite.DataType
import org.tensorflow.lite.Delegate
import org.tensorflow.lite.Interpreter
import org.tensorflow.lite.Tensor
import org.tensorflow.lite.nnapi.NnApiDelegate
import java.nio.ByteBuffer
import java.nio.ByteOrder

/** What a network runs on. */
enum class Accelerator {
    /** The processor, with XNNPACK's kernels. */
    CPU,

    /** What the maker of the phone gives to Android's neural network interface. */
    NNAPI,
}

/**
 * A bundle's flatbuffer in TensorFlow Lite (or LiteRT, whose Java interface is the same).
 *
 * Owns native memory: [close] it, and call nothing afterwards.
 *
 * @param bundle Whose metadata names input and outputs; its flatbuffer is used in place.
 * @param threads At most so many, from 1.
 * @throws BundleException The runtime refuses the network, or input and outputs are not
 *   what the metadata says.
 */
class TfliteNetwork(
    private val bundle: Bundle,
    threads: Int,
    accelerator: Accelerator = Accelerator.CPU,
) : Network, AutoCloseable {
    private var delegate: Delegate? = null
    private val interpreter: Interpreter
    private val signature: String
    private val outputs: Map<String, ByteBuffer>

    init {
        interpreter = refusing { open(threads, accelerator) }
        try {
            signature = refusing { check() }
            outputs = bundle.metadata.output.names.associateWith { name ->
                val tensor = interpreter.getOutputTensorFromSignature(name, signature)
                ByteBuffer.allocateDirect(tensor.numBytes()).order(ByteOrder.nativeOrder())
            }
        } catch (error: Throwable) {
            close()
            throw error
        }
    }

    override fun run(input: ByteBuffer): Map<String, ByteBuffer> = refusing {
        outputs.values.forEach { it.clear() }
        interpreter.runSignature(mapOf(bundle.metadata.input.name to input), outputs, signature)
        outputs.values.forEach { it.rewind() }
        outputs
    }

    override fun close() {
        interpreter.close()
        delegate?.close()
    }

    private fun open(threads: Int, accelerator: Accelerator): Interpreter {
        val options = Interpreter.Options().setNumThreads(threads)
        options.setUseXNNPACK(true)
        if (accelerator == Accelerator.NNAPI) {
            needNnapi()
            delegate = NnApiDelegate().also { options.addDelegate(it) }
        }
        var opened: Interpreter? = null
        try {
            opened = Interpreter(bundle.flatbuffer.duplicate().order(ByteOrder.nativeOrder()), options)
            opened.allocateTensors()
            return opened
        } catch (error: Throwable) {
            opened?.close() // Before its delegate, which it still uses to end.
            delegate?.close()
            throw error
        }
    }

    /** Without that library the delegate leaves all to the processor, and does not say so. */
    private fun needNnapi() = try {
        System.loadLibrary("neuralnetworks")
    } catch (error: UnsatisfiedLinkError) {
        throw BundleException("This device gives no neural hardware to apps (NNAPI).", error)
    }

    /** The signature's key, after its tensors were compared with the metadata. */
    private fun check(): String {
        val input = bundle.metadata.input
        val key = interpreter.signatureKeys.singleOrNull()
            ?: throw wrong("one signature", "${interpreter.signatureKeys.size}")
        val names = interpreter.getSignatureInputs(key).toList()
        if (names != listOf(input.name)) throw wrong("the input '${input.name}'", "$names")
        val shape = intArrayOf(1, input.height, input.width, input.channels)
        val tensor = interpreter.getInputTensorFromSignature(input.name, key)
        if (tensor.dataType() != DataType.UINT8 || !tensor.shape().contentEquals(shape)) {
            throw wrong("an input of uint8 ${shape.asList()}", describe(tensor))
        }
        val given = interpreter.getSignatureOutputs(key).toList()
        val missing = bundle.metadata.output.names - given
        if (missing.isNotEmpty()) throw wrong("the outputs $missing", "$given")
        return key
    }

    private fun describe(tensor: Tensor) = "${tensor.dataType()} ${tensor.shape().asList()}"

    private fun wrong(expected: String, received: String) = BundleException(
        "The network is not what the bundle's metadata says: expected $expected. " +
            "Received: $received. Export it again.",
    )

    private fun <T> refusing(work: () -> T): T = try {
        work()
    } catch (error: RuntimeException) {
        throw refused(error)
    } catch (error: LinkageError) {
        throw refused(error) // This phone's processor is none that the library was built for.
    }

    private fun refused(error: Throwable): BundleException {
        val oldest = bundle.metadata.oldestRuntime
        val needs = if (oldest.isEmpty()) "" else " The network needs TensorFlow Lite $oldest."
        val reason = error.message.orEmpty().lineSequence().first().trim().trimEnd('.')
        return BundleException("This device's runtime refuses the network: $reason.$needs", error)
    }
}
