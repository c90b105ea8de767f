"""Detections as a COCO file, which pycocotools and kseg's own reader open."""

import json
import os
from collections.abc import Sequence
from typing import Any

from kseg.files import atomic_path
from kseg.metrics.objects import coco_entries


class CocoFile:
    """Collects the objects of many images.

    Args:
        class_names: By class id, background first.
    """

    def __init__(self, class_names: Sequence[str]):
        self._categories = [
            {"id": k, "name": name} for k, name in enumerate(class_names) if k
        ]
        self._images: list[dict] = []
        self._annotations: list[dict] = []

    def __len__(self) -> int:
        """The number of images."""
        return len(self._images)

    def add(self, file_name: str, detections) -> None:
        """Add one image.

        Args:
            file_name: What the file calls it.
            detections: ``kseg.predict.Detections``, with classes that have a name.
        """
        height, width = detections.size
        key = len(self._images) + 1
        ids = [category["id"] for category in self._categories]
        self._images.append(
            {"id": key, "file_name": file_name, "height": height, "width": width}
        )
        entries = coco_entries(detections, key, ids)
        for entry, area in zip(entries, detections.areas, strict=True):
            entry |= {"id": len(self._annotations) + 1, "area": int(area), "iscrowd": 0}
            self._annotations.append(entry)

    def write(self, path: str | os.PathLike) -> int:
        """Write what there is: images, categories, and annotations with a score.

        Args:
            path: The JSON file; replaced when the new one is complete.

        Returns:
            The number of objects.
        """
        content = {
            "images": self._images,
            "categories": self._categories,
            "annotations": self._annotations,
        }
        write_json(path, content)
        return len(self._annotations)


def write_json(path: str | os.PathLike, content: Any) -> None:
    """Write JSON so that a kill leaves the old file whole.

    Args:
        path: The file.
        content: What JSON can hold, as ``kseg.metrics.CocoScores.results("segm")`` is.
    """
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(content, separators=(",", ":")), "utf-8")
