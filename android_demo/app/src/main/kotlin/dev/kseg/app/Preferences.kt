package dev.kseg.app

import android.content.Context
import dev.kseg.app.core.Accelerator

/** What the app keeps from one day to the next. */
class Preferences(context: Context) {
    private val stored = context.getSharedPreferences("settings", Context.MODE_PRIVATE)

    /** How networks are run. */
    var run: RunSettings
        get() = RunSettings(
            stored.getInt("threads", DEFAULT_THREADS).coerceIn(1, THREADS.last()),
            Accelerator.values().getOrElse(stored.getInt("accelerator", 0)) { Accelerator.CPU },
        )
        set(value) = stored.edit().putInt("threads", value.threads)
            .putInt("accelerator", value.accelerator.ordinal).apply()

    /** Of the colours inside, 0 to 100. */
    var opacity: Int
        get() = stored.getInt("opacity", 50).coerceIn(0, 100)
        set(value) = stored.edit().putInt("opacity", value).apply()

    /** Whether classes and scores are written beside objects. */
    var labels: Boolean
        get() = stored.getBoolean("labels", true)
        set(value) = stored.edit().putBoolean("labels", value).apply()

    companion object {
        /** The numbers of threads that can be chosen. */
        val THREADS = listOf(1, 2, 4, 8)

        /** Phones have two to four fast cores; the slow ones would hold those up. */
        private val DEFAULT_THREADS = if (Runtime.getRuntime().availableProcessors() >= 4) 4 else 2
    }
}
