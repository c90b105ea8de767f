"""The page of the worst images: one HTML file that holds its pictures."""

import base64
import html
import os
from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np

from kseg.files import atomic_path
from kseg.predict.labels.result import Result
from kseg.predict.objects.detections import Detections
from kseg.show.draw import compare, grid

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2em auto;
       padding: 0 1em; color: #222; background: #fafafa }
section { margin: 1.5em 0; padding: 1em; background: #fff; border: 1px solid #ddd;
          border-radius: 6px }
h2 { font-size: 1em; margin: 0 0 .3em; overflow-wrap: anywhere }
p { margin: 0 0 .6em; color: #555 }
img { width: 100% }
"""


def worst_page(
    rows: Iterable[tuple[dict[str, Any], np.ndarray, Any, Result | Detections]],
    metadata: dict[str, Any],
    path: str | os.PathLike,
) -> None:
    """Write a page of images with their truths and results.

    Args:
        rows: Of (scores, image, target, result), the worst first. ``scores`` has
            ``name`` and numbers by name; image, target and result as in
            `kseg.show.draw.compare`.
        metadata: Of the network.
        path: The HTML file. It needs no other file.

    Raises:
        OSError: The file cannot be written.
    """
    title = html.escape(f"Worst images of {metadata.get('name', 'the network')}")
    with atomic_path(path) as temporary:
        with open(temporary, "w", encoding="utf-8") as stream:
            stream.write(
                f'<!doctype html>\n<html lang="en"><meta charset="utf-8">'
                f"<title>{title}</title><style>{_STYLE}</style>\n<h1>{title}</h1>\n"
                "<p>Left the image, in the middle the truth, right the result.</p>\n"
            )
            for row in rows:
                stream.write(_section(*row, metadata))
            stream.write("</html>\n")


def _section(scores, image, target, result, metadata):
    picture = grid([compare(image, target, result, metadata)], cell=(340, 340))
    numbers = " · ".join(
        f"{html.escape(key)} {value:.3f}"
        if isinstance(value, float)
        else f"{html.escape(key)} {html.escape(str(value))}"
        for key, value in scores.items()
        if key != "name"
    )
    jpeg = cv2.imencode(".jpg", picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])[1]
    data = base64.b64encode(jpeg.tobytes()).decode()
    return (
        f"<section><h2>{html.escape(str(scores['name']))}</h2><p>{numbers}</p>"
        f'<img alt="" src="data:image/jpeg;base64,{data}"></section>\n'
    )
