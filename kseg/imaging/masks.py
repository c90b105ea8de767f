"""Read masks: files whose values are names, not intensities."""

import os
from dataclasses import dataclass

import cv2
import numpy as np

from kseg.imaging.bad_file import BadFile, decoding
from kseg.imaging.containers import PNG, lossy, split_palette
from kseg.imaging.io import TIFF, decode, read_bytes
from kseg.imaging.palette import colour_codes
from kseg.imaging.tiff import LOSSY, PALETTE, WHITE_IS_ZERO, Tiff, read_tiff

_MOST = 2**31 - 1
_GRAY_OR_RGB = (0, 1, 2)


@dataclass(frozen=True)
class Mask:
    """A mask as its file has it.

    Args:
        values: (H, W) int32 numbers, or indices of the palette; or (H, W, 3) uint8
            colours.
        palette: (N, 3) uint8, red, green and blue of each index; None without one, and
            where each index is its own gray.
        bits: A channel.
        white: The number that is white at this depth: 1 for floats.
    """

    values: np.ndarray
    palette: np.ndarray | None = None
    bits: int = 8
    white: int = 255

    def shown(self) -> np.ndarray:
        """(H, W, 3) uint8, the colours of a palette or the file's own; else numbers."""
        return self.values if self.palette is None else self.palette[self.values]

    def grays(self) -> np.ndarray:
        """The numbers, of a palette of grays the grays: (H, W) int32, or colours."""
        if self.palette is None:
            return self.values
        used = np.unique(self.values)
        shown = self.palette[used]
        if (shown != shown[:, :1]).any():
            return self.values
        return self.palette[:, 0].astype(np.int32)[self.values]


def read_mask(path: str | os.PathLike) -> np.ndarray:
    """Read a mask: one integer or one colour a pixel.

    A palette gives its indices, also where colours repeat. Gray of under 8 bits gives
    the stored numbers, but 1-bit gives 0 and 255, as a binary mask does. Colours whose
    three channels are equal everywhere are one integer. The orientation is applied, as
    it is to the image.

    Args:
        path: A lossless image: PNG, BMP, GIF, WebP or TIFF.

    Returns:
        (H, W) int32 numbers, or (H, W, 3) uint8 colours.

    Raises:
        BadFile: As ``read_image``; also a lossy file, fractions, other channels, and a
            shape that is in the transparency alone.
    """
    return read_stored_mask(path).values


def read_stored_mask(path: str | os.PathLike) -> Mask:
    """Read a mask with its palette and depth.

    Args:
        path: As ``read_mask`` has it.

    Returns:
        What the file holds.

    Raises:
        BadFile: As ``read_mask``.
    """
    data = read_bytes(path)
    with decoding(path):
        if data.startswith(TIFF):
            return _of_tiff(read_tiff(data, path), path)
        _refuse_lossy(lossy(data), path)
        return _of_other(data, path)


def stored_bits(path: str | os.PathLike) -> int:
    """Bits a channel of a file: 8 or less, 16, or 32.

    Args:
        path: An image file.

    Returns:
        The number; 8 for files other than PNG and TIFF.

    Raises:
        BadFile: As ``read_image``.
    """
    data = read_bytes(path)
    with decoding(path):
        if data.startswith(TIFF):
            return read_tiff(data, path).pixels.dtype.itemsize * 8
        return data[24] if data.startswith(PNG) and len(data) > 24 else 8


