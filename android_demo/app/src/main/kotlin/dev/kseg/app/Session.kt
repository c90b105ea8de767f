package dev.kseg.app

import android.content.Context
import android.net.Uri
import android.os.Handler
import android.os.Looper
import android.util.Log
import dev.kseg.app.core.Bundle
import dev.kseg.app.core.KsegException
import dev.kseg.app.core.Raster
import java.util.concurrent.Executors
import java.util.concurrent.RejectedExecutionException
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicInteger

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

    internal val worker = Executors.newSingleThreadExecutor()
    private val search = Search() // The worker's.
    private val main = Handler(Looper.getMainLooper())
    private val newest = AtomicInteger()
    private val busyWithFrame = AtomicBoolean()
    private val models = Models(context)
    private val pictures = Pictures(context, ::fits)

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
        state = state.copy(model = model, opened = null, found = null, message = opening(model.name))
        work { turn ->
            open(model)
            find(turn)
        }
    }

    /** Open a bundle from the phone's files; where it cannot be, the one before stays. */
    fun import(uri: Uri) {
        say(opening(displayName(context, uri)))
        work { turn ->
            val model = models.import(uri) { bytes, name -> Bundle.read(bytes, name) }
            val all = models.all()
            post { copy(models = all, model = model, opened = null, found = null) }
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
        work { turn -> look(pictures.read(uri), turn) }
    }

    /** Look at the golden image of the network. */
    fun showSample() = work { turn ->
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
        val raster = make()
        work(newest.get()) { turn ->
            try {
                search.picture = Picture("camera.png", raster, shownOf(raster))
                find(turn)
            } finally {
                busyWithFrame.set(false)
            }
        }
        return true
    }

    /** Show only what scores at least so much. */
    fun threshold(value: Double) {
        threshold = value
        state = state.copy(threshold = value)
        // Of many quick movements only the last one is drawn.
        work(newest.get()) { if (threshold == value) draw() }
    }

    /** End the search that goes on. */
    fun stop() {
        newest.incrementAndGet()
        state = state.copy(progress = null, message = context.getString(R.string.stopped))
    }

    /** Make something behind the screen, and go on with it on the main thread. */
    fun <T> produce(make: () -> T, then: (T) -> Unit) = work(newest.get()) {
        val made = make()
        main.post { then(made) }
    }

    /** Tell the person something. */
    fun say(text: String) {
        state = state.copy(message = text)
    }

    /** Let the network go; nothing is called afterwards. */
    fun close() {
        newest.incrementAndGet()
        listener = {}
        worker.execute(search::close)
        worker.shutdown()
    }

    private fun opening(name: String) = context.getString(R.string.opening, name)

    private fun open(model: Model) {
        val opened = search.open(models.read(model), model.name, preferences.run)
        threshold = opened.bundle.metadata.scoreThreshold
        post {
            // What was said meanwhile stays.
            val text = if (message != opening(model.name)) message
            else picture?.note ?: context.getString(R.string.invitation)
            copy(opened = opened, threshold = this@Session.threshold, message = text)
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

    private fun find(turn: Int) {
        val done = search.run { done, total ->
            if (newest.get() != turn) throw Stopped()
            if (total > 1) post {
                if (newest.get() == turn) copy(progress = Progress(done, total)) else this
            }
        }
        if (done) draw()
    }

    private fun draw() {
        val found = search.draw(threshold) ?: return
        val picture = search.picture ?: return
        post { copy(picture = picture, found = found, progress = null, message = picture.note) }
    }

    /** Do work in its turn, and turn what goes wrong into a sentence. */
    private fun work(turn: Int = newest.incrementAndGet(), task: (Int) -> Unit) = try {
        worker.execute { guarded { task(turn) } }
    } catch (_: RejectedExecutionException) {
        // Closed: the camera's last frame may come afterwards.
    }

    private fun guarded(task: () -> Unit) {
        try {
            task()
        } catch (_: Stopped) {
            // Whoever stopped it said what to say.
        } catch (error: KsegException) {
            fail(error, error.message.orEmpty())
        } catch (error: OutOfMemoryError) {
            fail(error, context.getString(R.string.out_of_memory))
        } catch (error: RuntimeException) {
            fail(error, context.getString(R.string.failed, "$error"))
        }
    }

    private fun fail(error: Throwable, sentence: String) {
        Log.w("kseg", sentence, error)
        post { copy(progress = null, message = sentence) }
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

/** The search was ended by the person, or by a newer one. */
private class Stopped : RuntimeException()

private fun freeHeap(): Long = Runtime.getRuntime().run { maxMemory() - totalMemory() + freeMemory() }
