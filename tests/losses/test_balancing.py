"""Median-frequency balancing: by hand, and CamVid's own counts."""

import os

import numpy as np
import pytest

from kseg.data import open_dataset
from kseg.losses import (
    SEGNET_CAMVID_WEIGHTS,
    count_class_pixels,
    dataset_class_weights,
    median_frequency_weights,
)
from tests.data.array_dataset import ArrayDataset


def test_by_hand_with_the_images_that_have_the_class():
    # Frequencies 0.5, 0.25, 0.5 of 100, 40, 8 pixels: the median is 0.5.
    weights = median_frequency_weights([50, 10, 4], [100, 40, 8])
    assert weights.tolist() == [1.0, 2.0, 1.0]


def test_by_hand_over_all_pixels():
    # Frequencies 0.6, 0.3, 0.1: the median is 0.3.
    weights = median_frequency_weights([60, 30, 10])
    np.testing.assert_allclose(weights, [0.5, 1.0, 3.0])


def test_an_even_number_of_classes_takes_the_middle_of_two():
    np.testing.assert_allclose(median_frequency_weights([30, 10]), [2 / 3, 2.0])


def test_a_class_without_pixels_has_weight_0_and_no_part_in_the_median():
    weights = median_frequency_weights([60, 0, 30, 10], [100, 0, 100, 100])
    np.testing.assert_allclose(weights, [0.5, 0.0, 1.0, 3.0])


@pytest.mark.parametrize(
    ("pixels", "totals", "message"),
    [
        ([0, 0], None, "at least one class"),
        ([-1, 2], None, "counts of at least 0"),
        ([[1, 2]], None, "counts of at least 0"),
        ([1, float("nan")], None, "counts of at least 0"),
        ([1, 2], [3], "as many numbers"),
        ([5, 2], [4, 4], "none smaller"),
    ],
)
def test_illegal_counts_are_refused(pixels, totals, message):
    with pytest.raises(ValueError, match=message):
        median_frequency_weights(pixels, totals)


def test_counts_with_an_image_whose_class_is_missing():
    maps = [np.array([[0, 0, 255]], "uint8"), np.array([[1, 1], [1, 0]], "uint16")]
    pixels, totals = count_class_pixels(iter(maps), 3)
    assert pixels.tolist() == [3, 3, 0]
    assert totals.tolist() == [7, 4, 0]
    assert count_class_pixels([], 2)[0].tolist() == [0, 0]


@pytest.mark.parametrize(("label", "ignore"), [(3, 255), (255, None)])
def test_a_label_outside_the_classes_names_the_map(label, ignore):
    with pytest.raises(ValueError, match=f"{label} in label map 1"):
        count_class_pixels([[[0]], [[label]]], 3, ignore_label=ignore)


def test_the_weights_of_a_data_set_leave_ignored_pixels_out():
    maps = [np.array([[0, 0, 255, 1]], "uint8"), np.array([[2, 2, 2, 0]], "uint8")]
    dataset = ArrayDataset("labels", [None] * 2, maps)
    dataset.class_names = ("sky", "road", "car")
    # Frequencies 3/8, 1/4 and 3/4: the median is 3/8.
    np.testing.assert_allclose(dataset_class_weights(dataset), [1.0, 1.5, 0.5])


@pytest.mark.data
def test_camvid():
    """The 367 training maps; weights as recomputed by two people from these files."""
    if "KSEG_DATA" not in os.environ:
        pytest.skip("KSEG_DATA is not set")
    train = open_dataset(f"{os.environ['KSEG_DATA']}/camvid", split="train")
    maps = [train.target(i) for i in range(len(train))]
    pixels, totals = count_class_pixels(maps, 11)
    assert pixels[0] == 10682767 and totals[0] == 366 * 360 * 480
    recomputed = [
        *(0.2793, 0.2017, 4.7865, 0.1490, 1.0, 0.4217),
        *(3.8467, 1.9736, 0.7889, 6.3747, 8.8587),
    ]
    of_maps = ArrayDataset("labels", [None] * len(maps), maps)
    of_maps.class_names = train.class_names
    weights = dataset_class_weights(of_maps)
    np.testing.assert_allclose(weights, recomputed, atol=6e-5)
    np.testing.assert_allclose(  # over all labelled pixels
        median_frequency_weights(pixels)[:5],
        [0.2663, 0.1929, 4.5642, 0.1417, 1.0],
        atol=6e-5,
    )
    # SegNet's own list, in the same order, is another one.
    ratio = np.array(SEGNET_CAMVID_WEIGHTS) / weights
    assert train.class_names[6] == "SignSymbol" and ratio.argmax() == 6
    np.testing.assert_allclose(np.delete(ratio, 6), 0.91, atol=0.08)
    assert ratio[6] > 2.5
