package dev.kseg.app

import android.app.Activity
import android.text.method.ScrollingMovementMethod
import android.view.View
import android.widget.AdapterView
import android.widget.ArrayAdapter
import android.widget.Button
import android.widget.ProgressBar
import android.widget.SeekBar
import android.widget.Spinner
import android.widget.TextView
import dev.kseg.app.core.Result
import dev.kseg.app.core.Task
import java.util.Locale

/** What a person does to the views. */
interface Actions {
    fun onModel(model: Model)
    fun onPick()
    fun onCamera()
    fun onStopSearch()
    fun onOpacity(percent: Int)
    fun onThreshold(value: Double)
}

/** The views of the activity: shows a [State], and tells what the person does. */
class Screen(private val activity: Activity, private val actions: Actions) {
    /** The picture. */
    val overlay: OverlayView = find(R.id.overlay)

    private val models: Spinner = find(R.id.models)
    private val check: TextView = find(R.id.check)
    private val message: TextView = find(R.id.message)
    private val stop: Button = find(R.id.stop)
    private val progress: ProgressBar = find(R.id.progress)
    private val counts: TextView = find(R.id.counts)
    private val times: TextView = find(R.id.times)
    private val opacity: SeekBar = find(R.id.opacity)
    private val opacityLabel: TextView = find(R.id.opacity_label)
    private val threshold: SeekBar = find(R.id.threshold)
    private val thresholdLabel: TextView = find(R.id.threshold_label)
    private val camera: Button = find(R.id.camera)
    private var listed: List<Model> = emptyList()
    private var chosen: Model? = null

    init {
        counts.movementMethod = ScrollingMovementMethod()
        find<Button>(R.id.pick).setOnClickListener { actions.onPick() }
        camera.setOnClickListener { actions.onCamera() }
        stop.setOnClickListener { actions.onStopSearch() }
        opacity.onMove { percent ->
            showOpacity(percent)
            actions.onOpacity(percent)
        }
        threshold.onMove { percent -> actions.onThreshold(percent / 100.0) }
        models.onItemSelectedListener = object : AdapterView.OnItemSelectedListener {
            override fun onItemSelected(parent: AdapterView<*>, view: View?, at: Int, id: Long) {
                // Android tells of what the program chose too.
                listed.getOrNull(at)?.takeIf { it != chosen }?.let(actions::onModel)
            }

            override fun onNothingSelected(parent: AdapterView<*>) = Unit
        }
    }

    /** Set the slider of the colours inside, 0 to 100. */
    fun setOpacity(percent: Int) {
        opacity.progress = percent
        showOpacity(percent)
    }

    /** Show whether the camera is on. */
    fun setLive(live: Boolean) = camera.setText(if (live) R.string.camera_off else R.string.camera)

    /** Show a state. */
    fun show(state: State) {
        showModels(state)
        showCheck(state.opened)
        message.text = state.message
        val silent = state.message.isEmpty() && state.progress == null
        message.visibility = if (silent) View.GONE else View.VISIBLE
        showProgress(state)
        val metadata = state.opened?.bundle?.metadata
        val instances = metadata?.task == Task.INSTANCES
        find<View>(R.id.threshold_row).visibility = if (instances) View.VISIBLE else View.GONE
        thresholdLabel.text = text(R.string.threshold, state.threshold)
        threshold.progress = Math.round(state.threshold * 100).toInt()
        overlay.show(state.picture?.shown, state.found, metadata)
        counts.text = state.found?.let { countsText(it.result, metadata?.classes.orEmpty()) }.orEmpty()
        times.text = state.found?.let(::timesText).orEmpty()
    }

    private fun showModels(state: State) {
        chosen = state.model
        if (listed != state.models) {
            listed = state.models
            val names = listed.map { it.name.removeSuffix(".tflite") }
            models.adapter = ArrayAdapter(activity, android.R.layout.simple_spinner_dropdown_item, names)
        }
        val at = listed.indexOf(state.model)
        if (at >= 0 && at != models.selectedItemPosition) models.setSelection(at)
    }

    private fun showCheck(opened: Opened?) {
        val lines = listOfNotNull(opened?.check?.sentence, opened?.instead)
        check.text = lines.joinToString("\n")
        val colour = if (opened?.check?.agrees == false) R.color.wrong else R.color.right
        check.setTextColor(activity.getColor(colour))
    }

    private fun showProgress(state: State) {
        val going = state.progress
        progress.visibility = if (going == null) View.INVISIBLE else View.VISIBLE
        stop.visibility = if (going == null) View.GONE else View.VISIBLE
        if (going == null) return
        progress.max = going.total
        progress.progress = going.done
        message.text = text(R.string.tile, going.done, going.total)
    }

    private fun showOpacity(percent: Int) {
        opacityLabel.text = text(R.string.opacity, percent)
        overlay.opacity = percent / 100f
    }

    private fun countsText(result: Result, names: List<String>): String {
        val counted = result.countsPerClass().filterValues { it > 0 }.toSortedMap()
        if (counted.isEmpty()) return activity.getString(R.string.nothing_found)
        val areas = result is Result.LabelMap && result.regions == null
        val pixels = result.width.toDouble() * result.height
        return counted.entries.joinToString("   ") { (id, number) ->
            val name = names.getOrElse(id) { "$id" }
            if (areas) text(R.string.area_of_class, name, 100 * number / pixels)
            else text(R.string.objects_of_class, name, number)
        }
    }

    private fun timesText(found: Found): String {
        val spent = found.result.times
        return text(R.string.times, spent.prepare, spent.network, spent.decode, found.drawing)
    }

    /** Numbers are written as in the JSON. */
    private fun text(id: Int, vararg values: Any) =
        String.format(Locale.ROOT, activity.getString(id), *values)

    private fun <T : View> find(id: Int): T = activity.findViewById(id)
}

private fun SeekBar.onMove(act: (Int) -> Unit) =
    setOnSeekBarChangeListener(object : SeekBar.OnSeekBarChangeListener {
        override fun onProgressChanged(bar: SeekBar, value: Int, byPerson: Boolean) {
            if (byPerson) act(value)
        }

        override fun onStartTrackingTouch(bar: SeekBar) = Unit

        override fun onStopTrackingTouch(bar: SeekBar) = Unit
    })
