package dev.kseg.app

import android.app.Activity
import android.content.ActivityNotFoundException
import android.content.Intent
import android.net.Uri
import android.os.Bundle
import android.view.Menu
import android.view.MenuItem
import dev.kseg.app.camera.LiveCamera
import java.io.OutputStream

/** The app's one screen. What outlives it when the phone is turned is its [Session]. */
class MainActivity : Activity(), Actions {
    internal lateinit var session: Session
        private set
    private lateinit var preferences: Preferences
    private lateinit var screen: Screen
    private lateinit var camera: LiveCamera

    /** Of the picture that is looked at, to find it again when the system ended the app. */
    private var pictureUri: Uri? = null

    override fun onCreate(saved: Bundle?) {
        super.onCreate(saved)
        setContentView(R.layout.main)
        preferences = Preferences(this)
        screen = Screen(this, this)
        camera = LiveCamera(this, saved, { session.frame(it) }, { session.say(it) }, screen::setLive)
        pictureUri = saved?.getString(PICTURE)?.let(Uri::parse)
        screen.setOpacity(preferences.opacity)
        screen.overlay.labels = preferences.labels
        val kept = lastNonConfigurationInstance as Session?
        session = kept ?: Session(applicationContext, preferences)
        session.listener = screen::show
        screen.show(session.state)
        if (kept == null) {
            session.start(saved?.getString(MODEL))
            if (saved == null) take(intent) else pictureUri?.let(session::show)
        }
    }

    override fun onResume() {
        super.onResume()
        camera.resume()
    }

    override fun onPause() {
        camera.pause()
        super.onPause()
    }

    override fun onDestroy() {
        if (isChangingConfigurations) session.listener = {} else session.close()
        super.onDestroy()
    }

    @Deprecated("The platform's own way, without a library.")
    override fun onRetainNonConfigurationInstance(): Any = session

    override fun onSaveInstanceState(out: Bundle) {
        super.onSaveInstanceState(out)
        camera.save(out)
        out.putString(MODEL, session.state.model?.id)
        out.putString(PICTURE, pictureUri?.toString())
    }

    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        take(intent)
    }

    // What the person does.

    override fun onModel(model: Model) = session.choose(model)

    override fun onPick() {
        camera.off()
        ask(Intent(Intent.ACTION_OPEN_DOCUMENT).setType("image/*"), PICK)
    }

    override fun onCamera() = camera.toggle(CAMERA)

    override fun onStopSearch() = session.stop()

    override fun onOpacity(percent: Int) {
        preferences.opacity = percent
    }

    override fun onThreshold(value: Double) = session.threshold(value)

    override fun onCreateOptionsMenu(menu: Menu): Boolean {
        menuInflater.inflate(R.menu.main, menu)
        return true
    }

    override fun onPrepareOptionsMenu(menu: Menu): Boolean {
        val state = session.state
        menu.findItem(R.id.sample).isEnabled = state.opened != null
        menu.findItem(R.id.labels).isChecked = preferences.labels
        menu.findItem(R.id.front_camera).isChecked = camera.front
        for (id in OUTCOMES) menu.findItem(id).isEnabled = state.found != null
        return true
    }

    override fun onOptionsItemSelected(item: MenuItem): Boolean {
        when (item.itemId) {
            R.id.sample -> {
                camera.off()
                pictureUri = null
                session.showSample()
            }
            R.id.open_bundle -> ask(Intent(Intent.ACTION_OPEN_DOCUMENT).setType("*/*"), BUNDLE)
            R.id.labels -> {
                preferences.labels = !preferences.labels
                screen.overlay.labels = preferences.labels
            }
            R.id.front_camera -> camera.turn()
            R.id.save_picture -> create("image/png", "-kseg.png", SAVE_PICTURE)
            R.id.save_json -> create("application/json", "-kseg.json", SAVE_JSON)
            R.id.share -> share()
            R.id.settings -> settingsDialog(this, preferences.run) {
                preferences.run = it
                session.reopen()
            }
            else -> return super.onOptionsItemSelected(item)
        }
        return true
    }

    // What other apps and the system answer.

    @Deprecated("The platform's own way, without a library.")
    override fun onActivityResult(request: Int, result: Int, data: Intent?) {
        val uri = data?.data
        if (result != RESULT_OK || uri == null) return
        when (request) {
            PICK -> look(uri)
            BUNDLE -> session.import(uri)
            SAVE_PICTURE -> save(uri, Outcome::writePicture)
            SAVE_JSON -> save(uri, Outcome::writeJson)
        }
    }

    override fun onRequestPermissionsResult(request: Int, names: Array<String>, given: IntArray) {
        if (request == CAMERA) camera.allowed(given)
    }

    /** Look at what another app shared. */
    private fun take(intent: Intent) {
        if (intent.action != Intent.ACTION_SEND) return
        val uri = sharedUri(intent)
        if (uri == null) session.say(getString(R.string.no_picture)) else look(uri)
    }

    private fun look(uri: Uri) {
        camera.off()
        pictureUri = uri
        session.show(uri)
    }

    private fun create(type: String, ending: String, request: Int) {
        val name = outcome()?.name ?: return
        val intent = Intent(Intent.ACTION_CREATE_DOCUMENT).setType(type)
        ask(intent.putExtra(Intent.EXTRA_TITLE, name + ending), request)
    }

    private fun save(uri: Uri, write: Outcome.(OutputStream) -> Unit) {
        val outcome = outcome() ?: return session.say(getString(R.string.nothing_to_save))
        session.produce({ outcome.save(applicationContext, uri) { outcome.write(it) } }) {
            session.say(getString(R.string.saved))
        }
    }

    private fun share() {
        val outcome = outcome() ?: return
        session.produce({ outcome.share(applicationContext) }) {
            if (!isDestroyed) begin { startActivity(Intent.createChooser(it, null)) }
        }
    }

    private fun outcome(): Outcome? {
        val (found, picture) = session.state.run { (found ?: return null) to (picture ?: return null) }
        val metadata = session.state.opened?.bundle?.metadata ?: return null
        return Outcome(picture, found, metadata, preferences.opacity / 100f, preferences.labels)
    }

    private fun ask(intent: Intent, request: Int) = begin {
        @Suppress("DEPRECATION") // The newer form is AndroidX's.
        startActivityForResult(intent.addCategory(Intent.CATEGORY_OPENABLE), request)
    }

    private fun begin(start: () -> Unit) = try {
        start()
    } catch (_: ActivityNotFoundException) {
        session.say(getString(R.string.no_app))
    }

    private companion object {
        // Requests to other apps.
        const val PICK = 1
        const val BUNDLE = 2
        const val CAMERA = 3
        const val SAVE_PICTURE = 4
        const val SAVE_JSON = 5

        // Kept when the system ends the app.
        const val MODEL = "model"
        const val PICTURE = "picture"

        /** Items of the menu that need a result. */
        val OUTCOMES = listOf(R.id.save_picture, R.id.save_json, R.id.share)
    }
}
