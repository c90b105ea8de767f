"""Where a training step of the phone-sized Mask R-CNN goes, and what speeds it up.

    python benchmarks/rcnn_step.py DATA [--steps 20]

The recipe mask-rcnn-nuclei on DATA (masks of single objects), batches of 4. First the
input pipeline alone; then, on one batch again and again, the parts of a step on
TensorFlow, each as a graph of its own: the trunk forward; the targets (matching,
proposals with their NMS, drawing); all of the loss, so that the heads are the rest; and
a whole step, so that backward and optimizer are the rest. Then whole steps compiled by
XLA, in bfloat16, and on JAX, each in a process of its own. Times are medians; compare
within one run.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

VARIANTS = {
    "TensorFlow": ["tensorflow"],
    "TensorFlow, XLA": ["tensorflow", "--jit"],
    "TensorFlow, bfloat16": ["tensorflow", "--bfloat16"],
    "JAX": ["jax"],
    "JAX, bfloat16": ["jax", "--bfloat16"],
}
BATCH = 4


def median(run, steps: int) -> float:
    """Milliseconds of one call, after one that is not counted."""
    run()
    times = []
    for _ in range(steps):
        started = time.perf_counter()
        run()
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)


def pipeline(data: Path, steps: int):
    """Milliseconds of a batch, and one of them."""
    from kseg import recipes
    from kseg.data import ObjectAugment, make_object_pipeline, open_dataset

    recipe = recipes.get("mask-rcnn-nuclei")
    batches = make_object_pipeline(
        open_dataset(data, kind="instances"),
        size=recipe.image_size,
        batch_size=BATCH,
        augment=ObjectAugment.off(**recipe.augmentation),
        **asdict(recipe.objects),
    )
    iterator = batches.as_numpy_iterator()
    for _ in range(10):  # which are made ahead
        batch = next(iterator)
    started = time.perf_counter()
    for _ in range(steps):
        next(iterator)
    return 1000 * (time.perf_counter() - started) / steps, batch


def split(model, images, truth, steps: int) -> dict[str, float]:
    """Milliseconds of the parts of a step on TensorFlow."""
    import tensorflow as tf

    from kseg.models.mask_rcnn import POSITIVE
    from kseg.models.parts.regions import sample_regions
    from kseg.models.parts.rpn import rpn_losses

    trunk = tf.function(lambda: model.trunk(images, training=True))
    outputs = trunk()
    first = outputs["objectness"], outputs["deltas"]

    @tf.function
    def targets():
        valid = truth["classes"] > 0
        anchors = model.propose.anchors
        rpn = rpn_losses(*first, anchors, truth["boxes"], valid, seed=0)
        proposals = model.propose(*first, training=True)
        return rpn, sample_regions(*proposals, truth, model.rois, POSITIVE, 0)

    loss = tf.function(
        lambda: model.compute_loss(
            images, truth, model(images, training=True), training=True
        )
    )
    found = {"trunk": median(trunk, steps), "targets": median(targets, steps)}
    found["loss"] = median(loss, steps)
    found["step"] = median(lambda: model.train_on_batch(images, truth), steps)
    return found


def child(arguments) -> None:
    """One variant; prints a JSON line."""
    import keras
    import numpy as np

    from kseg import recipes

    if arguments.bfloat16:
        keras.config.set_dtype_policy("mixed_bfloat16")
    batch = dict(np.load(arguments.data))
    images = batch.pop("images")
    recipe = recipes.get("mask-rcnn-nuclei")
    classes, channels = int(batch["classes"].max()), images.shape[-1]
    model = recipe.network(classes, channels, size=recipe.image_size)
    jit = arguments.jit or "auto"
    model.compile(recipe.optimizer(), jit_compile=jit)
    if arguments.split:
        found = split(model, images, batch, arguments.steps)
    else:
        step = median(lambda: model.train_on_batch(images, batch), arguments.steps)
        found = {"step": step}
    print(json.dumps(found))


def run_child(file: Path, steps: int, backend: str, *options: str) -> dict[str, float]:
    command = [sys.executable, __file__, str(file), "--steps", str(steps), "--child"]
    done = subprocess.run(
        [*command, *options],
        env={**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--steps", type=int, default=20)
    for flag in ("child", "split", "jit", "bfloat16"):
        parser.add_argument(f"--{flag}", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(arguments)
        return
    import tempfile

    import numpy as np

    data, (images, truth) = pipeline(arguments.data, arguments.steps)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "batch.npz"
        np.savez(file, images=images, **truth)
        parts = run_child(file, arguments.steps, "tensorflow", "--split")
        print(f"milliseconds for a batch of {BATCH}, TensorFlow")
        print(f"  data pipeline alone     {data:8.1f}")
        print(f"  trunk, forward          {parts['trunk']:8.1f}")
        print(f"  targets                 {parts['targets']:8.1f}")
        heads = parts["loss"] - parts["trunk"] - parts["targets"]
        print(f"  heads and losses        {heads:8.1f}")
        print(f"  backward and optimizer  {parts['step'] - parts['loss']:8.1f}")
        print(f"  whole step              {parts['step']:8.1f}", flush=True)
        for name, (backend, *options) in VARIANTS.items():
            step = run_child(file, arguments.steps, backend, *options)["step"]
            rate, ratio = 1000 * BATCH / step, parts["step"] / step
            print(
                f"{name:22} {step:8.1f} ms a step, {rate:5.1f} images a second, "
                f"{ratio:.2f} times as fast",
                flush=True,
            )


if __name__ == "__main__":
    main()
