package dev.kseg.app

import android.app.Activity
import android.app.Application
import android.content.Context
import android.content.Intent
import android.graphics.Bitmap
import android.graphics.Canvas
import android.net.Uri
import android.os.Bundle
import android.os.Looper
import android.view.View
import android.widget.TextView
import org.junit.Assert.assertTrue
import org.robolectric.Robolectric
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController
import java.io.ByteArrayInputStream
import java.io.File
import java.io.InputStream
import java.util.concurrent.TimeUnit

/** The app on a pretended phone, as a person uses it. */
class Phone(intent: Intent = Intent(Intent.ACTION_MAIN), saved: Bundle? = null) {
    private val controller: ActivityController<MainActivity> =
        Robolectric.buildActivity(MainActivity::class.java, intent).run {
            if (saved == null) setup() else setup(saved)
        }

    val activity: MainActivity get() = controller.get()
    val state: State get() = activity.session.state

    init {
        settle()
    }

    /** Wait until the app has done what it was asked for. */
    fun settle() {
        repeat(3) {
            shadowOf(Looper.getMainLooper()).idle()
            activity.session.worker.submit {}.get(120, TimeUnit.SECONDS)
        }
        shadowOf(Looper.getMainLooper()).idle()
    }

    /** What a text on the screen says. */
    fun text(id: Int) = activity.findViewById<TextView>(id).text.toString()

    fun click(id: Int) {
        activity.findViewById<View>(id).performClick()
        settle()
    }

    fun menu(id: Int) {
        assertTrue(shadowOf(activity).clickMenuItem(id))
        settle()
    }

    /** Answer the app's last question to another app. */
    fun answer(uri: Uri?): Intent {
        val asked = shadowOf(activity).nextStartedActivityForResult.intent
        val result = if (uri == null) Activity.RESULT_CANCELED else Activity.RESULT_OK
        shadowOf(activity).receiveResult(asked, result, Intent().setData(uri))
        settle()
        return asked
    }

    fun pick(uri: Uri) {
        click(R.id.pick)
        answer(uri)
    }

    fun choose(bundle: String) {
        activity.session.choose(state.models.first { it.name == bundle })
        settle()
    }

    /** Turn the phone: the activity ends, another one takes over. */
    fun rotate() {
        controller.recreate()
        settle()
    }

    /** The system ends the app for its memory; what it keeps. */
    fun end(): Bundle {
        val kept = Bundle()
        controller.pause().stop().saveInstanceState(kept).destroy()
        return kept
    }

    fun close() {
        controller.pause().stop().destroy()
    }

    /** What is on the screen; also written to target/screens. */
    fun photograph(name: String): Bitmap = photograph(activity.window.decorView, name)

    companion object {
        private val app: Application get() = RuntimeEnvironment.getApplication()

        /** A file of another app. */
        fun file(name: String, content: ByteArray): Uri = file(name) { ByteArrayInputStream(content) }

        /** A file of another app that may not give it out. */
        fun file(name: String, open: () -> InputStream): Uri {
            val uri = Uri.parse("content://elsewhere/$name")
            shadowOf(app.contentResolver).registerInputStreamSupplier(uri) { open() }
            return uri
        }

        fun photograph(view: View, name: String): Bitmap {
            val shot = Bitmap.createBitmap(view.width, view.height, Bitmap.Config.ARGB_8888)
            view.draw(Canvas(shot))
            val file = File("target/screens/$name.png")
            file.parentFile!!.mkdirs()
            file.outputStream().use { shot.compress(Bitmap.CompressFormat.PNG, 100, it) }
            return shot
        }

        /** What the app keeps, as a new installation has it. */
        val preferences: Preferences get() = Preferences(app as Context)
    }
}

/** Use a phone, then close it. */
fun phone(intent: Intent = Intent(Intent.ACTION_MAIN), use: Phone.() -> Unit) {
    val phone = Phone(intent)
    phone.use()
    phone.close()
}
