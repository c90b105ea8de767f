import numpy as np
import pytest
import tensorflow as tf

from kseg.data.pipeline.learned_labels import make_encoder
from kseg.data.pipeline.targets import (
    border_labels,
    contact_labels,
    ridge_labels,
    separate,
)
from kseg.data.pipeline.weight_map import unet_weight_map

IDS = np.kron(np.array([[1, 2, 0], [3, 0, 4]], np.int32), np.ones((5, 7), np.int32))


def test_targets_of_instances():
    (labels,) = make_encoder("instances", "labels", None, None)(IDS)
    np.testing.assert_array_equal(labels, IDS > 0)
    (labels,) = make_encoder("instances", "border", 2, None)(IDS)
    np.testing.assert_array_equal(labels, border_labels(IDS, 2))
    (labels,) = make_encoder("instances", "contact", None, None)(IDS)
    np.testing.assert_array_equal(labels, contact_labels(IDS, 2))
    (labels,) = make_encoder("instances", "ridge", None, None)(IDS)
    np.testing.assert_array_equal(labels, ridge_labels(IDS))


def test_label_maps_stay_as_they_are():
    labels = np.array([[0, 3, 255]], np.uint8)
    (encoded,) = make_encoder("labels", "labels", None, None)(labels)
    assert encoded.dtype == tf.uint8
    np.testing.assert_array_equal(encoded, labels)


@pytest.mark.parametrize("target", ["labels", "border", "contact", "ridge"])
def test_weights(target):
    arguments = {"w0": 4.0, "sigma": 3.0, "class_weights": (1.0, 2.0)}
    _, weights = make_encoder("instances", target, None, arguments)(tf.constant(IDS))
    cells = separate(IDS).numpy() if target == "ridge" else IDS
    expected = unet_weight_map(cells, **arguments)
    np.testing.assert_allclose(weights, expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "received"),
    [
        (("labels", "border", None, None), "target='border'"),
        (("labels", "labels", None, {"w0": 10}), "weight_map={'w0': 10}"),
        (("instances", "edges", None, None), "target='edges'"),
        (("instances", "border", 0, None), "width=0"),
        (("instances", "contact", 0, None), "width=0"),
        (("instances", "ridge", None, {"sigma": -1}), "sigma=-1"),
    ],
)
def test_what_cannot_be_made_is_named(arguments, received):
    with pytest.raises(ValueError, match=received):
        make_encoder(*arguments)
