"""From a run to a file, from Python."""

import json

import pytest

from kseg import bundle, data
from kseg.errors import RunError
from kseg.export import export_run
from kseg.models import UNet

METADATA = {
    "name": "nuclei",
    "task": "semantic",
    "input": {"size": [64, 96], "channels": 3, "resize": "tile"},
    "classes": ["background", "nucleus", "border"],
    "palette": [[0, 0, 0], [0, 255, 0], [255, 255, 255]],
    "ignore_label": 255,
    "tiling": {"margin": 8, "stride": 4},
    "instances": None,
}


def write_record(path, **more):
    split = {"train": [], "val": []}
    content = {"format_version": 1, "metadata": METADATA, "arguments": {}}
    content |= {"split": split, "environment": {}, "target": {}, **more}
    (path / "run.json").write_text(json.dumps(content))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("run")
    target = {"target": "border", "border_width": 1}
    write_record(path, target=target)
    (path / "checkpoints").mkdir()
    model = UNet(3, (None, None, 3), padding="same", base_filters=4, depth=2)
    model.save(path / "checkpoints" / "best.keras")
    return path


@pytest.fixture(scope="module")
def images():
    dataset = data.sample("val")
    return dataset.subset([item.name for item in dataset.items[:2]])


def test_the_file_lies_in_the_run_and_has_its_metadata(run, images):
    report = export_run(run, images, images)
    assert report.path == run / "export" / "nuclei-float32.tflite"
    metadata = bundle.read(report.path).metadata
    assert metadata["input"]["size"] == [64, 96]
    for key in ("name", "classes", "palette", "tiling"):
        assert metadata[key] == METADATA[key]
    # Compared on whole images' tiles, with their label maps.
    assert report.parity.images > 2 and report.parity.mean_iou is not None


def test_another_size_name_and_place(run, images, tmp_path):
    path = tmp_path / "mine.tflite"
    options = {"size": (32, 32), "output": "logits", "name": "mine"}
    report = export_run(run, images, images, out=path, saved_model=True, **options)
    metadata = bundle.read(path).metadata
    assert report.path == path and metadata["name"] == "mine"
    assert metadata["input"]["size"] == [32, 32]
    assert metadata["output"]["kind"] == "logits"
    assert (tmp_path / "mine" / "saved_model.pb").exists()


def test_a_saved_model_needs_a_name_of_its_own(run, images, tmp_path):
    with pytest.raises(ValueError, match="Expected a file NAME.tflite.*net"):
        export_run(run, images, images, out=tmp_path / "net", saved_model=True)
    assert not list(tmp_path.iterdir())


def test_a_run_without_a_network_is_refused(tmp_path, images):
    write_record(tmp_path)
    with pytest.raises(RunError, match="without best.keras"):
        export_run(tmp_path, images, images)
