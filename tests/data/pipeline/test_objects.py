import itertools

import numpy as np
import pytest
import tensorflow as tf

from kseg.data import make_object_pipeline, sample, steps_per_epoch
from kseg.data.augment.objects import ObjectAugment
from kseg.data.objects import Objects
from kseg.data.pipeline.labels import data_errors
from kseg.data.pipeline.mask_crops import mask_crops
from kseg.data.reading.annotation import Object
from kseg.errors import DataError
from kseg.imaging import letterbox, resize
from tests.data.array_dataset import ArrayDataset, bad_message, random_dataset

SIZE = (24, 32)
ALL = ObjectAugment(turn=True, copy_paste=0.7, gamma=0.2, noise=0.1, blur=0.4)


class ObjectsOfIds(ArrayDataset):
    """With the objects of its id maps, in two classes."""

    def objects(self, index):
        ids = self._targets[index]
        found = Objects.from_ids(ids)
        self.image(index)
        labels = [1 + i % 2 for i in range(len(found))]
        return Objects.from_ids(ids, labels)


def objects(**options):
    plain = random_dataset(**options)
    parts = plain._images, plain._targets, plain.channels, plain._bad
    return ObjectsOfIds("instances", *parts)


def batches(dataset, count=None, **options):
    options = {
        "size": SIZE,
        "batch_size": 3,
        "mask_size": 7,
        "max_instances": 9,
    } | options
    pipeline = make_object_pipeline(dataset, **options)
    return list(itertools.islice(pipeline.as_numpy_iterator(), count))


def assert_equal(first, second):
    assert len(first) == len(second)
    for (image, target), (other, others) in zip(first, second, strict=True):
        np.testing.assert_array_equal(image, other)
        for name in ("boxes", "classes", "masks"):
            np.testing.assert_array_equal(target[name], others[name])


@pytest.mark.parametrize("channels", [1, 3])
def test_types_and_shapes(channels):
    pipeline = make_object_pipeline(
        objects(channels=channels, grey=channels == 3),
        size=SIZE,
        batch_size=3,
        augment=ALL,
    )
    image, target = pipeline.element_spec
    assert image == tf.TensorSpec((3, *SIZE, channels), tf.uint8)
    assert target == {
        "boxes": tf.TensorSpec((3, 100, 4), tf.float32),
        "classes": tf.TensorSpec((3, 100), tf.int32),
        "masks": tf.TensorSpec((3, 100, 56, 56), tf.float32),
    }
    for _, target in pipeline.take(3).as_numpy_iterator():
        boxes, used = target["boxes"], target["classes"] > 0
        assert used.any() and set(np.unique(target["classes"])) <= {0, 1, 2}
        assert (boxes[used] >= 0).all() and (boxes[used] <= [24, 32, 24, 32]).all()
        assert (boxes[used][:, 2:] - boxes[used][:, :2] >= 1).all()
        assert not boxes[~used].any() and not target["masks"][~used].any()
        assert (target["masks"][used].max(axis=(1, 2)) > 0.5).all()


def test_same_seed_same_batches_and_resuming():
    dataset = objects()
    steps = steps_per_epoch(dataset, 3)
    whole = batches(dataset, 3 * steps, augment=ALL, seed=1)
    assert_equal(whole, batches(objects(), 3 * steps, augment=ALL, seed=1, cache_mb=0))
    resumed = batches(objects(), steps, augment=ALL, seed=1, start_epoch=2)
    assert_equal(whole[2 * steps :], resumed)
    other = batches(dataset, 1, augment=ALL, seed=2)
    assert not np.array_equal(whole[0][0], other[0][0])


def test_letterbox_in_order_without_training():
    dataset = objects()
    found = batches(dataset, training=False, max_instances=40)
    assert [len(image) for image, _ in found] == [3, 3, 1]
    images = np.concatenate([image for image, _ in found])
    boxes = np.concatenate([target["boxes"] for _, target in found])
    masks = np.concatenate([target["masks"] for _, target in found])
    for i in range(len(dataset)):
        image, (top, left, height, width) = letterbox(dataset.image(i), SIZE)
        np.testing.assert_array_equal(images[i], image)
        instances = dataset.objects(i)
        count = len(instances)
        factor = np.tile(np.divide((height, width), instances.size), 2)
        expected = instances.boxes * factor + [top, left, top, left]
        np.testing.assert_allclose(boxes[i][:count], expected, rtol=1e-6)
        np.testing.assert_array_equal(masks[i][:count], mask_crops(instances, 7))
        assert not boxes[i][count:].any()


def test_tiles_cover_each_image_once_or_more():
    dataset = objects()
    found = batches(
        dataset, training=False, resize="tile", max_instances=40, batch_size=1
    )
    expected = []
    for i in range(len(dataset)):
        height, width = dataset.image(i).shape[:2]
        for y in {0, max(height - 24, 0)}:
            for x in {0, max(width - 32, 0)}:
                part = dataset.image(i)[y : y + 24, x : x + 32]
                rest = [(0, n - m) for n, m in zip(SIZE, part.shape, strict=False)]
                expected.append(np.pad(part, [*rest, (0, 0)]).tobytes())
    assert sorted(expected) == sorted(image[0].tobytes() for image, _ in found)
    for image, target in found:
        gray = image[0, ..., 0]
        inside = target["classes"][0] > 0
        for y1, x1, y2, x2 in target["boxes"][0][inside].astype(int):
            assert gray[y1:y2, x1:x2].any()


