package dev.kseg.app

import android.os.Looper
import dev.kseg.app.core.Raster
import dev.kseg.app.core.Task
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import java.io.File
import java.util.concurrent.TimeUnit

/** What is asked for while other work goes on: the last wish counts. */
@RunWith(Runner::class)
@Config(sdk = [34])
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class SessionTest {
    @Before fun runtime() = HostRuntime.need()

    private val nuclei by lazy { Phone.file("nuclei.png", TestBundles.nuclei()) }
    private val gone = Model.FromFile("gone.tflite", File("gone"))

    private fun session(use: Session.() -> Unit) {
        val session = Session(RuntimeEnvironment.getApplication(), Phone.preferences)
        session.use()
        session.close()
    }

    /** The worker is done; what it told the main thread is not yet heard. */
    private fun Session.work() = worker.submit {}.get(120, TimeUnit.SECONDS)

    private fun Session.settle() = repeat(3) {
        work()
        shadowOf(Looper.getMainLooper()).idle()
    }

    @Test fun `what one network found is never shown as another's`() = session {
        start(null)
        settle()
        show(nuclei)
        work()
        choose(gone)
        settle()
        assertNull(state.found)
        assertTrue(state.message, "gone.tflite cannot be read" in state.message)
    }

    @Test fun `a network that was opened too late is not shown as the one that was chosen`() = session {
        start(null)
        choose(gone)
        settle()
        assertEquals(gone, state.model)
        assertNull(state.opened)
    }

    @Test fun `a network that is chosen while a file is opened is the one that is shown`() = session {
        start(null)
        settle()
        val chosen = state.model!!
        import(Phone.file("mine.tflite", TestBundles.file(TestBundles.MASK_RCNN).readBytes()))
        choose(chosen)
        settle()
        assertEquals(chosen, state.model)
        assertEquals("mine.tflite", state.models.last().name)
        assertEquals(Task.SEMANTIC, state.opened!!.bundle.metadata.task)
    }

    @Test fun `a frame that was taken before a picture was picked does not take its place`() = session {
        start(null)
        settle()
        frame {
            show(nuclei)
            Raster(320, 240, 3, ByteArray(320 * 240 * 3))
        }
        settle()
        assertEquals(256, state.picture!!.raster.width)
        assertEquals(256, state.found!!.result.width)
        assertTrue(frame { Raster(32, 24, 3, ByteArray(32 * 24 * 3)) })
        settle()
        assertEquals(32, state.picture!!.raster.width)
    }

    @Test fun `a frame that cannot be made is a sentence, and the next one comes`() = session {
        start(null)
        settle()
        frame { throw OutOfMemoryError() }
        settle()
        assertEquals(RuntimeEnvironment.getApplication().getString(R.string.out_of_memory), state.message)
        assertTrue(frame { Raster(32, 24, 3, ByteArray(32 * 24 * 3)) })
        settle()
        assertNotNull(state.found)
    }
}
