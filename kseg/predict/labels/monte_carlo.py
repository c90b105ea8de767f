"""Monte-Carlo dropout: the mean of many samples of a network, and how they vary.

Legend: N tiles of o x o' output pixels, K classes, T samples.

Reference: Gal and Ghahramani, "Dropout as a Bayesian Approximation", ICML 2016;
Kendall, Badrinarayanan and Cipolla, "Bayesian SegNet", BMVC 2017, section 3.
"""

from collections.abc import Callable

import numpy as np

from kseg.predict.labels.tta import probabilities_of


def moments(
    sample: Callable[[np.ndarray], np.ndarray],
    tiles: np.ndarray,
    num_classes: int,
    samples: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of the probabilities over samples of a network.

    ``mean = 1/T sum_t p_t``, ``variance = 1/T sum_t (p_t - mean)**2``, p the softmax

    Args:
        sample: Tiles (N, t, t', C) to logits (N, o, o', K), another draw at each call.
        tiles: (N, t, t', C).
        num_classes: K.
        samples: T, at least 2.

    Returns:
        The mean and the variance, (N, o, o', K) float32 each.

    Raises:
        ValueError: ``samples`` is below 2.

    Numerics:
        Welford's recurrence: memory for three maps however many samples, and no
        difference of large numbers. The variance is the one over T, at most 1/4.
    """
    if samples < 2:
        raise ValueError(
            "Expected at least 2 samples, to see how they vary. Received: "
            f"samples={samples}."
        )
    mean, squares = 0.0, 0.0
    for count in range(1, samples + 1):
        found = probabilities_of(sample(tiles), num_classes)
        away = found - mean
        mean = mean + away / np.float32(count)
        squares = squares + away * (found - mean)
    return mean, squares / np.float32(samples)


def mean_and_uncertainty(
    sample: Callable[[np.ndarray], np.ndarray],
    tiles: np.ndarray,
    num_classes: int,
    samples: int,
) -> np.ndarray:
    """The mean of `moments`, and one number per pixel for the whole model.

    Args:
        sample, tiles, num_classes, samples: Of `moments`.

    Returns:
        (N, o, o', K + 1) float32: the mean probabilities, then the mean over the
        classes of their variances.

    Raises:
        ValueError: ``samples`` is below 2.
    """
    mean, variance = moments(sample, tiles, num_classes, samples)
    return np.concatenate([mean, variance.mean(-1, keepdims=True)], axis=-1)
