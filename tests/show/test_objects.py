import json

import numpy as np

from kseg.show.objects import compare, writer
from tests.objects import detections, truth

METADATA = {"task": "instances", "classes": ["background", "cell"]}
IMAGE = np.full((40, 60, 3), 100, np.uint8)
FOUND = detections([(4, 4, 20, 20), (10, 30, 30, 50)], [1, 1], [0.9, 0.8], (40, 60))


def test_the_writer_collects_a_coco_file(tmp_path):
    some = writer(METADATA, tmp_path, masks=True)
    some.close()
    assert not list(tmp_path.iterdir())  # without an image an older file would stay
    some.write("a", "sub/a.png", IMAGE, FOUND)
    some.write("b", "b.png", IMAGE, FOUND.select([0]))
    some.close()
    assert some.summary() == ", 3 objects"
    content = json.loads((tmp_path / "objects.json").read_text())
    assert [image["file_name"] for image in content["images"]] == ["sub/a.png", "b.png"]
    assert [entry["image_id"] for entry in content["annotations"]] == [1, 1, 2]
    assert len(list((tmp_path / "a_masks").iterdir())) == 2


def test_of_one_class_labels_would_hide_the_pixels():
    true = truth([(4, 4, 20, 20)], [1], (40, 60))
    several = METADATA | {"classes": ["background", "cell", "debris"]}
    one, two = (compare(IMAGE, true, FOUND, some) for some in (METADATA, several))
    np.testing.assert_array_equal(one[0], IMAGE)
    assert (one[2][:4, 4:40] == 100).all()
    assert (two[2][:4, 4:40] != 100).any()
