/**
 * What the page tells a person: each message says what was expected, what was received
 * and what to do. Anything else that is thrown is a fault of the page.
 */

/** A file that is no bundle, or one that is damaged, or that this page cannot run. */
export class BundleError extends Error {
  name = "BundleError";
}

/** An image that the network cannot take. */
export class ImageError extends Error {
  name = "ImageError";
}
