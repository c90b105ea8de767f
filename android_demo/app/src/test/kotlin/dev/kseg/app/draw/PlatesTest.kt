package dev.kseg.app.draw

import dev.kseg.app.TestBundles
import dev.kseg.app.core.Box
import dev.kseg.app.core.Bundle
import dev.kseg.app.core.Detection
import dev.kseg.app.core.Frame
import dev.kseg.app.core.Result
import dev.kseg.app.core.Times
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test

class PlatesTest {
    private val metadata =
        Bundle.read(TestBundles.map(TestBundles.file(TestBundles.MASK_RCNN)), "it").metadata

    private fun found(vararg boxes: Box): Result.Objects {
        val all = boxes.map { Detection(it, 0.5f, 1, Frame(0, 0, 0, 0), ByteArray(0)) }
        return Result.Objects(100, 100, all, Times(0.0, 0.0, 0.0))
    }

    private fun plates(found: Result.Objects, width: Int = 100, height: Int = 100, scale: Float = 1f) =
        platesOf(found, metadata, width, height, { y, x -> y * scale to x * scale }) { 20 to 8 }

    @Test fun `a label stands above its box`() {
        val plate = plates(found(Box(50f, 30f, 70f, 60f))).single()
        assertEquals(30 to 42, plate.left to plate.top)
        assertEquals("0.50", plate.text)
        assertEquals(objectColour(0), plate.colour)
    }

    @Test fun `where the box is at the top the label is inside`() {
        val plate = plates(found(Box(2f, 30f, 70f, 60f))).single()
        assertEquals(30 to 0, plate.left to plate.top)
    }

    @Test fun `a label stays on the screen`() {
        val plate = plates(found(Box(50f, 95f, 70f, 99f))).single()
        assertEquals(80, plate.left)
    }

    @Test fun `labels of one place do not cover each other`() {
        val several = plates(found(*Array(30) { Box(40f, 40f, 60f, 60f) }))
        assertTrue("${several.size}", several.size in 4..29)
        for (a in several) for (b in several) {
            val apart = a === b || a.left + a.width <= b.left || b.left + b.width <= a.left ||
                a.top + a.height <= b.top || b.top + b.height <= a.top
            assertTrue("$a $b", apart)
        }
    }

    @Test fun `a label covers no other object where there is another place`() {
        val plate = plates(found(Box(50f, 30f, 70f, 60f), Box(35f, 30f, 49f, 60f)))[0]
        assertEquals(30 to 50, plate.left to plate.top)
    }

    @Test fun `what is not on the screen has no label`() =
        assertEquals(0, plates(found(Box(50f, 50f, 60f, 60f)), scale = 4f).size)

    @Test fun `a screen smaller than a label has none`() =
        assertEquals(0, plates(found(Box(0f, 0f, 5f, 5f)), width = 10, height = 5).size)

    @Test fun `several classes are named`() {
        assertEquals("0.93", labelText(listOf("background", "nucleus"), 1, 0.93f))
        assertEquals("cat 0.93", labelText(listOf("background", "cat", "dog"), 1, 0.93f))
        assertEquals("7 0.93", labelText(listOf("background", "cat", "dog"), 7, 0.93f))
    }
}
