"""Read masks: files whose values are names, not intensities."""

import os

import numpy as np

from kseg.imaging.bad_file import BadFile
from kseg.imaging.io import JPEG, PNG, TIFF, decode, read_bytes
from kseg.imaging.palette import colour_codes
from kseg.imaging.tiff import decode_tiff


def read_mask(path: str | os.PathLike) -> np.ndarray:
    """Read a mask: one integer or one colour a pixel.

    A palette PNG gives its indices (the first of equal colours). Gray of under 8 bits
    gives the stored numbers, but 1-bit gives 0 and 255, as a binary mask does. Colours
    whose three channels are equal everywhere are one integer.

    Args:
        path: A lossless image: PNG, BMP or TIFF.

    Returns:
        (H, W) int32 numbers, or (H, W, 3) uint8 colours.

    Raises:
        BadFile: As ``read_image``; also a JPEG, fractions, and other channels.
    """
    data = read_bytes(path)
    if data.startswith(JPEG):
        raise BadFile(
            path,
            "expected a lossless mask. Received: a JPEG file, whose compression "
            "changes the labels",
            "Save the masks as PNG from their source.",
        )
    if data.startswith(TIFF):
        return _as_mask(decode_tiff(data, path, as_stored=True), path)
    mask = _as_mask(decode(data, path), path)
    if data.startswith(PNG):
        depth, kind = data[24], data[25]
        if kind == 3:
            return _palette_indices(mask, data)
        if kind == 0 and 1 < depth < 8:
            return mask // (255 // (2**depth - 1))  # undo the decoder's stretching
    return mask


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
    if data.startswith(TIFF):
        return decode_tiff(data, path, as_stored=True).dtype.itemsize * 8
    return data[24] if data.startswith(PNG) and len(data) > 24 else 8


def _as_mask(image: np.ndarray, path: str | os.PathLike) -> np.ndarray:
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
    if numbers.dtype == np.float32:
        bad = ~np.isfinite(numbers) | (numbers != np.rint(numbers))
        if bad.any():
            raise BadFile(
                path,
                f"expected integers. Received: {numbers[bad][0]} among others",
                "Save class numbers or instance ids.",
            )
    return numbers.astype(np.int32)


def _palette_indices(mask: np.ndarray, data: bytes) -> np.ndarray:
    """Turn decoded colours back into the PNG's indices through its PLTE chunk."""
    at = data.index(b"PLTE")
    size = int.from_bytes(data[at - 4 : at], "big")
    palette = np.frombuffer(data[at + 4 : at + 4 + size], np.uint8).reshape(-1, 3)
    codes, first = np.unique(colour_codes(palette), return_index=True)
    if mask.ndim == 2:  # a palette of grays
        mask = np.repeat(mask[..., None], 3, axis=2)
    return first[np.searchsorted(codes, colour_codes(mask))].astype(np.int32)
