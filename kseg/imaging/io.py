"""Read and write image files: PNG, JPEG, BMP, WebP, GIF and TIFF.

Arrays are (H, W, C) with channels in the order red, green, blue. A file that cannot be
used raises ``BadFile`` (a ``DataError``): its path, what is wrong and what to do.
"""

import os
from pathlib import Path

import cv2
import numpy as np

from kseg.errors import DataError
from kseg.files import atomic_path
from kseg.imaging.bad_file import BadFile, decoding
from kseg.imaging.claimed_size import check_size, claimed_pixels
from kseg.imaging.containers import PNG, is_animated
from kseg.imaging.tiff import read_tiff, tiff_image

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".gif")

_PNG_END = b"IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff"
TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def list_images(folder: str | os.PathLike, *, nested: bool = False) -> list[Path]:
    """The image files of a folder by their suffix, sorted; hidden ones are left out.

    Args:
        folder: Where to look.
        nested: Look into its folders, too.

    Returns:
        Paths that start with ``folder``.

    Raises:
        BadFile: It is not a folder, or cannot be listed.
    """
    folder = Path(folder)
    try:
        entries = list(folder.iterdir())
        files = sorted(folder.rglob("*") if nested else entries)
    except (FileNotFoundError, NotADirectoryError) as error:
        found = "a file" if folder.exists() else "nothing of that name"
        what = f"expected a folder. Received: {found}"
        raise BadFile(folder, what, "Check the path.") from error
    except OSError as error:
        raise BadFile(
            folder, f"cannot be listed ({error.strerror})", "Check its permissions."
        ) from error
    return [
        file
        for file in files
        if file.suffix.lower() in SUFFIXES
        and not any(part.startswith(".") for part in file.relative_to(folder).parts)
    ]


def read_image(path: str | os.PathLike) -> np.ndarray:
    """Read an image as it is stored, at its own depth.

    The orientation (EXIF's, TIFF's) is applied, as every viewer does; alpha is
    dropped, and colours that were multiplied by it are divided again; 1-bit images
    become 0 and 255; palettes and CMYK become RGB.

    Args:
        path: A PNG, JPEG, BMP, WebP, GIF or TIFF file, told apart by content, not by
            name.

    Returns:
        (H, W, C) uint8, uint16 or float32 (any other TIFF type, as its numbers); C is
        1 for gray, 3 for RGB, up to 32 for TIFF.

    Raises:
        BadFile: The file is missing, unreadable, empty, truncated or not an image, or
            holds several.
    """
    data = read_bytes(path)
    with decoding(path):
        if data.startswith(TIFF):
            return tiff_image(read_tiff(data, path), path)
        return decode(data, path)


def write_png(path: str | os.PathLike, array: np.ndarray) -> None:
    """Write a PNG so that a kill leaves the old file whole.

    Args:
        path: The file to write; its folders are made.
        array: (H, W), (H, W, 1) or RGB (H, W, 3), uint8 or uint16.

    Raises:
        DataError: The array has another shape or type, or the file cannot be written.
    """
    array = np.asarray(array)
    if (
        array.dtype not in (np.uint8, np.uint16)
        or array.size == 0
        or not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (1, 3)))
    ):
        raise DataError(
            f"{path}: a PNG takes (H, W), (H, W, 1) or (H, W, 3) of uint8 or uint16. "
            f"Received: shape={array.shape}, dtype={array.dtype}. Convert it first."
        )
    if array.ndim == 3 and array.shape[2] == 3:
        array = cv2.cvtColor(array, cv2.COLOR_RGB2BGR)
    encoded = cv2.imencode(".png", array)[1]
    try:
        with atomic_path(path) as temporary:
            temporary.write_bytes(encoded.tobytes())
    except OSError as error:
        raise BadFile(
            path, f"cannot be written ({error.strerror})", "Choose another folder."
        ) from error


def read_bytes(path: str | os.PathLike) -> bytes:
    """What a file holds.

    Raises:
        BadFile: The file is missing, unreadable or empty.
    """
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError as error:
        raise BadFile(path, "there is no such file", "Check the path.") from error
    except IsADirectoryError as error:
        raise BadFile(path, "is a folder, not an image", "Name a file.") from error
    except OSError as error:
        raise BadFile(
            path, f"cannot be read ({error.strerror})", "Check its permissions."
        ) from error
    if not data:
        raise BadFile(path, "is empty (0 bytes)", "Copy the file again or remove it.")
    return data


def decode(data: bytes, path: str | os.PathLike) -> np.ndarray:
    """Decode what is not a TIFF into (H, W, 1) or RGB (H, W, 3), uint8 or uint16.

    Raises:
        BadFile: It is truncated, damaged, animated or not an image.
    """
    # cv2 before 5 fills what a truncated file lacks with gray, without an error.
    if (data.startswith(PNG) and _PNG_END not in data) or (
        data.startswith(JPEG) and not _jpeg_is_whole(data)
    ):
        raise BadFile(
            path,
            f"is truncated: its end is missing after {len(data)} bytes",
            "Copy the file again or remove it.",
        )
    with decoding(path):
        check_size(claimed_pixels(data), len(data), path)
        if is_animated(data):
            raise BadFile(
                path,
                "expected one image. Received: an animation",
                "Save each picture as a file of its own.",
            )
    flags = cv2.IMREAD_ANYDEPTH | cv2.IMREAD_ANYCOLOR
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        image = None
    if image is None:
        raise BadFile(
            path,
            "cannot be decoded. Expected PNG, JPEG, TIFF, BMP, WebP or GIF. Received: "
            f"{len(data)} bytes that start with {data[:8]!r}",
            "Replace or remove the file.",
        )
    if image.ndim == 2:
        return image[..., None]
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def _jpeg_is_whole(data: bytes) -> bool:
    """Whether the end marker follows the header (which may hold a thumbnail's)."""
    at = 2
    while data[at : at + 1] == b"\xff" and data[at : at + 2] != b"\xff\xda":
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return data.find(b"\xff\xd9", at) >= 0
