"""What a file that differs from Keras by too much is refused with, and a way on."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from kseg.errors import ExportError

FINER = {
    "int8": "dynamic, float16 or float32",
    "dynamic": "float16 or float32",
    "float16": "float32",
}


class Figure(NamedTuple):
    """One figure of a comparison.

    Attributes:
        key: Its name in a tolerance.
        value: Of the comparison.
        text: What is wrong with it, beyond its limit.
        at_least: Whether the limit is a least value; else it is a largest one.
    """

    key: str
    value: float
    text: str
    at_least: bool = False

    def keeps(self, limit: float) -> bool:
        """Whether it is within its limit; a NaN never is."""
        return self.value >= limit if self.at_least else self.value <= limit

    def as_limit(self) -> float:
        """A limit that it keeps, of two digits or a little more."""
        if self.at_least:
            return math.floor(1e4 * self.value) / 1e4
        if not self.value > 0:
            return 0.0
        scale = 10.0 ** (math.floor(math.log10(self.value)) - 1)
        return float(f"{math.ceil(self.value / scale + 1e-9) * scale:.3g}")


def refuse_beyond(
    figures: list[Figure], tolerance: Mapping[str, float], quantize: str, images: int
) -> None:
    """Raise `ExportError` where a figure is beyond its limit.

    Args:
        figures: Of the comparison.
        tolerance: The limit of each, by its key.
        quantize: The file's number format, which decides what helps.
        images: How many it was compared on.
    """
    failed = [one for one in figures if not one.keeps(tolerance[one.key])]
    if failed:
        raise ExportError(
            f"The file does not agree with Keras on {images} images: "
            f"{'; '.join(one.text for one in failed)}. {_way_on(failed, quantize)}"
        )


def _way_on(failed: list[Figure], quantize: str) -> str:
    if any(math.isnan(one.value) for one in failed):
        finer = f", or choose {FINER[quantize]}" if quantize in FINER else ""
        return (
            "A NaN is no result: look whether model.predict gives one for these "
            f"images{finer}."
        )
    ways = []
    if quantize == "int8":
        ways.append("calibrate with more images like those of use")
    if quantize in FINER:
        ways.append(f"choose a finer format ({FINER[quantize]})")
    limits = {one.key: one.as_limit() for one in failed}
    options = " ".join(f"--tolerance {key}={limit}" for key, limit in limits.items())
    ways.append(
        f"if this is good enough for you, pass tolerance={limits} (kseg export: "
        f"{options})"
    )
    text = ", or ".join(ways)
    return f"{text[0].upper()}{text[1:]}."
