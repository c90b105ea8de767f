"""Networks that give objects, opened as a run, a .keras file and a bundle."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import kseg
from kseg import bundle
from kseg.errors import BundleError
from kseg.predict import ObjectPredictor, from_model, load
from kseg.predict.objects.open import describe_model
from tests.predict import corner
from tests.predict.corner import METADATA


def test_a_bundle_gives_objects_in_pixels_of_the_image(object_bundle):
    predictor = kseg.load(object_bundle, threads=1)
    assert isinstance(predictor, ObjectPredictor) and predictor.batch == 1
    found = predictor.predict(np.full((64, 96, 3), 153, np.uint8))
    assert found.scores.tolist() == pytest.approx([0.75, 0.6])
    assert found.boxes.tolist() == [[24, 16, 60, 80], [4, 8, 20, 40]]
    assert found.classes.tolist() == [2, 1]
    every = predictor.predict_batch([np.zeros((32, 48), np.uint8)] * 2)
    assert [len(found) for found in every] == [1, 1]


def test_a_bundle_checks_itself(object_bundle, tmp_path):
    assert load(object_bundle).self_check() == 0
    content = bundle.read(object_bundle)
    image, objects = corner.golden()
    other = image, objects | {"boxes": objects["boxes"] + np.float32(0.6)}
    bundle.write(tmp_path / "other.tflite", content.flatbuffer, content.metadata, other)
    with pytest.raises(BundleError, match="0.60 pixels"):
        load(tmp_path / "other.tflite").self_check()


def test_a_bundle_needs_neither_keras_nor_tensorflow(object_bundle, tmp_path):
    script = f"""
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        refused = ("keras", "tensorflow", "jax", "scipy", "pycocotools", "skimage")
        if name.split(".")[0] in refused:
            raise ImportError(name + " is not installed")

sys.meta_path.insert(0, Refuse())
import numpy as np
import kseg
from kseg.show.coco_json import CocoFile
from kseg.show.save_objects import save_objects

predictor = kseg.load({str(object_bundle)!r})
image = np.full((64, 96, 3), 153, np.uint8)
found = predictor.predict(image, tta=True)
names = predictor.metadata["classes"]
count = save_objects(found, image, names, {str(tmp_path)!r}, "a", masks=True)
file = CocoFile(names)
file.add("a.png", found)
file.write({str(tmp_path / "objects.json")!r})
print(count, predictor.self_check())
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=Path(kseg.__file__).parents[1],
    )
    assert done.returncode == 0, done.stderr
    # Of two views that disagree, as they see the same, each object counts half.
    assert done.stdout.split()[1] == "0.0"
    written = json.loads((tmp_path / "objects.json").read_text())
    assert len(written["annotations"]) == int(done.stdout.split()[0])


@pytest.fixture(scope="module")
def network():
    from tests.models.tiny_rcnn import tiny

    return tiny(score_threshold=0.0)


def keras_metadata(network, resize="letterbox"):
    taken = METADATA["input"] | {"size": [64, 96], "resize": resize}
    return METADATA | {"input": taken, "tiling": {"margin": 8, "stride": 1}}


def test_a_run_and_a_keras_file_predict_like_the_model(network, tmp_path):
    metadata = keras_metadata(network)
    image = np.random.default_rng(0).integers(0, 256, (50, 80, 3), np.uint8)
    predictor = from_model(network, metadata)
    assert isinstance(predictor, ObjectPredictor)
    expected = predictor.predict(image, score_threshold=0)
    assert len(expected) == 5 and expected.size == (50, 80)
    with pytest.raises(BundleError, match="golden image"):
        predictor.self_check()
    run = tmp_path / "run"
    (run / "checkpoints").mkdir(parents=True)
    record = {"format_version": 1, "metadata": metadata}
    (run / "run.json").write_text(json.dumps(record))
    network.save(run / "checkpoints" / "best.keras")
    network.save(tmp_path / "net.keras")  # which tells its sizes and classes itself
    for file in (run, tmp_path / "net.keras"):
        opened = load(file)
        assert opened.metadata["classes"][0] == "background"
        assert len(opened.metadata["classes"]) == 3
        found = opened.predict(image, score_threshold=0)
        np.testing.assert_allclose(found.boxes, expected.boxes, atol=1e-3)
        np.testing.assert_array_equal(found.classes, expected.classes)


def test_a_network_of_label_maps_is_refused(unet):
    with pytest.raises(BundleError, match="dict of boxes.*from"):
        describe_model(unet)
