"""Learning-rate schedules: from the share of the training done to a share of the peak.

Each function returns ``factor(progress)``, with progress in [0, 1] and factor in
[0, 1]; the learning rate of a step is ``peak * factor(progress)``. A share, not a
number of steps, so that one schedule serves a training by epochs and one by the clock.
Plain Python: a callback (`kseg.callbacks.Schedule`) brings it to the optimiser.
"""

import math
from collections.abc import Callable, Sequence

Factor = Callable[[float], float]


def cosine(warmup: float = 0.0) -> Factor:
    """Linear warm-up, then half a cosine to zero.

    With w the warm-up: ``p / w`` where p < w, else ``(1 + cos(pi (p - w) / (1 - w)))
    / 2``. At least 0.01 in the warm-up: at zero the first step would be lost.

    Args:
        warmup: Share of the training that the warm-up takes, in [0, 1); 0 is none.

    Returns:
        ``factor(progress)``.

    Raises:
        ValueError: ``warmup`` is out of range.

    Example:
        >>> [round(cosine(warmup=0.2)(p), 3) for p in (0.1, 0.2, 0.6, 1.0)]
        [0.5, 1.0, 0.5, 0.0]

    Reference:
        Loshchilov and Hutter, SGDR, ICLR 2017, Eq. 5, without restarts.
    """
    _check_warmup(warmup)

    def factor(progress: float) -> float:
        if progress < warmup:
            return max(progress / warmup, 0.01)
        return 0.5 * (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup)))

    return factor


def poly(power: float = 0.9) -> Factor:
    """A power of what is left: ``(1 - p)^power``.

    Args:
        power: Above 0; 1 falls along a line, less stays high for longer.

    Returns:
        ``factor(progress)``.

    Raises:
        ValueError: ``power`` is not above 0.

    Example:
        >>> [round(poly(power=2)(p), 3) for p in (0.0, 0.5, 1.0)]
        [1.0, 0.25, 0.0]

    Reference:
        Caffe's learning-rate policy "poly"; Chen et al., DeepLab, PAMI 2018, section
        4.1 (power 0.9).
    """
    if not 0 < power < math.inf:
        raise ValueError(
            f"Expected a power above 0. Received: power={power}. Use 0.9, or 1 for a "
            "straight line."
        )
    return lambda progress: (1 - progress) ** power


def step(at: Sequence[float], factor: float = 0.1, warmup: float = 0.0) -> Factor:
    """Steps down: ``factor^n``, n the number of moments in ``at`` that are reached.

    Args:
        at: Shares of the training, rising, each inside (0, 1).
        factor: What each step multiplies by, in (0, 1].
        warmup: As for `cosine`, and before the first moment.

    Returns:
        ``factor(progress)``.

    Raises:
        ValueError: ``at`` does not rise inside (0, 1), or ``factor`` or ``warmup`` is
            out of range.

    Example:
        >>> [round(step(at=(0.5, 0.75))(p), 3) for p in (0.49, 0.5, 0.8)]
        [1.0, 0.1, 0.01]

    Reference:
        Caffe's learning-rate policy "multistep".
    """
    at = tuple(at)
    edges = (0.0, *at, 1.0)
    if not at or any(a >= b for a, b in zip(edges, edges[1:], strict=False)):
        raise ValueError(
            "Expected rising shares of the training between 0 and 1. Received: "
            f"at={at}. Use, for instance, (0.6, 0.9)."
        )
    if not 0 < factor <= 1:
        raise ValueError(
            f"Expected a factor above 0 and up to 1. Received: factor={factor}. "
            "Use 0.1."
        )
    _check_warmup(warmup, at[0])

    def multiplied(progress: float) -> float:
        if progress < warmup:
            return max(progress / warmup, 0.01)
        return factor ** sum(progress >= moment for moment in at)

    return multiplied


def constant() -> Factor:
    """The peak from the first step to the last, as the FCN and SegNet papers train.

    Returns:
        ``factor(progress)``, 1 everywhere.
    """
    return lambda progress: 1.0


def _check_warmup(warmup: float, end: float = 1.0) -> None:
    if not 0 <= warmup < end:
        raise ValueError(
            f"Expected a warm-up of at least 0 and less than {end}, a share of the "
            f"training. Received: warmup={warmup}. Use 0.03, or 0 for none."
        )
