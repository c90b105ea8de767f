import numpy as np
import pytest
import tifffile

from kseg.data import open_dataset
from kseg.data.formats.dsb2018 import single_ids
from kseg.errors import DataError
from tests.data.folders import ids, image, instance_folder, label_folder, labels, write

BINARY = labels(classes=2)


@pytest.mark.parametrize("value", [1, 7, 255, 65535])
def test_one_number_in_every_16_bit_mask_is_asked_about(tmp_path, value):
    label_folder(tmp_path, mask=BINARY.astype(np.uint16) * np.uint16(value))
    with pytest.raises(
        DataError, match=rf"one number in each \({value}\), which may be"
    ):
        open_dataset(tmp_path)
    # What the message advises.
    dataset = open_dataset(tmp_path, format="folder")
    np.testing.assert_array_equal(dataset.target(0), BINARY)
    if value < 255:
        dataset = open_dataset(tmp_path, format="dsb2018")
        assert "every mask holds one object" in dataset.notes[0]
        assert len(dataset.objects(0)) == 1


@pytest.mark.parametrize("dtype", [np.float32, np.int32, np.uint32])
def test_one_number_in_every_tiff(tmp_path, dtype):
    for name in "ab":
        write(tmp_path / "images" / f"{name}.png", image(ord(name)))
        (tmp_path / "masks").mkdir(exist_ok=True)
        tifffile.imwrite(tmp_path / "masks" / f"{name}.tif", BINARY.astype(dtype))
    with pytest.raises(DataError, match=r"one number in each \(1\)"):
        open_dataset(tmp_path)
    dataset = open_dataset(tmp_path, format="folder")
    np.testing.assert_array_equal(dataset.target(0), BINARY)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_white_is_no_id_even_if_the_format_is_stated(tmp_path, dtype):
    white = np.iinfo(dtype).max
    label_folder(tmp_path, mask=BINARY.astype(dtype) * white)
    with pytest.raises(DataError, match=f"masks of 0 and {white} alone, in which obj"):
        open_dataset(tmp_path, format="dsb2018")
    label_folder(tmp_path, mask=BINARY)  # as the message advises
    assert len(open_dataset(tmp_path, format="dsb2018").objects(0)) == 1


def test_the_first_map_of_two_ids_settles_it(tmp_path):
    instance_folder(tmp_path)  # of 1, 2 and 3 objects
    items = open_dataset(tmp_path).items
    assert open_dataset(tmp_path).notes == ()
    assert single_ids(items) == (set(), set())
    assert single_ids(items[:1]) == ({1}, {255, 65535})
    (tmp_path / "masks" / "c.png").write_bytes(b"")  # not read, for b settles it
    (tmp_path / "masks" / "a.png").write_bytes(b"")
    assert open_dataset(tmp_path, format="dsb2018").notes == ()


def test_masks_without_any_object_are_not_asked_about(tmp_path):
    label_folder(tmp_path, mask=ids() * 0)
    assert open_dataset(tmp_path).kind == "instances"
