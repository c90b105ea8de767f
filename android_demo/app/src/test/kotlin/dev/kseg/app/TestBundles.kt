package dev.kseg.app

import java.io.File
import java.io.FileInputStream
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.channels.FileChannel

/** Files of the project that the app's tests take. */
object TestBundles {
    const val UNET = "unet-nuclei-int8.tflite"
    const val MASK_RCNN = "mask-rcnn-nuclei-int8.tflite"

    /** One that comes with the app. */
    fun file(name: String) = File(HostRuntime.root, "export/bundles/$name")

    /** Mapped, as the app does it. */
    fun map(file: File): ByteBuffer =
        FileInputStream(file).use { it.channel.map(FileChannel.MapMode.READ_ONLY, 0, it.channel.size()) }

    fun direct(bytes: ByteArray): ByteBuffer =
        ByteBuffer.allocateDirect(bytes.size).order(ByteOrder.nativeOrder()).put(bytes).also { it.rewind() }

    /** Real nuclei, 256 x 256, gray: one of those that no network of kseg was trained on. */
    fun nuclei(): ByteArray {
        val folder = File(HostRuntime.root, "kseg/data/nuclei")
        val id = File(folder, "splits/val.txt").readLines().filter(String::isNotBlank)[SOME_NUCLEI]
        return File(folder, "images/$id.png").readBytes()
    }

    /** Of the validation list: a picture with 35 nuclei. */
    private const val SOME_NUCLEI = 5
}
