package dev.kseg.app.core

/**
 * Checks of values that come from a stranger: each gives the value with its type, or throws a
 * sentence that says what [file] must have.
 */
internal class Checks(private val file: String) {
    fun fields(key: String, value: Any?) =
        value as? Map<*, *> ?: fail(key, "an object", value)

    fun text(key: String, value: Any?) = value as? String ?: fail(key, "a text", value)

    fun oneOf(key: String, value: Any?, choices: List<String>): String =
        choices.find { it == value } ?: fail(key, choices.joinToString(" or ") { "\"$it\"" }, value)

    fun number(key: String, value: Any?, low: Double, high: Double): Double =
        real(value).takeIf { it in low..high } ?: fail(key, "a number from $low to $high", value)

    fun whole(key: String, value: Any?, low: Int, high: Int): Int =
        (value as? Long)?.takeIf { it in low..high }?.toInt()
            ?: fail(key, "a whole number from $low to $high", value)

    fun pair(key: String, value: Any?, low: Int, high: Int): Pair<Int, Int> {
        if (value !is List<*> || value.size != 2) {
            fail(key, "two numbers, height and width", value)
        }
        return whole(key, value[0], low, high) to whole(key, value[1], low, high)
    }

    /** NaN where it is no finite number. */
    fun real(value: Any?): Double =
        (value as? Number)?.toDouble()?.takeIf { it.isFinite() } ?: Double.NaN

    fun fail(key: String, expected: String, received: Any?): Nothing =
        throw BundleException(
            "$file: its metadata must have $key: $expected. Received: ${shown(received)}. Export " +
                "the network again.",
        )

    fun shown(value: Any?): String {
        val text = value?.toString() ?: "nothing"
        return if (text.length > SHOWN) text.take(SHOWN) + "…" else text
    }

    private companion object {
        const val SHOWN = 60 // characters
    }
}
