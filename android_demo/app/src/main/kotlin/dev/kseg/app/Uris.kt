package dev.kseg.app

import android.content.Context
import android.content.Intent
import android.net.Uri
import android.os.Parcelable
import android.provider.OpenableColumns
import dev.kseg.app.core.KsegException
import java.io.IOException
import java.io.InputStream

/** What another app shares with this one; null where that is nothing to open. */
fun sharedUri(intent: Intent): Uri? = try {
    @Suppress("DEPRECATION") // The newer form is of API 33.
    intent.getParcelableExtra<Parcelable>(Intent.EXTRA_STREAM) as? Uri
} catch (_: RuntimeException) {
    null // Of a class that is not here, or that cannot be read.
}

/** What a person calls a file that another app gives. */
fun displayName(context: Context, uri: Uri): String {
    val columns = arrayOf(OpenableColumns.DISPLAY_NAME)
    val name = try {
        context.contentResolver.query(uri, columns, null, null, null)?.use {
            if (it.moveToFirst()) it.getString(0) else null
        }
    } catch (_: RuntimeException) {
        null // The other app may throw whatever it likes.
    }
    return name ?: uri.lastPathSegment ?: uri.toString()
}

/**
 * The content of a file that another app gives.
 *
 * @throws KsegException It is gone, or not given out.
 */
fun openUri(context: Context, uri: Uri, name: String): InputStream {
    fun refused(cause: Throwable?) = KsegException(context.getString(R.string.not_read, name), cause)
    return try {
        context.contentResolver.openInputStream(uri)
    } catch (error: IOException) {
        throw refused(error)
    } catch (error: RuntimeException) {
        throw refused(error) // SecurityException, or what the other app throws.
    } ?: throw refused(null)
}
