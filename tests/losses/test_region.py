"""What losses of regions share: groups of pixels, classes that count, arguments."""

import numpy as np
import pytest
from keras import ops

from kseg.losses.region import check_classes, mean_over_classes, region_inputs


def inputs(per_image):
    rng = np.random.default_rng(1)
    labels = np.array([[[0, 1, 255]], [[2, 2, 0]]])
    logits = rng.normal(size=(2, 1, 3, 3)).astype(np.float32)
    parts = region_inputs(labels, logits, None, per_image, 255)
    return labels, logits, [ops.convert_to_numpy(part) for part in parts]


@pytest.mark.parametrize(("per_image", "groups"), [(True, 2), (False, 1)])
def test_a_group_is_an_image_or_the_batch(per_image, groups):
    labels, logits, (probabilities, truth, weights) = inputs(per_image)
    pixels = 6 // groups
    assert probabilities.shape == truth.shape == (groups, pixels, 3)
    exp = np.exp(logits - logits.max(-1, keepdims=True))
    expected = (exp / exp.sum(-1, keepdims=True)).reshape(groups, pixels, 3)
    np.testing.assert_allclose(probabilities, expected, rtol=1e-5)
    assert weights.tolist() == (labels != 255).reshape(groups, pixels).tolist()
    valid = weights > 0
    assert truth[valid].argmax(-1).tolist() == [0, 1, 2, 2, 0]
    assert (truth[valid].sum(-1) == 1).all()


LOSSES = np.array([[0.2, 0.4, 0.9]])


@pytest.mark.parametrize(
    ("classes", "pixels", "expected"),
    [
        ("present", [[3, 0, 1]], 0.55),
        ("present", [[0, 0, 0]], 0.0),  # nothing counts, and 0 / 0 is no loss
        ("all", [[3, 0, 1]], 0.5),
        ([1], [[3, 0, 1]], 0.4),
        ([0, 2], [[0, 0, 0]], 0.55),
    ],
)
def test_the_mean_over_the_classes_that_count(classes, pixels, expected):
    mean = mean_over_classes(
        ops.convert_to_tensor(LOSSES, "float32"),
        ops.convert_to_tensor(pixels, "float32"),
        classes,
    )
    np.testing.assert_allclose(ops.convert_to_numpy(mean), [expected], rtol=1e-6)


def test_a_class_that_is_not_there_is_refused():
    losses = ops.convert_to_tensor(LOSSES, "float32")
    with pytest.raises(ValueError, match="below the number of classes, 3"):
        mean_over_classes(losses, losses, [3])


@pytest.mark.parametrize("classes", ["some", [], [0, 0], [-1], [0.5], [[0]], 3])
def test_classes_are_words_or_distinct_ids(classes):
    with pytest.raises(ValueError, match="distinct class ids. Received"):
        check_classes(classes)


def test_classes_come_back_as_json_takes_them():
    assert check_classes("all") == "all"
    assert check_classes(np.array([2, 0])) == [2, 0]
