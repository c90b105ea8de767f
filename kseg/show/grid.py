"""Pictures side by side."""

from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from kseg.show.colours import to_rgb

_TITLE_ROWS = 22


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
