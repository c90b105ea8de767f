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
from kseg.predict import ObjectPredictor, Predictor, load
from kseg.predict.timing import time_bundles
from tests.predict import corner
from tests.predict.corner import METADATA


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return corner.write(tmp_path_factory.mktemp("corner"))


def test_a_bundle_gives_objects_in_pixels_of_the_image(path):
    predictor = kseg.load(path, threads=1)
    assert isinstance(predictor, ObjectPredictor) and predictor.batch == 1
    found = predictor.predict(np.full((64, 96, 3), 153, np.uint8))
    assert found.scores.tolist() == pytest.approx([0.75, 0.6])
    assert found.boxes.tolist() == [[24, 16, 60, 80], [4, 8, 20, 40]]
    assert found.classes.tolist() == [2, 1]
    every = predictor.predict_batch([np.zeros((32, 48), np.uint8)] * 2)
    assert [len(found) for found in every] == [1, 1]


def test_a_bundle_checks_itself(path, tmp_path):
    assert load(path).self_check() == 0
    content = bundle.read(path)
    image, objects = corner.golden()
    other = image, objects | {"boxes": objects["boxes"] + np.float32(0.6)}
    bundle.write(tmp_path / "other.tflite", content.flatbuffer, content.metadata, other)
    with pytest.raises(BundleError, match="0.60 pixels"):
        load(tmp_path / "other.tflite").self_check()


def test_bundles_of_both_kinds_are_timed(path, label_bundle):
    rows = time_bundles([path, label_bundle], threads=1, runs=2)
    assert [row["file"] for row in rows] == [str(path), str(label_bundle)]
    assert all(row["median_ms"] > 0 for row in rows)


def rewritten(path, target, **changes):
    content = bundle.read(path)
    metadata = content.metadata | changes
    bundle.write(target, content.flatbuffer, metadata, content.golden)
    return target


def test_what_its_metadata_does_not_say_is_refused(path, tmp_path):
    output = dict(METADATA["output"], masks="elsewhere")
    file = rewritten(path, tmp_path / "a.tflite", output=output)
    with pytest.raises(BundleError, match=r"a\.tflite.*'elsewhere'"):
        load(file)
    del output["masks"]
    file = rewritten(path, tmp_path / "b.tflite", output=output)
    with pytest.raises(BundleError, match=r"b\.tflite.*output\.masks"):
        load(file)


def test_an_unknown_task_is_refused(label_bundle, tmp_path):
    file = rewritten(label_bundle, tmp_path / "c.tflite", task="depth")
    with pytest.raises(BundleError, match=r"c\.tflite.*'depth'.*newer kseg"):
        load(file)


def test_a_bundle_needs_neither_keras_nor_tensorflow(path, tmp_path):
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

predictor = kseg.load({str(path)!r})
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
    predictor = Predictor.from_model(network, metadata)
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


def test_tiles_of_a_keras_model_share_its_batches(network):
    predictor = Predictor.from_model(network, keras_metadata(network, "tile"))
    rng = np.random.default_rng(1)
    images = [rng.integers(0, 256, (*s, 3), np.uint8) for s in ((64, 96), (100, 130))]
    # One tile, and two by two of them: more than a batch of four.
    both = predictor.predict_batch(images, score_threshold=0)
    alone = [predictor.predict(image, score_threshold=0) for image in images]
    for found, expected in zip(both, alone, strict=True):
        assert len(found) and found.size == expected.size
        np.testing.assert_allclose(found.boxes, expected.boxes, atol=1e-2)
        np.testing.assert_array_equal(found.classes, expected.classes)
