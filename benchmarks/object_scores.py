"""Time of scoring objects with classes and scores: pasting, counting, the result.

Drawn discs, 300 in an image and two detections of each (28 x 28 masks), images of
256x256, 520x696 and 1024x1024 in turn; processor time of one core.

    python benchmarks/object_scores.py [--images 20] [--quick]
"""

import argparse
import time

import numpy as np

from kseg.data.objects import Objects
from kseg.metrics import ObjectScores
from kseg.predict import Detections

SIZES = ((256, 256), (520, 696), (1024, 1024))
OBJECTS = 300


def disc(side):
    """A disc in a square of ``side`` pixels, {0, 1}."""
    y, x = (np.mgrid[:side, :side] - (side - 1) / 2) / (side / 2)
    return (y**2 + x**2 < 1).astype(np.uint8)


def scene(size, rng):
    """True discs on a grid, and the output of a network that nearly finds them."""
    step = int((size[0] * size[1] / OBJECTS) ** 0.5)
    side = int(0.8 * step)
    ids, k = np.zeros(size, np.int32), 0
    for top in range(0, size[0] - step + 1, step):
        for left in range(0, size[1] - step + 1, step):
            k += 1
            ids[top : top + side, left : left + side] = np.int32(k) * disc(side)
    true = Objects.from_ids(ids)
    near = true.boxes + rng.normal(0, 0.06 * side, (k, 4))
    boxes = np.concatenate([near, near + rng.normal(0, 0.2 * side, (k, 4))])
    boxes[:, 2:] = np.maximum(boxes[:, 2:], boxes[:, :2] + 2)
    masks = np.repeat(disc(28)[None].astype(np.float32), 2 * k, axis=0)
    found = {"boxes": boxes, "scores": rng.random(2 * k), "masks": masks}
    return true, found | {"classes": np.ones(2 * k), "count": 2 * k}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=20)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    rng, scores = np.random.default_rng(0), ObjectScores(1, quick=arguments.quick)
    seconds = dict.fromkeys(("paste", "update", "result"), 0.0)
    for i in range(arguments.images):
        true, output = scene(SIZES[i % len(SIZES)], rng)
        at = [time.process_time()]
        found = Detections.from_output(output, true.size)
        at.append(time.process_time())
        scores.update(true, found)
        at.append(time.process_time())
        seconds["paste"] += at[1] - at[0]
        seconds["update"] += at[2] - at[1]
    start = time.process_time()
    scores.result()
    seconds["result"] = time.process_time() - start
    for name, value in seconds.items():
        print(f"{name}: {value:.2f} s of {arguments.images} images")


if __name__ == "__main__":
    main()
