"""Three epochs at once, and interrupted after one: how the two differ, as JSON.

    python -m tests.train.resumed_runs FOLDER

For the optimizer, schedule, average and order of each recipe, on one tiny network; of
recipes that share them, one. A process of its own: determinism cannot be turned off.
"""

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from kseg import callbacks, data, recipes
from kseg.imaging import write_png
from kseg.losses import CrossEntropy
from kseg.train import loop

NETWORK = "tests.train.resumed_runs"
RECIPE = None  # what `kseg.recipes.get` finds here


def network(num_classes, channels, *, weights, **_):
    """Convolution, batch norm and dropout: all that has a state of its own."""
    layers = keras.layers
    image = keras.Input((None, None, channels), name="image")
    x = layers.Rescaling(1 / 255)(image)
    x = layers.Conv2D(4, 3, padding="same", name="conv")(x)
    x = layers.ReLU()(layers.BatchNormalization(name="norm")(x))
    x = layers.Dropout(0.3)(x)
    return keras.Model(image, layers.Conv2D(num_classes, 1, name="score")(x))


def loss(dataset):
    return CrossEntropy(ignore_label=dataset.ignore_label)


def tiny(recipe):
    """A recipe's optimizer, schedule, average and augmentation, and little else."""
    known = data.Augment().get_config()
    return replace(
        recipe,
        network=network,
        loss=loss,
        task="semantic",
        image_size=(24, 32),
        tile_size=None,
        batch_size=2,
        epochs=3,
        learning_rate=0.01,
        augmentation={k: v for k, v in recipe.augmentation.items() if k in known},
        backbone=None,
        weights=None,
        multiple=1,
        margin=4,
        stride=8,
        separation=None,
    )


def what_counts(recipe) -> str:
    """What of a `tiny` recipe a resumed training might get wrong."""
    config = recipe.optimizer().get_config()
    rates = [recipe.schedule(share) for share in np.linspace(0, 1, 21)]
    kept = config, rates, recipe.average_momentum, sorted(recipe.augmentation.items())
    return json.dumps(kept, default=str)


def write_data(folder):
    rng = np.random.default_rng(0)
    for i in range(6):
        labels = np.kron(rng.integers(0, 2, (4, 5)), np.ones((8, 8), int))
        image = (60 + 120 * labels + rng.integers(0, 20, labels.shape)).astype(np.uint8)
        write_png(folder / "images" / f"{i}.png", image)
        write_png(folder / "masks" / f"{i}.png", labels.astype(np.uint8))
    (folder / "classes.txt").write_text("ground\nblock\n")
    return [data.open_dataset(folder, split=part) for part in ("train", "val")]


def contents(run):
    """All that a run keeps but its times, as one dict of arrays."""
    path, state, average = run.last()
    model = keras.models.load_model(path)
    best = keras.models.load_model(run.best, compile=False)
    names = ("loss", "val_score", "learning_rate")
    rows = [[row.get(name, -1) for name in names] for row in state["history"]]
    return {
        "weights": model.get_weights(),
        "optimizer": [v.numpy() for v in model.optimizer.variables],
        "average": average,
        "best": best.get_weights(),
        "history": rows,
        "seeds": state["seeds"],
    }


def difference(a, b) -> list[str]:
    """What of two `contents` is not the same, bit for bit."""
    return [
        name
        for name in a
        if len(a[name]) != len(b[name])
        or any(not np.array_equal(x, y) for x, y in zip(a[name], b[name], strict=True))
    ]


def both(folder: Path, sets) -> tuple[dict, dict]:
    """The contents of a run of three epochs, and of one that was interrupted."""
    whole, interrupted = folder / "whole", folder / "interrupted"
    end = callbacks.Checkpoint.on_epoch_end

    def end_and_copy(self, epoch, logs=None):
        end(self, epoch, logs)
        if not interrupted.exists():
            shutil.copytree(whole, interrupted)

    callbacks.Checkpoint.on_epoch_end = end_and_copy
    options = {"deterministic": True, "say": lambda line: None}
    runs = [loop.train("tiny", *sets, path, **options) for path in (whole, interrupted)]
    callbacks.Checkpoint.on_epoch_end = end
    return tuple(map(contents, runs))


def main(folder: Path) -> None:
    global RECIPE
    sets = write_data(folder / "data")
    recipes_of = {}
    for name in list(recipes.RECIPES):
        recipe = tiny(recipes.get(name))
        recipes_of.setdefault(what_counts(recipe), (recipe, []))[1].append(name)
    recipes.RECIPES["tiny"] = NETWORK
    found = {}
    for recipe, names in recipes_of.values():
        sys.modules[NETWORK] = sys.modules["__main__"]
        RECIPE = recipe
        first, second = both(folder / names[0], sets)
        moved = not np.array_equal(first["history"][0], first["history"][2])
        for name in names:
            found[name] = {"differs": difference(first, second), "moved": moved}
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
