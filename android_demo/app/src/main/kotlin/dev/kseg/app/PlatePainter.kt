package dev.kseg.app

import android.graphics.Canvas
import android.graphics.Matrix
import android.graphics.Paint
import android.graphics.Rect
import android.graphics.Typeface
import dev.kseg.app.core.Metadata
import dev.kseg.app.core.Result
import dev.kseg.app.draw.inkOn
import dev.kseg.app.draw.platesOf

/**
 * Draws labels on their plates.
 *
 * @param density Pixels of the screen for one of a letter's units.
 */
class PlatePainter(density: Float) {
    private val plate = Paint()
    private val text = Paint(Paint.ANTI_ALIAS_FLAG).apply {
        textSize = 11 * density
        typeface = Typeface.DEFAULT_BOLD
    }
    private val pad = Math.round(2 * density)

    /**
     * Label objects.
     *
     * @param place From the picture that is shown to the canvas.
     * @param scale Pixels of that picture for one of the result.
     */
    fun draw(
        canvas: Canvas,
        result: Result.Objects,
        metadata: Metadata,
        width: Int,
        height: Int,
        place: Matrix,
        scale: Float,
    ) {
        val below = text.fontMetrics.descent
        val high = Math.round(below - text.fontMetrics.ascent)
        val point = FloatArray(2)
        fun onCanvas(y: Float, x: Float): Pair<Float, Float> {
            point[0] = x * scale
            point[1] = y * scale
            place.mapPoints(point)
            return point[1] to point[0]
        }
        val plates = platesOf(result, metadata, width, height, ::onCanvas) {
            Math.round(text.measureText(it)) + 2 * pad to high
        }
        for (p in plates) {
            plate.color = p.colour
            text.color = inkOn(p.colour)
            canvas.drawRect(Rect(p.left, p.top, p.left + p.width, p.top + p.height), plate)
            canvas.drawText(p.text, (p.left + pad).toFloat(), p.top + p.height - below, text)
        }
    }
}
