package dev.kseg.app

import org.junit.Assume.assumeTrue
import java.io.File

/**
 * The AAR's own x86_64 library in this JVM.
 *
 * Tests that need it are skipped where it was not built (Android Studio), and fail there where
 * the environment has `CI`.
 */
object HostRuntime {
    /** The folder of the whole project. */
    val root = File(System.getProperty("kseg.root", "../.."))

    private val folder = File(System.getProperty("tflite.host", "../host/target/host"))
    private val loaded by lazy {
        val shim = File(folder, "libbionicshim.so")
        if (shim.exists()) System.load(shim.absolutePath)
        shim.exists()
    }

    /** Call it before a test that runs a network. */
    fun need() {
        val message = "$folder has no library: build android_demo with Maven"
        if (System.getenv("CI") == null) assumeTrue(message, loaded) else check(loaded) { message }
    }
}
