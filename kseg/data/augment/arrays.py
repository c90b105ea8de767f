"""What `kseg.data.Augment` does, in NumPy and cv2: for trainings without TensorFlow.

Drawn from a ``numpy.random.Generator``: other draws than TensorFlow's, of the same
distributions. Images are (h, w, C) arrays, 0..255.
"""

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from kseg.checks import check_at_least_0, check_magnifications
from kseg.data.augment.elastic import POINTS, elastic_field

# One image in three is blurred: most of what the network will meet is as sharp as
# what it learns from, and the blur is the dearest of the photometric changes.
BLUR_SHARE = 1 / 3

OFF = {
    "flip": False,
    "turn": False,
    "rotate": 0.0,
    "scale": (1.0, 1.0),
    "shift": 0.0,
    "elastic": 0.0,
    "brightness": 0.0,
    "contrast": 0.0,
    "gamma": 0.0,
    "noise": 0.0,
    "blur": 0.0,
}


def strengths(**but) -> dict[str, Any]:
    """All that can be varied, off but for what is named, as ``Augment.off`` has it.

    Raises:
        ValueError: A name is unknown, or a value out of range.
    """
    if unknown := sorted(but.keys() - OFF.keys()):
        raise ValueError(
            f"Expected an augmentation of {', '.join(OFF)}. Received: {unknown[0]}."
        )
    chosen = {**OFF, **but}
    check_magnifications(scale=tuple(chosen["scale"]))
    check_at_least_0(**{k: v for k, v in chosen.items() if k != "scale"})
    return chosen


