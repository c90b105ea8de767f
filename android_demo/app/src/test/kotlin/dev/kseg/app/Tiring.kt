package dev.kseg.app

import dev.kseg.app.core.Accelerator
import dev.kseg.app.core.Bundle
import dev.kseg.app.core.Network
import dev.kseg.app.core.TfliteNetwork
import java.nio.ByteBuffer

/** Right so many times, and zeros ever after. */
internal class Tiring(bundle: Bundle, private var left: Int) : Network, AutoCloseable {
    var closed = false
    private val real = TfliteNetwork(bundle, 1)

    override fun run(input: ByteBuffer): Map<String, ByteBuffer> = real.run(input).onEach {
        (_, output) -> if (left <= 0) for (i in 0 until output.limit()) output.put(i, 0)
    }.also { left-- }

    override fun close() {
        closed = true
        real.close()
    }
}

/** The U-Net on an accelerator that is right so many times. */
internal fun openTiring(right: Int): Pair<Opened, Tiring> {
    var tiring: Tiring? = null
    val file = TestBundles.map(TestBundles.file(TestBundles.UNET))
    val opened = openNetwork(file, "it", RunSettings(2, Accelerator.NNAPI)) { bundle, threads, wanted ->
        if (wanted == Accelerator.NNAPI) Tiring(bundle, right).also { tiring = it }
        else TfliteNetwork(bundle, threads, wanted)
    }
    return opened to tiring!!
}
