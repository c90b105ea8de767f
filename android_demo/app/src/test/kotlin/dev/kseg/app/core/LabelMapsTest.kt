package dev.kseg.app.core

import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test

class LabelMapsTest {
    private fun map(vararg rows: String) =
        ByteArray(rows.size * rows[0].length) { (rows[it / rows[0].length][it % rows[0].length] - '0').toByte() }

    private fun rule(fields: Map<*, *>) = networkMetadata(mapOf("instances" to fields)).instances!!

    @Test
    fun `objects as in Python`() {
        for (case in Vectors.cases("label_maps")) {
            val labels = case.array("labels")
            val rule = rule(case.case("rule").fields)
            val (height, width) = labels.shape
            val pieces = separate(labels.bytes, width, height, rule)
            assertRegions(case, pieces.ids, regions(pieces, labels.bytes, width, rule.classes))
        }
    }

    @Test
    fun `pieces are numbered by blocks of two rows`() {
        // By hand: row by row the right piece would be first; its block is the second of its row.
        val mask = map("00001", "10000", "01001")
        val touching = components(mask, 5, 3, diagonal = true)
        assertArrayEquals(map("00002", "10000", "01003").map { it.toInt() }.toIntArray(), touching.ids)
        assertArrayEquals(intArrayOf(11, 2, 1, 1), areas(touching.ids, touching.count))
        assertEquals(4, components(mask, 5, 3, diagonal = false).count)
    }

    @Test
    fun `a neck parts two squares and a hole is filled`() {
        val labels = map(
            "00000000000000",
            "02222200222220",
            "02111222211120",
            "02101222211120",
            "02111222211120",
            "02222200222220",
            "00000000000000",
        )
        val pieces = separate(labels, 14, 7, InstanceRule.Watershed(1, 2, 1))
        assertEquals(2, pieces.count)
        val expected = map( // Python's, of scikit-image 0.26
            "00000000000000",
            "01111100222220",
            "01111222222220",
            "01111222222220",
            "01111222222220",
            "01111100222220",
            "00000000000000",
        )
        assertArrayEquals(expected.map { it.toInt() }.toIntArray(), pieces.ids)
        val regions = regions(pieces, labels, 14, listOf(1))
        assertEquals(listOf(22, 34), regions.map { it.area })
        assertEquals(listOf(Frame(1, 1, 6, 6), Frame(1, 5, 6, 13)), regions.map { it.frame })
        assertEquals(listOf(3.5, 3.5), regions.map { it.centreY })
        // By hand: 3 rows of 1 to 4 and 2 of 1 to 5, and half a pixel.
        assertEquals((3 * 10 + 2 * 15) / 22.0 + 0.5, regions[0].centreX, 1e-12)
    }

    @Test
    fun `what is small goes to its neighbour or is dropped`() {
        val labels = map("1100000", "1100001", "2000000", "1000000")
        val pieces = separate(labels, 7, 4, InstanceRule.Watershed(1, 2, 2))
        assertArrayEquals(map("1100000", "1100000", "1000000", "1000000").map { it.toInt() }.toIntArray(), pieces.ids)
    }

    @Test
    fun `a large map in blocks is as a small one`() {
        // Squares of 20 with a rim, 24 apart, over the seams of blocks of 1024 pixels.
        val (width, height) = 1200 to 1080
        val labels = ByteArray(width * height) {
            val (y, x) = it / width % 24 to it % width % 24
            if (y >= 20 || x >= 20) 0 else if (minOf(y, x) < 3 || maxOf(y, x) >= 17) 2 else 1
        }
        val pieces = separate(labels, width, height, InstanceRule.Watershed(1, 2, 20))
        assertEquals(50 * 45, pieces.count)
        assertEquals(setOf(400), areas(pieces.ids, pieces.count).drop(1).toSet())
        val regions = regions(pieces, labels, width, listOf(1))
        assertTrue(regions.all { it.frame.height == 20 && it.frame.width == 20 })
    }
}
