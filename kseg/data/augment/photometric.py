"""Changes of grey value and colour, in few passes over the pixels.

Images are float32 ``(h, w, C)``, 0..255.
"""

import math
from collections.abc import Mapping

import tensorflow as tf


def change_pixels(
    image: tf.Tensor, params: Mapping[str, tf.Tensor], strengths: Mapping[str, float]
) -> tf.Tensor:
    """Blur, then change grey values, as far as that is turned on.

    Args:
        image: float32 ``(h, w, C)``, 0..255.
        params: ``blur`` (pixels; 0: none), ``gamma``, ``contrast``, ``brightness``,
            ``noise``, as ``photometric`` takes them, and ``noise_seed``.
        strengths: The greatest of each of the first five; 0 leaves it out.

    Returns:
        float32 ``(h, w, C)``, 0..255.
    """
    # Of what sigma covers, three to each side; a small image has no room for it.
    radius, room = math.ceil(3 * strengths["blur"]), True
    if None in image.shape[:2]:
        room = tf.reduce_min(tf.shape(image)[:2]) > radius
    else:
        radius = min(radius, min(image.shape[:2]) - 1)
    if radius > 0:
        image = tf.cond(
            tf.logical_and(params["blur"] > 0, room),
            lambda: gaussian_blur(image, params["blur"], radius),
            lambda: image,
        )
    if not any(strengths[k] for k in ("gamma", "contrast", "brightness", "noise")):
        return image
    return photometric(
        image,
        gamma=params["gamma"],
        contrast=params["contrast"],
        brightness=params["brightness"],
        noise=params["noise"],
        seed=params["noise_seed"],
    )


def photometric(
    image: tf.Tensor,
    *,
    gamma: tf.Tensor,
    contrast: tf.Tensor,
    brightness: tf.Tensor,
    noise: tf.Tensor,
    seed: tf.Tensor,
) -> tf.Tensor:
    """Change gamma, contrast and brightness, add noise, clip to 0..255.

    With M the greatest value: ``y = M (x / M)^gamma``; then, with m the mean and s the
    standard deviation of y and n Gaussian, drawn for each pixel and channel alone,
    ``brightness (m + contrast (y - m + noise s n))``. All is relative to the image's
    own values: what is added to a bright image would wipe out a dim one.

    Args:
        image: float32 ``(h, w, C)``, 0..255.
        gamma: Scalar exponent, over 0; 1 changes nothing, less than 1 brightens.
        contrast: Scalar factor about the mean; 1 changes nothing.
        brightness: Scalar factor; 1 changes nothing.
        noise: Scalar share of the standard deviation, 0 or more.
        seed: int32 ``(2,)``, of the noise.

    Returns:
        float32 ``(h, w, C)``, 0..255.
    """
    # exp and log are vectorised and pow is not: a tenth of its time. log 0 is -inf,
    # whose exponential is 0, as it should be. An image of zeros has no greatest value.
    greatest = tf.maximum(tf.reduce_max(image), 1.0)
    image = greatest * tf.exp(gamma * tf.math.log(image * (1.0 / greatest)))
    mean, variance = tf.nn.moments(image, [0, 1, 2])
    grain = tf.random.stateless_normal(tf.shape(image), seed, alg="philox")
    image = contrast * image + (noise * contrast * tf.sqrt(variance)) * grain
    return tf.clip_by_value(brightness * (image + (1.0 - contrast) * mean), 0.0, 255.0)


def gaussian_blur(image: tf.Tensor, sigma: tf.Tensor, radius: int) -> tf.Tensor:
    """Blur with a Gaussian: one pass along each axis, mirrored beyond the edges.

    Args:
        image: float32 ``(h, w, C)``.
        sigma: Scalar float32 in pixels, over 0.
        radius: Pixels to each side that the kernel covers, less than h and w.

    Returns:
        float32 ``(h, w, C)``.
    """
    taps = tf.range(-radius, radius + 1, dtype=tf.float32)
    kernel = tf.exp(-0.5 * (taps / sigma) ** 2)
    kernel /= tf.reduce_sum(kernel)
    pad = [[radius, radius], [radius, radius], [0, 0]]
    padded = tf.pad(image, pad, mode="REFLECT")[None]
    kernel = tf.tile(kernel[:, None, None, None], [1, 1, tf.shape(image)[2], 1])
    rows = tf.nn.depthwise_conv2d(padded, kernel, [1, 1, 1, 1], "VALID")
    kernel = tf.transpose(kernel, (1, 0, 2, 3))
    return tf.nn.depthwise_conv2d(rows, kernel, [1, 1, 1, 1], "VALID")[0]
