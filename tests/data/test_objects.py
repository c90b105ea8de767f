import numpy as np
import pytest
from pycocotools import mask as coco_mask

from kseg.data.objects import Objects
from kseg.data.reading.annotation import Object
from tests.data.folders import ids


def random_ids(size=(17, 23), count=9, seed=0):
    blocks = np.random.default_rng(seed).integers(0, count, (6, 6))
    return np.kron(blocks, np.ones((3, 4), np.int32))[: size[0], : size[1]]


def same_order(image):
    """Ids numbered anew from 1 in their order, as ``to_ids`` does."""
    return np.searchsorted(np.unique(np.append(image, 0)), image)


def block(label, frame, **options):
    y1, x1, y2, x2 = frame
    return Object(label, np.ones((y2 - y1, x2 - x1), np.uint8), (y1, x1), **options)


def test_id_maps_by_hand():
    instances = Objects.from_ids(np.array([[0, 7, 7], [3, 0, 7]]), classes=[5, 2])
    assert instances.size == (2, 3) and len(instances) == 2
    assert instances.boxes.tolist() == [[1, 0, 2, 1], [0, 1, 2, 3]]
    assert instances.boxes.dtype == np.float32 and instances.classes.tolist() == [5, 2]
    assert instances.masks[1].tolist() == [[1, 1], [0, 1]]
    assert instances.areas.tolist() == [1, 3] and not instances.crowd.any()
    assert instances.to_ids().tolist() == [[0, 2, 2], [1, 0, 2]]
    with pytest.raises(ValueError, match="each of the 2 ids. Received: 1"):
        Objects.from_ids(np.array([[1, 2]]), classes=[1])


@pytest.mark.parametrize("scale", [1, 100_000_000])
def test_id_maps_there_and_back(scale):
    image = random_ids()
    found = Objects.from_ids(image * scale).to_ids()
    np.testing.assert_array_equal(found, same_order(image))


def test_no_objects():
    empty = Objects.from_ids(np.zeros((4, 5), np.int32))
    assert empty.boxes.shape == empty.frames.shape == (0, 4) and len(empty) == 0
    for view in (empty, empty.flip(), empty.turn(1), empty.crop((1, 1, 3, 3))):
        assert len(view) == 0 and not view.to_ids().any() and view.to_rle() == []
    assert empty.turn(3).size == (5, 4)


def test_the_smaller_object_lies_on_top_and_crowds_are_background():
    table, cup = block(1, (0, 0, 4, 6)), block(2, (1, 1, 3, 3))
    crowd = block(1, (0, 0, 5, 2), crowd=True)
    for objects, number in (([table, cup, crowd], 2), ([crowd, cup, table], 2)):
        found = Objects.from_objects(objects, (5, 6)).to_ids()
        assert found[1, 1] == number and found[4, 0] == 0 and found[0, 0] in (1, 3)
    twins = Objects.from_objects([cup, cup], (5, 6)).to_ids()
    assert set(np.unique(twins)) == {0, 1}


@pytest.mark.parametrize("window", [(0, 0, 17, 23), (2, 5, 11, 9), (16, 22, 17, 23)])
def test_crops_are_those_of_the_id_map(window):
    image = random_ids()
    y1, x1, y2, x2 = window
    found = Objects.from_ids(image).crop(window)
    cut = Objects.from_ids(image[y1:y2, x1:x2])
    np.testing.assert_array_equal(found.to_ids(), cut.to_ids())
    np.testing.assert_array_equal(found.frames, cut.frames)
    assert found.size == (y2 - y1, x2 - x1)


def test_what_is_whole_keeps_its_box_and_its_area():
    box = np.float32([1.5, 2.25, 4.5, 6.5])
    instances = Objects.from_objects(
        [block(3, (1, 2, 5, 7), box=box, area=10.0)], (9, 9)
    )
    whole = instances.crop((1, 1, 8, 8))
    assert whole.boxes.tolist() == [[0.5, 1.25, 3.5, 5.5]] and whole.areas == [10]
    half = instances.crop((3, 1, 8, 8))
    assert half.boxes.tolist() == [[0, 1, 2, 6]] and half.areas == [5]
    assert len(instances.crop((3, 1, 8, 8), min_visible=0.5)) == 1
    assert len(instances.crop((3, 1, 8, 8), min_visible=0.51)) == 0
    assert len(instances.crop((5, 1, 8, 8))) == 0


def test_without_what_is_covered():
    instances = Objects.from_ids(ids())
    covered = np.zeros((20, 30), bool)
    covered[:5, :9] = True  # half of the first, a quarter of the second
    left = instances.without(covered)
    np.testing.assert_array_equal(left.to_ids(), ids() * ~covered)
    assert left.boxes[0].tolist() == [5, 1, 7, 5]
    assert instances.without(covered, 0.8).boxes.tolist() == [
        [3, 13, 7, 17], [3, 19, 7, 23]
    ]  # fmt: skip


def test_flips_and_turns_are_those_of_the_image():
    image = random_ids()
    instances = Objects.from_ids(image)
    order = same_order(image)
    np.testing.assert_array_equal(instances.flip().to_ids(), order[:, ::-1])
    for quarters in range(5):
        turned = instances.turn(quarters)
        np.testing.assert_array_equal(turned.to_ids(), np.rot90(order, quarters))
        np.testing.assert_array_equal(turned.boxes, turned.frames)
    box = np.float32([1.5, 2.25, 4.5, 6.5])
    one = Objects.from_objects([block(1, (1, 2, 5, 7), box=box)], (9, 12))
    assert one.flip().boxes.tolist() == [[1.5, 5.5, 4.5, 9.75]]
    assert one.turn(1).boxes.tolist() == [[5.5, 1.5, 9.75, 4.5]]


def test_run_lengths_are_cocos():
    instances = Objects.from_ids(random_ids())
    for i, code in enumerate(instances.to_rle()):
        decoded = coco_mask.decode(code)
        np.testing.assert_array_equal(decoded, instances.to_ids() == i + 1)


def test_select_and_size_in_bytes():
    instances = Objects.from_ids(ids(count=3))
    chosen = instances.select([2, 0])
    np.testing.assert_array_equal(chosen.boxes, instances.boxes[[2, 0]])
    assert instances.nbytes == 3 * (16 + 16 + 4 + 4 + 1 + 16)
