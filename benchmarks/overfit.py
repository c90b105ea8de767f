"""Can a network learn eight images by heart? Mean IoU on them, in inference mode.

    python benchmarks/overfit.py CAMVID [--network segnet-basic] [--steps 800]

Eight images of the training split, spread evenly over it, without augmentation; the
labels' ignored pixels count nowhere. Adam, warm-up and cosine. Before each score the
batch norms' statistics are those of a pass over the images, as in the SegNet paper.
Both train with cross-entropy at a quarter of the resolution (4 x 4 pixels averaged, the
nearest label): SegNet-Basic, and the U-Net of the recipe unet-mobile from its ImageNet
weights, which is shown each pixel as 2 x 2. Prints a JSON line now and then, and
whether 0.95 was reached.

FCN-8s on a backbone is not here: scores at stride 8, resized by fixed bilinear weights,
are too coarse for 0.95. These labels themselves, averaged over 8 x 8 pixels and resized
back, have a mean IoU of 0.85. The U-Net scores at stride 2, hence the larger pixels; at
the full resolution it reached 0.884 in 450 steps of 4 images.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import cv2
import keras
import numpy as np

from kseg.callbacks import Schedule
from kseg.data import open_dataset
from kseg.imaging import resize_nearest
from kseg.losses import CrossEntropy
from kseg.metrics import confusion_matrix, semantic_scores
from kseg.recipes import segnet_basic_camvid, unet_mobile
from kseg.train import recompute_batch_norm, schedules

WANTED = 0.95
# Per network: what builds it for so many classes and channels, how often each pixel is
# repeated along both axes; the size of the images before that, images a step, steps and
# peak of the learning rate.
NETWORKS = {
    "segnet-basic": (segnet_basic_camvid.network, 1, (90, 120), 4, 800, 3e-3),
    "unet-mobile": (unet_mobile.network, 2, (90, 120), 8, 900, 5e-3),
}


class Curve(keras.callbacks.Callback):
    """Print the score on the images every few epochs."""

    def __init__(self, images, labels, classes: int, batch_size: int, every: int):
        super().__init__()
        self.images, self.labels, self.classes = images, labels, classes
        self.batch_size, self.every = batch_size, every
        self.best = 0.0
        self._started = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self.every and epoch + 1 < self.params["epochs"]:
            return
        batches = range(0, len(self.images), self.batch_size)
        recompute_batch_norm(
            self.model, (self.images[i : i + self.batch_size] for i in batches)
        )
        predicted = self.model.predict(self.images, batch_size=4, verbose=0).argmax(-1)
        matrix = confusion_matrix(self.labels, predicted, self.classes)
        score = semantic_scores(matrix)["mean_iou"]
        self.best = max(self.best, score)
        row = {
            "steps": int(self.model.optimizer.iterations),
            "seconds": round(time.perf_counter() - self._started, 1),
            "loss": round(logs["loss"], 4),
            "mean_iou": round(score, 4),
        }
        print(json.dumps(row), flush=True)


def read(data: Path, count: int, size: tuple[int, int]):
    """Images (count, h, w, 3), label maps (count, h, w), and the number of classes."""
    dataset = open_dataset(data, split="train")
    chosen = np.linspace(0, len(dataset) - 1, count).round().astype(int)
    images = [dataset.image(i) for i in chosen]
    labels = [resize_nearest(dataset.target(i), size) for i in chosen]
    area = [cv2.resize(im, size[::-1], interpolation=cv2.INTER_AREA) for im in images]
    return np.stack(area), np.stack(labels), len(dataset.class_names)


def overfit(data: Path, name: str, count: int, **given) -> bool:
    """Train one network; whether it reached `WANTED`."""
    build, times, *defaults = NETWORKS[name]
    size, batch_size, steps, rate = (
        value or default
        for value, default in zip(given.values(), defaults, strict=True)
    )
    images, labels, classes = read(data, count, tuple(size))
    images, labels = (x.repeat(times, 1).repeat(times, 2) for x in (images, labels))
    keras.utils.set_random_seed(0)
    model = build(classes, 3)
    model.compile(keras.optimizers.Adam(rate), CrossEntropy())
    steps_per_epoch = -(-count // batch_size)
    epochs = -(-steps // steps_per_epoch)
    curve = Curve(images, labels, classes, batch_size, every=max(1, epochs // 20))
    factor = schedules.cosine(warmup=0.05)
    settings = {"size": size, "images": count, "batch_size": batch_size, "rate": rate}
    print(json.dumps({"network": name, **settings, "steps": steps}), flush=True)
    model.fit(
        images,
        labels,
        batch_size=batch_size,
        epochs=epochs,
        verbose=0,
        callbacks=[Schedule(rate, steps_per_epoch, factor, epochs=epochs), curve],
    )
    reached = curve.best >= WANTED
    found = {"best_mean_iou": round(curve.best, 4), "reached": reached}
    print(json.dumps({"network": name, **found}), flush=True)
    return reached


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--network", choices=NETWORKS, help="all by default")
    parser.add_argument("--images", type=int, default=8)
    parser.add_argument("--size", type=int, nargs=2, metavar=("H", "W"))
    parser.add_argument("--batch-size", type=int)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--lr", type=float)
    arguments = parser.parse_args()
    names = [arguments.network] if arguments.network else list(NETWORKS)
    reached = [
        overfit(
            arguments.data,
            name,
            arguments.images,
            size=arguments.size,
            batch_size=arguments.batch_size,
            steps=arguments.steps,
            rate=arguments.lr,
        )
        for name in names
    ]
    sys.exit(0 if all(reached) else 1)


if __name__ == "__main__":
    main()
