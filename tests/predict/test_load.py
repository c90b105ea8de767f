import json
import random
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

import kseg
from kseg import bundle
from kseg.errors import BundleError, RunError
from kseg.predict import from_model, load
from kseg.predict.sides import from_bundle
from tests.predict.conftest import blobs, expected_labels, unet_metadata


def test_a_keras_file_and_a_run_predict_like_the_model(unet, tmp_path):
    image = np.random.default_rng(3).integers(0, 256, (20, 30, 3), np.uint8)
    metadata = unet_metadata()
    expected = from_model(unet, metadata).predict(image).labels
    file = tmp_path / "net.keras"
    unet.save(file)
    (tmp_path / "net.json").write_text(json.dumps(metadata))
    np.testing.assert_array_equal(load(file).predict(image).labels, expected)
    run = tmp_path / "run"
    (run / "checkpoints").mkdir(parents=True)
    (run / "run.json").write_text(
        json.dumps({"format_version": 1, "metadata": metadata})
    )
    with pytest.raises(RunError, match="first validation score.*Go on"):
        load(run)
    unet.save(run / "checkpoints" / "best.keras")
    np.testing.assert_array_equal(load(run).predict(image).labels, expected)


def test_a_keras_file_alone_tells_its_sizes(unet, tmp_path):
    unet.save(tmp_path / "net.keras")
    predictor = load(tmp_path / "net.keras")
    assert predictor.metadata["classes"] == ["class 0", "class 1", "class 2"]
    taken = {"size": [256, 256], "channels": 3, "resize": "tile"}
    assert predictor.metadata["input"] == taken
    assert predictor.predict(np.zeros((9, 300, 3), np.uint8)).labels.shape == (9, 300)


def test_a_bundle_needs_neither_keras_nor_tensorflow(label_bundle, tmp_path):
    np.save(tmp_path / "image.npy", blobs(70, 90))
    script = f"""
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("keras", "tensorflow", "jax", "matplotlib"):
            raise ImportError(name + " is not installed")

sys.meta_path.insert(0, Refuse())
import numpy as np
import kseg
from kseg.show.save_labels import save_labels

predictor = kseg.load({str(label_bundle)!r})
image = np.load({str(tmp_path / "image.npy")!r})
result = predictor.predict(image, tta=True)
count = save_labels(result, image, predictor.metadata, {str(tmp_path / "out")!r}, "a")
np.save({str(tmp_path / "labels.npy")!r}, result.labels)
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
    assert done.stdout.split() == ["24", "1.0"]
    np.testing.assert_array_equal(
        np.load(tmp_path / "labels.npy"), expected_labels(blobs(70, 90))
    )


def test_bad_files_are_named(label_bundle, tmp_path):
    with pytest.raises(BundleError, match=r"nothing\.tflite.*not exist"):
        load(tmp_path / "nothing.tflite")
    with pytest.raises(RunError, match="run.json"):
        load(tmp_path)
    (tmp_path / "short.tflite").write_bytes(label_bundle.read_bytes()[:-100])
    with pytest.raises(BundleError, match=r"short\.tflite"):
        load(tmp_path / "short.tflite")
    (tmp_path / "bad.keras").write_bytes(b"no network")
    with pytest.raises(BundleError, match=r"bad\.keras"):
        load(tmp_path / "bad.keras")


def test_a_bad_json_beside_a_keras_file_is_named(unet, tmp_path):
    unet.save(tmp_path / "net.keras")
    for text in ("{", "[" * 100_000, "[1]", "1" * 5000, "NaN"):
        (tmp_path / "net.json").write_text(text)
        with pytest.raises(BundleError, match=r"net\.json"):
            load(tmp_path / "net.keras")


def parts_of(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def altered(content, rng):
    """Cut, or a few bytes of its head replaced: HDF5 has its tables there."""
    place = rng.randrange(min(3000, len(content)))
    if rng.random() < 0.3:
        return content[:place]
    return content[:place] + rng.randbytes(8) + content[place + 8 :]


def test_damage_inside_of_a_keras_file_is_named(unet, tmp_path):
    """Also where every checksum of the archive is right."""
    unet.save(tmp_path / "net.keras")
    parts, rng, refused = parts_of(tmp_path / "net.keras"), random.Random(4), 0
    for _ in range(60):
        name = rng.choice(["config.json", "model.weights.h5", "model.weights.h5"])
        with zipfile.ZipFile(tmp_path / "bad.keras", "w") as archive:
            for part, content in parts.items():
                archive.writestr(
                    part, altered(content, rng) if part == name else content
                )
        try:
            load(tmp_path / "bad.keras")
        except BundleError as error:
            assert "bad.keras to be a network that kseg saved" in str(error)
            refused += 1
    assert refused > 30


def test_a_keras_file_that_lacks_weights_is_refused(unet, tmp_path):
    import h5py

    unet.save(tmp_path / "net.keras")
    parts = parts_of(tmp_path / "net.keras")
    weights = tmp_path / "weights.h5"
    weights.write_bytes(parts["model.weights.h5"])
    with h5py.File(weights, "a") as file:
        del file["layers"]
    with zipfile.ZipFile(tmp_path / "bad.keras", "w") as archive:
        for part, content in parts.items():
            other = weights.read_bytes() if part.endswith(".h5") else content
            archive.writestr(part, other)
    with pytest.raises(BundleError, match="bad.keras"):
        load(tmp_path / "bad.keras")


def test_a_keras_file_of_another_kind_is_refused(tmp_path):
    import keras

    image = keras.Input((8, 8, 3))
    flat = keras.layers.Flatten()(image)
    for output in (keras.layers.Dense(2)(flat), {"c1": image}, [image, image]):
        keras.Model(image, output).save(tmp_path / "net.keras")
        with pytest.raises(BundleError, match=r"net\.keras: .* from \(None, 8, 8"):
            load(tmp_path / "net.keras")


def test_a_task_of_a_newer_kseg_is_refused(label_bundle):
    content = bundle.read(label_bundle)
    metadata = content.metadata | {"task": "depth"}
    with pytest.raises(BundleError, match=r"'depth'.*newer kseg"):
        from_bundle(content._replace(metadata=metadata))