def test_a_thin_image_is_a_row_of_a_shrunk_tile():
    """One row of 60 at a quarter of its size: a row of 15, not none."""
    ids = np.zeros((1, 60), np.int32)
    ids[:, 8:40] = 1
    thin = ObjectsOfIds("instances", [np.full((1, 60, 3), 9, np.uint8)], [ids])
    options = {"resize": "tile", "magnification": 0.25, "training": False}
    ((image, target),) = batches(thin, **options)
    assert (image[0, 0, :15] == 9).all() and not image[0, 1:].any()
    assert target["boxes"][0, 0].tolist() == [0, 2, 1, 10]


def test_tiles_are_magnified_with_their_objects():
    """Tiles of 12 x 16 of the image's pixels; the object is cut by none of them."""
    ids = np.zeros((12, 40), np.int32)
    ids[2:4, 3:7] = 5
    image = np.random.default_rng(0).integers(0, 256, (12, 40, 3), np.uint8)
    found = batches(
        ObjectsOfIds("instances", [image], [ids]),
        training=False,
        resize="tile",
        magnification=2.0,
        batch_size=1,
    )
    assert len(found) == 3
    tiles = [resize(image[:, x : x + 16], SIZE) for x in (0, 16, 24)]
    np.testing.assert_array_equal([image[0] for image, _ in found], tiles)
    boxes = found[0][1]["boxes"][0]
    assert boxes[0].tolist() == [4, 6, 8, 14] and not boxes[1:].any()
    assert not found[1][1]["classes"].any()


def test_a_small_image_is_magnified_in_training():
    image = np.full((6, 10, 3), 200, np.uint8)
    ids = np.zeros((6, 10), np.int32)
    ids[2:4, 3:8] = 1
    plain = {"resize": "tile", "batch_size": 1, "magnification": 2.0}
    ((seen, target),) = batches(ObjectsOfIds("instances", [image], [ids]), 1, **plain)
    rows, columns = (np.flatnonzero(seen[0, ..., 0].any(axis=i)) for i in (1, 0))
    assert len(rows) == 12 and len(columns) == 20
    expected = [rows[0] + 4, columns[0] + 6, rows[0] + 8, columns[0] + 16]
    assert target["boxes"][0, 0].tolist() == expected


def test_one_object_by_hand():
    """Fitted from 8x16 into 24x32: twice as large, 4 rows of nothing above."""
    ids = np.zeros((8, 16), np.int32)
    ids[2:4, 3:7] = 5
    image = np.full((8, 16, 3), 90, np.uint8)
    (found,) = batches(ObjectsOfIds("instances", [image], [ids]), 1, training=False)
    image, target = found
    assert target["boxes"][0, 0].tolist() == [8, 6, 12, 14]
    assert target["classes"][0].tolist() == [1] + [0] * 8
    assert target["masks"][0, 0].min() == 1 and not image[0, :4].any()


def test_crowds_and_specks_are_left_out_and_the_largest_stay():
    class Some(ObjectsOfIds):
        def objects(self, index):
            block = [np.ones((n, n), np.uint8) for n in (3, 9, 5, 7, 1)]
            things = [Object(i + 1, m, (0, 0)) for i, m in enumerate(block)]
            crowd = Object(9, np.ones((20, 20), np.uint8), (0, 0), crowd=True)
            return Objects.from_objects([crowd, *things], (48, 64))

    dataset = Some("instances", [np.zeros((48, 64, 3), np.uint8)], [None])
    ((_, target),) = batches(dataset, training=False, max_instances=9)
    assert target["classes"][0].tolist() == [1, 2, 3, 4] + [0] * 5
    ((_, target),) = batches(dataset, training=False, max_instances=2)
    assert target["classes"][0].tolist() == [2, 4]
    assert target["boxes"][0].tolist() == [[0, 0, 4.5, 4.5], [0, 0, 3.5, 3.5]]


def test_pasted_objects_are_in_the_batch():
    dataset = objects()
    augment = ObjectAugment(flip=False, scale=(1, 1), copy_paste=1.0)
    plain = ObjectAugment(flip=False, scale=(1, 1))
    pasted = batches(dataset, 2, augment=augment, max_instances=60)
    without = batches(dataset, 2, augment=plain, max_instances=60)
    counts = [sum((t["classes"] > 0).sum() for _, t in b) for b in (pasted, without)]
    assert counts[0] > counts[1]


def test_the_embedded_sample():
    ((image, target),) = batches(sample("val"), 1, size=(64, 64), batch_size=2)
    assert image.shape == (2, 64, 64, 3) and target["classes"].max() == 1


def test_a_bad_file_names_itself():
    dataset = objects(bad=4)
    with pytest.raises(DataError) as caught, data_errors():
        batches(dataset, 4)
    assert str(caught.value) == bad_message(4)
    with pytest.raises(DataError, match="cannot be"):
        batches(objects(bad=4), 1, training=False, resize="tile")


@pytest.mark.parametrize(
    "wrong",
    [
        {"magnification": 2.0}, {"magnification": 0.0, "resize": "tile"},
        {"resize": "squash"}, {"size": (0, 4)}, {"batch_size": 0}, {"seed": -1},
        {"max_instances": 0}, {"mask_size": 0}, {"start_epoch": -1}, {"cache_mb": -1},
    ],
)  # fmt: skip
def test_bad_arguments(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        batches(objects(), 1, **wrong)


def test_data_that_has_no_objects():
    with pytest.raises(ValueError, match="Expected a data set of objects"):
        batches(random_dataset("labels"), 1)
    with pytest.raises(DataError, match="no images"):
        batches(ArrayDataset("instances", [], []), 1)
