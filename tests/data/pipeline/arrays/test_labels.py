"""kseg.data.pipeline.arrays.labels: crops and what is learnt from them."""

import numpy as np
import pytest

from kseg.data.pipeline.arrays.labels import label_batches
from kseg.data.pipeline.labels_from_ids import contact_labels
from kseg.data.pipeline.weight_map import unet_weight_map
from tests.data.array_dataset import ArrayDataset, random_dataset

OPTIONS = {"size": (12, 16), "batch_size": 4, "augmentation": {}}


def epoch(dataset, **options):
    batches = label_batches(dataset, **OPTIONS | options)
    parts = zip(*(batches[i] for i in range(len(batches))), strict=True)
    return [np.concatenate(part) for part in parts]


def test_crops_of_images_and_label_maps():
    rng = np.random.default_rng(0)
    targets = [rng.integers(0, 9, (20, 30)).astype(np.uint8) for _ in range(5)]
    images = [np.stack([t * 20, t, 255 - t], -1) for t in targets]
    images, labels = epoch(ArrayDataset("labels", images, targets))
    assert images.shape == (8, 12, 16, 3) and images.dtype == np.uint8
    assert labels.shape == (8, 12, 16) and labels.dtype == np.uint8
    np.testing.assert_array_equal(images[..., 0], labels * 20)


def test_a_gray_image_is_repeated_and_changed_in_its_channels_alike():
    dataset = random_dataset("labels", grey=True)
    images, _ = epoch(dataset, augmentation={"noise": 0.5, "brightness": 0.5})
    assert images.shape[-1] == 3
    np.testing.assert_array_equal(images, images[..., :1].repeat(3, -1))


def test_what_is_learnt_of_objects_is_made_of_the_warped_ids():
    weight_map = {"w0": 4.0, "sigma": 3.0}
    options = {"target": "contact", "border_width": 2, "weight_map": weight_map}
    dataset = random_dataset()
    images, labels, weights = epoch(dataset, **options)
    assert labels.dtype == np.uint8 and weights.dtype == np.float32
    ids = (images[..., 0] / 25).astype(np.int32)  # as `random_dataset` draws them
    for one, label, weight in zip(ids, labels, weights, strict=True):
        np.testing.assert_array_equal(label, contact_labels(one, 2))
        np.testing.assert_array_equal(weight, unet_weight_map(one, **weight_map))


def test_batches_depend_on_seed_and_epoch_and_nothing_else():
    augmentation = {"scale": (0.7, 1.5), "flip": True, "brightness": 0.3}

    def images(seed, start):
        return epoch(
            random_dataset("labels"),
            augmentation={**augmentation, "elastic": 2.0, "noise": 0.2},
            seed=seed,
            start_epoch=start,
        )[0]

    first = images(0, 3)
    np.testing.assert_array_equal(first, images(0, 3))
    assert (first != images(0, 4)).any() and (first != images(1, 3)).any()


@pytest.mark.parametrize(
    "options, message",
    [
        ({"augmentation": {"copy_paste": 0.1}}, "copy_paste"),
        ({"target": "contact"}, "target"),
        ({"weight_map": {"w0": 1}}, "weight_map"),
    ],
)
def test_what_does_not_fit_is_refused_at_once(options, message):
    with pytest.raises(ValueError, match=message):
        label_batches(random_dataset("labels"), **OPTIONS | options)
