package dev.kseg.app

import android.content.Context
import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Matrix
import android.graphics.Paint
import android.graphics.RectF
import android.util.AttributeSet
import android.view.MotionEvent
import android.view.ScaleGestureDetector
import android.view.View
import dev.kseg.app.core.Metadata
import dev.kseg.app.core.Result

private const val LARGEST_ZOOM = 16f

/**
 * A picture with what was found in it: fitted in, or larger where two fingers ask for it.
 *
 * Lines are drawn at the picture's own pixels, labels at the screen's.
 */
class OverlayView @JvmOverloads constructor(context: Context, attrs: AttributeSet? = null) :
    View(context, attrs) {
    /** Of the colours inside, 0 to 1. */
    var opacity = 0.5f
        set(value) {
            field = value
            invalidate()
        }

    /** Whether classes and scores are written beside objects. */
    var labels = true
        set(value) {
            field = value
            invalidate()
        }

    private val plates = PlatePainter(resources.displayMetrics.scaledDensity)
    private val plain = Paint()
    private val inside = Paint()
    private val fitted = Matrix()
    private val zoomed = Matrix()
    private var picture: Bitmap? = null
    private var found: Found? = null
    private var metadata: Metadata? = null
    private var finger = MotionEvent.INVALID_POINTER_ID // Whose place lastX and lastY are.
    private var lastX = 0f
    private var lastY = 0f
    private val pinch = ScaleGestureDetector(context, Pinch())

    /** Show a picture, and what was found in it, as far as there is either. */
    fun show(picture: Bitmap?, found: Found?, metadata: Metadata?) {
        if (picture?.width != this.picture?.width || picture?.height != this.picture?.height) {
            zoomed.reset()
        }
        this.picture = picture
        this.found = found
        this.metadata = metadata
        fit()
        invalidate()
    }

    override fun onSizeChanged(width: Int, height: Int, oldWidth: Int, oldHeight: Int) {
        zoomed.reset()
        fit()
    }

    override fun onDraw(canvas: Canvas) {
        val shown = picture ?: return
        val place = Matrix(fitted).apply { postConcat(zoomed) }
        // Of an enlarged picture pixels are to be seen as they are. (Paints filter by default.)
        val smooth = place.mapRadius(1f) < 2
        plain.isFilterBitmap = smooth
        inside.isFilterBitmap = smooth
        canvas.save()
        canvas.clipRect(0, 0, width, height)
        canvas.drawBitmap(shown, place, plain)
        found?.let { draw(canvas, it, shown, place) }
        canvas.restore()
    }

    private fun draw(canvas: Canvas, found: Found, shown: Bitmap, place: Matrix) {
        inside.alpha = Math.round(opacity * 255)
        canvas.drawBitmap(found.fill, place, inside)
        canvas.drawBitmap(found.lines, place, plain)
        val result = found.result
        val described = metadata
        if (labels && result is Result.Objects && described != null) {
            val scale = shown.width.toFloat() / result.width
            plates.draw(canvas, result, described, width, height, place, scale)
        }
    }

    @Suppress("ClickableViewAccessibility") // There is nothing to click.
    override fun onTouchEvent(event: MotionEvent): Boolean {
        pinch.onTouchEvent(event)
        val alone = event.pointerCount == 1 && event.getPointerId(0) == finger
        if (event.actionMasked == MotionEvent.ACTION_MOVE && alone && !pinch.isInProgress) {
            zoomed.postTranslate(event.x - lastX, event.y - lastY)
            keepInside()
        }
        finger = event.getPointerId(0)
        lastX = event.x
        lastY = event.y
        return true
    }

    private fun fit() {
        val shown = picture ?: return
        val whole = RectF(0f, 0f, shown.width.toFloat(), shown.height.toFloat())
        val room = RectF(0f, 0f, width.toFloat(), height.toFloat())
        fitted.setRectToRect(whole, room, Matrix.ScaleToFit.CENTER)
    }

    /** Move the picture back where it was pushed off the view. */
    private fun keepInside() {
        if (zoomed.mapRadius(1f) <= 1f) zoomed.reset()
        val room = RectF(0f, 0f, width.toFloat(), height.toFloat())
        zoomed.mapRect(room)
        val x = maxOf(width - room.right, 0f) + minOf(-room.left, 0f)
        val y = maxOf(height - room.bottom, 0f) + minOf(-room.top, 0f)
        zoomed.postTranslate(x, y)
        invalidate()
    }

    private inner class Pinch : ScaleGestureDetector.SimpleOnScaleGestureListener() {
        override fun onScale(detector: ScaleGestureDetector): Boolean {
            val now = zoomed.mapRadius(1f)
            val factor = (now * detector.scaleFactor).coerceIn(1f, LARGEST_ZOOM) / now
            zoomed.postScale(factor, factor, detector.focusX, detector.focusY)
            keepInside()
            return true
        }
    }
}
