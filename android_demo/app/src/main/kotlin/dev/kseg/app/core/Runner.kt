package dev.kseg.app.core

import java.nio.ByteBuffer
import java.nio.ByteOrder

/** Runs a network tile by tile and keeps the time. */
internal class Runner(private val network: Network, metadata: Metadata) {
    private val names = metadata.output.names
    private val spent = LongArray(3)
    private var last = 0L

    /** What the network is given next. */
    val tile = metadata.input.let {
        Raster(it.width, it.height, it.channels, ByteArray(it.width * it.height * it.channels))
    }
    private val input = ByteBuffer.allocateDirect(tile.data.size).order(ByteOrder.nativeOrder())

    /** Milliseconds since [start]. */
    val times get() = Times(spent[0] / 1e6, spent[1] / 1e6, spent[2] / 1e6)

    /** Begin to keep the time. */
    fun start() {
        spent.fill(0)
        last = System.nanoTime()
    }

    /** Time since the last call went into preparing the input. */
    fun prepared() = since(0)

    /** Time since the last call went into what is made of outputs. */
    fun decoded() = since(2)

    /**
     * Run the network on [tile].
     *
     * @throws BundleException The runtime refuses it, or an output is missing.
     */
    fun run(): Map<String, ByteBuffer> {
        input.clear()
        input.put(tile.data).flip()
        prepared()
        val found = network.run(input)
        since(1)
        val missing = names.firstOrNull { it !in found } ?: return found
        throw BundleException(
            "Expected a network with the output '$missing', as its metadata says. Received: " +
                "${found.keys.joinToString()}. Export the network again.",
        )
    }

    private fun since(part: Int) {
        val now = System.nanoTime()
        spent[part] += now - last
        last = now
    }
}

/** An output of float32, from position 0 to its limit. */
internal fun floats(found: Map<String, ByteBuffer>, name: String): FloatArray {
    val buffer = found.getValue(name).duplicate().order(ByteOrder.nativeOrder())
    buffer.rewind()
    return FloatArray(buffer.limit() / 4).also { buffer.asFloatBuffer().get(it) }
}

/** Likewise of int32. */
internal fun ints(found: Map<String, ByteBuffer>, name: String): IntArray {
    val buffer = found.getValue(name).duplicate().order(ByteOrder.nativeOrder())
    buffer.rewind()
    return IntArray(buffer.limit() / 4).also { buffer.asIntBuffer().get(it) }
}
