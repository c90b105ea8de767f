"""Objects that a network found: drawn, compared, saved."""

from pathlib import Path
from typing import Any

import numpy as np

from kseg.predict.objects.detections import Detections
from kseg.show.coco_json import CocoFile
from kseg.show.colours import to_rgb
from kseg.show.draw_objects import draw_objects
from kseg.show.save_objects import save_objects
from kseg.show.writer import ResultWriter


def truth(dataset, index: int):
    """The ``kseg.data.Objects`` of an image."""
    return dataset.objects(index)


def draw(
    image: np.ndarray,
    result: Detections,
    metadata: dict[str, Any],
    opacity: float = 0.5,
) -> np.ndarray:
    """The result over its image, (H, W, 3) uint8 RGB."""
    return draw_objects(image, result, metadata["classes"], opacity=opacity)


def compare(
    image: np.ndarray, target, result: Detections, metadata: dict[str, Any]
) -> list[np.ndarray]:
    """The image, the truth over it, and the result over it; see `kseg.show.compare`."""
    names = metadata["classes"]
    options = {"opacity": 0.35, "labels": len(names) > 2}  # of one class: see pixels
    drawn = (draw_objects(image, some, names, **options) for some in (target, result))
    return [to_rgb(image), *drawn]


def writer(
    metadata: dict[str, Any], out: Path, opacity: float = 0.5, masks: bool = False
) -> ResultWriter:
    """What writes the files of results; see `kseg.show.writer`."""
    return _ObjectWriter(metadata, out, opacity, masks)


class _ObjectWriter(ResultWriter):
    """Writes detections, and all of them as one COCO file, ``objects.json``.

    Args:
        metadata, out, opacity: Of `ResultWriter`.
        masks: Whether to write a PNG for each object.
    """

    def __init__(self, metadata, out, opacity, masks):
        super().__init__(metadata, out, opacity)
        self._masks = masks
        self._file = CocoFile(metadata["classes"])

    def draw(self, image, result):
        return draw(image, result, self._metadata, self._opacity)

    def close(self) -> None:
        """Write the COCO file; without an image an older one stays."""
        if len(self._file):
            self._out.mkdir(parents=True, exist_ok=True)
            self._file.write(self._out / "objects.json")

    def _save(self, name, image, result):
        options = {"opacity": self._opacity, "masks": self._masks}
        classes = self._metadata["classes"]
        return save_objects(result, image, classes, self._out, name, **options)

    def _take(self, title, result):
        self._file.add(title, result)

    def _count(self, result):
        return len(result)
