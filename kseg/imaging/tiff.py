"""Decode TIFF: any depth, any number of channels, planes first or last."""

import io
import os

import cv2
import numpy as np

from kseg.imaging.bad_file import BadFile

MOST_CHANNELS = 32


def decode_tiff(
    data: bytes, path: str | os.PathLike, *, as_stored: bool = False
) -> np.ndarray:
    """Decode the first series of a TIFF into (H, W, C).

    The channel axis is the one the file names (samples or channels); where it names
    none, the shorter of the first and the last axis, the first when they are equal.

    Args:
        data: The whole file.
        path: Its path, for errors.
        as_stored: Give a mask's numbers: no palette, no white as zero.

    Returns:
        (H, W, C) uint8, uint16 or float32; alpha is dropped.

    Raises:
        BadFile: It cannot be decoded, or is a stack of planes.
    """
    from tifffile import PHOTOMETRIC, TiffFile  # only where a TIFF is read

    try:
        with TiffFile(io.BytesIO(data)) as file:
            series, page = file.series[0], file.pages[0]
            array, axes = series.asarray(), series.axes
            photometric, extra = page.photometric, tuple(page.extrasamples)
            colours = page.colormap
    except Exception as error:  # tifffile raises many kinds on a damaged file
        if "imagecodecs" not in str(error):
            raise BadFile(
                path,
                f"this TIFF cannot be decoded ({error})",
                "Copy the file again or save it as PNG.",
            ) from error
        return _decode_compressed(data, path)
    image = _channels_last(array, axes, path)
    if as_stored:
        return _supported(image, path)
    if photometric == PHOTOMETRIC.PALETTE:
        return (colours[:, image[..., 0]].transpose(1, 2, 0) >> 8).astype(np.uint8)
    if photometric == PHOTOMETRIC.MINISWHITE and image.dtype.kind in "bu":
        image = ~image if image.dtype == bool else np.iinfo(image.dtype).max - image
    if photometric == PHOTOMETRIC.RGB and extra and extra[0] in (1, 2):
        image = image[..., :3]  # 1 and 2 are the two kinds of alpha
    return _supported(image, path)


def _channels_last(array: np.ndarray, axes: str, path) -> np.ndarray:
    keep = [i for i, n in enumerate(array.shape) if n > 1 or axes[i] in "YX"]
    axes = "".join(axes[i] for i in keep)
    array = array.reshape([array.shape[i] for i in keep])
    if array.size == 0:
        raise BadFile(path, "this TIFF has no pixels", "Replace or remove the file.")
    if array.ndim == 2:
        return array[..., None]
    if array.ndim == 3 and not set("ZT") & set(axes):
        named = [i for i, axis in enumerate(axes) if axis in "SC"]
        first = named[0] == 0 if named else array.shape[0] <= array.shape[2]
        image = np.moveaxis(array, 0, 2) if first else array
        if image.shape[2] <= MOST_CHANNELS:
            return np.ascontiguousarray(image)
    raise BadFile(
        path,
        f"expected one plane with at most {MOST_CHANNELS} channels. Received: "
        f"shape={array.shape}, axes={axes}",
        "Save each plane as a file of its own.",
    )


def _decode_compressed(data: bytes, path) -> np.ndarray:
    # LZW, PackBits and JPEG need imagecodecs in tifffile; cv2 brings them for 1 or 3
    # channels.
    flags = cv2.IMREAD_ANYDEPTH | cv2.IMREAD_ANYCOLOR
    image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if image is None:
        raise BadFile(
            path,
            "this TIFF's compression cannot be decoded",
            "Install imagecodecs, or save it without compression or with zlib.",
        )
    image = image[..., None] if image.ndim == 2 else image[..., ::-1]
    return _supported(np.ascontiguousarray(image), path)


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
