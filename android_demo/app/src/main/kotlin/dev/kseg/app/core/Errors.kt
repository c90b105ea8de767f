package dev.kseg.app.core

/**
 * What the app tells a person.
 *
 * The message says what was expected, what was received and what to do. Anything else that is
 * thrown in this package is a fault of the app.
 */
open class KsegException(message: String, cause: Throwable? = null) : Exception(message, cause)

/** A file that is no bundle, or one that is damaged, or a network that this phone cannot run. */
class BundleException(message: String, cause: Throwable? = null) : KsegException(message, cause)

/** An image that the network cannot take. */
class ImageException(message: String, cause: Throwable? = null) : KsegException(message, cause)
