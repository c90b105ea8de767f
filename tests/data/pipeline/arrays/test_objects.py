"""kseg.data.pipeline.arrays.objects: what TensorFlow's pipeline gives, without it."""

import numpy as np
import pytest

from kseg import data
from kseg.data.pipeline.arrays.objects import object_batches
from kseg.errors import DataError

OPTIONS = {"size": (64, 96), "batch_size": 2, "max_instances": 30, "mask_size": 14}


@pytest.fixture(scope="module")
def dataset():
    whole = data.sample("val")
    return whole.subset([item.name for item in whole.items[:4]])


def epoch(batches):
    parts = [batches[i] for i in range(len(batches))]
    images = np.concatenate([image for image, _ in parts])
    names = parts[0][1]
    return images, {n: np.concatenate([o[n] for _, o in parts]) for n in names}


@pytest.mark.parametrize(
    "options",
    [{"resize": "letterbox"}, {"resize": "tile", "magnification": 2.0}],
    ids=["letterbox", "tile"],
)
def test_without_noise_they_are_tensorflows(options, dataset):
    augmentation = {"flip": True, "turn": True, "scale": (0.8, 1.3)}
    augmentation |= {"copy_paste": 0.5, "brightness": 0.4, "contrast": 0.2}
    given = {**OPTIONS, **options, "seed": 3, "start_epoch": 1}
    images, objects = epoch(object_batches(dataset, augmentation=augmentation, **given))
    augment = data.ObjectAugment.off(**augmentation)
    expected = data.make_object_pipeline(dataset, augment=augment, **given)
    expected = list(expected.take(2).as_numpy_iterator())
    assert images.dtype == np.uint8 and images.shape == (4, 64, 96, 3)
    difference = images - np.concatenate([image for image, _ in expected]).astype(int)
    assert np.abs(difference).max() <= 1  # of rounding
    for name, found in objects.items():
        wanted = np.concatenate([other[name] for _, other in expected])
        assert found.dtype == wanted.dtype
        np.testing.assert_array_equal(found, wanted)
    assert (objects["classes"] > 0).any()


def test_noise_and_blur_come_from_seed_and_epoch_alone(dataset):
    augmentation = {"noise": 0.3, "blur": 1.5}

    def images(seed, start):
        given = {**OPTIONS, "augmentation": augmentation}
        return epoch(object_batches(dataset, seed=seed, start_epoch=start, **given))[0]

    first = images(0, 1)
    np.testing.assert_array_equal(first, images(0, 1))
    assert (first != images(0, 2)).any() and (first != images(1, 1)).any()


def test_what_is_left_of_a_letterbox_is_zero(dataset):
    given = {**OPTIONS, "augmentation": {"brightness": 0.5, "noise": 0.5}}
    images, _ = epoch(object_batches(dataset, **given))
    assert (images.reshape(4, -1).min(1) == 0).all()
    # Square images in 64 x 96: a third of the columns is theirs to leave.
    assert ((images == 0).all(axis=(1, 3)).sum(1) >= 32).all()


def test_bad_arguments_are_those_of_tensorflows_pipeline(dataset):
    with pytest.raises(ValueError, match="magnification"):
        object_batches(dataset, augmentation={}, **OPTIONS, magnification=2.0)
    with pytest.raises(DataError, match="no images"):
        object_batches(dataset.subset([]), augmentation={}, **OPTIONS)
    with pytest.raises(ValueError, match="copy_paste"):
        object_batches(dataset, augmentation={"copy_paste": 2.0}, **OPTIONS)
