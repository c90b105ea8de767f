"""Pictures of objects that may overlap: colours, outlines, names and scores."""

import unicodedata
from collections.abc import Sequence

import cv2
import numpy as np

from kseg.show.colours import object_colours, to_rgb

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_DARK, _BRIGHT = (20, 20, 20), (255, 255, 255)


def draw_objects(
    image: np.ndarray,
    objects,
    class_names: Sequence[str] = (),
    *,
    opacity: float = 0.5,
    labels: bool = True,
    boxes: bool = False,
) -> np.ndarray:
    """Lay objects over their image, each in a colour of its own.

    The highest score lies on top, without scores the smallest. A label stands above its
    box, or where beside or inside it no other label stands; the last ones of a crowded
    place are left out.

    Args:
        image: (H, W) or (H, W, C) uint8; of other than 3 channels the first is shown.
        objects: ``kseg.predict.Detections`` or ``kseg.data.Objects``.
        class_names: By class id, background first; ids stand for missing names.
        opacity: Of the colours inside, 0 to 1; outlines are opaque.
        labels: Write class and score.
        boxes: Draw the boxes.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        ValueError: Opacity outside 0..1, or objects of an image of another size.
    """
    if not 0 <= opacity <= 1:
        raise ValueError(f"Expected an opacity from 0 to 1. Received: {opacity}.")
    if tuple(objects.size) != image.shape[:2]:
        raise ValueError(
            f"Expected objects of an image of {image.shape[:2]}. Received: "
            f"{tuple(objects.size)}."
        )
    picture = to_rgb(image)
    scores = getattr(objects, "scores", None)
    order = np.argsort(objects.areas if scores is None else -scores, kind="stable")
    colours = object_colours(np.arange(len(objects)))
    # Lines and letters grow with the picture, so that they are seen in a thumbnail.
    thick = max(1, round(max(picture.shape[:2]) / 700))
    for i in order[::-1]:
        y1, x1, y2, x2 = objects.frames[i]
        part, colour = picture[y1:y2, x1:x2], colours[i]
        _lay(part, objects.masks[i] > 0, colour, opacity, thick)
        if boxes:
            corners = np.rint(objects.boxes[i]).astype(int).tolist()
            first, last = (corners[1], corners[0]), (corners[3] - 1, corners[2] - 1)
            cv2.rectangle(picture, first, last, colour.tolist(), thick)
    if labels:
        taken = np.zeros((0, 4), int)
        for i in order:
            text = label_text(objects.classes[i], class_names, scores, i)
            taken = _write(picture, text, objects.boxes[i], colours[i], thick, taken)
    return picture


def label_text(label: int, class_names: Sequence[str], scores, index: int) -> str:
    """What stands beside an object: "cat 0.93", of the only class "0.93".

    OpenCV's letters are ASCII: accents are dropped, other letters become "?".

    Args:
        label: Its class.
        class_names: By class id.
        scores: (N,) or None: no score is written.
        index: Of the object among the scores.

    Returns:
        The text.
    """
    if scores is not None and len(class_names) == 2:
        return f"{scores[index]:.2f}"  # a name would say what all are, and hide them
    known = 0 <= label < len(class_names)
    name = str(class_names[label]) if known else str(int(label))
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    name = plain.encode("ascii", "replace").decode("ascii")
    return name if scores is None else f"{name} {scores[index]:.2f}"


def _lay(part, mask, colour, opacity, thick):
    """Colour a mask, and its outermost pixels fully."""
    if not mask.any():
        return
    kernel = np.ones((2 * thick + 1,) * 2, np.uint8)
    # What lies beyond the frame is not the mask's, so its edge is an outline.
    mask = np.ascontiguousarray(mask, np.uint8)
    inner = cv2.erode(mask, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    table = np.rint(opacity * colour + (1 - opacity) * np.arange(256)[:, None])
    mixed = cv2.LUT(np.ascontiguousarray(part), table.astype(np.uint8)[None])
    np.copyto(part, mixed, where=(inner > 0)[..., None])
    part[mask > inner] = colour


def _write(picture, text, box, colour, thick, taken):
    """Write a label where it covers no other, and add its place to those taken."""
    scale = 0.4 * max(1.0, max(picture.shape[:2]) / 800)
    (width, height), below = cv2.getTextSize(text, _FONT, scale, thick)
    pad = 2 * thick
    size = np.array([height + below + 2 * pad, width + 2 * pad])
    starts = _starts(np.rint(box).astype(int), size)
    starts = starts.clip(0, (np.array(picture.shape[:2]) - size).clip(0))
    places = np.concatenate([starts, starts + size], axis=1)
    low = np.maximum(places[:, None, :2], taken[None, :, :2])
    meet = (low < np.minimum(places[:, None, 2:], taken[None, :, 2:])).all(2).any(1)
    if meet.all():
        return taken
    place = places[int(np.argmin(meet))]
    top, left, bottom, right = place.tolist()
    picture[top:bottom, left:right] = colour
    # Weights of the eye for red, green and blue.
    ink = _DARK if colour @ (0.299, 0.587, 0.114) > 140 else _BRIGHT
    at = (left + pad, bottom - pad - below)
    cv2.putText(picture, text, at, _FONT, scale, ink, thick, cv2.LINE_AA)
    return np.concatenate([taken, place[None]])


def _starts(box, size):
    """(S, 2) where a label may begin, the best first: above, inside, below, beside."""
    y1, x1, y2, x2 = box
    high, wide = size
    rows = [y1 - high, *range(y1, y2 - high + 1, high), y2, y1 - 2 * high, y2 + high]
    columns = [x1, x2 - wide, x2, x1 - wide]
    return np.array([(y, x) for x in columns for y in rows])
