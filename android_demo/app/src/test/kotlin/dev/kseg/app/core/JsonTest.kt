package dev.kseg.app.core

import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test

class JsonTest {
    @Test
    fun `reads every kind of value`() {
        val text = """ {"a": [1, -2.5, 1e3, 0], "b": {"c": null, "d": true, "e": false}, "a2": "x"} """
        val expected = mapOf(
            "a" to listOf(1L, -2.5, 1000.0, 0L),
            "b" to mapOf("c" to null, "d" to true, "e" to false),
            "a2" to "x",
        )
        assertEquals(expected, Json.parse(text))
        assertEquals(emptyList<Any>(), Json.parse("[ ]"))
        assertEquals(emptyMap<String, Any>(), Json.parse("{}"))
        assertEquals("\"\\/\b\u000c\n\r\té", Json.parse(""""\"\\\/\b\f\n\r\t\u00e9""""))
        assertEquals(9223372036854775807.0, Json.parse("9223372036854775808"))
        assertEquals(mapOf("a" to 2L), Json.parse("""{"a": 1, "a": 2}"""))
    }

    @Test
    fun `says where a text is no JSON`() {
        val wrong = mapOf(
            "" to "expected more at character 1",
            "[1, ]" to "expected a value at character 5",
            "[1 2]" to "expected ',' at character 4",
            "{\"a\" 1}" to "expected ':' at character 6",
            "{1: 2}" to "expected a name in quotes at character 2",
            "01" to "expected the end at character 2",
            "-" to "expected a number at character 1",
            "NaN" to "expected a value at character 1",
            "nul" to "expected null at character 1",
            "\"\\x\"" to "expected an escape at character 4",
            "\"\\u12g4\"" to "expected four hexadecimal digits at character 8",
            "\"a\nb\"" to "expected a text without control characters at character 4",
            "\"a" to "expected more at character 3",
            "[".repeat(40) to "more than 32 lists in one another",
        )
        for ((text, message) in wrong) {
            assertEquals(text, message, assertThrows(JsonException::class.java) { Json.parse(text) }.message)
        }
    }

    @Test
    fun `quotes a text so that it is read back`() {
        val text = "a \"b\" \\ \n\t\u0001 é 汉 /"
        val quoted = Json.quoted(text)
        assertEquals("\"a \\\"b\\\" \\\\ \\n\\t\\u0001 \\u00e9 \\u6c49 /\"", quoted)
        assertTrue(quoted.all { it in ' '..'~' })
        assertEquals(text, Json.parse(quoted))
    }
}
