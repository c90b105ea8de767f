package dev.kseg.app

import android.content.Context
import android.content.Intent
import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Matrix
import android.graphics.Paint
import android.net.Uri
import dev.kseg.app.core.KsegException
import dev.kseg.app.core.Metadata
import dev.kseg.app.core.Result
import dev.kseg.app.core.resultJson
import java.io.IOException
import java.io.OutputStream

/** Letters; file systems take 255 bytes, with what is put behind the name. */
private const val LONGEST_NAME = 200

/**
 * A picture with what was found in it, to take away.
 *
 * @property opacity Of the colours inside, 0 to 1.
 * @property labels Whether classes and scores are written.
 */
class Outcome(
    private val picture: Picture,
    private val found: Found,
    private val metadata: Metadata,
    private val opacity: Float,
    private val labels: Boolean,
) {
    /** Without the ending of its file, and not too long for another one. */
    val name = picture.name.substringBeforeLast('.').take(LONGEST_NAME)
        .replace(Regex("[^A-Za-z0-9._-]"), "_")

    /** What the screen shows, in the picture's own pixels, as PNG. */
    fun writePicture(to: OutputStream) {
        val drawn = picture.shown.copy(Bitmap.Config.ARGB_8888, true)
        val canvas = Canvas(drawn)
        canvas.drawBitmap(found.fill, 0f, 0f, Paint().apply { alpha = Math.round(opacity * 255) })
        canvas.drawBitmap(found.lines, 0f, 0f, null)
        val result = found.result
        if (labels && result is Result.Objects) {
            val density = maxOf(1f, maxOf(drawn.width, drawn.height) / 800f)
            val scale = drawn.width.toFloat() / result.width
            PlatePainter(density).draw(canvas, result, metadata, drawn.width, drawn.height, Matrix(), scale)
        }
        if (!drawn.compress(Bitmap.CompressFormat.PNG, 100, to)) throw IOException("PNG")
    }

    /** The result in COCO's format, of the whole picture. */
    fun writeJson(to: OutputStream) =
        to.write(resultJson(found.result, metadata, picture.name).toByteArray())

    /**
     * Write to where the person wants it.
     *
     * @throws KsegException It cannot be written.
     */
    fun save(context: Context, uri: Uri, write: (OutputStream) -> Unit) {
        try {
            stream(context, uri).use(write)
        } catch (error: IOException) {
            val text = context.getString(R.string.not_saved, displayName(context, uri))
            throw KsegException(text, error)
        }
    }

    private fun stream(context: Context, uri: Uri): OutputStream = try {
        context.contentResolver.openOutputStream(uri, "wt")
    } catch (error: RuntimeException) {
        throw IOException(error) // The other app may throw whatever it likes.
    } ?: throw IOException("no stream")

    /**
     * Write both to files for other apps.
     *
     * @return What shares them.
     * @throws KsegException There is no room for them.
     */
    fun share(context: Context): Intent {
        val folder = SharedFilesProvider.folder(context)
        try {
            folder.deleteRecursively()
            folder.mkdirs()
            val files = listOf(folder.resolve("$name-kseg.png"), folder.resolve("$name-kseg.json"))
            files[0].outputStream().use(::writePicture)
            files[1].outputStream().use(::writeJson)
            val uris = ArrayList(files.map(SharedFilesProvider.Companion::uriOf))
            return Intent(Intent.ACTION_SEND_MULTIPLE).setType("*/*")
                .putParcelableArrayListExtra(Intent.EXTRA_STREAM, uris)
                .addFlags(Intent.FLAG_GRANT_READ_URI_PERMISSION)
        } catch (error: IOException) {
            throw KsegException(context.getString(R.string.not_saved, name), error)
        }
    }
}
