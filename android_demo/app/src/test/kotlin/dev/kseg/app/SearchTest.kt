package dev.kseg.app

import dev.kseg.app.core.Accelerator
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** A network and a picture, whatever happens to the accelerator. */
@RunWith(Runner::class)
@Config(sdk = [34])
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class SearchTest {
    @Before fun runtime() = HostRuntime.need()

    @Test fun `a search goes on with the processor`() {
        val search = Search()
        val (opened, _) = openTiring(right = 3 + 19)
        val before = opened.bundle.golden.image
        assertEquals(Accelerator.NNAPI, opened.accelerator)
        search.take(opened)
        search.picture = Picture("it.png", before, shownOf(before))
        for (picture in 1..20) assertTrue(search.run { _, _ -> })
        assertEquals(Accelerator.CPU, search.opened!!.accelerator)
        val found = search.draw(0.0)!!.result.countsPerClass()
        assertEquals(search.opened!!.predictor.predict(before).countsPerClass(), found)
        search.close()
    }
}
