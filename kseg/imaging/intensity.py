"""From whatever a file holds to the uint8 pixels that every network takes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

RULES = ("none", "range", "percentile")


@dataclass(frozen=True)
class Intensity:
    """The rule that turns 16-bit and float images into uint8.

    ``value -> round(255 * (value - low) / (high - low))``, clipped to 0..255, in
    float32, halves to even. A run records its rule and a bundle carries it.

    Args:
        rule: ``"none"``: the image is uint8 already. ``"range"``: ``low`` and ``high``
            are pixel values, the same for every image. ``"percentile"``: they are
            percentiles, 0..100, taken of each channel of each image.
        low: What becomes 0; 1 by default for percentiles.
        high: What becomes 255; 99.8 by default for percentiles.
        channels: Which channels to take, in this order, counted from 0; None is all.

    Raises:
        ValueError: An unknown rule, or limits that do not fit it.
    """

    rule: str = "none"
    low: float | None = None
    high: float | None = None
    channels: tuple[int, ...] | None = None

    def __post_init__(self):
        if self.rule not in RULES:
            raise ValueError(
                f"Expected an intensity rule of {', '.join(RULES)}. "
                f"Received: rule={self.rule!r}. Choose one of them."
            )
        if self.rule == "percentile":
            object.__setattr__(self, "low", 1.0 if self.low is None else self.low)
            object.__setattr__(self, "high", 99.8 if self.high is None else self.high)
        self._check_limits()
        if self.channels is not None:
            object.__setattr__(self, "channels", tuple(int(c) for c in self.channels))
            if not self.channels or min(self.channels) < 0:
                raise ValueError(
                    "Expected channels as numbers from 0, at least one. "
                    f"Received: channels={self.channels}. Use None for all."
                )

    def _check_limits(self):
        given = f"rule={self.rule!r}, low={self.low}, high={self.high}"
        if self.rule == "none":
            if self.low is not None or self.high is not None:
                raise ValueError(
                    f"The rule 'none' takes no low and high. Received: {given}. "
                    "Leave them out, or use 'range' or 'percentile'."
                )
            return
        if self.low is None or self.high is None or not self.low < self.high:
            raise ValueError(
                f"Expected numbers with low < high. Received: {given}. Give the values "
                "that become 0 and 255."
            )
        if self.rule == "percentile" and not (self.low >= 0 and self.high <= 100):
            raise ValueError(
                f"Expected percentiles between 0 and 100. Received: {given}. The "
                "defaults are 1 and 99.8."
            )

    def apply(self, image: np.ndarray) -> np.ndarray:
        """Choose channels and map values.

        A channel whose limits are equal (a constant one) becomes 0. NaN becomes 0 and
        takes no part in percentiles, nor do infinities.

        Args:
            image: (H, W, C) or (H, W), integers or floats.

        Returns:
            (H, W, C') uint8.

        Raises:
            ValueError: The image lacks a channel, or is not uint8 under ``"none"``.
        """
        image = np.asarray(image)
        if image.ndim == 2:
            image = image[..., None]
        if image.ndim != 3 or image.size == 0:
            raise ValueError(
                f"Expected an image (H, W, C) with pixels. Received: "
                f"shape={image.shape}. Give at least one pixel."
            )
        if self.channels is not None:
            image = self._choose(image)
        if self.rule == "none":
            if image.dtype != np.uint8:
                raise ValueError(
                    f"Expected uint8 pixels. Received: dtype={image.dtype}. Give an "
                    "intensity rule: kseg train --intensity percentile:1:99.8, in "
                    "Python Intensity('percentile')."
                )
            return image
        out = np.empty(image.shape, np.uint8)
        for channel in range(image.shape[2]):  # one at a time: a third of the memory
            out[..., channel] = self._map(image[..., channel])
        return out

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; ``from_dict`` reads them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Intensity":
        """The rule that ``to_dict`` wrote; an empty mapping is the rule "none"."""
        return cls(**values)

    def _choose(self, image: np.ndarray) -> np.ndarray:
        if max(self.channels) >= image.shape[2]:
            raise ValueError(
                f"Expected an image that has the channels {self.channels}. Received: "
                f"{image.shape[2]} channels, counted from 0. Change the rule's "
                "channels."
            )
        return image[..., list(self.channels)]

    def _map(self, values: np.ndarray) -> np.ndarray:
        low, high = self.low, self.high
        if self.rule == "percentile":
            low, high = _percentiles(values, (low, high))
        if not low < high:
            return np.zeros(values.shape, np.uint8)
        if values.dtype in (np.uint8, np.uint16):
            # A table: no float copy of a large image.
            every = np.arange(np.iinfo(values.dtype).max + 1)
            return _scale(every, low, high)[values]
        return _scale(values, low, high)


def _scale(values: np.ndarray, low: float, high: float) -> np.ndarray:
    scaled = values.astype(np.float32)
    scaled -= np.float32(low)
    scaled *= np.float32(255 / (high - low))
    np.nan_to_num(scaled, copy=False, nan=0, posinf=255, neginf=0)
    return np.rint(np.clip(scaled, 0, 255, out=scaled)).astype(np.uint8)


def _percentiles(values: np.ndarray, percents: tuple[float, float]) -> np.ndarray:
    """As ``np.percentile``, from a histogram where it can be; (0, 0) of no numbers."""
    if values.dtype not in (np.uint8, np.uint16):
        finite = values[np.isfinite(values)]
        return np.percentile(finite, percents) if finite.size else np.zeros(2)
    counts = np.zeros(np.iinfo(values.dtype).max + 1, np.int64)
    for rows in np.array_split(values, max(1, values.size // 2**22)):
        # In parts, because bincount makes an int64 copy.
        counts += np.bincount(rows.ravel(), minlength=len(counts))
    rank = np.array(percents) / 100 * (values.size - 1)
    before = np.cumsum(counts)
    below = np.searchsorted(before, np.floor(rank), side="right")
    above = np.searchsorted(before, np.ceil(rank), side="right")
    return below + (above - below) * (rank - np.floor(rank))


def to_channels(image: np.ndarray, channels: int) -> np.ndarray:
    """Give an image the number of channels that a network takes.

    Gray is repeated. RGB becomes gray as ``(77 R + 150 G + 29 B + 128) >> 8``, the
    luma weights 0.299, 0.587, 0.114 in 1/256.

    Args:
        image: (H, W, C) uint8.
        channels: 1 or more.

    Returns:
        (H, W, channels) uint8; for gray a read-only view, so that a large image is not
        copied to be repeated.

    Raises:
        ValueError: The image has another number of channels.
    """
    found = image.shape[2]
    if found == channels:
        return image
    if found == 1:
        return np.broadcast_to(image, (*image.shape[:2], channels))
    if found == 3 and channels == 1:
        red, green, blue = np.moveaxis(image.astype(np.uint32), -1, 0)
        gray = (77 * red + 150 * green + 29 * blue + 128) >> 8
        return gray.astype(np.uint8)[..., None]
    chosen = tuple(min(k, found - 1) for k in range(channels))
    raise ValueError(
        f"Expected an image of {channels} channels, or gray. Received: {found} "
        f"channels. Save it with {channels}, choose some (kseg train --use-channels "
        f"{','.join(map(str, chosen))} or, in Python, Intensity(channels={chosen})), "
        f"or train a network for {found}."
    )
