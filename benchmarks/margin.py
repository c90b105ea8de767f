"""What a smaller margin costs: labels and objects against those of the exact margin.

    python benchmarks/margin.py RUN DATA [--split val]

For the images that are larger than a tile. Prints, per margin, the pixels with the same
label as at the receptive margin, and the same in objects (TP / (TP + FP + FN) at IoU
0.5).
"""

import argparse
from pathlib import Path

import numpy as np

import kseg
from kseg.metrics import IdMapScores
from kseg.models.unet import margin as receptive_margin
from kseg.train.images import open_like


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--split", default="val")
    parser.add_argument("--depth", type=int, default=4, help="of the U-Net")
    arguments = parser.parse_args()
    predictor = kseg.load(arguments.run)
    tile = predictor.metadata["input"]["size"]
    dataset = open_like(predictor.metadata, arguments.data, None, arguments.split)
    images = [dataset.image(i) for i in range(len(dataset))]
    images = [im for im in images if any(np.subtract(im.shape[:2], tile) > 0)]
    exact_margin = receptive_margin(arguments.depth, "same")
    exact = [predictor.predict(image, margin=exact_margin) for image in images]
    print(f"{len(images)} images larger than {tile}; exact margin {exact_margin}")
    for margin in (0, 8, 16, 32, 48, 64):
        same = pixels = 0
        scores = IdMapScores([0.5])
        for image, reference in zip(images, exact, strict=True):
            found = predictor.predict(image, margin=margin)
            same += np.count_nonzero(found.labels == reference.labels)
            pixels += found.labels.size
            if reference.instances is not None:
                scores.update(reference.instances, found.instances)
        objects = scores.result()["score"][0]
        print(
            f"margin {margin:2}: {100 * same / pixels:.3f} % of labels, {objects:.4f}"
        )


if __name__ == "__main__":
    main()
