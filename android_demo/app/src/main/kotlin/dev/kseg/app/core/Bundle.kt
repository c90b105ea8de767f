package dev.kseg.app.core

import java.nio.ByteBuffer

/**
 * What a `.tflite` file of kseg holds.
 *
 * @property flatbuffer The network alone, a view of what was read: direct where that was direct
 *   or mapped, in native order, as the interpreter takes it. Take a `duplicate()` to move in it.
 * @property metadata What its numbers mean.
 * @property golden An image, and what the file found in it where it was made.
 */
class Bundle(val flatbuffer: ByteBuffer, val metadata: Metadata, val golden: Golden) {
    companion object {
        /**
         * Read a bundle and check that it is whole, sound, and of a kind that a phone can run.
         *
         * @param file The whole file, from position 0 to its limit; map it (a copy that nobody
         *   else writes to) and it takes no memory. Neither position nor limit is changed.
         * @param name What messages call the file.
         * @throws BundleException With a sentence: no bundle, a plain .tflite, cut short, altered,
         *   of a newer format, with operators or numbers that the runtime lacks, metadata or
         *   golden files that make no sense. Nothing else is thrown, whatever the bytes.
         */
        fun read(file: ByteBuffer, name: String): Bundle = BundleReader(file, name).read()
    }
}
