package dev.kseg.app.camera

import android.Manifest
import android.app.Activity
import android.content.pm.PackageManager
import android.os.Bundle
import dev.kseg.app.R
import dev.kseg.app.core.Raster

/** Kept when the system ends the app. */
private const val LIVE = "live"
private const val FRONT = "front"

/**
 * The camera as the person turns it on and off; off while the app is not seen.
 *
 * @param look Takes frames that can be made to pictures, in the camera's thread.
 * @param say Tells the person something.
 * @param onChange Called when it was turned on or off.
 */
class LiveCamera(
    private val activity: Activity,
    saved: Bundle?,
    private val look: (make: () -> Raster) -> Unit,
    private val say: (String) -> Unit,
    private val onChange: (Boolean) -> Unit,
) {
    /** Whether the camera that looks at the person is wanted. */
    var front = saved?.getBoolean(FRONT) ?: false
        private set

    private var live = saved?.getBoolean(LIVE) ?: false
    private val feed = CameraFeed(activity, ::onFrame) { reason ->
        activity.runOnUiThread { off(activity.getString(R.string.camera_failed, reason)) }
    }

    /** Keep whether it is on, for [Activity.onCreate]. */
    fun save(out: Bundle) {
        out.putBoolean(LIVE, live)
        out.putBoolean(FRONT, front)
    }

    /** The app is seen. */
    fun resume() {
        if (live) on()
        onChange(live)
    }

    /** The app is not seen. */
    fun pause() = feed.stop()

    /** Turn it on, or off; the system may ask the person whether it is allowed. */
    fun toggle(request: Int) = when {
        live -> off()
        activity.checkSelfPermission(Manifest.permission.CAMERA) ==
            PackageManager.PERMISSION_GRANTED -> on()
        else -> activity.requestPermissions(arrayOf(Manifest.permission.CAMERA), request)
    }

    /** What the person said to that: the results of the request, none where it was cut short. */
    fun allowed(given: IntArray) = when (given.firstOrNull()) {
        null -> Unit
        PackageManager.PERMISSION_GRANTED -> on()
        else -> say(activity.getString(R.string.camera_denied))
    }

    /** Turn it off, and say why where it was not the person's wish. */
    fun off(sentence: String? = null) {
        feed.stop()
        live = false
        onChange(false)
        sentence?.let(say)
    }

    /** Take the other camera. */
    fun turn() {
        front = !front
        if (!live) return
        feed.stop()
        on()
    }

    private fun on() {
        live = true
        onChange(true)
        if (!feed.start(front)) off(activity.getString(R.string.camera_none))
    }

    private fun onFrame(frame: CameraFrame) = look {
        @Suppress("DEPRECATION") // The newer form is of API 30.
        val display = activity.windowManager.defaultDisplay.rotation * 90
        frame.yuv.toRaster(uprightTurn(frame.sensor, display, frame.front), frame.front)
    }
}
