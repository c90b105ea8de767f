"""Small data folders for the tests of the readers."""

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np


def write(path: Path, array: np.ndarray) -> Path:
    """Write an image in the format of its suffix, RGB as RGB; make its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    array = np.asarray(array)
    if array.ndim == 3 and array.shape[2] == 3:
        array = array[..., ::-1]
    assert cv2.imwrite(str(path), array)
    return path


def png(path, values, depth, colour_type, palette=b""):
    """Write a PNG of 1 to 8 bits, perhaps of a palette, which cv2 cannot.

    Rows must fill bytes: 8 pixels a row at 1 to 7 bits, any number at 8.
    """

    def chunk(kind, data):
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    height, width = values.shape
    bits = np.unpackbits(values.astype(np.uint8)[..., None], axis=2)[..., 8 - depth :]
    rows = np.packbits(bits.reshape(height, -1), axis=1)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    parts = [chunk(b"IHDR", header)]
    if palette:
        parts.append(chunk(b"PLTE", palette))
    parts += [chunk(b"IDAT", zlib.compress(raw)), chunk(b"IEND", b"")]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    return path


def image(seed: int = 0, size=(20, 30), channels: int = 1) -> np.ndarray:
    """Noise (H, W) or (H, W, C), different for each seed."""
    shape = size if channels == 1 else (*size, channels)
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def labels(size=(20, 30), classes: int = 3) -> np.ndarray:
    """Vertical stripes of the labels 0 to classes - 1."""
    columns = np.arange(size[1]) * classes // size[1]
    return np.repeat(columns[None], size[0], axis=0).astype(np.uint8)


def ids(size=(20, 30), count: int = 4) -> np.ndarray:
    """Separate 4x4 squares with the ids 1 to count, 16 bit."""
    out = np.zeros(size, np.uint16)
    for i in range(count):
        out[3:7, 1 + 6 * i : 5 + 6 * i] = i + 1
    return out


def label_folder(root: Path, names=("a", "b", "c", "d", "e"), mask=None) -> Path:
    """images/ and masks/ with label maps of three classes, or the given mask."""
    for i, name in enumerate(names):
        write(root / "images" / f"{name}.png", image(i))
        write(root / "masks" / f"{name}.png", labels() if mask is None else mask)
    return root


def instance_folder(root: Path, names=("a", "b", "c")) -> Path:
    """images/ and masks/ with 16-bit ids."""
    for i, name in enumerate(names):
        write(root / "images" / f"{name}.png", image(i))
        write(root / "masks" / f"{name}.png", ids(count=i + 1))
    return root


def stage1_folder(root: Path, names=("a", "b")) -> Path:
    """NAME/images/NAME.png and one file an instance in NAME/masks/."""
    for i, name in enumerate(names):
        write(root / name / "images" / f"{name}.png", image(i))
        for number in range(1, i + 3):
            mask = np.uint8(255) * (ids() == number)
            write(root / name / "masks" / f"{number}.png", mask)
    return root


def write_list(root: Path, split: str, *lines: str) -> Path:
    """splits/SPLIT.txt."""
    path = root / "splits" / f"{split}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))
    return path
