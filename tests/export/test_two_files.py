"""Two files beside the whole: what links them, and that they are compared with it."""

import json
import zipfile

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from kseg.errors import ExportError
from kseg.export import two_files
from kseg.export.flatbuffer.quantize import convert
from kseg.export.labels import model as label_model
from kseg.export.two_files import write_two_files

IMAGE = np.random.default_rng(0).integers(0, 256, (8, 12, 3), np.uint8)
METADATA = {
    "name": "net",
    "task": "semantic",
    "input": {"name": "image", "size": [8, 12], "channels": 3},
    "output": {"name": "logits", "kind": "logits", "size": [8, 12], "offset": [0, 0]},
    "classes": ["a", "b"],
}


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    keras.utils.set_random_seed(0)
    image = keras.Input((8, 12, 3))
    x = keras.layers.Conv2D(4, 3, padding="same", name="early")(image)
    x = keras.layers.Conv2D(2, 1, name="late")(x)
    # The file calls a result by the signature's name, not by its layer's.
    model = keras.Model(image, keras.layers.Conv2D(2, 1)(x))
    folder = tmp_path_factory.mktemp("saved")
    label_model.write(model, folder, batch=1, outputs=("logits",))
    return convert(folder, "float32")


def run(content, **given):
    return Interpreter(**content).get_signature_runner()(**given)


def test_each_part_is_described_and_both_give_what_the_whole_gives(content, tmp_path):
    facts = write_two_files(tmp_path / "net.tflite", content, ["late"], METADATA, IMAGE)
    files = [tmp_path / f"net-{part}.tflite" for part in ("features", "regions")]
    assert sorted(tmp_path.iterdir()) == files
    parts = facts["parts"]
    assert [parts["features"], parts["regions"]] == [file.name for file in files]
    (link,) = parts["links"]
    assert link["name"] == "link_0" and tuple(link["shape"]) == (1, 8, 12, 4)
    for file, part, count in zip(files, ("features", "regions"), (1, 2), strict=True):
        with zipfile.ZipFile(file) as archive:
            described = json.loads(archive.read("metadata.json"))
        assert described["part"] == part and described["ops"]["CONV_2D"] == count
        assert described["parts"]["regions"] == "net-regions.tflite"
    between = run({"model_path": str(files[0])}, image=IMAGE[None])
    np.testing.assert_array_equal(
        run({"model_path": str(files[1])}, **between)["logits"],
        run({"model_content": content}, image=IMAGE[None])["logits"],
    )


def test_parts_that_give_anything_else_are_not_written(content, tmp_path, monkeypatch):
    results = iter([{"logits": np.zeros(3)}, {"logits": np.array([0, 0, 1e-6])}])
    monkeypatch.setattr(two_files, "_run", lambda *_: next(results))
    with pytest.raises(ExportError, match="do not give what the whole gives"):
        write_two_files(tmp_path / "net.tflite", content, ["late"], METADATA, IMAGE)
    assert not list(tmp_path.iterdir())