class Warp:
    """Where a crop lies in its image, drawn; applied alike to the image and its labels.

    Flipped one time in two, turned by quarters and rotated, magnified by a factor drawn
    evenly in its logarithm, bent, and anywhere in the image, or the image anywhere in
    it; beyond its edges the image is mirrored.

    Args:
        generator: A ``numpy.random.Generator``.
        image_size: (H, W) of the image.
        size: (h, w) of the crop.
        augment: What `strengths` gives.
    """

    def __init__(self, generator, image_size, size, augment: Mapping[str, Any]):
        scale = np.exp(generator.uniform(*np.log(augment["scale"])))
        flipped = generator.random() < 0.5 and augment["flip"]
        turns = int(generator.integers(4)) if augment["turn"] else 0
        angle = np.radians(generator.uniform(-1, 1) * augment["rotate"])
        place = generator.uniform(-1, 1, 2)
        shift = augment["shift"]
        where = image_size, size, flipped, turns, angle, scale, place, shift
        self.size = tuple(size)
        self.inverse = inverse_map(*where)
        self._maps = None
        if augment["elastic"]:
            vectors = generator.standard_normal((2, POINTS, POINTS))
            field = elastic_field(augment["elastic"] * vectors.astype(np.float32), size)
            self._maps = self._bent(field)

    def _bent(self, field: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The columns and rows to read, with a displacement (2, h, w) of the crop."""
        y, x = np.mgrid[: self.size[0], : self.size[1]].astype(np.float32) + field
        (a, b, c), (d, e, f) = self.inverse.astype(np.float32)
        return a * x + b * y + c, d * x + e * y + f

    def image(self, image: np.ndarray) -> np.ndarray:
        """The crop of a uint8 (H, W, C) image, bilinear."""
        warped = self._read(image, cv2.INTER_LINEAR)
        return warped.reshape(*self.size, -1)  # cv2 drops a single channel

    def labels(self, labels: np.ndarray) -> np.ndarray:
        """The crop of (H, W) labels or ids, of the nearest pixels and the same type."""
        # cv2 reads no int32; float64 holds it exactly.
        wide = labels.astype(np.float64) if labels.dtype == np.int32 else labels
        return self._read(wide, cv2.INTER_NEAREST).astype(labels.dtype, copy=False)

    def _read(self, pixels: np.ndarray, interpolation: int) -> np.ndarray:
        border = cv2.BORDER_REFLECT_101
        if self._maps is not None:
            return cv2.remap(pixels, *self._maps, interpolation, borderMode=border)
        flags = interpolation | cv2.WARP_INVERSE_MAP
        size = self.size[::-1]
        return cv2.warpAffine(
            pixels, self.inverse, size, flags=flags, borderMode=border
        )


def inverse_map(
    image_size, size, flipped, turns, angle, scale, place, shift=0.0
) -> np.ndarray:
    """The affine map of `kseg.data.augment.warp`, for pixels (x, y): from a crop to its
    image.

    Where nothing scales or rotates, whole pixels are copied.

    Args:
        image_size: (H, W) of the image.
        size: (h, w) of the crop.
        flipped: Left to right.
        turns: Quarters, counter-clockwise, 0 to 3.
        angle: Counter-clockwise, radians.
        scale: Magnification.
        place: (x, y) of the crop in the room it has, -1..1.
        shift: Pixels of the crop by which that room is larger to each side.

    Returns:
        (2, 3) float64, what ``cv2.warpAffine`` takes.
    """
    angle = angle + turns * np.pi / 2
    cosine, sine = np.cos(angle), np.sin(angle)
    matrix = np.array([[cosine, -sine], [sine, cosine]]) / scale
    if flipped:
        matrix[0] *= -1
    source, extent = np.array(image_size[::-1]), np.array(size[::-1])
    room = np.abs(source - (extent[::-1] if turns % 2 else extent) / scale) / 2
    room = room + shift / scale
    first = (source - 1) / 2 + place * room - matrix @ ((extent - 1) / 2)
    return np.column_stack([matrix, np.round(first)])


def draw_changes(generator, augment: Mapping[str, Any]) -> dict[str, float]:
    """Draw what `change_pixels` takes."""
    names = ("gamma", "contrast", "brightness")
    factors = np.exp(generator.uniform(-1, 1, 3) * [augment[name] for name in names])
    changes = dict(zip(names, map(float, factors), strict=True))
    changes["noise"] = generator.random() * augment["noise"]
    sigma = generator.random() * augment["blur"]
    changes["blur"] = sigma if generator.random() < BLUR_SHARE else 0.0
    return changes


def change_pixels(
    generator,
    image: np.ndarray,
    changes: Mapping[str, float],
    augment: Mapping[str, Any],
) -> np.ndarray:
    """`kseg.data.augment.photometric.change_pixels`: blur, then change grey values.

    Args:
        generator: Of the noise.
        image: uint8 (h, w, C).
        changes: ``blur`` (pixels; 0: none), ``gamma``, ``contrast``, ``brightness`` and
            ``noise``.
        augment: The greatest of each; 0 leaves it out.

    Returns:
        uint8 (h, w, C).
    """
    radius = int(np.ceil(3 * augment["blur"]))
    if changes["blur"] > 0 and min(image.shape[:2]) > radius:
        image = blur(image.astype(np.float32), changes["blur"], radius)
    if any(augment[k] for k in ("gamma", "contrast", "brightness", "noise")):
        grain = generator.standard_normal(image.shape, np.float32)
        image = photometric(
            image,
            changes["gamma"],
            changes["contrast"],
            changes["brightness"],
            changes["noise"] * grain,
        )
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def blur(image: np.ndarray, sigma: float, radius: int) -> np.ndarray:
    """`kseg.data.augment.photometric.gaussian_blur`: float32 (h, w, C)."""
    kernel = cv2.getGaussianKernel(2 * radius + 1, sigma, cv2.CV_32F)
    border = cv2.BORDER_REFLECT_101
    blurred = cv2.sepFilter2D(image, cv2.CV_32F, kernel, kernel, borderType=border)
    return blurred.reshape(image.shape)  # cv2 drops a single channel


def photometric(image, gamma, contrast, brightness, grain) -> np.ndarray:
    """As `kseg.data.augment.photometric`: ``b (m + c (y - m + s n))``, ``y = M (x /
    M)^gamma``.

    Args:
        image: (h, w, C), 0..255; M is its greatest value.
        gamma: Exponent.
        contrast: c, about the mean m of y.
        brightness: b.
        grain: n, noise of the image's shape in units of the deviation s of y.

    Returns:
        float32 (h, w, C), not clipped.
    """
    greatest = np.float32(max(image.max(), 1))
    y = greatest * (image / greatest) ** np.float32(gamma)
    mean = y.mean(dtype=np.float64)
    y = mean + contrast * (y - mean + y.std(dtype=np.float64) * grain)
    return np.float32(brightness * y)