def _of_other(data: bytes, path) -> Mask:
    """A PNG, BMP, GIF or WebP."""
    parts = split_palette(data)
    bits = data[24] if data.startswith(PNG) else 8
    if parts is not None:
        changed, palette = parts
        values = decode(changed, path)[..., 0].astype(np.int32)
        if values.max(initial=0) >= len(palette):
            _bad_index(int(values.max()), len(palette), path)
        return _without_ramp(values, palette)
    values = _numbers_or_colours(decode(data, path), path)
    if data.startswith(PNG) and data[25] == 0 and 1 < bits < 8:
        white = 2**bits - 1
        # The decoder stretched them.
        return Mask(values // (255 // white), bits=bits, white=white)
    _refuse_alpha_alone(*_colours_and_alpha(data), path)
    return Mask(values, bits=bits, white=65535 if bits == 16 else 255)


def _of_tiff(tiff: Tiff, path) -> Mask:
    _refuse_lossy(LOSSY.get(tiff.compression), path)
    pixels = tiff.pixels
    if tiff.photometric == PALETTE:
        values = pixels[..., 0].astype(np.int32)
        return _without_ramp(values, tiff.palette)
    if tiff.photometric not in _GRAY_OR_RGB:
        raise BadFile(
            path,
            "expected gray, RGB or a palette. Received: another colour space",
            "Save the mask as PNG.",
        )
    # tifffile and ImageJ write "white is zero" over masks of which 1 is the object.
    if tiff.photometric == WHITE_IS_ZERO and not tiff.software.startswith(
        ("tifffile", "ImageJ")
    ):
        raise BadFile(
            path,
            "expected a mask in which black is 0. Received: a TIFF that states that "
            "white is 0, so that its numbers are the opposite of what is seen",
            "Save the mask as PNG.",
        )
    if tiff.alpha is not None:
        _refuse_alpha_alone(pixels, tiff.alpha, path)
    if pixels.dtype == bool:
        return Mask(_numbers_or_colours(pixels.astype(np.uint8) * 255, path), bits=1)
    whites = {"f": 1, "u2": 65535}
    kind = pixels.dtype.kind
    white = whites.get(kind, whites.get(f"{kind}{pixels.dtype.itemsize}", 255))
    bits = pixels.dtype.itemsize * 8
    if tiff.bits in (2, 4):
        bits, white = tiff.bits, 2**tiff.bits - 1
    return Mask(_numbers_or_colours(pixels, path), bits=bits, white=white)


def _without_ramp(values: np.ndarray, palette: np.ndarray) -> Mask:
    """Indices with their palette; gray, where each is its own gray."""
    used = np.unique(values)
    if (palette[used] == used[:, None]).all():
        return Mask(values)
    return Mask(values, palette)


def _numbers_or_colours(image: np.ndarray, path) -> np.ndarray:
    if image.shape[2] == 3 and image.dtype == np.uint8:
        red = image[..., 0]
        if np.any(red != image[..., 1]) or np.any(red != image[..., 2]):
            return image
        image = image[..., :1]
    if image.shape[2] != 1:
        raise BadFile(
            path,
            "expected one channel of integers or three of 8-bit colours. Received: "
            f"{image.shape[2]} channels of {image.dtype}",
            "Save the mask as gray.",
        )
    numbers = image[..., 0]
    if numbers.dtype.kind not in "iuf":
        raise BadFile(
            path,
            f"expected integers. Received: {numbers.dtype}",
            "Save class numbers or instance ids.",
        )
    if numbers.dtype in (np.uint8, np.uint16):
        return numbers.astype(np.int32)
    bad = ~np.isfinite(numbers) | (numbers != np.rint(numbers))
    bad |= (numbers > _MOST) | (numbers < -_MOST)
    if bad.any():
        raise BadFile(
            path,
            f"expected integers. Received: {numbers[bad][0]} among others",
            "Save class numbers or instance ids.",
        )
    return numbers.astype(np.int32)


def _colours_and_alpha(data: bytes) -> tuple[np.ndarray, np.ndarray | None]:
    """Colours as they are stored, and alpha; None where the file has none."""
    if data.startswith(PNG) and data[25] not in (4, 6):
        return np.empty(0), None
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if image is None or image.ndim < 3 or image.shape[2] != 4:
        return np.empty(0), None
    return image[..., :3], image[..., 3]


def _refuse_alpha_alone(colours: np.ndarray, alpha: np.ndarray | None, path) -> None:
    """Refuse a mask in which one colour is both transparent and opaque."""
    if alpha is None or alpha.min() == alpha.max():
        return
    if colours.shape[2] == 3 and colours.dtype == np.uint8:
        values = colour_codes(colours)
    else:
        values = colours[..., 0]
    opaque = alpha > alpha.max() // 2
    both = np.intersect1d(np.unique(values[opaque]), np.unique(values[~opaque]))
    if both.size:
        raise BadFile(
            path,
            "expected a mask whose values tell everything. Received: pixels of one "
            "colour, some of them transparent: what is drawn is in the alpha channel",
            "Save the mask without transparency, the object white on black.",
        )


def _refuse_lossy(compression: str | None, path) -> None:
    if compression:
        raise BadFile(
            path,
            f"expected a lossless mask. Received: a {compression} file, whose "
            "compression changes the labels",
            "Save the masks as PNG from their source.",
        )


def _bad_index(index: int, count: int, path) -> None:
    raise BadFile(
        path,
        f"expected indices of the palette, 0 to {count - 1}. Received: {index}",
        "Save the mask again.",
    )
