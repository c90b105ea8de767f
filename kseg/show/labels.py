"""Label maps, and the objects that come out of them: drawn, compared, saved."""

from pathlib import Path
from typing import Any

import numpy as np

from kseg.predict.interface import not_for
from kseg.predict.labels.result import Result
from kseg.show.colours import to_rgb
from kseg.show.overlay import overlay
from kseg.show.save_labels import save_labels
from kseg.show.writer import ResultWriter


def truth(dataset, index: int) -> np.ndarray:
    """The label map (H, W) uint8 of an image, or its id map (H, W) int32."""
    return dataset.target(index)


def draw(
    image: np.ndarray, result: Result, metadata: dict[str, Any], opacity: float = 0.5
) -> np.ndarray:
    """The result over its image, (H, W, 3) uint8 RGB."""
    return overlay(image, result, metadata.get("palette", ()), opacity)


def compare(
    image: np.ndarray, target: np.ndarray, result: Result, metadata: dict[str, Any]
) -> list[np.ndarray]:
    """The image, the truth over it, and the result over it; see `kseg.show.compare`."""
    if target.dtype == np.uint8:
        target = np.where(target == metadata.get("ignore_label", 255), 255, target)
    palette = metadata.get("palette", ())
    drawn = (overlay(image, areas, palette, 0.35) for areas in (target, result))
    return [to_rgb(image), *drawn]


def writer(
    metadata: dict[str, Any], out: Path, opacity: float = 0.5, masks: bool = False
) -> ResultWriter:
    """What writes the files of results; see `kseg.show.writer`.

    Raises:
        ValueError: ``masks`` is asked for: the id map has every object's.
    """
    if masks:
        raise not_for("masks")
    return _LabelWriter(metadata, out, opacity)


class _LabelWriter(ResultWriter):
    """Writes label maps and the objects that come out of them."""

    def summary(self) -> str:
        return super().summary() if self._metadata.get("instances") else ""

    def draw(self, image, result):
        return draw(image, result, self._metadata, self._opacity)

    def _save(self, name, image, result):
        arguments = result, image, self._metadata, self._out, name
        return save_labels(*arguments, opacity=self._opacity)

    def _count(self, result):
        return 0  # a video's objects are not followed from frame to frame
