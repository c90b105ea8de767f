package dev.kseg.app.core

import org.junit.Assert.assertEquals
import org.junit.Test

class ResultJsonTest {
    private val metadata = networkMetadata(mapOf("classes" to listOf("background", "zelle \"ä\"", "rim")))
    private val times = Times(1.0, 2.0, 3.0)
    private val image = """"images":[{"id":1,"file_name":"a.png","height":3,"width":4}]"""
    private val classes = """{"id":1,"name":"zelle \"\u00e4\""},{"id":2,"name":"rim"}"""

    @Test
    fun `objects as kseg predict writes them`() {
        val found = Detection(Box(0.5f, 1f, 3f, 2.1234567f), 0.9f, 1, Frame(1, 1, 2, 2), byteArrayOf(1))
        val result = Result.Objects(4, 3, listOf(found), times)
        val annotation = """{"image_id":1,"category_id":1,"bbox":[1.0,0.5,1.123,2.5],""" +
            """"segmentation":{"size":[3,4],"counts":"417"},"score":0.9,"id":1,"area":1,"iscrowd":0}"""
        val expected = """{$image,"categories":[$classes],"annotations":[$annotation]}""" + "\n"
        assertEquals(expected, resultJson(result, metadata, "a.png"))
        val none = """{$image,"categories":[$classes],"annotations":[]}""" + "\n"
        assertEquals(none, resultJson(result.above(0.95), metadata, "a.png"))
    }

    @Test
    fun `objects of a label map have no score`() {
        val ids = intArrayOf(0, 1, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0)
        val labels = ByteArray(12) { ids[it].toByte() }
        val regions = regions(Pieces(ids, 2), labels, 4, listOf(1, 2))
        val found = Json.parse(resultJson(Result.LabelMap(4, 3, labels, ids, regions, times), metadata, "a.png"))
        val annotations = Case(found as Map<*, *>).list("annotations").map { Case(it as Map<*, *>) }
        assertEquals(listOf(1, 2), annotations.map { it.int("category_id") })
        assertEquals(listOf(listOf(1, 0, 1, 2), listOf(2, 1, 1, 1)), annotations.map { it.ints("bbox") })
        assertEquals(listOf("327", "714"), annotations.map { it.case("segmentation").fields["counts"] })
        assertEquals(listOf(2, 1), annotations.map { it.int("area") })
        assertEquals(false, annotations.any { "score" in it.fields })
    }

    @Test
    fun `a label map without objects gives its classes`() {
        val labels = ByteArray(12) { (if (it % 4 == 3) 2 else 0).toByte() }
        val result = Result.LabelMap(4, 3, labels, null, null, times)
        assertEquals(mapOf(0 to 9, 2 to 3), result.countsPerClass())
        val found = Case(Json.parse(resultJson(result, metadata, "a.png")) as Map<*, *>)
        val annotations = found.list("annotations").map { Case(it as Map<*, *>) }
        assertEquals(3, found.list("categories").size)
        assertEquals(listOf(0, 2), annotations.map { it.int("category_id") })
        assertEquals(listOf(listOf(0, 0, 3, 3), listOf(3, 0, 1, 3)), annotations.map { it.ints("bbox") })
        assertEquals(listOf("093", "93"), annotations.map { it.case("segmentation").fields["counts"] })
    }
}
