"""Can the phone-sized Mask R-CNN learn sixteen photographs by heart? Mask AP50 on them.

    python benchmarks/overfit_instances.py COCO128 [--steps 600]

Sixteen images of coco128 with objects of 30 of COCO's 80 classes, none of them under 16
pixels wide or high where the image is fitted into 320 x 320. `MaskRCNN.mobile` with its
ImageNet weights, no augmentation, batches of 8, AdamW with warm-up and cosine. Prints a
JSON line now and then, with COCO's scores on the same images at full size, and whether
0.9 was reached: 0.959 after 300 steps, 400 seconds on two busy cores.
"""

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

import keras

from kseg import recipes
from kseg.callbacks import Schedule
from kseg.data import make_object_pipeline, open_dataset
from kseg.predict import from_model
from kseg.train.describe import describe
from kseg.train.evaluation import evaluate

WANTED = 0.9
IMAGES = [
    *("000000000009", "000000000030", "000000000036", "000000000061"),
    *("000000000086", "000000000092", "000000000136", "000000000194"),
    *("000000000283", "000000000326", "000000000387", "000000000394"),
    *("000000000428", "000000000443", "000000000490", "000000000599"),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--lr", type=float, default=2e-3)
    arguments = parser.parse_args()
    recipe = recipes.get("mask-rcnn-mobile")
    dataset = open_dataset(arguments.data, kind="instances").subset(IMAGES)
    keras.utils.set_random_seed(0)
    classes = len(dataset.class_names) - 1
    model = recipe.network(classes, 3, size=recipe.image_size)
    model.compile(recipe.optimizer())
    metadata = describe("overfit", recipe, dataset, recipe.image_size)
    # Once decoded, the batches are the same each time.
    batches = make_object_pipeline(
        dataset,
        size=recipe.image_size,
        batch_size=arguments.batch_size,
        training=False,
        **asdict(recipe.objects),
    ).cache()
    steps_per_epoch = len(list(batches))
    epochs = -(-arguments.steps // steps_per_epoch)
    every = max(1, epochs // 10)
    started, best = time.perf_counter(), 0.0

    def score(epoch, logs):
        nonlocal best
        if (epoch + 1) % every and epoch + 1 < epochs:
            return
        found = evaluate(from_model(model, metadata), dataset).scores
        best = max(best, found["mask_ap50"])
        row = {
            "steps": int(model.optimizer.iterations),
            "seconds": round(time.perf_counter() - started, 1),
            "loss": round(logs["loss"], 4),
            **{k: round(found[k], 4) for k in ("mask_ap50", "mask_ap", "box_ap")},
        }
        print(json.dumps(row), flush=True)

    factor = recipe.schedule
    model.fit(
        batches,
        epochs=epochs,
        verbose=0,
        callbacks=[
            Schedule(arguments.lr, steps_per_epoch, factor, epochs=epochs),
            keras.callbacks.LambdaCallback(on_epoch_end=score),
        ],
    )
    reached = best >= WANTED
    print(json.dumps({"best_mask_ap50": round(best, 4), "reached": reached}))
    sys.exit(0 if reached else 1)


if __name__ == "__main__":
    main()
