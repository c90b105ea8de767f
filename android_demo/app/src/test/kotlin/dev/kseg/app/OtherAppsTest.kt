package dev.kseg.app

import android.content.ContentProvider
import android.content.ContentValues
import android.content.Intent
import android.database.MatrixCursor
import android.net.Uri
import android.os.Looper
import android.os.Parcel
import android.os.Parcelable
import android.provider.OpenableColumns
import dev.kseg.app.core.Result
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import java.io.ByteArrayInputStream
import java.io.ByteArrayOutputStream
import java.io.File
import java.io.FileNotFoundException

/** What other apps give to this one and take from it, whatever they do. */
@RunWith(Runner::class)
@Config(sdk = [34], qualifiers = "w360dp-h640dp-xhdpi")
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class OtherAppsTest {
    @Before fun runtime() = HostRuntime.need()

    private val nuclei by lazy { Phone.file("nuclei.png", TestBundles.nuclei()) }

    @Test fun `share a picture into the app`() {
        val intent = Intent(Intent.ACTION_SEND).setType("image/png").putExtra(Intent.EXTRA_STREAM, nuclei)
        phone(intent) {
            assertNotNull(state.found)
            photograph("shared")
        }
    }

    @Test fun `share nothing into the app`() = phone(Intent(Intent.ACTION_SEND).setType("image/png")) {
        assertEquals(activity.getString(R.string.no_picture), text(R.id.message))
        photograph("shared_nothing")
    }

    @Test fun `save the picture and the result`() = phone {
        pick(nuclei)
        val kinds = listOf(R.id.save_picture to "image/png", R.id.save_json to "application/json")
        for ((item, type) in kinds) {
            menu(item)
            val uri = Uri.parse("content://elsewhere/$item")
            val written = ByteArrayOutputStream()
            shadowOf(activity.contentResolver).registerOutputStream(uri, written)
            val asked = answer(uri)
            assertEquals(Intent.ACTION_CREATE_DOCUMENT, asked.action)
            assertEquals(type, asked.type)
            assertEquals(activity.getString(R.string.saved), text(R.id.message))
            if (item == R.id.save_json) assertTrue("annotations" in written.toString())
            else assertTrue(written.toByteArray().decodeToString().contains("PNG"))
        }
    }

    @Test fun `share picture and result with another app, and nothing else`() = phone {
        choose(TestBundles.MASK_RCNN)
        pick(nuclei)
        menu(R.id.share)
        @Suppress("DEPRECATION")
        val sent = shadowOf(activity).nextStartedActivity.getParcelableExtra<Intent>(Intent.EXTRA_INTENT)!!
        @Suppress("DEPRECATION")
        val uris = sent.getParcelableArrayListExtra<Uri>(Intent.EXTRA_STREAM)!!
        assertEquals(listOf("nuclei-kseg.png", "nuclei-kseg.json"), uris.map { it.lastPathSegment })
        val provider = Robolectric.setupContentProvider(SharedFilesProvider::class.java)
        for (uri in uris) {
            provider.openFile(uri, "r").use { assertTrue(it.statSize > 100) }
            provider.query(uri, arrayOf(OpenableColumns.DISPLAY_NAME), null, null, null).use {
                it.moveToFirst()
                assertEquals(uri.lastPathSegment, it.getString(0))
            }
        }
        for (wrong in listOf("..%2Fopened.tflite", "..", "nothing.png", "")) {
            val uri = Uri.parse("content://dev.kseg.app.shared/$wrong")
            val error = runCatching { provider.openFile(uri, "r") }.exceptionOrNull()
            assertTrue("$wrong: $error", error is FileNotFoundException)
        }
        assertTrue(runCatching { provider.openFile(uris[0], "w") }.exceptionOrNull() is FileNotFoundException)
        val png = SharedFilesProvider.folder(activity).resolve("nuclei-kseg.png")
        val folder = File("target/screens").apply { mkdirs() }
        png.copyTo(folder.resolve("saved_picture.png"), overwrite = true)
    }

    /** Cannot be read again: it says nothing of how. */
    private class Strange : Parcelable {
        override fun describeContents() = 0
        override fun writeToParcel(to: Parcel, flags: Int) = Unit
    }

    @Test fun `share into the app what it cannot know`() {
        val sent = Parcel.obtain()
        Intent(Intent.ACTION_SEND).putExtra(Intent.EXTRA_STREAM, Strange()).writeToParcel(sent, 0)
        sent.setDataPosition(0)
        phone(Intent.CREATOR.createFromParcel(sent)) {
            assertEquals(activity.getString(R.string.no_picture), text(R.id.message))
        }
    }

    @Test fun `a picture of a long name is shared`() = phone {
        pick(Phone.file("n".repeat(254) + ".png", TestBundles.nuclei()))
        menu(R.id.share)
        val files = SharedFilesProvider.folder(activity).list().orEmpty()
        assertEquals(text(R.id.message), 2, files.size)
    }

    @Test fun `where nothing can be saved`() = phone {
        pick(nuclei)
        menu(R.id.save_json)
        val uri = Uri.parse("content://elsewhere/full.json")
        shadowOf(activity.contentResolver).registerOutputStreamSupplier(uri) { error("not today") }
        answer(uri)
        assertEquals(activity.getString(R.string.not_saved, "full.json"), text(R.id.message))
    }

    @Test fun `the system ends the app while the person looks for a place to save`() {
        val phone = Phone()
        phone.menu(R.id.sample)
        phone.menu(R.id.save_json)
        val request = shadowOf(phone.activity).nextStartedActivityForResult.requestCode
        val later = Phone(saved = phone.end())
        val uri = Intent().setData(Uri.parse("content://elsewhere/late.json"))
        shadowOf(later.activity).callOnActivityResult(request, android.app.Activity.RESULT_OK, uri)
        later.settle()
        assertTrue(later.text(R.id.message), "ended this app" in later.text(R.id.message))
        later.close()
    }

    /** Knows the names of files, and who asks for them. */
    private class Names : ContentProvider() {
        var askedOnMain = false

        override fun onCreate() = true

        override fun query(
            uri: Uri,
            columns: Array<String>?,
            where: String?,
            values: Array<String>?,
            order: String?,
        ) = MatrixCursor(arrayOf(OpenableColumns.DISPLAY_NAME)).apply {
            if (Looper.getMainLooper().isCurrentThread) askedOnMain = true
            addRow(arrayOf("named.${uri.lastPathSegment}"))
        }

        override fun getType(uri: Uri): String? = null
        override fun insert(uri: Uri, values: ContentValues?): Uri? = null
        override fun update(uri: Uri, values: ContentValues?, where: String?, of: Array<String>?) = 0
        override fun delete(uri: Uri, where: String?, of: Array<String>?) = 0
    }

    @Test fun `an app that takes its time with a name does not stop the screen`() = phone {
        val names = Robolectric.buildContentProvider(Names::class.java).create("slow").get()
        val files = mapOf("png" to TestBundles.nuclei(), "tflite" to TestBundles.file(TestBundles.UNET).readBytes())
        for ((ending, content) in files) {
            val uri = Uri.parse("content://slow/$ending")
            val resolver = shadowOf(RuntimeEnvironment.getApplication().contentResolver)
            resolver.registerInputStreamSupplier(uri) { ByteArrayInputStream(content) }
            if (ending == "png") pick(uri) else menu(R.id.open_bundle).also { answer(uri) }
        }
        assertEquals("named.png", state.picture!!.name)
        assertEquals("named.tflite", state.model!!.name)
        assertFalse(names.askedOnMain)
    }
}
