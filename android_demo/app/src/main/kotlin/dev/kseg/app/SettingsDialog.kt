package dev.kseg.app

import android.app.Activity
import android.app.AlertDialog
import android.view.View
import android.widget.ArrayAdapter
import android.widget.Spinner
import dev.kseg.app.core.Accelerator

/**
 * Asks for threads and accelerator.
 *
 * @param onChange Called where the person says OK to others.
 */
fun settingsDialog(activity: Activity, now: RunSettings, onChange: (RunSettings) -> Unit): AlertDialog {
    val view = activity.layoutInflater.inflate(R.layout.settings, null)
    val names = Accelerator.values().map { activity.getString(nameOf(it)) }
    val threads = view.choice(R.id.threads, Preferences.THREADS, Preferences.THREADS.indexOf(now.threads))
    val accelerator = view.choice(R.id.accelerator, names, now.accelerator.ordinal)
    return AlertDialog.Builder(activity)
        .setTitle(R.string.settings_title)
        .setView(view)
        .setNegativeButton(R.string.cancel, null)
        .setPositiveButton(R.string.ok) { _, _ ->
            val chosen = RunSettings(
                Preferences.THREADS[threads.selectedItemPosition],
                Accelerator.values()[accelerator.selectedItemPosition],
            )
            if (chosen != now) onChange(chosen)
        }
        .show()
}

/** What the person knows an accelerator by. */
fun nameOf(accelerator: Accelerator): Int = when (accelerator) {
    Accelerator.CPU -> R.string.accelerator_cpu
    Accelerator.NNAPI -> R.string.accelerator_nnapi
}

private fun View.choice(id: Int, items: List<Any>, chosen: Int): Spinner =
    findViewById<Spinner>(id).apply {
        adapter = ArrayAdapter(context, android.R.layout.simple_spinner_dropdown_item, items)
        setSelection(chosen.coerceAtLeast(0))
    }
