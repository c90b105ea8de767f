"""Pictures of results: overlays and grids."""

import os
from collections.abc import Iterable, Sequence
from typing import Any

import cv2
import numpy as np

from kseg.imaging import write_png
from kseg.predict.labels.result import Result
from kseg.predict.objects.detections import Detections
from kseg.show.colours import CYCLE, colour_table, to_rgb
from kseg.show.draw_objects import draw_objects

_TITLE_ROWS = 22


def overlay(
    image: np.ndarray,
    areas: Result | np.ndarray,
    palette: Sequence[Sequence[int]] = (),
    opacity: float = 0.5,
) -> np.ndarray:
    """Lay a result over its image: colours inside, full colour along the contours.

    Args:
        image: (H, W) or (H, W, C) uint8; of other than 3 channels the first is shown.
        areas: A result (its objects where it has them), a label map (H, W) uint8, or
            object ids (H, W) int32.
        palette: RGB colour by label, 0..255; objects have colours of their own. What
            is black in it, as backgrounds are, stays bare; so do 255 and, without a
            palette, label 0.
        opacity: Of the colours inside, 0 to 1.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        ValueError: Opacity outside 0..1, or areas of another size than the image.
    """
    if not 0 <= opacity <= 1:
        raise ValueError(f"Expected an opacity from 0 to 1. Received: {opacity}.")
    if isinstance(areas, Result):
        areas = areas.labels if areas.instances is None else areas.instances
    if areas.shape != image.shape[:2]:
        raise ValueError(
            f"Expected areas of the image's size {image.shape[:2]}. "
            f"Received: {areas.shape}."
        )
    picture = to_rgb(image)
    objects = areas.dtype != np.uint8
    table = colour_table(CYCLE) if objects else _label_colours(palette)
    bare = ~table.any(axis=1)
    # In bands, because a large image's temporaries would be several times its size.
    step = max(1, 2**20 // areas.shape[1])
    for top in range(0, areas.shape[0], step):
        rows = slice(top, top + step)
        index = areas[rows]
        if objects:
            index = np.where(index > 0, (index - 1) % CYCLE + 1, 0)
        shown = ~bare[index]
        index = index[shown]
        share = np.where(contours(areas, rows)[shown], 1.0, opacity)[:, None]
        mixed = share * table[index] + (1 - share) * picture[rows][shown]
        picture[rows][shown] = np.rint(mixed)
    return picture


def contours(areas: np.ndarray, rows: slice = slice(None)) -> np.ndarray:
    """Pixels with another label or id above, below, left or right of them.

    Args:
        areas: (H, W) labels or ids.
        rows: The rows wanted.

    Returns:
        (rows, W) bool.
    """
    start, stop, _ = rows.indices(areas.shape[0])
    first, last = max(0, start - 1), min(areas.shape[0], stop + 1)
    part = areas[first:last]
    edge = np.zeros(part.shape, bool)
    for a, b in ((np.s_[1:], np.s_[:-1]), (np.s_[:, 1:], np.s_[:, :-1])):
        differs = part[a] != part[b]
        edge[a] |= differs
        edge[b] |= differs
    return edge[start - first : stop - first]


def grid(
    rows: Iterable[Sequence[np.ndarray]],
    titles: Sequence[str] = (),
    cell: tuple[int, int] = (256, 256),
    gap: int = 6,
) -> np.ndarray:
    """Pictures side by side, each fitted into a cell without distortion.

    Args:
        rows: Of (H, W, 3) or (H, W) uint8 pictures, as many in each.
        titles: Above the columns.
        cell: (height, width) of each cell in pixels.
        gap: White pixels between the cells.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        ValueError: There is no picture, or rows differ in length.
    """
    rows = [[_fit(to_rgb(picture), cell) for picture in row] for row in rows]
    if not rows or not rows[0] or len({len(row) for row in rows}) > 1:
        raise ValueError(
            "Expected rows of as many pictures each. Received: "
            f"{[len(row) for row in rows]}."
        )
    height, width = cell
    head = _TITLE_ROWS if titles else 0
    shape = (
        head + len(rows) * (height + gap) + gap,
        len(rows[0]) * (width + gap) + gap,
        3,
    )
    canvas = np.full(shape, 255, np.uint8)
    for column, title in enumerate(titles):
        place = (gap + column * (width + gap), head - 4)
        font = cv2.FONT_HERSHEY_SIMPLEX
        cv2.putText(canvas, title, place, font, 0.5, (60, 60, 60), 1, cv2.LINE_AA)
    for i, row in enumerate(rows):
        for j, picture in enumerate(row):
            top, left = head + gap + i * (height + gap), gap + j * (width + gap)
            canvas[top : top + height, left : left + width] = picture
    return canvas


def compare(
    image: np.ndarray,
    target,
    result: Result | Detections,
    metadata: dict[str, Any],
) -> list[np.ndarray]:
    """The image, the truth over it, and the result over it.

    Args:
        image: (H, W, C) uint8.
        target: (H, W), uint8 labels or int32 ids; for detections a
            ``kseg.data.Objects``.
        result: Of the image.
        metadata: Of the network, for its palette, classes and ignore label.

    Returns:
        Three (H, W, 3) uint8 RGB pictures.
    """
    if isinstance(result, Detections):
        names = metadata["classes"]
        several = len(names) > 2  # of one class pixels are to be seen
        true = draw_objects(image, target, names, opacity=0.35, labels=several)
        found = draw_objects(image, result, names, opacity=0.35, labels=several)
        return [to_rgb(image), true, found]
    if target.dtype == np.uint8:
        target = np.where(target == metadata.get("ignore_label", 255), 255, target)
    palette = metadata.get("palette", ())
    return [
        to_rgb(image),
        overlay(image, target, palette, 0.35),
        overlay(image, result, palette, 0.35),
    ]


def save_grid(
    rows: Iterable[tuple[np.ndarray, Any, Result | Detections]],
    metadata: dict[str, Any],
    path: str | os.PathLike,
) -> None:
    """Write a PNG of images, truths and results, a row each.

    Args:
        rows: Of (image, target, result), see `compare`.
        metadata: Of the network.
        path: The PNG file.

    Raises:
        ValueError: There is no row.
    """
    pictures = [compare(*row, metadata) for row in rows]
    write_png(path, grid(pictures, ("image", "truth", "result")))


def _fit(picture, cell):
    height, width = picture.shape[:2]
    scale = min(cell[0] / height, cell[1] / width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    # Small pictures are enlarged by whole pixels: they are looked at for detail.
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
    fitted = np.full((*cell, 3), 255, np.uint8)
    top, left = (cell[0] - size[1]) // 2, (cell[1] - size[0]) // 2
    small = cv2.resize(picture, size, interpolation=method)
    fitted[top : top + size[1], left : left + size[0]] = small
    return fitted


def _label_colours(palette):
    table = colour_table(255)
    table[255] = 0
    given = np.asarray(palette, np.uint8).reshape(-1, 3)
    table[: len(given)] = given
    return table
