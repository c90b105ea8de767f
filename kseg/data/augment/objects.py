"""Augmentation of images with objects: boxes stay boxes.

``ObjectAugment.draw`` draws a ``View`` from a seed and nothing else; ``look``
applies it to an image and its objects, in NumPy and cv2;
``kseg.data.pipeline.objects`` changes the grey values behind it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from kseg.checks import check_at_least_0, check_magnifications
from kseg.data.augment.arrays import BLUR_SHARE
from kseg.data.objects import Objects
from kseg.data.pipeline.mask_crops import cover
from kseg.imaging import resize_nearest

_PASTED = 0.5  # of the other image's objects, each drawn for itself
_STRENGTHS = ("brightness", "contrast", "gamma", "noise", "blur")


@dataclass(frozen=True)
class View:
    """What of an image is seen, and where: turned, flipped, cut out, resized, placed.

    Args:
        turns: Quarter turns, counter-clockwise.
        flip: Whether it is then flipped left to right.
        window: (y1, x1, y2, x2) of what is then cut out.
        inner: (h, w) to which that is resized.
        offset: (y, x) of its first pixel in the result.
    """

    turns: int
    flip: bool
    window: tuple[int, int, int, int]
    inner: tuple[int, int]
    offset: tuple[int, int]


class ObjectAugment:
    """Random flips, turns, scale, place, copy-paste and grey-value changes.

    Each choice has a draw of its own, so turning one off leaves the others as they
    were. Beyond its edges an image is 0: what is mirrored would be objects that no
    annotation names.

    Args:
        flip: Flip left to right, one image in two.
        turn: Turn by 0, 1, 2 or 3 quarters; for images without an upright.
        scale: Least and greatest magnification, drawn evenly in its logarithm. A
            larger image is cropped anywhere, a smaller one lies anywhere. (0.1, 2) is
            large-scale jitter, for long trainings from scratch.
        copy_paste: Share of images onto which objects of another one are pasted, each
            with probability 1/2.
        min_visible: Objects of which cropping or pasting leaves a smaller share of
            the pixels are dropped.
        brightness: As ``kseg.data.Augment`` has it; so are the following.
        contrast: Likewise.
        gamma: Likewise.
        noise: Likewise.
        blur: Likewise.

    Raises:
        ValueError: A strength is negative, a share is not 0 to 1, or ``scale`` is no
            range of positive numbers.

    Reference:
        Ghiasi et al., Simple Copy-Paste is a Strong Data Augmentation Method for
        Instance Segmentation, CVPR 2021.
    """

    def __init__(
        self,
        *,
        flip: bool = True,
        turn: bool = False,
        scale: Sequence[float] = (0.5, 2.0),
        copy_paste: float = 0.0,
        min_visible: float = 0.1,
        brightness: float = 0.3,
        contrast: float = 0.3,
        gamma: float = 0.0,
        noise: float = 0.0,
        blur: float = 0.0,
    ):
        scale = tuple(scale)
        check_magnifications(scale=scale)
        self._config = {
            "flip": flip,
            "turn": turn,
            "scale": scale,
            "copy_paste": copy_paste,
            "min_visible": min_visible,
            "brightness": brightness,
            "contrast": contrast,
            "gamma": gamma,
            "noise": noise,
            "blur": blur,
        }
        for name in ("copy_paste", "min_visible"):
            if not 0 <= self._config[name] <= 1:
                raise ValueError(
                    f"{name} must be a share, 0 to 1. "
                    f"Received: {name}={self._config[name]}"
                )
        check_at_least_0(**{name: self._config[name] for name in _STRENGTHS})

    @classmethod
    def off(cls, **changes) -> "ObjectAugment":
        """Nothing but the random place of the crop, or in the padding, and `changes`.

        Args:
            **changes: Arguments of the class that are to differ.
        """
        nothing = {"flip": False, "scale": (1.0, 1.0), "brightness": 0.0}
        return cls(**{**nothing, "contrast": 0.0, **changes})

    def get_config(self) -> dict:
        """The arguments: ``ObjectAugment(**augment.get_config())`` draws the same."""
        return dict(self._config)

    def draw(
        self,
        seed: Sequence[int],
        image_size: tuple[int, int],
        size: tuple[int, int],
        magnification: float | None,
    ) -> tuple[View, dict[str, float]]:
        """Draw one augmentation: the same for the same seed and sizes.

        Args:
            seed: Numbers of 0 or more.
            image_size: (H, W) of the image.
            size: (H, W) of the result.
            magnification: Of the image's own pixels, where ``scale`` is 1; None: the
                image is then fitted into the result.

        Returns:
            The view, and the grey-value changes that
            ``kseg.data.augment.photometric.change_pixels`` takes.
        """
        c = self._config
        u = np.random.default_rng(seed).random(13)
        either = 2.0 * u - 1.0
        changes = {
            "blur": float(u[10] < BLUR_SHARE) * u[11] * c["blur"],
            "gamma": math.exp(either[6] * c["gamma"]),
            "contrast": math.exp(either[7] * c["contrast"]),
            "brightness": math.exp(either[8] * c["brightness"]),
            "noise": u[9] * c["noise"],
        }
        turns = int(4 * u[1]) if c["turn"] else 0
        lengths = image_size[::-1] if turns % 2 else image_size
        low, high = (math.log(s) for s in c["scale"])
        factor = math.exp(low + (high - low) * u[2])
        if magnification is not None:
            factor *= magnification
        else:
            factor *= min(s / n for s, n in zip(size, lengths, strict=True))
        rows, columns = (
            _axis(n, s, factor, at, to)
            for n, s, at, to in zip(lengths, size, u[3:5], u[[5, 12]], strict=True)
        )
        window = (rows[0], columns[0], rows[1], columns[1])
        inner, offset = (rows[2], columns[2]), (rows[3], columns[3])
        flip = bool(c["flip"] and u[0] < 0.5)
        return View(turns, flip, window, inner, offset), changes

    def look(
        self, view: View, image: np.ndarray, objects: Objects
    ) -> tuple[np.ndarray, Objects]:
        """What is seen of an image and its objects.

        Args:
            view: What ``draw`` drew for the size of this image.
            image: (H, W, C) uint8.
            objects: Its objects.

        Returns:
            (h, w, C) uint8, and the objects in the window: at the resolution of the
            image and not yet resized, so that no detail is lost.
        """
        image = np.rot90(image, view.turns)
        objects = objects.turn(view.turns)
        if view.flip:
            image, objects = image[:, ::-1], objects.flip()
        y1, x1, y2, x2 = view.window
        seen = np.ascontiguousarray(image[y1:y2, x1:x2])
        seen = cv2.resize(seen, view.inner[::-1], interpolation=cv2.INTER_LINEAR)
        visible = objects.crop(view.window, self._config["min_visible"])
        return seen.reshape(*view.inner, -1), visible

    def pastes(self, seed: Sequence[int], images: int) -> int | None:
        """The image whose objects are pasted onto one; None if none are.

        Args:
            seed: That of ``draw``.
            images: How many there are.

        Returns:
            0 to ``images - 1``.
        """
        generator = np.random.default_rng((*seed, 1))
        chosen = generator.random() < self._config["copy_paste"]
        return int(generator.integers(images)) if chosen else None

    def paste(
        self,
        seed: Sequence[int],
        image: np.ndarray,
        objects: Objects,
        other: np.ndarray,
        others: Objects,
        view: View,
    ) -> tuple[np.ndarray, Objects, Objects]:
        """Paste some objects of another image; what they cover is taken off.

        Args:
            seed: That of ``draw``.
            image: (h, w, C) uint8, what ``look`` saw.
            objects: Its objects, as ``look`` gives them.
            other: What ``look`` saw of the other image.
            others: Its objects.
            view: Of the other image, drawn for a result of (h, w).

        Returns:
            The image; what is left of its objects; and the objects pasted, like
            ``others``.
        """
        draws = np.random.default_rng((*seed, 2)).random(len(others))
        others = others.select(np.flatnonzero((draws < _PASTED) & ~others.crowd))
        size = image.shape[:2]
        alpha = paint(others, view.inner, view.offset, size)
        canvas = np.zeros((*size, other.shape[2]), np.uint8)
        (top, left), (height, width) = view.offset, view.inner
        canvas[top : top + height, left : left + width] = other
        image = np.where(alpha[..., None], canvas, image)
        covered = resize_nearest(alpha, objects.size)
        return image, objects.without(covered, self._config["min_visible"]), others


def paint(
    objects: Objects,
    inner: tuple[int, int],
    offset: tuple[int, int],
    size: tuple[int, int],
) -> np.ndarray:
    """Where objects lie once their image is resized and placed.

    Args:
        objects: The objects.
        inner: (h, w) to which their image is resized.
        offset: (y, x) of its first pixel in the result.
        size: (H, W) of the result; the resized image lies in it.

    Returns:
        (H, W) bool: pixels that an object covers by half or more.
    """
    drawn = np.zeros(size, bool)
    factor = np.array(inner) / objects.size
    for frame, mask in zip(objects.frames, objects.masks, strict=True):
        y1, x1 = np.floor(frame[:2] * factor).astype(int)
        y2, x2 = np.minimum(np.ceil(frame[2:] * factor).astype(int), inner)
        box = np.array([y1, x1, y2, x2]) / np.tile(factor, 2)
        part = cover(mask, frame, box, (y2 - y1, x2 - x1)) >= 0.5
        drawn[y1 + offset[0] : y2 + offset[0], x1 + offset[1] : x2 + offset[1]] |= part
    return drawn


def _axis(length: int, size: int, factor: float, at: float, to: float):
    """Of one axis: first and last pixel of the window, inner length and offset."""
    inner = max(1, round(length * factor))
    if inner <= size:
        return 0, length, inner, int(to * (size - inner + 1))
    extent = min(length, max(1, round(size / factor)))
    start = int(at * (length - extent + 1))
    return start, start + extent, size, 0
