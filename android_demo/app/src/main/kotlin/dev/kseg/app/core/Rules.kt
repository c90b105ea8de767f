package dev.kseg.app.core

/** A JSON object, as [Json] reads it or as rules have changed it. */
internal typealias Values = MutableMap<String, Any?>

/** The rules of a bundle, a copy of kseg/bundle/rules.json; kseg/bundle/rules.py explains them. */
internal object Rules {
    private val file = Json.parse(RULES_FILE) as Map<*, *>

    /** The newest format that this app reads. */
    val formatVersion = number(file["format_version"]).toInt()

    /** One of the lists of rules. */
    fun list(name: String): List<Map<*, *>> = (file[name] as List<*>).map { it as Map<*, *> }

    /** A bound on what is read. */
    fun limit(name: String): Int = number((file["limits"] as Map<*, *>)[name]).toInt()

    /** What the golden check goes by. */
    fun golden(name: String): Double = number((file["golden"] as Map<*, *>)[name])

    /**
     * Check values by rules, in order, and put what they default to in their places.
     *
     * Whole numbers that are written as fractions become whole, Long.
     *
     * @param name Of the list.
     * @param values What keys are looked up in; it is changed.
     * @param fail Is called with key, expectation and value.
     */
    fun apply(name: String, values: Values, fail: (String, String, Any?) -> Nothing) {
        for (rule in list(name)) if (applies(rule, values)) apply(rule, values, fail)
    }

    /** Whether other values are those under which a rule holds. */
    fun applies(rule: Map<*, *>, values: Values): Boolean =
        (rule["when"] as? Map<*, *>).orEmpty().all { find(values, it.key as String) == it.value }

    /** The value of a formula: a number, a key, or a list of an operation and formulas. */
    fun evaluate(formula: Any?, values: Values): Any? = when (formula) {
        is String -> find(values, formula)
        is List<*> -> operate(formula[0] as String, formula.drop(1).map { evaluate(it, values) })
        else -> formula
    }

    private fun apply(rule: Map<*, *>, values: Values, fail: (String, String, Any?) -> Nothing) {
        val key = rule["key"] as String
        val says = rule["says"] as String
        val last = key.substringAfterLast('.')
        val path = key.substringBeforeLast('.', "")
        val parent = fields(if (path.isEmpty()) values else find(values, path)) ?: return
        val value = parent[last]
        if ("holds" in rule) {
            if (value != null && evaluate(rule["holds"], values) != true) fail(key, says, value)
        } else if (last !in parent || (value == null && rule["null"] == true)) {
            if ("default" !in rule) fail(key, says, value)
            parent[last] = copyOf(rule["default"])
        } else {
            parent[last] = try {
                fitting(rule, value)
            } catch (_: UnfitException) {
                fail(key, says, value)
            }
        }
    }

    private fun find(values: Any?, key: String): Any? = key.split('.').fold(values) { at, step ->
        when (at) {
            is Map<*, *> -> at[step]
            is List<*> -> step.toIntOrNull()?.let(at::getOrNull)
            else -> null
        }
    }

    private fun operate(name: String, operands: List<Any?>): Any {
        val numbers = { operands.flatMap { it as? List<*> ?: listOf(it) }.map(::number) }
        return when (name) {
            "+" -> numbers().sum()
            "*" -> numbers().fold(1.0) { product, one -> product * one }
            "/" -> number(operands[0]) / number(operands[1])
            "floor" -> Math.floor(number(operands[0]))
            "min" -> numbers().fold(Double.POSITIVE_INFINITY, ::minOf)
            "max" -> numbers().fold(Double.NEGATIVE_INFINITY, ::maxOf)
            "length" -> (operands[0] as List<*>).size.toLong()
            "<" -> number(operands[0]) < number(operands[1])
            "<=" -> number(operands[0]) <= number(operands[1])
            "=" -> number(operands[0]) == number(operands[1])
            "and" -> operands.all { it == true }
            else -> throw IllegalArgumentException("no operation $name")
        }
    }

    /** The value as readers take it. */
    private fun fitting(rule: Map<*, *>, value: Any?): Any? {
        val choices = rule["one_of"] as? List<*>
        if (choices != null) return needed(value, value is String && value in choices)
        return when (rule["is"]) {
            // Half a pair of surrogates is no character: it cannot be shown.
            "text" -> needed(value, value is String && Charsets.UTF_8.newEncoder().canEncode(value))
            "truth" -> needed(value, value is Boolean)
            "null" -> needed(value, value == null)
            "number" -> needed(value, inRange(rule, value))
            "whole" -> {
                needed(value, inRange(rule, value) && number(value) == Math.rint(number(value)))
                number(value).toLong()
            }
            "list" -> list(rule, value)
            else -> fields(rule, value)
        }
    }

    private fun inRange(rule: Map<*, *>, value: Any?): Boolean {
        if (value !is Number || !value.toDouble().isFinite()) return false
        val low = rule["from"]?.let(::number) ?: Double.NEGATIVE_INFINITY
        val high = rule["to"]?.let(::number) ?: Double.POSITIVE_INFINITY
        return value.toDouble() in low..high
    }

    private fun list(rule: Map<*, *>, value: Any?): List<Any?> {
        val found = value as? List<*> ?: throw UnfitException()
        needed(value, found.size.toDouble() in number(rule["least"])..number(rule["most"]))
        return found.map { fitting(rule["each"] as Map<*, *>, it) }
    }

    private fun fields(rule: Map<*, *>, value: Any?): Values {
        val found = fields(value) ?: throw UnfitException()
        (rule["only"] as? List<*>)?.let { needed(value, it.containsAll(found.keys)) }
        for ((key, own) in (rule["keys"] as? Map<*, *>).orEmpty()) {
            needed(value, key in found)
            found[key as String] = fitting(own as Map<*, *>, found[key])
        }
        (rule["values"] as? Map<*, *>)?.let { each ->
            val nulls = each["null"] == true
            for ((key, one) in found) if (one != null || !nulls) found[key] = fitting(each, one)
        }
        return found
    }

    private fun needed(value: Any?, fits: Boolean): Any? = if (fits) value else throw UnfitException()

    private class UnfitException : Exception()
}

/** A number of JSON. */
internal fun number(value: Any?): Double = (value as Number).toDouble()

/** A JSON object; null where it is none. */
@Suppress("UNCHECKED_CAST") // Keys of JSON are texts.
internal fun fields(value: Any?): Values? = value as? Values

/** A copy that may be changed, with everything in it. */
internal fun copyOf(value: Any?): Any? = when (value) {
    is Map<*, *> -> value.entries.associateTo(LinkedHashMap<String, Any?>()) {
        it.key as String to copyOf(it.value)
    }
    is List<*> -> value.mapTo(ArrayList()) { copyOf(it) }
    else -> value
}

/** What throws a sentence of a file, for [Rules.apply]. */
internal fun refusing(file: String): (String, String, Any?) -> Nothing = { key, says, value ->
    throw BundleException(
        "$file: expected $key to be $says. Received: ${shown(value)}. Export the network again.",
    )
}

/** A value as a message shows it. */
internal fun shown(value: Any?): String {
    val text = value?.toString() ?: "nothing"
    return if (text.length > SHOWN) text.take(SHOWN) + "..." else text
}

private const val SHOWN = 60 // characters
