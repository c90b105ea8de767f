import numpy as np
import pytest

from kseg.predict.labels.result import Result
from kseg.show.overlay import contours, overlay

PALETTE = [[0, 0, 0], [200, 100, 0], [0, 0, 250]]


def test_contours_by_hand():
    areas = np.array([[0, 0, 0, 0], [0, 1, 1, 1], [0, 1, 1, 2]], np.uint8)
    expected = np.array([[0, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1]], bool)
    np.testing.assert_array_equal(contours(areas), expected)
    np.testing.assert_array_equal(contours(areas, slice(1, 2)), expected[1:2])
    assert not contours(np.full((3, 3), 7)).any()


def test_overlay_mixes_inside_and_covers_the_contour():
    image = np.full((7, 8, 3), 100, np.uint8)
    labels = np.zeros((7, 8), np.uint8)
    labels[1:6, 1:6] = 1
    picture = overlay(image, labels, PALETTE, 0.25)
    assert picture[0, 0].tolist() == [100, 100, 100]
    assert picture[3, 3].tolist() == [125, 100, 75]
    assert picture[1, 3].tolist() == [200, 100, 0]
    assert image.max() == 100


@pytest.mark.parametrize("channels", [None, 1, 2, 3])
@pytest.mark.parametrize("opacity", [0, 1])
def test_overlay_of_any_channels(channels, opacity):
    shape = (6, 5) if channels is None else (6, 5, channels)
    image = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    picture = overlay(image, np.ones((6, 5), np.uint8), PALETTE, opacity)
    assert picture.shape == (6, 5, 3)
    first = image.reshape(6, 5, -1)[..., 0]
    expected = (
        np.broadcast_to(PALETTE[1], (6, 5, 3))
        if opacity
        else (image if channels == 3 else np.stack([first] * 3, -1))
    )
    np.testing.assert_array_equal(picture, expected)


def test_neighbouring_objects_differ_in_colour_and_ids_may_be_many():
    ids = np.arange(1, 1001, dtype=np.int32).reshape(20, 50)
    picture = overlay(np.zeros((20, 50), np.uint8), ids, opacity=1).astype(int)
    assert (np.abs(np.diff(picture, axis=1)).sum(-1) > 60).all()
    result = Result(np.zeros((20, 50), np.uint8), ids)
    np.testing.assert_array_equal(
        overlay(np.zeros((20, 50), np.uint8), result, opacity=1), picture
    )


def test_overlay_leaves_bare_what_the_palette_has_black():
    image = np.full((1, 4, 3), 100, np.uint8)
    labels = np.array([[0, 1, 2, 255]], np.uint8)
    road = [(10, 20, 30), (0, 0, 0), (40, 50, 60)]
    picture = overlay(image, labels, road, 1)
    expected = [[10, 20, 30], [100] * 3, [40, 50, 60], [100] * 3]
    np.testing.assert_array_equal(picture[0], expected)


def test_overlay_shows_labels_where_there_are_no_objects():
    labels = np.ones((3, 3), np.uint8)
    picture = overlay(np.zeros((3, 3), np.uint8), Result(labels), PALETTE, 1)
    assert (picture == PALETTE[1]).all()


@pytest.mark.parametrize(
    ("areas", "opacity", "message"),
    [
        (np.zeros((3, 4), np.uint8), 1.5, "from 0 to 1"),
        (np.zeros((4, 3), np.uint8), 0.5, r"\(3, 4\)"),
    ],
)
def test_bad_arguments_say_what_to_do(areas, opacity, message):
    with pytest.raises(ValueError, match=message):
        overlay(np.zeros((3, 4), np.uint8), areas, opacity=opacity)
