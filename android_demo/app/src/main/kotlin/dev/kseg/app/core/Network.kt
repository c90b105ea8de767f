package dev.kseg.app.core

import java.nio.ByteBuffer

/** A bundle's flatbuffer in a runtime. Called by one thread at a time. */
fun interface Network {
    /**
     * Run the network once.
     *
     * @param input Direct, in native order, from position 0 to its limit: the uint8 pixels
     *   `height * width * channels` of [Metadata.input].
     * @return By the names of the signature's outputs (those that [Metadata.output] holds), in
     *   native order, from position 0 to the limit: uint8 labels, float32 or int32 as
     *   docs/export.md says. May be the same buffers in every call.
     * @throws BundleException The runtime refuses the network.
     */
    fun run(input: ByteBuffer): Map<String, ByteBuffer>
}
