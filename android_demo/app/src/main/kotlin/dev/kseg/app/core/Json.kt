package dev.kseg.app.core

/** What is wrong with a text that should be JSON. */
internal class JsonException(message: String) : Exception(message)

/**
 * A strict parser of JSON (RFC 8259) for small texts that come from a stranger.
 *
 * Objects are maps in the order of the text (of equal keys the last one stays), arrays are lists,
 * whole numbers Long, others Double.
 */
internal class Json private constructor(private val text: String) {
    private var at = 0

    private fun document(): Any? {
        val value = value(0)
        space()
        if (at < text.length) fail("the end")
        return value
    }

    private fun value(depth: Int): Any? {
        if (depth > DEEPEST) throw JsonException("more than $DEEPEST lists in one another")
        space()
        return when (val first = peek()) {
            '{' -> members(depth)
            '[' -> elements(depth)
            '"' -> string()
            't' -> word("true", true)
            'f' -> word("false", false)
            'n' -> word("null", null)
            else -> if (first == '-' || first in '0'..'9') number() else fail("a value")
        }
    }

    private fun members(depth: Int): Map<String, Any?> {
        val found = LinkedHashMap<String, Any?>()
        each('}') {
            if (peek() != '"') fail("a name in quotes")
            val key = string()
            space()
            take(':')
            found[key] = value(depth + 1)
        }
        return found
    }

    private fun elements(depth: Int): List<Any?> {
        val found = ArrayList<Any?>()
        each(']') { found.add(value(depth + 1)) }
        return found
    }

    /** What stands between the bracket at hand and its closing one, parted by commas. */
    private inline fun each(close: Char, read: () -> Unit) {
        at++
        space()
        if (peek() == close) {
            at++
            return
        }
        while (true) {
            space()
            read()
            space()
            if (peek() == close) break
            take(',')
        }
        at++
    }

    private fun string(): String {
        val out = StringBuilder()
        take('"')
        while (true) {
            val letter = next()
            when {
                letter == '"' -> return out.toString()
                letter == '\\' -> out.append(escaped())
                letter < ' ' -> fail("a text without control characters")
                else -> out.append(letter)
            }
        }
    }

    private fun escaped(): Char = when (val letter = next()) {
        '"', '\\', '/' -> letter
        'b' -> '\b'
        'f' -> '\u000c'
        'n' -> '\n'
        'r' -> '\r'
        't' -> '\t'
        'u' -> {
            val digits = String(CharArray(4) { next() })
            if (!HEX.matches(digits)) fail("four hexadecimal digits")
            digits.toInt(16).toChar()
        }
        else -> fail("an escape")
    }

    private fun number(): Number {
        val match = NUMBER.find(text, at)
        if (match == null || match.range.first != at) fail("a number")
        at = match.range.last + 1
        val whole = match.groupValues[1].isEmpty() && match.groupValues[2].isEmpty()
        return (if (whole) match.value.toLongOrNull() else null) ?: match.value.toDouble()
    }

    private fun <T> word(word: String, value: T): T {
        if (!text.startsWith(word, at)) fail(word)
        at += word.length
        return value
    }

    private fun space() {
        while (at < text.length && text[at] in " \t\n\r") at++
    }

    private fun peek(): Char = if (at < text.length) text[at] else fail("more")

    private fun next(): Char = peek().also { at++ }

    private fun take(letter: Char) {
        if (peek() != letter) fail("'$letter'")
        at++
    }

    private fun fail(expected: String): Nothing =
        throw JsonException("expected $expected at character ${at + 1}")

    companion object {
        // Not by Rules: that is read by this class.
        private const val DEEPEST = 32
        private val HEX = Regex("[0-9a-fA-F]{4}")
        private val NUMBER = Regex("-?(?:0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?")

        /**
         * @param text The whole document.
         * @return A map, a list, a String, a Long, a Double, a Boolean or null.
         * @throws JsonException It is not JSON.
         */
        fun parse(text: String): Any? = Json(text).document()

        /** A text in quotes, ASCII only, as Python's `json.dumps` writes it. */
        fun quoted(text: String): String {
            val out = StringBuilder("\"")
            for (letter in text) {
                when (letter) {
                    '"', '\\' -> out.append('\\').append(letter)
                    '\n' -> out.append("\\n")
                    '\r' -> out.append("\\r")
                    '\t' -> out.append("\\t")
                    in ' '..'~' -> out.append(letter)
                    else -> out.append("\\u").append(letter.code.toString(16).padStart(4, '0'))
                }
            }
            return out.append('"').toString()
        }
    }
}
