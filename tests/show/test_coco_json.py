import json

import cv2
import numpy as np
from pycocotools.coco import COCO

from kseg.data.formats.coco import list_coco, read_coco
from kseg.show.coco_json import CocoFile
from tests.objects import detections

NAMES = ("background", "cell", "Zelle")


def test_ksegs_own_reader_and_pycocotools_open_it(tmp_path):
    sizes = (30, 40), (25, 20)
    found = [
        detections([(2, 3, 12, 13), (6, 8, 20, 30)], [1, 2], [0.4, 0.95], sizes[0]),
        detections([(0, 0, 25, 20)], [2], [0.5], sizes[1]),
    ]
    file = CocoFile(NAMES)
    (tmp_path / "images").mkdir()
    for name, size, objects in zip("ab", sizes, found, strict=True):
        cv2.imwrite(str(tmp_path / "images" / f"{name}.png"), np.zeros(size, np.uint8))
        file.add(f"{name}.png", objects)
    path = tmp_path / "annotations" / "found.json"
    assert file.write(path) == 3

    listing = list_coco(tmp_path)
    assert not listing.bad and not listing.flaws
    dataset = read_coco(tmp_path, listing.items)
    assert dataset.class_names == NAMES
    for i, objects in enumerate(found):
        again = dataset.objects(i)
        np.testing.assert_array_equal(again.boxes, objects.boxes)
        np.testing.assert_array_equal(again.classes, objects.classes)
        for mask, other in zip(again.masks, objects.masks, strict=True):
            np.testing.assert_array_equal(mask, other)

    opened = COCO(str(path))
    annotation = opened.anns[2]
    assert (annotation["score"], annotation["area"]) == (0.95, 308)
    assert opened.annToMask(annotation).sum() == 308


def test_no_image_at_all(tmp_path):
    assert CocoFile(NAMES).write(tmp_path / "a.json") == 0
    found = json.loads((tmp_path / "a.json").read_text())
    assert found["images"] == found["annotations"] == []
    assert [category["id"] for category in found["categories"]] == [1, 2]
