import numpy as np
import pytest

from kseg.data import open_dataset
from kseg.data.truth import labels as side
from tests.data.folders import label_folder, labels


def test_a_label_map_has_no_objects(tmp_path):
    dataset = open_dataset(label_folder(tmp_path))
    with pytest.raises(ValueError, match="Expected a data set of objects.*make_pipe"):
        dataset.objects(0)


def test_what_is_read_is_uint8(tmp_path):
    dataset = open_dataset(label_folder(tmp_path))
    target = side.read_target(dataset, 1)
    assert target.dtype == side.TARGET_TYPE
    np.testing.assert_array_equal(target, labels())


def test_files_of_the_masks(tmp_path):
    label_folder(tmp_path, "ab")
    (tmp_path / "masks" / "b.png").unlink()
    dataset = open_dataset(tmp_path)
    files = [side.masks_of(dataset, item) for item in dataset.items]
    assert files == [(tmp_path / "masks" / "a.png",), ()]
