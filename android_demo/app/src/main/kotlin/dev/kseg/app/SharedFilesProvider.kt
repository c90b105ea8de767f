package dev.kseg.app

import android.content.ContentProvider
import android.content.ContentValues
import android.content.Context
import android.database.Cursor
import android.database.MatrixCursor
import android.net.Uri
import android.os.ParcelFileDescriptor
import android.provider.OpenableColumns
import java.io.File
import java.io.FileNotFoundException

private const val AUTHORITY = "dev.kseg.app.shared"

/** Gives the files of one folder to the apps that the person shares them with; to read only. */
class SharedFilesProvider : ContentProvider() {
    override fun onCreate() = true

    override fun getType(uri: Uri): String =
        if (uri.path.orEmpty().endsWith(".json")) "application/json" else "image/png"

    override fun openFile(uri: Uri, mode: String): ParcelFileDescriptor {
        if (mode != "r") throw FileNotFoundException("$uri is there to read only")
        return ParcelFileDescriptor.open(file(uri), ParcelFileDescriptor.MODE_READ_ONLY)
    }

    override fun query(
        uri: Uri,
        columns: Array<String>?,
        where: String?,
        values: Array<String>?,
        order: String?,
    ): Cursor {
        val known = mapOf<String, Any>(
            OpenableColumns.DISPLAY_NAME to file(uri).name,
            OpenableColumns.SIZE to file(uri).length(),
        )
        val asked = columns?.filter { it in known } ?: known.keys.toList()
        return MatrixCursor(asked.toTypedArray(), 1).apply { addRow(asked.map(known::get)) }
    }

    override fun insert(uri: Uri, values: ContentValues?): Uri? = null

    override fun update(uri: Uri, values: ContentValues?, where: String?, arguments: Array<String>?) = 0

    override fun delete(uri: Uri, where: String?, arguments: Array<String>?) = 0

    /** The file of this name in the folder, which has no folders; nothing outside it. */
    private fun file(uri: Uri): File {
        val name = uri.lastPathSegment.orEmpty()
        val files = folder(context!!).listFiles().orEmpty()
        return files.find { it.name == name } ?: throw FileNotFoundException("$uri")
    }

    companion object {
        /** What is in it is given out, where it is shared. */
        fun folder(context: Context) = File(context.cacheDir, "shared")

        /** What other apps know a file of [folder] by. */
        fun uriOf(file: File): Uri =
            Uri.Builder().scheme("content").authority(AUTHORITY).appendPath(file.name).build()
    }
}
