import numpy as np
import pytest

from kseg.data.pipeline.encoders import id_encoder, label_encoder
from kseg.data.pipeline.labels_from_ids import (
    border_labels,
    contact_labels,
    cut_ridge,
    ridge_labels,
)
from kseg.data.pipeline.weight_map import unet_weight_map

IDS = np.kron(np.array([[1, 2, 0], [3, 0, 4]], np.int32), np.ones((5, 7), np.int32))


def test_targets_of_instances():
    (labels,) = id_encoder("labels", None, None)(IDS)
    np.testing.assert_array_equal(labels, IDS > 0)
    (labels,) = id_encoder("border", 2, None)(IDS)
    np.testing.assert_array_equal(labels, border_labels(IDS, 2))
    (labels,) = id_encoder("contact", None, None)(IDS)
    np.testing.assert_array_equal(labels, contact_labels(IDS, 2))
    (labels,) = id_encoder("ridge", None, None)(IDS)
    np.testing.assert_array_equal(labels, ridge_labels(IDS))


def test_label_maps_stay_as_they_are():
    labels = np.array([[0, 3, 255]], np.uint8)
    (encoded,) = label_encoder("labels", None)(labels)
    assert encoded.dtype == np.uint8
    np.testing.assert_array_equal(encoded, labels)


@pytest.mark.parametrize("target", ["labels", "border", "contact", "ridge"])
def test_weights(target):
    arguments = {"w0": 4.0, "sigma": 3.0, "class_weights": (1.0, 2.0)}
    _, weights = id_encoder(target, None, arguments)(IDS)
    cells = cut_ridge(IDS) if target == "ridge" else IDS
    expected = unet_weight_map(cells, **arguments)
    np.testing.assert_allclose(weights, expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "received"),
    [
        (("border", None), "target='border'"),
        (("labels", {"w0": 10}), "weight_map={'w0': 10}"),
    ],
)
def test_what_label_maps_do_not_give_is_named(arguments, received):
    with pytest.raises(ValueError, match=received):
        label_encoder(*arguments)


@pytest.mark.parametrize(
    ("arguments", "received"),
    [
        (("edges", None, None), "target='edges'"),
        (("border", 0, None), "width=0"),
        (("contact", 0, None), "width=0"),
        (("ridge", None, {"sigma": -1}), "sigma=-1"),
    ],
)
def test_what_ids_do_not_give_is_named(arguments, received):
    with pytest.raises(ValueError, match=received):
        id_encoder(*arguments)
