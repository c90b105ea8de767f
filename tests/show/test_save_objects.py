import csv

import cv2
import numpy as np
import pytest

from kseg.predict import Detections
from kseg.show.save_objects import save_objects
from tests.objects import detections

SIZE = (30, 40)
IMAGE = np.zeros((*SIZE, 3), np.uint8)
NAMES = ("background", "cell", "debris, other")


def pair():
    boxes = [(2, 3, 12, 13), (6, 8, 20, 30)]
    return detections(boxes, [1, 2], [0.4, 0.95], SIZE)


def test_every_file(tmp_path):
    assert save_objects(pair(), IMAGE, NAMES, tmp_path, "a", masks=True) == 2
    written = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.*"))
    assert written == [
        "a_masks/0001.png",
        "a_masks/0002.png",
        "a_objects.csv",
        "a_objects.png",
        "a_overlay.png",
    ]
    with open(tmp_path / "a_objects.csv", newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert rows[1] == {
        "id": "2",
        "class": "debris, other",
        "score": "0.9500",
        "area": "308",
        **{"y1": "6.00", "x1": "8.00", "y2": "20.00", "x2": "30.00"},
    }
    ids = cv2.imread(str(tmp_path / "a_objects.png"), cv2.IMREAD_UNCHANGED)
    assert ids.dtype == np.uint16
    np.testing.assert_array_equal(ids, pair().to_ids())
    # Whole, also where the other lies on top of it.
    mask = cv2.imread(str(tmp_path / "a_masks/0001.png"), cv2.IMREAD_UNCHANGED)
    expected = np.zeros(SIZE, np.uint8)
    expected[2:12, 3:13] = 255
    np.testing.assert_array_equal(mask, expected)
    assert cv2.imread(str(tmp_path / "a_overlay.png")).any()


def test_masks_of_an_earlier_run_are_gone(tmp_path):
    save_objects(pair(), IMAGE, NAMES, tmp_path, "a", masks=True)
    save_objects(pair().select([0]), IMAGE, NAMES, tmp_path, "a", masks=True)
    assert [p.name for p in (tmp_path / "a_masks").iterdir()] == ["0001.png"]


def test_nothing_found(tmp_path):
    assert save_objects(pair().select([]), IMAGE, NAMES, tmp_path, "a") == 0
    assert not (tmp_path / "a_masks").exists()
    assert (tmp_path / "a_objects.csv").read_text().strip().count("\n") == 0
    assert not cv2.imread(str(tmp_path / "a_objects.png"), -1).any()


def test_more_objects_than_16_bits_are_refused(tmp_path):
    many = 2**16
    found = Detections(
        (1, 1),
        np.tile(np.float32([0, 0, 1, 1]), (many, 1)),
        np.ones(many, np.float32),
        np.ones(many, np.int32),
        np.zeros((many, 4), np.int32),
        (np.zeros((0, 0), np.uint8),) * many,
    )
    with pytest.raises(ValueError, match="at most 65535"):
        save_objects(found, np.zeros((1, 1, 3), np.uint8), NAMES, tmp_path, "a")
    assert not list(tmp_path.iterdir())
