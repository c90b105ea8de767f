package dev.kseg.app

import android.graphics.Bitmap
import dev.kseg.app.core.Result

/**
 * A result as it is shown.
 *
 * @property result Of what scores enough.
 * @property fill Colours inside, of the size of the picture that is shown.
 * @property lines Outlines, likewise.
 * @property drawing Milliseconds that both took.
 */
class Found(val result: Result, val fill: Bitmap, val lines: Bitmap, val drawing: Double)

/** Tiles that are done, of how many. */
data class Progress(val done: Int, val total: Int)

/**
 * What the screen shows; belongs to the main thread.
 *
 * @property model The one that was chosen; null before there is any.
 * @property opened Its network; null while it is opened, and where it cannot be.
 * @property found In [picture]; null while there is nothing.
 * @property threshold Of a network that finds objects: what scores less is not shown.
 * @property progress Of the work that goes on; null where none does.
 * @property message A sentence for the person, or "".
 */
data class State(
    val models: List<Model> = emptyList(),
    val model: Model? = null,
    val opened: Opened? = null,
    val picture: Picture? = null,
    val found: Found? = null,
    val threshold: Double = 0.0,
    val progress: Progress? = null,
    val message: String = "",
)
