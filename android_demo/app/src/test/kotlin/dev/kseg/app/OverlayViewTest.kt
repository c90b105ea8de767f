package dev.kseg.app

import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Color
import android.view.MotionEvent
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** Fingers on the picture: a square of 1000 pixels, black with a white column in its middle. */
@RunWith(Runner::class)
@Config(sdk = [34])
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class OverlayViewTest {
    private val view = OverlayView(RuntimeEnvironment.getApplication()).apply {
        val picture = Bitmap.createBitmap(100, 100, Bitmap.Config.ARGB_8888).apply { eraseColor(Color.BLACK) }
        for (y in 0 until 100) picture.setPixel(50, y, Color.WHITE)
        layout(0, 0, 1000, 1000)
        show(picture, null, null)
    }
    private var clock = 0L

    /** Fingers by their ids, each with its x; all at half the height. */
    private fun touch(action: Int, vararg fingers: Pair<Int, Float>) {
        val ids = fingers.map { (id, _) -> MotionEvent.PointerProperties().apply { this.id = id } }
        val places = fingers.map { (_, at) -> MotionEvent.PointerCoords().apply { x = at; y = 500f; pressure = 1f } }
        clock += 10
        val event = MotionEvent.obtain(
            0, clock, action, fingers.size, ids.toTypedArray(), places.toTypedArray(),
            0, 0, 1f, 1f, 0, 0, 0, 0,
        )
        view.onTouchEvent(event)
        event.recycle()
    }

    /** Where the white column begins and how wide it is. */
    private fun column(): IntRange {
        val shot = Bitmap.createBitmap(1000, 1000, Bitmap.Config.ARGB_8888)
        view.draw(Canvas(shot))
        val white = (0 until 1000).filter { Color.red(shot.getPixel(it, 500)) > 127 }
        return white.first()..white.last()
    }

    @Test fun `two fingers zoom, and the one that stays moves the picture by its own way`() {
        assertEquals(500..509, column())
        touch(MotionEvent.ACTION_DOWN, 0 to 400f)
        touch(MotionEvent.ACTION_POINTER_DOWN or (1 shl 8), 0 to 400f, 1 to 700f)
        for (i in 1..10) touch(MotionEvent.ACTION_MOVE, 0 to 400f - 20 * i, 1 to 700f + 20 * i)
        val zoomed = column()
        assertTrue("$zoomed", zoomed.count() in 15..40)
        touch(MotionEvent.ACTION_POINTER_UP, 0 to 200f, 1 to 900f)
        touch(MotionEvent.ACTION_MOVE, 1 to 900f)
        touch(MotionEvent.ACTION_MOVE, 1 to 880f)
        assertEquals(zoomed.first - 20, column().first)
        touch(MotionEvent.ACTION_UP, 1 to 880f)
    }
}
