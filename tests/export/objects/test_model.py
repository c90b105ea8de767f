"""Networks that find objects: fixed to a size in float32, with the same weights."""

import keras
import numpy as np
import pytest

from kseg.errors import ExportError
from kseg.export.objects import model as object_model
from kseg.models import MaskRCNN
from tests.models.tiny_rcnn import batch, tiny


@pytest.fixture(scope="module")
def model():
    return tiny(samples=1)


@pytest.fixture(scope="module")
def images():
    return list(batch()[0])


def test_a_network_of_mixed_precision_becomes_float32(model, images):
    assert object_model.fixed(model, None) is model
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        half = tiny(samples=1)
    finally:
        keras.mixed_precision.set_global_policy("float32")
    half.set_weights(model.get_weights())
    whole = object_model.fixed(half, None)
    assert isinstance(whole, MaskRCNN) and whole.dtype_policy.name == "float32"
    batch = images[1][None].astype("float32")
    expected, found = (m.predict(batch, verbose=0) for m in (model, whole))
    for name in object_model.OUTPUTS:
        np.testing.assert_allclose(found[name], expected[name], atol=1e-5)


def test_another_size_is_built_with_the_same_weights(model, images):
    larger = object_model.fixed(model, (96, 96))
    assert larger.input_shape == (None, 96, 96, 3)
    for one, other in zip(model.get_weights(), larger.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    anchors = np.concatenate(larger.propose.anchors)
    assert anchors[:, 2].max() > 96  # of the last row, centred on 96 - 16


def test_a_network_without_a_config_keeps_its_size():
    image = keras.Input((8, 8, 3))
    flat = keras.layers.Flatten()(image)

    def output(*shape):
        dense = keras.layers.Dense(int(np.prod(shape)))(flat)
        return keras.layers.Reshape(shape)(dense)

    model = keras.Model(
        image,
        {
            "boxes": output(2, 4),
            "scores": output(2),
            "classes": output(2),
            "masks": output(2, 3, 3),
            "count": output(),
        },
    )
    assert object_model.sizes(model) == (2, 3)
    assert object_model.fixed(model, (8, 8)) is model
    match = "for images of 9 x 8: it gives several outputs. Give it a method"
    with pytest.raises(ExportError, match=match):
        object_model.fixed(model, (9, 8))
