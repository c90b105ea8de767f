import numpy as np
import pytest

from kseg.predict.labels.result import Result
from kseg.show.labels import draw, writer

METADATA = {"classes": ["ground", "cell"], "palette": [[0, 0, 0], [0, 200, 0]]}
LABELS = np.pad(np.ones((4, 4), np.uint8), 4)
IMAGE = np.full((12, 12, 1), 50, np.uint8)


def test_labels_take_the_colours_of_the_palette():
    picture = draw(IMAGE, Result(LABELS), METADATA, opacity=1.0)
    assert picture[0, 0].tolist() == [50, 50, 50]
    assert picture[6, 6].tolist() == [0, 200, 0]


def test_the_writer_counts_the_objects_that_come_apart(tmp_path):
    some = writer(METADATA | {"instances": {"method": "components"}}, tmp_path)
    result = Result(LABELS, LABELS.astype(np.int32), object_classes=(1,))
    for name in "ab":
        some.write(name, f"{name}.png", IMAGE, result)
    some.close()
    assert some.summary() == ", 2 objects"
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {
        f"{name}_{part}"
        for name in "ab"
        for part in ("overlay.png", "labels.png", "objects.png", "objects.csv")
    }


def test_a_network_without_objects_says_nothing_of_them(tmp_path):
    some = writer(METADATA, tmp_path)
    some.write("a", "a.png", IMAGE, Result(LABELS))
    assert some.summary() == ""


def test_masks_of_objects_are_refused(tmp_path):
    with pytest.raises(ValueError, match="--masks"):
        writer(METADATA, tmp_path, masks=True)
