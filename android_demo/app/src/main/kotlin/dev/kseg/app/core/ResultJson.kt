package dev.kseg.app.core

/**
 * A result as JSON: COCO's `images`, `categories` and `annotations`, which kseg's and COCO's
 * readers open. Objects are written as `kseg predict` writes them; those of a label map have no
 * score; a label map without objects gives an annotation for each class that is there.
 *
 * @param result What was found.
 * @param metadata Of the network.
 * @param file The picture's name.
 */
fun resultJson(result: Result, metadata: Metadata, file: String): String {
    val size = Size(result.height, result.width)
    // Without objects class 0 is one as any other: road scenes have no background.
    val first = if (result is Result.LabelMap && result.regions == null) 0 else 1
    val categories = (first until metadata.classes.size).joinToString(",") {
        """{"id":$it,"name":${Json.quoted(metadata.classes[it])}}"""
    }
    val annotations = when (result) {
        is Result.Objects -> detections(result, size)
        is Result.LabelMap ->
            result.regions?.let { regions(it, result, size) } ?: classes(result, size)
    }
    val image = """{"id":1,"file_name":${Json.quoted(file)},"height":${size.height},""" +
        """"width":${size.width}}"""
    return """{"images":[$image],"categories":[$categories],"annotations":[""" +
        annotations.withIndex().joinToString(",") { (i, entry) -> entry.text(i + 1, size) } + "]}\n"
}

/** One annotation. */
private class Entry(
    val category: Int,
    val box: Box,
    val rle: String,
    val score: Float?,
    val area: Int,
) {
    fun text(id: Int, size: Size): String {
        val sides = listOf(box.x1, box.y1, box.x2 - box.x1.toDouble(), box.y2 - box.y1.toDouble())
        val bbox = sides.joinToString(",") { thousandths(it.toDouble()) }
        val scored = if (score == null) "" else ""","score":$score"""
        return """{"image_id":1,"category_id":$category,"bbox":[$bbox],""" +
            """"segmentation":{"size":[${size.height},${size.width}],""" +
            """"counts":${Json.quoted(rle)}}$scored,"id":$id,"area":$area,"iscrowd":0}"""
    }
}

private fun detections(result: Result.Objects, size: Size) = result.detections.map {
    val frame = it.frame
    val rle = encodeRle(frame, size) { y, x ->
        it.mask[(y - frame.y1) * frame.width + x - frame.x1] > 0
    }
    Entry(it.classId, it.box, rle, it.score, it.area)
}

private fun regions(regions: List<Region>, result: Result.LabelMap, size: Size) = regions.map {
    val ids = result.ids!!
    val rle = encodeRle(it.frame, size) { y, x -> ids[y * size.width + x] == it.id }
    Entry(it.classId, boxOf(it.frame), rle, null, it.area)
}

private fun classes(result: Result.LabelMap, size: Size) =
    result.countsPerClass().entries.map { (k, area) ->
        val whole = Frame(0, 0, size.height, size.width)
        val (labels, label) = result.labels to k.toByte()
        val frame = filled(whole) { y, x -> labels[y * size.width + x] == label }
        val rle = encodeRle(frame, size) { y, x -> labels[y * size.width + x] == label }
        Entry(k, boxOf(frame), rle, null, area)
    }

/** The smallest frame around all that is set; something is. */
private inline fun filled(whole: Frame, isSet: (y: Int, x: Int) -> Boolean): Frame {
    val (rows, columns) = (whole.y1 until whole.y2) to (whole.x1 until whole.x2)
    val top = rows.first { y -> columns.any { isSet(y, it) } }
    val bottom = rows.last { y -> columns.any { isSet(y, it) } }
    val left = columns.first { x -> rows.any { isSet(it, x) } }
    val right = columns.last { x -> rows.any { isSet(it, x) } }
    return Frame(top, left, bottom + 1, right + 1)
}

private fun boxOf(frame: Frame) =
    Box(frame.y1.toFloat(), frame.x1.toFloat(), frame.y2.toFloat(), frame.x2.toFloat())

/** At most three digits after the point, and at least one. */
private fun thousandths(value: Double): String {
    val all = Math.rint(value * 1000).toLong()
    val digits = (all % 1000).toString().padStart(3, '0').trimEnd('0').ifEmpty { "0" }
    return "${all / 1000}.$digits"
}
