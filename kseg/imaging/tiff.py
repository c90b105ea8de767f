"""Decode TIFF: any depth, any number of channels, planes first or last.

One reader for every compression: tifffile reads the structure, and what the numbers
mean is decided here. Orientation is applied, to images and to masks.
"""

import io
import logging
import os
from dataclasses import dataclass

import numpy as np

from kseg.imaging.bad_file import BadFile, decoding
from kseg.imaging.claimed_size import check_size
from kseg.imaging.tiff_segments import can_unpack, unpacked

# What tifffile would print of a damaged file is in the error.
logging.getLogger("tifffile").addHandler(logging.NullHandler())

MOST_CHANNELS = 32

# Values of PhotometricInterpretation, ExtraSamples and NewSubfileType.
WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, PALETTE, _SEPARATED, _YCBCR = 0, 1, 2, 3, 5, 6
_PREMULTIPLIED, _ALPHA = 1, 2
_REDUCED, _TRANSPARENCY = 1, 4
_OTHER_SPACES = {4: "a transparency mask", 8: "CIE L*a*b*", 9: "ICC L*a*b*"}
_OTHER_SPACES |= {10: "ITU L*a*b*", 32803: "a colour filter array", 32844: "LogL"}
_OTHER_SPACES |= {32845: "LogLuv", 34892: "linear raw"}
LOSSY = {6: "JPEG", 7: "JPEG", 33003: "JPEG 2000", 33004: "JPEG 2000"}
LOSSY |= {33005: "JPEG 2000", 33007: "JPEG", 34712: "JPEG 2000", 34892: "JPEG"}


@dataclass
class Tiff:
    """What a TIFF holds.

    Args:
        pixels: (H, W, C), as stored, with the orientation applied; alpha is left out.
        photometric: How the numbers are to be shown, as the TIFF tag has it.
        alpha: (H, W), or None.
        premultiplied: Whether the pixels were multiplied by it.
        palette: (N, 3) uint8, or None.
        compression: As the tag has it.
        bits: A channel, in the file.
        software: What wrote it, if it says so.
    """

    pixels: np.ndarray
    photometric: int
    alpha: np.ndarray | None
    premultiplied: bool
    palette: np.ndarray | None
    compression: int
    bits: int
    software: str


def read_tiff(data: bytes, path: str | os.PathLike) -> Tiff:
    """Decode the one image of a TIFF.

    The channel axis is the one the file names (samples or channels); where it names
    none, the shorter of the first and the last axis, the first when they are equal.

    Args:
        data: The whole file.
        path: Its path, for errors.

    Returns:
        Its pixels and what they mean.

    Raises:
        BadFile: It cannot be decoded, holds several pages, or is a stack of planes.
    """
    from tifffile import TiffFile  # only where a TIFF is read

    try:
        with decoding(path, "this TIFF cannot be decoded"):
            with TiffFile(io.BytesIO(data)) as file:
                series = _only_image(file, path)
                page = series.keyframe
                check_size(series.size, len(data), path)
                packed = can_unpack(page)
                pages = [part.index for part in series.pages if part is not None]
                if not packed:
                    return _interpret(series, page, path)
            with TiffFile(io.BytesIO(unpacked(data, pages, path))) as file:
                return _interpret(_only_image(file, path), page, path)
    except BadFile as error:
        if "imagecodecs" not in error.what:
            raise
        part = "number of bits" if "packints" in error.what else "compression"
        raise BadFile(
            path,
            f"this TIFF's {part} cannot be decoded",
            "Install imagecodecs (pip install 'kseg[tiff]'), or save it in 8 or 16 "
            "bits without compression, or with LZW or zlib.",
        ) from error


