"""Cut the embedded sample of nuclei (kseg/data/nuclei) out of the whole dsb2018 set.

    python tools/make_nuclei_sample.py DSB2018_FOLDER [OUT]

The folder holds images/ID.png (8 bit gray), masks/ID.png (16 bit gray instance ids),
splits/fluorescence_train.txt and splits/fluorescence_val.txt. The train part of the
sample comes from the train list and the val part from the val list, so whoever trains
on the whole list may still score on the sample's val part. Nothing is drawn at random:
the same folder gives the same pixels.
"""

import sys
from pathlib import Path

import cv2
import numpy as np

SIZE = 256
PARTS = {"train": 64, "val": 16}
BRIGHTNESSES = 4  # images taken from each group of like nuclei counts


def main(source: Path, out: Path) -> None:
    """Choose, cut and write both parts, and their split lists."""
    for folder in ("images", "masks", "splits"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    for split, count in PARTS.items():
        chosen = choose(candidates(source, f"fluorescence_{split}"), count)
        for name, image, mask in chosen:
            write(out / "images" / f"{name}.png", image)
            write(out / "masks" / f"{name}.png", mask)
        names = "".join(f"{name}\n" for name, _, _ in chosen)
        (out / "splits" / f"{split}.txt").write_text(names)


def candidates(source: Path, split: str) -> list[tuple]:
    """(name, image, mask) of the centre of each image that has 3 nuclei there."""
    found = []
    for name in (source / "splits" / f"{split}.txt").read_text().split():
        image = cv2.imread(str(source / "images" / f"{name}.png"), cv2.IMREAD_UNCHANGED)
        mask = cv2.imread(str(source / "masks" / f"{name}.png"), cv2.IMREAD_UNCHANGED)
        top, left = ((side - SIZE) // 2 for side in mask.shape)
        image, mask = (a[top : top + SIZE, left : left + SIZE] for a in (image, mask))
        ids, mask = np.unique(mask, return_inverse=True)  # 0..n without gaps
        mask = mask.reshape(SIZE, SIZE).astype(np.uint16)
        if ids[0] == 0 and len(ids) > 3:
            # The first 12 of 64 hexadecimal digits still tell all images apart.
            found.append((name[:12], image, mask))
    return found


def choose(found: list[tuple], count: int) -> list[tuple]:
    """Evenly over nuclei counts and, among images of like count, over brightness."""
    by_nuclei = sorted(found, key=lambda item: (item[2].max(), item[0]))
    chosen = []
    for group in np.array_split(np.arange(len(by_nuclei)), count // BRIGHTNESSES):
        members = [by_nuclei[i] for i in group]
        members.sort(key=lambda item: (np.percentile(item[1], 99), item[0]))
        at = np.linspace(0, len(members) - 1, BRIGHTNESSES).round().astype(int)
        chosen += [members[i] for i in at]
    return sorted(chosen, key=lambda item: item[0])


def write(path: Path, array: np.ndarray) -> None:
    """Write the smallest PNG that zlib gives."""
    if not cv2.imwrite(str(path), array, [cv2.IMWRITE_PNG_COMPRESSION, 9]):
        raise OSError(f"Cannot write {path}.")


if __name__ == "__main__":
    here = Path(__file__).resolve().parent.parent / "kseg" / "data" / "nuclei"
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else here)
