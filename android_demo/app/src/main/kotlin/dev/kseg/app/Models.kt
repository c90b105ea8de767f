package dev.kseg.app

import android.content.Context
import android.content.res.AssetManager
import android.net.Uri
import dev.kseg.app.core.KsegException
import java.io.File
import java.io.FileInputStream
import java.io.FileNotFoundException
import java.io.IOException
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.channels.FileChannel

private const val LARGEST_MB = 512

/** A bundle that can be chosen. */
sealed class Model {
    /** What the person sees. */
    abstract val name: String

    /** What a restored screen finds it by. */
    abstract val id: String

    /** One that came with the app. */
    data class Bundled(override val name: String) : Model() {
        override val id get() = "assets/$name"
    }

    /** One from the phone's files, of which the app keeps a copy in [file]. */
    data class FromFile(override val name: String, val file: File) : Model() {
        override val id get() = OPENED
    }

    companion object {
        /** The id of the bundle that the person opened. */
        const val OPENED = "opened"
    }
}

/**
 * The bundles of the app, by name.
 *
 * @param largestMb What [import] refuses is larger.
 */
class Models(private val context: Context, private val largestMb: Int = LARGEST_MB) {
    private val copy = File(context.filesDir, "opened.tflite")
    private val copyName = File(context.filesDir, "opened.txt")

    /** What can be chosen: those that came with the app, then the one that was opened last. */
    fun all(): List<Model> {
        val bundled = context.assets.list("").orEmpty().filter { it.endsWith(".tflite") }
        val opened = if (copy.exists() && copyName.exists()) {
            listOf(Model.FromFile(copyName.readText(), copy))
        } else {
            emptyList()
        }
        return bundled.sortedBy { it !in PREFERRED }.map(Model::Bundled) + opened
    }

    /**
     * Copy a bundle of the person's, which may be gone tomorrow, in place of the one before.
     *
     * @param check Throws where the bundle cannot be used: then the one before stays.
     * @throws KsegException It cannot be read, or is larger than any bundle.
     */
    fun import(uri: Uri, check: (ByteBuffer, String) -> Unit): Model {
        val name = displayName(context, uri)
        val fresh = File(context.filesDir, "opening.tflite")
        try {
            write(uri, name, fresh)
            check(map(fresh), name)
            if (!fresh.renameTo(copy)) throw IOException("rename")
            copyName.writeText(name)
        } catch (error: IOException) {
            throw KsegException(context.getString(R.string.not_read, name), error)
        } finally {
            fresh.delete()
        }
        return Model.FromFile(name, copy)
    }

    /**
     * A bundle's bytes, mapped where that is possible.
     *
     * @throws KsegException The file is gone.
     */
    fun read(model: Model): ByteBuffer = try {
        when (model) {
            is Model.Bundled -> context.assets.direct(model.name)
            is Model.FromFile -> map(model.file)
        }
    } catch (error: IOException) {
        throw KsegException(context.getString(R.string.not_read, model.name), error)
    }

    private fun write(uri: Uri, name: String, to: File) {
        openUri(context, uri, name).use { input ->
            to.outputStream().use { output ->
                val block = ByteArray(1 shl 16)
                var total = 0L
                while (true) {
                    val count = input.read(block)
                    if (count < 0) return
                    total += count
                    if (total > largestMb.toLong() shl 20) {
                        val text = context.getString(R.string.bundle_too_large, name, largestMb)
                        throw KsegException(text)
                    }
                    output.write(block, 0, count)
                }
            }
        }
    }

    private fun map(file: File): ByteBuffer =
        FileInputStream(file).use { it.channel.map(FileChannel.MapMode.READ_ONLY, 0, it.channel.size()) }

    private companion object {
        /** Shown first: the quickest to try. */
        val PREFERRED = setOf("unet-nuclei-int8.tflite")
    }
}

/** An asset in native memory: mapped, as the APK holds it stored; copied where it does not. */
private fun AssetManager.direct(name: String): ByteBuffer = try {
    openFd(name).use { asset ->
        FileInputStream(asset.fileDescriptor).channel
            .map(FileChannel.MapMode.READ_ONLY, asset.startOffset, asset.declaredLength)
    }
} catch (_: FileNotFoundException) {
    val bytes = open(name).use { it.readBytes() }
    ByteBuffer.allocateDirect(bytes.size).order(ByteOrder.nativeOrder()).put(bytes)
        .also { it.rewind() }
}
