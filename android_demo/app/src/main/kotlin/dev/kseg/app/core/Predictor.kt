package dev.kseg.app.core

/**
 * A network with what its numbers mean, for images of any size: what
 * `kseg.load(bundle).predict(image)` does.
 *
 * What the network is given is the same to the bit; so is what is made of its outputs, but for
 * pixels of a watershed that are as near to one object as to another.
 *
 * Called by one thread at a time.
 *
 * @property bundle What was read.
 * @param network Its flatbuffer in a runtime.
 */
class Predictor(val bundle: Bundle, network: Network) {
    private val metadata = bundle.metadata
    private val runner = Runner(network, metadata)

    /** How many times the network runs for an image of this size. */
    fun tiles(width: Int, height: Int): Int {
        val input = metadata.input
        return when {
            metadata.task == Task.SEMANTIC -> planTiles(height, width, metadata).size
            input.letterbox -> 1
            else -> cover(height, width, ownTile(input), metadata.tiling.margin).size
        }
    }

    /**
     * Bytes of heap that [predict] takes at most for an image of this size, the image and what the
     * network's objects take left out: compare with what is free, before a picture of a hundred
     * megapixels is decoded.
     */
    fun memory(width: Int, height: Int): Long {
        val intensity = metadata.input.intensity
        val pixels = width.toLong() * height
        val taken = intensity.channels?.size ?: RGB
        val mapped = intensity.rule != Intensity.Rule.NONE || intensity.channels != null
        val prepared = (if (mapped) taken else 0) +
            (if (metadata.input.channels != taken) metadata.input.channels else 0)
        val found = when {
            metadata.task == Task.INSTANCES -> 0
            metadata.instances == null -> 1
            else -> OBJECT_BYTES
        }
        val block = if (found == OBJECT_BYTES) minOf(pixels, BLOCK_PIXELS) * BLOCK_BYTES else 0
        return pixels * (prepared + found) + block
    }

    /**
     * Segment an image, or find its objects.
     *
     * @param image As a file holds it, after the alpha channel was dropped: RGB or gray. The
     *   metadata's intensity rule is applied.
     * @param scoreThreshold Of a network that finds objects: what scores less is left out; null is
     *   the metadata's. Give 0 and use [Result.Objects.above] to move it afterwards: objects on a
     *   seam are merged before, so both are the same.
     * @param onTile Told how many tiles of how many are done; what it throws ends the work and is
     *   passed on.
     * @throws ImageException The network cannot take the image.
     * @throws BundleException What the network gives is not what its metadata says.
     */
    fun predict(
        image: Raster,
        scoreThreshold: Double? = null,
        onTile: (done: Int, total: Int) -> Unit = { _, _ -> },
    ): Result {
        runner.start()
        return find(metadata.input.intensity.apply(image), scoreThreshold, onTile)
    }

    /** The same for an image of 16 bits a channel, which an intensity rule makes uint8. */
    fun predict(
        image: Raster16,
        scoreThreshold: Double? = null,
        onTile: (done: Int, total: Int) -> Unit = { _, _ -> },
    ): Result {
        runner.start()
        return find(metadata.input.intensity.apply(image), scoreThreshold, onTile)
    }

    /**
     * [selfCheck] so many times as an accelerator needs it, on which right answers may be followed
     * by wrong ones; until one disagrees.
     *
     * @return What was said last.
     * @throws BundleException As [selfCheck].
     */
    fun selfChecks(): GoldenCheck {
        var check = selfCheck()
        for (n in 2..ACCELERATOR_CHECKS) if (check.agrees) check = selfCheck()
        return check
    }

    /**
     * Run the bundle's golden image and compare with what it gave where it was made.
     *
     * @throws BundleException The network does not run at all.
     */
    fun selfCheck(): GoldenCheck {
        val golden = bundle.golden
        golden.image.data.copyInto(runner.tile.data)
        runner.start()
        val outputs = runner.run()
        val classes = metadata.classes.size
        return when (golden) {
            is Golden.Labels -> {
                val labels = labelsOf(outputs, metadata.output as Output.Labels, classes)
                checkLabels(labels, golden.labels)
            }
            is Golden.Objects -> {
                val found =
                    FoundObjects.read(outputs, metadata.output as Output.Objects, classes)
                checkObjects(found.boxes, found.classes, golden)
            }
        }
    }

    private fun find(
        image: Raster,
        scoreThreshold: Double?,
        onTile: (done: Int, total: Int) -> Unit,
    ): Result {
        val shown = toChannels(image, metadata.input.channels)
        runner.prepared()
        if (metadata.task == Task.INSTANCES) {
            val most = Runtime.getRuntime().maxMemory() / MASK_SHARE
            val found = predictObjects(shown, metadata, runner, most, onTile)
            val kept = above(found, (scoreThreshold ?: metadata.scoreThreshold).toFloat())
            runner.decoded()
            return Result.Objects(image.width, image.height, kept, runner.times)
        }
        val labels = predictLabels(shown, metadata, runner, onTile)
        val pieces = metadata.instances?.let { separate(labels, image.width, image.height, it) }
        val regions = pieces?.let {
            regions(it, labels, image.width, metadata.instances!!.classes)
        }
        runner.decoded()
        val (width, height) = image.width to image.height
        return Result.LabelMap(width, height, labels, pieces?.ids, regions, runner.times)
    }

    private companion object {
        const val RGB = 3
        val ACCELERATOR_CHECKS = Rules.golden("accelerator_checks").toInt()

        // Of a pixel: its label, foreground and seed, and two numbers while pieces are counted.
        const val OBJECT_BYTES = 11

        // The watershed's block with what surrounds it: numbers, depths and a heap.
        const val BLOCK_PIXELS = 1216L * 1216
        const val BLOCK_BYTES = 36

        // All masks together may take so much of the heap.
        const val MASK_SHARE = 4
    }
}
