package dev.kseg.app

import android.content.Context
import android.net.Uri
import android.os.Handler
import android.os.Looper
import dev.kseg.app.core.Bundle
import dev.kseg.app.core.Raster
import java.util.concurrent.atomic.AtomicBoolean

/** Bytes of heap that stay free for all but picture and result: the layers that are drawn. */
private const val SPARE = 64L shl 20

/**
 * The work behind the screen, and its state; outlives the activity when the phone is turned.
 *
 * Called on the main thread, but [frame]. One thread does the work in the order in which it was
 * asked for; a newer picture or network ends the search in the one before.
 *
 * @param freeHeap Bytes that can be had.
 */
class Session(
    private val context: Context,
    private val preferences: Preferences,
    private val freeHeap: () -> Long = ::freeHeap,
) {
    /** Told of each new state, on the main thread. */
    var listener: (State) -> Unit = {}

    /** What the screen shows. */
    var state = State()
        private set(value) {
            field = value
            listener(value)
        }

    private val main = Handler(Looper.getMainLooper())
    private val turns = Turns(context) { post { copy(progress = null, message = it) } }
    internal val worker get() = turns.worker
    private val search = Search() // The worker's.
    private val busyWithFrame = AtomicBoolean()
    private val models = Models(context)
    private val pictures = Pictures(context, ::fits)
    private var choices = 0

    @Volatile
    private var threshold = 0.0

    /** List the bundles, and open the one of this id, or the first. */
    fun start(id: String?) {
        val all = models.all()
        state = state.copy(models = all, message = context.getString(R.string.invitation))
        (all.find { it.id == id } ?: all.firstOrNull())?.let(::choose)
    }

    /** Open one of the listed bundles, and look for its classes in the picture. */
    fun choose(model: Model) {
        choices++
        state = state.copy(model = model, opened = null, found = null, message = opening(model.name))
        turns.work { turn ->
            open(model)
            find(turn)
        }
    }

    /** Open a bundle from the phone's files; where it cannot be, the one before stays. */
    fun import(uri: Uri) {
        val before = choices
        turns.work { turn ->
            val text = opening(displayName(context, uri))
            post { copy(message = text) }
            val model = models.import(uri) { bytes, name -> Bundle.read(bytes, name) }
            val all = models.all()
            post {
                // One that was chosen meanwhile is opened next.
                if (choices != before) copy(models = all)
                else copy(models = all, model = model, opened = null, found = null)
            }
            open(model)
            find(turn)
        }
    }

    /** Open the network again, after the settings were changed. */
    fun reopen() {
        state.model?.let(::choose)
    }

    /** Read a picture and look for what is in it. */
    fun show(uri: Uri) {
        say(context.getString(R.string.reading))
        turns.work { turn -> look(pictures.read(uri), turn) }
    }

    /** Look at the golden image of the network. */
    fun showSample() = turns.work { turn ->
        search.opened?.bundle?.let {
            val raster = it.golden.image
            look(Picture("${it.metadata.name}.png", raster, shownOf(raster)), turn)
        }
    }

    /**
     * Look for what is in a camera's frame; called by the camera's thread.
     *
     * @param make Converts the frame; not called where it is dropped.
     * @return Whether it is looked at: while another one is, it is dropped.
     */
    fun frame(make: () -> Raster): Boolean {
        if (!busyWithFrame.compareAndSet(false, true)) return false
        val now = turns.now // Whatever is asked for while the frame is made is newer.
        var waits = false
        turns.guarded {
            val raster = make()
            turns.work(now) { turn ->
                try {
                    if (turns.now == turn) lookAtFrame(raster, turn)
                } finally {
                    busyWithFrame.set(false)
                }
            }
            waits = true
        }
        if (!waits) busyWithFrame.set(false)
        return true
    }

    /** Show only what scores at least so much. */
    fun threshold(value: Double) {
        threshold = value
        state = state.copy(threshold = value)
        // Of many quick movements only the last one is drawn.
        turns.work(turns.now) { turn -> if (threshold == value) draw(turn) }
    }

    /** End the search that goes on. */
    fun stop() {
        turns.next()
        state = state.copy(progress = null, message = context.getString(R.string.stopped))
    }

    /** Make something behind the screen, and go on with it on the main thread. */
    fun <T> produce(make: () -> T, then: (T) -> Unit) = turns.work(turns.now) {
        val made = make()
        main.post { then(made) }
    }

    /** Tell the person something. */
    fun say(text: String) {
        state = state.copy(message = text)
    }

    /** Let the network go; nothing is called afterwards. */
    fun close() {
        listener = {}
        turns.close(search::close)
    }

    private fun opening(name: String) = context.getString(R.string.opening, name)

    private fun open(model: Model) {
        val opened = search.open(models.read(model), model.name, preferences.run)
        threshold = opened.bundle.metadata.scoreThreshold
        post {
            // What was said meanwhile stays.
            val text = if (message != opening(model.name)) message
            else picture?.note ?: context.getString(R.string.invitation)
            // Another one may have been chosen meanwhile, and may fail to open.
            if (this.model != model) this
            else copy(opened = opened, threshold = this@Session.threshold, message = text)
        }
    }

    private fun look(picture: Picture, turn: Int) {
        search.picture = picture
        // Without a network the person was told why there is none.
        post {
            val text = if (opened == null) message else picture.note
            copy(picture = picture, found = null, message = text)
        }
        find(turn)
    }

    private fun lookAtFrame(raster: Raster, turn: Int) {
        search.picture = Picture("camera.png", raster, shownOf(raster))
        find(turn)
    }

    private fun find(turn: Int) {
        val done = search.run { done, total ->
            if (turns.now != turn) throw Stopped()
            if (total > 1) post {
                if (turns.now == turn) copy(progress = Progress(done, total)) else this
            }
        }
        search.opened?.let { now ->
            // Another one than before, where an accelerator came to disagree.
            post { if (opened != null && opened.bundle === now.bundle) copy(opened = now) else this }
        }
        if (done) draw(turn)
    }

    private fun draw(turn: Int) {
        val found = search.draw(threshold) ?: return
        val picture = search.picture ?: return
        post {
            // Of what is not asked for any more the classes would get another network's names.
            if (turns.now != turn) this
            else copy(picture = picture, found = found, progress = null, message = picture.note)
        }
    }

    private fun post(change: State.() -> State) {
        main.post { state = state.change() }
    }

    /** Whether picture and result of this size fit into the heap. */
    private fun fits(width: Int, height: Int): Boolean {
        val pixels = width.toLong() * height
        val result = search.opened?.predictor?.memory(width, height) ?: (5 * pixels)
        return 3 * pixels <= Int.MAX_VALUE && 3 * pixels + result + SPARE <= freeHeap()
    }
}

private fun freeHeap(): Long = Runtime.getRuntime().run { maxMemory() - totalMemory() + freeMemory() }
