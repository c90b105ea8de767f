"""The mask of a region's own class: by hand, one class, background, no regions."""

import numpy as np

from kseg.ops import class_masks


def test_takes_the_mask_of_each_class():
    logits = np.random.default_rng(0).normal(size=(4, 3, 5, 6)).astype("float32")
    found = class_masks(logits, np.array([2, 6, 1, 0], "int32"))
    expected = [logits[n, :, :, k] for n, k in enumerate((1, 5, 0, 0))]
    np.testing.assert_array_equal(found, expected)


def test_one_class_and_no_regions():
    logits = np.ones((2, 3, 5, 1), "float32")
    np.testing.assert_array_equal(class_masks(logits, np.array([1, 0])), logits[..., 0])
    empty = np.zeros((0, 3, 5, 2), "float32")
    assert class_masks(empty, np.zeros(0, "int32")).shape == (0, 3, 5)