def tiff_image(tiff: Tiff, path: str | os.PathLike) -> np.ndarray:
    """The pixels as an image: gray, RGB or channels.

    Args:
        tiff: What was read.
        path: For errors.

    Returns:
        (H, W, C) uint8, uint16 or float32; palettes and CMYK became RGB.

    Raises:
        BadFile: The colour space is one that is not converted.
    """
    image = tiff.pixels
    if tiff.photometric == PALETTE:
        return tiff.palette[image[..., 0]]
    if tiff.bits in (2, 4) and image.dtype == np.uint8:
        image = image * np.uint8(255 // (2**tiff.bits - 1))
    if tiff.photometric == WHITE_IS_ZERO and image.dtype.kind in "bu":
        image = ~image if image.dtype == bool else np.iinfo(image.dtype).max - image
    if tiff.photometric == _SEPARATED:
        image = _from_cmyk(image, path)
    if tiff.photometric == _YCBCR or tiff.photometric in _OTHER_SPACES:
        raise BadFile(
            path,
            "expected gray, RGB, CMYK or a palette. Received: a TIFF of "
            f"{_OTHER_SPACES.get(tiff.photometric, 'uncompressed YCbCr')}",
            "Save it as RGB.",
        )
    if tiff.premultiplied and image.dtype in (np.uint8, np.uint16):
        image = _divided(image, tiff.alpha)
    return _supported(image, path)


def _only_image(file, path):
    """The series of the one image of full size."""
    images = [s for s in file.series if s.axes and _is_whole(s.keyframe)]
    if len(images) == 1:
        # tifffile takes a smaller page for a smaller copy; here it must say so.
        whole = sum(_is_whole(page.aspage()) for page in file.pages)
        if whole <= len(images[0].pages):
            return images[0]
    if not images:
        what = "this TIFF cannot be decoded: it has no image"
        raise BadFile(path, what, "Copy the file again or save it as PNG.")
    raise _several(len(file.pages), path)


def _several(pages: int, path) -> BadFile:
    return BadFile(
        path,
        f"expected one image. Received: a TIFF of {pages} pages",
        "Save each page as a file of its own; if the pages are channels, name them so "
        "(in tifffile metadata={'axes': 'CYX'}).",
    )


def _is_whole(page) -> bool:
    """Whether a page is neither a thumbnail nor a transparency mask."""
    return not page.subfiletype & (_REDUCED | _TRANSPARENCY)


def _interpret(series, stored, path) -> Tiff:
    """What a series holds; ``stored`` is its page as it was before unpacking."""
    page = series.keyframe
    image = _turned(_channels_last(series, path), page.tags.valueof(274, 1))
    pixels, alpha, premultiplied = _without_alpha(image, page)
    palette = None
    if page.photometric == PALETTE:
        # 16 bits a colour; some programs write 8.
        colours = page.colormap if page.colormap.max() < 256 else page.colormap >> 8
        palette = colours.T.astype(np.uint8)
    return Tiff(
        pixels,
        int(page.photometric),
        alpha,
        premultiplied,
        palette,
        int(stored.compression),
        int(stored.bitspersample),
        # ImageJ says so in the description only.
        "ImageJ" if page.is_imagej else page.software,
    )


def _channels_last(series, path) -> np.ndarray:
    array, axes = series.asarray(), series.axes
    keep = [i for i, n in enumerate(array.shape) if n > 1 or axes[i] in "YX"]
    axes = "".join(axes[i] for i in keep)
    array = array.reshape([array.shape[i] for i in keep])
    if array.size == 0:
        raise BadFile(path, "this TIFF has no pixels", "Replace or remove the file.")
    if array.ndim == 2:
        return array[..., None]
    other = axes.replace("Y", "").replace("X", "")
    if "I" in other:
        raise _several(len(series.pages), path)
    if array.ndim == 3 and other in ("S", "C", "Q"):
        first = array.shape[0] <= array.shape[2] if other == "Q" else axes[0] == other
        image = np.moveaxis(array, 0, 2) if first else array
        # Three planes of which nothing is said would be taken for red, green and blue.
        if image.shape[2] <= MOST_CHANNELS and (other, image.shape[2]) != ("Q", 3):
            return np.ascontiguousarray(image)
    raise BadFile(
        path,
        f"expected one plane with at most {MOST_CHANNELS} channels. Received: "
        f"shape={array.shape}, axes={axes}",
        "Save each plane as a file of its own; if the planes are channels, name them "
        "so (in tifffile metadata={'axes': 'CYX'}).",
    )


def _turned(image: np.ndarray, orientation: int) -> np.ndarray:
    """Rows from top to bottom and columns from left to right, as it is to be seen."""
    if orientation in (5, 6, 7, 8):
        image = image.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    return np.ascontiguousarray(image)


def _without_alpha(image: np.ndarray, page):
    """Pixels, alpha or None, and whether it is premultiplied."""
    extra = tuple(int(kind) for kind in page.extrasamples)
    first = image.shape[2] - len(extra)
    kinds = {first + i: kind for i, kind in enumerate(extra) if first + i > 0}
    alphas = [i for i, kind in kinds.items() if kind in (_PREMULTIPLIED, _ALPHA)]
    if not alphas:
        return image, None, False
    colours = [i for i in range(image.shape[2]) if i not in alphas]
    premultiplied = kinds[alphas[0]] == _PREMULTIPLIED
    return image[..., colours], image[..., alphas[0]], premultiplied


def _from_cmyk(image: np.ndarray, path) -> np.ndarray:
    """RGB of inks, without a colour profile, as viewers and JPEG decoders have it."""
    if image.shape[2] != 4 or image.dtype not in (np.uint8, np.uint16):
        raise BadFile(
            path,
            "expected the inks C, M, Y and K in 8 or 16 bits. Received: "
            f"{image.shape[2]} inks of {image.dtype}",
            "Save it as RGB.",
        )
    most = np.iinfo(image.dtype).max
    light = most - image.astype(np.uint32)
    rgb = (light[..., :3] * light[..., 3:] + most // 2) // most
    return rgb.astype(image.dtype)


def _divided(image: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Colours without the alpha that they were multiplied by; 0 where that is 0."""
    most = np.iinfo(image.dtype).max
    weight = np.maximum(alpha, 1).astype(np.uint32)[..., None]
    colours = (image.astype(np.uint32) * most + weight // 2) // weight
    return np.minimum(colours, most).astype(image.dtype)


def _supported(image: np.ndarray, path) -> np.ndarray:
    if image.dtype in (np.uint8, np.uint16):
        return image.astype(image.dtype.newbyteorder("="), copy=False)
    if image.dtype == bool:
        return image.astype(np.uint8) * 255
    if image.dtype.kind in "iuf":
        return image.astype(np.float32)
    raise BadFile(
        path,
        f"expected integers or real numbers. Received: dtype={image.dtype}",
        "Save the magnitude as float32.",
    )
