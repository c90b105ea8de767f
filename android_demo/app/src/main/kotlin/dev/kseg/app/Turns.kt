package dev.kseg.app

import android.content.Context
import android.util.Log
import dev.kseg.app.core.KsegException
import java.util.concurrent.Executors
import java.util.concurrent.RejectedExecutionException
import java.util.concurrent.atomic.AtomicInteger

/**
 * One thread that does work in the order in which it was asked for. Each wish has a turn; a newer
 * wish makes the older ones void, which is for their work to look after.
 *
 * @param context Whose words are used.
 * @param onFailure Told, by whatever thread, a sentence for the person.
 */
internal class Turns(private val context: Context, private val onFailure: (String) -> Unit) {
    private val newest = AtomicInteger()

    /** The thread; for what waits until all is done. */
    val worker = Executors.newSingleThreadExecutor()

    /** The newest one: for work that belongs to it and makes nothing void. */
    val now: Int get() = newest.get()

    /** Make all that goes on void. */
    fun next(): Int = newest.incrementAndGet()

    /** Do work in its turn, and turn what goes wrong into a sentence. */
    fun work(turn: Int = next(), task: (turn: Int) -> Unit) = try {
        worker.execute { guarded { task(turn) } }
    } catch (_: RejectedExecutionException) {
        // Closed: the camera's last frame may come afterwards.
    }

    /** The same at once, on the thread that asks. */
    fun guarded(task: () -> Unit) {
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

    /** Nothing is done after what waits now, which is void, and [last]. */
    fun close(last: () -> Unit) {
        next()
        worker.execute(last)
        worker.shutdown()
    }

    private fun fail(error: Throwable, sentence: String) {
        Log.w("kseg", sentence, error)
        onFailure(sentence)
    }
}

/** Work was ended by the person, or by a newer wish. */
internal class Stopped : RuntimeException()
