package dev.kseg.app

import dev.kseg.app.core.Bundle
import dev.kseg.app.core.KsegException
import dev.kseg.app.core.Predictor
import dev.kseg.app.core.TfliteNetwork
import java.io.File
import java.nio.ByteBuffer

/** A bundle in the AAR's library, for tools/artefacts.py. */
private class Candidate(path: String) : AutoCloseable {
    private val bundle = Bundle.read(TestBundles.map(File(path)), File(path).name)
    private val network = TfliteNetwork(bundle, threads = 2)
    private val image: ByteBuffer = TestBundles.direct(bundle.golden.image.data)

    /** "agrees" or "disagrees", and the sentence of the golden check. */
    fun check(): String {
        val check = Predictor(bundle, network).selfCheck()
        return (if (check.agrees) "agrees\t" else "disagrees\t") + check.sentence
    }

    /** Milliseconds of each of so many runs. */
    fun time(runs: Int): String = List(runs) {
        val start = System.nanoTime()
        network.run(image)
        (System.nanoTime() - start) / 1e6
    }.joinToString("\t")

    override fun close() = network.close()
}

/** Answers a line each: "open PATH", then "run COUNT"; the argument is the shim to load. */
fun main(arguments: Array<String>) {
    System.load(arguments[0])
    var candidate: Candidate? = null
    for (line in generateSequence(::readLine)) {
        val (what, value) = line.split(" ", limit = 2)
        val answer = try {
            if (what == "open") {
                candidate?.close()
                candidate = null
                candidate = Candidate(value)
                candidate.check()
            } else {
                candidate!!.time(value.toInt())
            }
        } catch (error: KsegException) {
            "refused\t${error.message}"
        }
        println("> $answer")
    }
}
