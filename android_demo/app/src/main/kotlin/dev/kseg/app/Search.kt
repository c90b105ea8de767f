package dev.kseg.app

import android.graphics.Bitmap
import dev.kseg.app.core.Result
import dev.kseg.app.draw.layersOf
import java.nio.ByteBuffer

/** A network, a picture and what was found in it. Belongs to one thread, which it keeps busy. */
class Search : AutoCloseable {
    /** The network; null before there is one, and after one could not be opened. */
    var opened: Opened? = null
        private set

    /** What is looked at; null before there is any. Another one makes the result void. */
    var picture: Picture? = null
        set(value) {
            field = value
            all = null
        }

    private var all: Result? = null // With every object, whatever it scores.

    /**
     * Put another network in place of the one before, which is closed: two may not fit.
     *
     * @throws dev.kseg.app.core.BundleException As [openNetwork].
     */
    fun open(file: ByteBuffer, name: String, settings: RunSettings): Opened {
        close()
        return openNetwork(file, name, settings).also(::take)
    }

    /** Put an open network in place of the one before, which is closed. */
    internal fun take(network: Opened) {
        close()
        opened = network
    }

    /**
     * Look for what is in the picture.
     *
     * @param onTile Told how many tiles of how many are done; what it throws ends the search.
     * @return Whether there is a network and a picture.
     */
    fun run(onTile: (Int, Int) -> Unit): Boolean {
        val network = opened ?: return false
        val looked = picture ?: return false
        all = find(network, looked, onTile)
        opened = null // Closed, where the next line throws.
        val other = network.lookedAtPicture()
        opened = other ?: network
        if (other != null) all = find(other, looked, onTile)
        return true
    }

    private fun find(network: Opened, looked: Picture, onTile: (Int, Int) -> Unit): Result =
        looked.deep?.let { network.predictor.predict(it, 0.0, onTile) }
            ?: network.predictor.predict(looked.raster, 0.0, onTile)

    /**
     * Draw what was found, for the screen.
     *
     * @param threshold What scores less is left out.
     * @return null where nothing was looked for yet.
     */
    fun draw(threshold: Double): Found? {
        val start = System.nanoTime()
        val palette = opened?.bundle?.metadata?.palette ?: return null
        val shown = picture?.shown ?: return null
        val found = all ?: return null
        val result = if (found is Result.Objects) found.above(threshold) else found
        val layers = layersOf(result, palette, shown.width, shown.height)
        fun bitmap(pixels: IntArray) =
            Bitmap.createBitmap(pixels, shown.width, shown.height, Bitmap.Config.ARGB_8888)
        val (fill, lines) = bitmap(layers.fill) to bitmap(layers.lines)
        return Found(result, fill, lines, (System.nanoTime() - start) / 1e6)
    }

    /** Let the network go. */
    override fun close() {
        opened?.close()
        opened = null
        all = null
    }
}
