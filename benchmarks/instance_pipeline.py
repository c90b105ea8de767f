"""Speed of the input pipeline of instances: images/s and CPU milliseconds per image.

    python benchmarks/instance_pipeline.py [--data DIR] [--seconds 4] [--size 320 320]

Boxes, classes and 56x56 masks of the embedded nuclei, or of another data set of objects
(coco128: `--data .../coco128`), decoded images in memory, every core this process may
use. CPU milliseconds count all threads and hardly depend on what else the machine does;
images/s do. Each line is one JSON object.
"""

import argparse
import json
import os
import time

from kseg.data import (
    ObjectAugment,
    make_object_pipeline,
    open_dataset,
    sample,
    steps_per_epoch,
)

BATCH_SIZE = 8

CASES = {
    "placed only": None,
    "flip, scale 0.5 to 2, brightness, contrast": ObjectAugment(),
    "the same and copy-paste": ObjectAugment(copy_paste=1.0),
    "all: scale 0.1 to 2, turns, copy-paste, gamma, noise, blur": ObjectAugment(
        turn=True, scale=(0.1, 2.0), copy_paste=1.0, gamma=0.3, noise=0.1, blur=1.0
    ),
}


def measure(dataset, seconds: float, size: tuple[int, int], augment) -> dict:
    """Run one pipeline for so many seconds, after a warm-up of an epoch."""
    batches = make_object_pipeline(
        dataset, size=size, batch_size=BATCH_SIZE, augment=augment
    ).as_numpy_iterator()
    for _ in range(steps_per_epoch(dataset, BATCH_SIZE)):
        next(batches)
    images, objects = 0, 0
    wall, cpu = time.perf_counter(), time.process_time()
    while time.perf_counter() - wall < seconds:
        image, target = next(batches)
        images += len(image)
        objects += int((target["classes"] > 0).sum())
    cpu = time.process_time() - cpu
    wall = time.perf_counter() - wall
    return {
        "images_per_second": round(images / wall, 1),
        "cpu_ms_per_image": round(1000 * cpu / images, 2),
        "objects_per_image": round(objects / images, 1),
    }


def main() -> None:
    """Print a line a case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="a data set of objects; the embedded sample")
    parser.add_argument("--seconds", type=float, default=4.0, help="per case")
    parser.add_argument("--size", type=int, nargs=2, default=(320, 320))
    arguments = parser.parse_args()
    dataset = sample("train")
    if arguments.data:
        dataset = open_dataset(arguments.data, kind="instances")
    cores = len(os.sched_getaffinity(0))
    for name, augment in CASES.items():
        size = tuple(arguments.size)
        figures = measure(dataset, arguments.seconds, size, augment)
        print(json.dumps({"case": name, "cores": cores, **figures}), flush=True)


if __name__ == "__main__":
    main()
