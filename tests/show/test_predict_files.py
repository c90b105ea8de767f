"""What files are called and grouped by; whole calls: tests/cli/test_predict_*.py."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from kseg.errors import DataError
from kseg.predict import load
from kseg.show.predict_files import _groups, _names, predict_files


def test_a_batch_that_has_begun_comes_before_its_error():
    def read():
        yield from range(5)
        raise DataError("the sixth")

    groups = _groups(read(), 2)
    assert [next(groups) for _ in range(3)] == [[0, 1], [2, 3], [4]]
    with pytest.raises(DataError, match="the sixth"):
        next(groups)
    assert list(_groups(iter(range(4)), 2)) == [[0, 1], [2, 3]]


def test_names_do_not_meet(tmp_path):
    files = ["x/a.png", "x/a.jpg", "y/a.png", "x/b.png", "z/x/a.png"]
    names = _names([tmp_path / file for file in files])
    assert names == ["1_a.png", "a.jpg", "y_a.png", "b", "5_a.png"]


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in "abc":
        cv2.imwrite(str(folder / f"{name}.png"), np.full((32, 48, 3), 153, np.uint8))
    return folder


def test_a_call_from_python(object_bundle, photos, tmp_path):
    predictor = load(object_bundle, threads=1)
    said = []
    done = predict_files(
        predictor, [photos], tmp_path / "out", say=said.append, tta=None, margin=None
    )
    assert (done.files, done.what, done.problems) == (3, "images", [])
    assert done.summary == ", 6 objects" and said == []
    assert len(list((tmp_path / "out").glob("*_overlay.png"))) == 3
    with pytest.raises(ValueError, match=r"samples \(--samples\)"):
        predict_files(predictor, [photos], tmp_path / "new", samples=3)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("error", [IndexError("no directory"), MemoryError("9 PB")])
def test_whatever_a_decoder_raises_is_said_of_its_file(
    error, object_bundle, photos, tmp_path
):
    predictor = load(object_bundle, threads=1)
    read = predictor.read

    def broken(path):
        if path.name == "b.png":
            raise error
        return read(path)

    predictor.read = broken
    message = rf"b\.png.*{type(error).__name__}: {error}"
    with pytest.raises(DataError, match=message):
        predict_files(predictor, [photos], tmp_path / "out")
    done = predict_files(predictor, [photos], tmp_path / "out", skip_bad=True)
    assert done.files == 2 and "b.png" in done.problems[0]


def test_a_defect_of_the_network_is_not_blamed_on_a_file(photos, tmp_path):
    def defect(images):
        raise KeyError("defect")

    predictor = SimpleNamespace(
        metadata={"classes": ["a"]},
        batch=1,
        check_options=lambda **options: options,
        read=lambda path: np.zeros((4, 4, 1), np.uint8),
        predict_batch=defect,
    )
    with pytest.raises(KeyError):
        predict_files(predictor, [photos], tmp_path / "out", skip_bad=True)
