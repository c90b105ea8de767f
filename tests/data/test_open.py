import os
import subprocess
import sys

import numpy as np
import pytest
import tifffile

from kseg.data import open_dataset
from kseg.errors import DataError
from kseg.imaging import Intensity
from tests.data.folders import (
    ids,
    image,
    instance_folder,
    label_folder,
    labels,
    stage1_folder,
    write,
)


def test_formats_are_found(tmp_path):
    assert open_dataset(label_folder(tmp_path / "a")).kind == "labels"
    assert open_dataset(instance_folder(tmp_path / "b")).kind == "instances"
    assert open_dataset(stage1_folder(tmp_path / "c")).kind == "instances"
    folder = label_folder(tmp_path / "d", mask=labels().astype(np.uint16))
    assert open_dataset(folder).kind == "instances"
    (folder / "classes.txt").write_text("a\nb\nc\n")
    assert open_dataset(folder).kind == "labels"


def test_ids_of_32_bits_in_tiff(tmp_path):
    write(tmp_path / "images" / "a.png", image())
    (tmp_path / "masks").mkdir()
    tifffile.imwrite(tmp_path / "masks" / "a.tif", ids().astype(np.int32))
    dataset = open_dataset(tmp_path)
    assert dataset.kind == "instances"
    np.testing.assert_array_equal(dataset.target(0), ids())


def test_the_first_mask_that_can_be_read_decides(tmp_path):
    instance_folder(tmp_path)
    (tmp_path / "masks" / "a.png").write_bytes(b"")
    (tmp_path / "images" / "a.png").write_bytes(b"")
    assert open_dataset(tmp_path).kind == "instances"


def test_a_stated_format_wins(tmp_path):
    label_folder(tmp_path)
    assert open_dataset(tmp_path, format="dsb2018").kind == "instances"
    with pytest.raises(
        DataError, match="of ade20k, .*, folder. Received: format='kitti'"
    ):
        open_dataset(tmp_path, format="kitti")


def test_a_stated_kind_chooses_among_formats(tmp_path):
    label_folder(tmp_path / "a")
    assert open_dataset(tmp_path / "a", kind="labels").kind == "labels"
    with pytest.raises(DataError, match="of objects. Received: the format 'folder'"):
        open_dataset(tmp_path / "a", kind="instances")
    with pytest.raises(DataError, match="`kseg train unet`.* COCO, VOC, YOLO, labelme"):
        open_dataset(tmp_path / "a", kind="instances")
    with pytest.raises(DataError, match="of label maps. .*Name the format"):
        open_dataset(tmp_path / "a", kind="labels", format="dsb2018")
    with pytest.raises(ValueError, match="kind='masks'"):
        open_dataset(tmp_path / "a", kind="masks")


def test_kaggle_layout(tmp_path):
    dataset = open_dataset(stage1_folder(tmp_path), split=None)
    assert [item.name for item in dataset.items] == ["a", "b"]
    assert dataset.class_names == ("background", "nucleus")
    np.testing.assert_array_equal(dataset.target(1), np.where(ids() > 3, 0, ids()))


def test_intensity_is_found_and_said(tmp_path):
    label_folder(tmp_path)
    assert open_dataset(tmp_path).intensity == Intensity()
    write(tmp_path / "images" / "a.png", image().astype(np.uint16) * 100)
    dataset = open_dataset(tmp_path, split="val")
    assert dataset.intensity == Intensity("percentile")
    assert "a.png: holds uint16 pixels" in dataset.notes[-1]
    stated = Intensity("range", low=0, high=1000)
    assert open_dataset(tmp_path, intensity=stated).intensity == stated


def test_no_channels(tmp_path):
    with pytest.raises(ValueError, match="channels=0"):
        open_dataset(label_folder(tmp_path), channels=0)


def test_reading_needs_neither_keras_nor_tensorflow():
    code = (
        "import sys, kseg.data as d; d.sample('val').image(0); "
        "assert set(d.__all__) == set(dir(d)) == set(d._HOMES); "
        "sys.exit(bool({'tensorflow', 'keras', 'jax'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], env=os.environ).returncode == 0


def test_every_name_is_there():
    import kseg.data

    for name in kseg.data.__all__:
        assert getattr(kseg.data, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = kseg.data.nothing


@pytest.mark.data
def test_the_real_data_sets():
    root = os.environ.get("KSEG_DATA")
    if not root:
        pytest.skip("KSEG_DATA is not set")
    nuclei = open_dataset(f"{root}/dsb2018", split="fluorescence_val")
    assert (nuclei.kind, len(nuclei)) == ("instances", 54)
    assert sum(int(nuclei.target(i).max()) for i in range(54)) == 2236
    membranes = open_dataset(f"{root}/isbi2012")
    assert (len(membranes), membranes.stored_labels) == (30, {0: 0, 255: 1})
