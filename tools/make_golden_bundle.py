"""Write tests/golden/tiny-int8.tflite: a small trained network that never changes.

    python -m tools.make_golden_bundle        (in the root of the repository)

The tests' recipe (tests/tiny_recipe.py) on eight embedded images, exported to int8.
Run it again only if the bundle's format changes, and then mend the integers in
tests/bundle/test_trained_network.py, which are printed.
"""

import shutil
import tempfile
from pathlib import Path

from kseg import bundle, data, recipes
from kseg.export.run import export_run
from kseg.predict.labels.separate import separate
from kseg.train import loop as training

TARGET = Path(__file__).parents[1] / "tests" / "golden" / "tiny-int8.tflite"


def main() -> None:
    recipes.RECIPES["tiny"] = "tests.tiny_recipe"
    train, val = data.sample("train"), data.sample("val")
    train = train.subset([item.name for item in train.items[:8]])
    with tempfile.TemporaryDirectory() as folder:
        run = training.train("tiny", train, val, folder, epochs=40)
        report = export_run(run.path, train, val, quantize="int8")
        shutil.copy(report.path, TARGET)
    _, metadata, (_, labels) = bundle.read(TARGET)
    ids = separate(labels, metadata["instances"])
    print("objects", int(ids.max()), "pixels", int((ids > 0).sum()))
    print("of each class", [int((labels == k).sum()) for k in range(3)])


if __name__ == "__main__":
    main()
