"""What is seen of an image with objects, function by function."""

import numpy as np
import pytest

from kseg.data.augment.objects import ObjectAugment
from kseg.data.objects import Objects
from kseg.data.pipeline.cache import CachedReader
from kseg.data.pipeline.object_views import (
    NO_CHANGE,
    augmented,
    letterboxed,
    tile,
    tile_corners,
)
from kseg.imaging import letterbox
from tests.data.array_dataset import ArrayDataset

IDS = np.zeros((8, 12), np.int32)
IDS[1:3, 1:3], IDS[4:8, 5:9] = 1, 2


class OneImage(ArrayDataset):
    def objects(self, index):
        return Objects.from_ids(self._targets[index])


def reader(count=1):
    images = [np.full((8, 12, 3), 40 + i, np.uint8) for i in range(count)]
    for image in images:
        image[..., 1] = 0  # colour, so that it stays of three channels
    dataset = OneImage("instances", images, [IDS] * count)
    return CachedReader(dataset, 1, objects=True)


def test_a_letterbox_holds_all_of_the_image():
    seen = letterboxed(reader(), (24, 24))(0, None)
    expected, (top, left, *inner) = letterbox(reader().read(0)[0], (24, 24))
    np.testing.assert_array_equal(seen.image, expected)
    (part,) = seen.parts
    assert (part.inner, part.offset) == (inner, (top, left)) == ([16, 24], (4, 0))
    assert seen.offset == (0, 0) and seen.changes == NO_CHANGE
    assert part.objects.boxes.tolist() == [[1, 1, 3, 3], [4, 5, 8, 9]]


def test_a_tile_holds_its_pixels_and_what_is_left_of_objects():
    see = tile(reader(), (6, 6), (12, 12), 0.1)
    seen = see(0, np.array([2, 6]))
    assert seen.image.shape == (12, 12, 3)
    (part,) = seen.parts
    assert part.objects.size == (6, 6) and tuple(part.inner) == (12, 12)
    assert part.objects.boxes.tolist() == [[2, 0, 6, 3]]
    # 12 of 16 pixels of the second object are in it.
    assert part.objects.areas.tolist() == [12]
    strict = tile(reader(), (6, 6), (12, 12), 0.76)
    assert len(strict(0, np.array([2, 6])).parts[0].objects) == 0


@pytest.mark.parametrize(
    ("size", "corners"),
    [
        ((6, 6), [[0, 0, 0]]),
        ((7, 6), [[0, 0, 0], [0, 1, 0]]),
        ((12, 13), [[0, 0, 0], [0, 0, 6], [0, 0, 7], [0, 6, 0], [0, 6, 6], [0, 6, 7]]),
        ((4, 5), [[0, 0, 0]]),
    ],
)
def test_corners_of_tiles_that_cover_an_image(size, corners):
    assert tile_corners([size], (6, 6)).tolist() == corners


def test_corners_of_several_images_are_in_their_order():
    assert tile_corners([(6, 6), (6, 12)], (6, 6))[:, 0].tolist() == [0, 1, 1]


def test_what_is_pasted_comes_from_another_image():
    plain = ObjectAugment.off(copy_paste=1.0, min_visible=0.0)
    see = augmented(reader(2), 2, plain, (8, 12), None)
    grays = set()
    for number in range(12):
        seen = see(0, np.array([number, 5]))
        pasted, own = seen.parts
        assert own.objects.size == (8, 12) and seen.offset == own.offset
        assert (np.asarray(pasted.offset) == 0).all()
        grays |= set(np.unique(seen.image[..., 0]))
    assert grays == {40, 41}  # of this image, and of the one that is pasted


def test_the_same_seed_sees_the_same():
    everything = ObjectAugment(turn=True, blur=1.0)
    see = augmented(reader(2), 2, everything, (8, 8), 1.0)
    first, again = see(1, np.array([-3, 7])), see(1, np.array([-3, 7]))
    np.testing.assert_array_equal(first.image, again.image)
    assert first.changes == again.changes and first.offset == again.offset
    assert see(1, np.array([-3, 8])).changes != first.changes
