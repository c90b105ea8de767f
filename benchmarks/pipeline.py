"""Speed of the input pipeline alone: images/s and CPU milliseconds per image.

    python benchmarks/pipeline.py [--seconds 5] [--size 256 256]

256x256x3 crops of the embedded nuclei, decoded images in memory, every core this
process may use. CPU milliseconds count all threads and hardly depend on what else the
machine does; images/s do. "colour" tints the images, so that all three channels are
worked on: gray images are augmented as one channel and then repeated. Each line is one
JSON object.
"""

import argparse
import json
import os
import time

from kseg.data import Augment, Dataset, make_pipeline, sample

BATCH_SIZE = 8
WARM_UP = 16

CASES = {
    "crop only, gray": {"augment": None},
    "full augmentation, border targets, gray": {"target": "border"},
    "full augmentation, border targets, colour": {"target": "border", "tint": True},
    "the same, contact targets and weight map": {
        "target": "contact",
        "tint": True,
        "weight_map": {"w0": 4, "sigma": 3, "background_only": False},
    },
    "full augmentation, ridge targets and weight map, colour": {
        "target": "ridge",
        "weight_map": {"w0": 10, "sigma": 5},
        "tint": True,
    },
}


class Tinted:
    """A data set whose images have three different channels."""

    def __init__(self, dataset: Dataset):
        self._dataset = dataset

    def __len__(self) -> int:
        return len(self._dataset)

    def __getattr__(self, name: str):
        return getattr(self._dataset, name)

    def image(self, index: int):
        image = self._dataset.image(index)
        image[..., 0] //= 2
        return image


def measure(seconds: float, size: tuple[int, int], tint=False, **options) -> dict:
    """Run one pipeline for so many seconds, after a warm-up of two epochs."""
    dataset = sample("train")
    options = {"augment": Augment()} | options
    batches = make_pipeline(
        Tinted(dataset) if tint else dataset,
        size=size,
        batch_size=BATCH_SIZE,
        **options,
    ).as_numpy_iterator()
    for _ in range(WARM_UP):
        next(batches)
    images, wall, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - wall < seconds:
        images += len(next(batches)[0])
    cpu = time.process_time() - cpu
    wall = time.perf_counter() - wall
    return {
        "images_per_second": round(images / wall, 1),
        "cpu_ms_per_image": round(1000 * cpu / images, 2),
    }


def main() -> None:
    """Print a line a case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5.0, help="per case")
    parser.add_argument("--size", type=int, nargs=2, default=(256, 256))
    arguments = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    for name, options in CASES.items():
        figures = measure(arguments.seconds, tuple(arguments.size), **options)
        print(json.dumps({"case": name, "cores": cores, **figures}), flush=True)


if __name__ == "__main__":
    main()
