import cv2
import numpy as np
import pytest
import tifffile

from kseg.predict.labels.result import Result
from kseg.show.save_labels import save_labels

METADATA = {"classes": ["background", "cell"], "palette": [[0, 0, 0], [255, 0, 0]]}


def read(path):
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def test_the_files_hold_the_result(tmp_path):
    ids = np.zeros((12, 14), np.int32)
    ids[2:6, 2:7] = 1
    ids[8:11, 8:13] = 2
    labels = (ids > 0).astype(np.uint8)
    image = np.full((12, 14, 3), 30, np.uint8)
    result = Result(labels, ids, object_classes=(1,))
    assert save_labels(result, image, METADATA, tmp_path / "out", "x", opacity=0) == 2
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {
        "x_overlay.png",
        "x_labels.png",
        "x_objects.png",
        "x_objects.csv",
    }
    np.testing.assert_array_equal(read(tmp_path / "out/x_labels.png"), labels)
    written = read(tmp_path / "out/x_objects.png")
    assert written.dtype == np.uint16
    np.testing.assert_array_equal(written, ids)
    assert read(tmp_path / "out/x_overlay.png")[0, 0].tolist() == [30, 30, 30]
    assert len((tmp_path / "out/x_objects.csv").read_text().splitlines()) == 3


def test_a_label_map_alone(tmp_path):
    labels = np.ones((5, 4), np.uint8)
    count = save_labels(
        Result(labels), np.zeros((5, 4, 1), np.uint8), METADATA, tmp_path, "x"
    )
    assert count == 0
    assert {p.name for p in tmp_path.iterdir()} == {"x_overlay.png", "x_labels.png"}
    # RGB on disk: the cell's red is the last of OpenCV's blue, green, red.
    assert read(tmp_path / "x_overlay.png")[2, 2].tolist() == [0, 0, 128]


def test_more_objects_than_16_bits_hold(tmp_path):
    ids = np.arange(257 * 256, dtype=np.int32).reshape(257, 256)
    result = Result((ids > 0).astype(np.uint8), ids, object_classes=(1,))
    image = np.zeros((257, 256, 1), np.uint8)
    assert save_labels(result, image, METADATA, tmp_path, "x") == 257 * 256 - 1
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "x_objects.tif"), ids)
    assert not (tmp_path / "x_objects.png").exists()


def test_a_wrong_opacity_writes_nothing(tmp_path):
    labels = np.ones((5, 4), np.uint8)
    with pytest.raises(ValueError, match="from 0 to 1"):
        save_labels(
            Result(labels), np.zeros((5, 4, 1), np.uint8), METADATA, tmp_path, "x", 2
        )
    assert not list(tmp_path.iterdir())
