"""The files that detections leave: picture, table, id map, a mask each."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kseg.files import atomic_path
from kseg.imaging import write_png
from kseg.show.csv_file import write_rows
from kseg.show.draw_objects import draw_objects

_HEADER = ("id", "class", "score", "area", "y1", "x1", "y2", "x2")


def save_objects(
    detections,
    image: np.ndarray,
    class_names: Sequence[str],
    out: str | os.PathLike,
    stem: str,
    *,
    opacity: float = 0.5,
    masks: bool = False,
) -> int:
    """Write the objects of one image; an id is a row of the table.

    ``STEM_overlay.png``; ``STEM_objects.csv``: id, class, score, area in pixels, and
    the box in half-open pixels; ``STEM_objects.png``, 16 bits, an id per pixel, where
    objects overlap the one of the higher score. With ``masks`` the folder
    ``STEM_masks`` with ``0001.png`` and so on, 255 on the object, whole where they
    overlap; what the folder held is replaced.

    Args:
        detections: ``kseg.predict.Detections``, at most 65,535.
        image: (H, W, C) uint8.
        class_names: By class id, background first.
        out: Folder; made where it is missing.
        stem: How the files' names begin.
        opacity: Of the overlay, 0 to 1.
        masks: Also write a mask for each object.

    Returns:
        The number of objects.

    Raises:
        ValueError: Opacity outside 0..1, an image of another size, too many objects.
        OSError: A file cannot be written.
    """
    count = len(detections)
    if count >= 2**16:
        raise ValueError(
            f"Expected at most 65535 objects. Received: {count}. Leave out those of "
            "low scores: detections.above(0.5)."
        )
    out = Path(out)
    picture = draw_objects(image, detections, class_names, opacity=opacity)
    write_png(out / f"{stem}_overlay.png", picture)
    write_png(out / f"{stem}_objects.png", detections.to_ids().astype(np.uint16))
    _write_table(out / f"{stem}_objects.csv", detections, class_names)
    if masks:
        with atomic_path(out / f"{stem}_masks") as folder:
            folder.mkdir()
            for i, frame in enumerate(detections.frames):
                y1, x1, y2, x2 = frame
                whole = np.zeros(detections.size, np.uint8)
                whole[y1:y2, x1:x2] = 255 * detections.masks[i]
                write_png(folder / f"{i + 1:04d}.png", whole)
    return count


def _write_table(path, detections, class_names):
    columns = detections.classes, detections.scores, detections.areas, detections.boxes
    rows = [_HEADER]
    for n, (label, score, area, box) in enumerate(zip(*columns, strict=True)):
        row = [n + 1, class_names[label], f"{score:.4f}", area]
        rows.append(row + [f"{edge:.2f}" for edge in box])
    write_rows(path, rows)
