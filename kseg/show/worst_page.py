"""The page of the worst images: one HTML file that holds its pictures."""

import os
from collections.abc import Iterable
from typing import Any

import cv2

from kseg.show.compare import Row, compare
from kseg.show.grid import grid
from kseg.show.html import picture_url, write_page


def worst_page(
    rows: Iterable[tuple[dict[str, Any], Row]],
    metadata: dict[str, Any],
    path: str | os.PathLike,
) -> None:
    """Write a page of images with their truths and results.

    Args:
        rows: Of (scores, (image, target, result)), the worst first. ``scores`` has
            ``name`` and numbers by name; image, target and result as in
            `kseg.show.compare.compare`.
        metadata: Of the network.
        path: The HTML file. It needs no other file.

    Raises:
        OSError: The file cannot be written.
    """
    write_page(
        path,
        "worst.html",
        title=f"Worst images of {metadata.get('name', 'the network')}",
        lead="Left the image, in the middle the truth, right the result.",
        rows=(_section(scores, row, metadata) for scores, row in rows),
    )


def _section(scores, row, metadata):
    picture = grid([compare(*row, metadata)], cell=(340, 340))
    quality = [cv2.IMWRITE_JPEG_QUALITY, 88]
    jpeg = cv2.imencode(".jpg", picture[:, :, ::-1], quality)[1].tobytes()
    return {
        "name": scores["name"],
        "scores": {key: value for key, value in scores.items() if key != "name"},
        "picture": picture_url(jpeg, "jpeg"),
    }
