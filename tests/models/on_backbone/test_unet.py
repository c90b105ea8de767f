"""U-Net on a backbone: the model contract, sizes, and what is pretrained in it."""

import keras
import numpy as np
import pytest

from kseg.backbones.efficientnet_lite import EMBEDDED
from kseg.models import BackboneUNet
from kseg.models.on_backbone.unet import mobile
from tests.contract import check_semantic_model


def tiny_backbone(channels=3):
    """A model as backbone: five maps, each of half the size of the one before."""
    x = image = keras.Input((None, None, channels))
    x = keras.layers.Rescaling(1 / 255)(x)
    maps = {}
    for level in range(1, 6):
        x = keras.layers.Conv2D(4, 3, strides=2, padding="same", activation="relu")(x)
        maps[f"c{level}"] = x
    return keras.Model(image, maps, name="tiny_backbone")


@pytest.mark.parametrize("separable", [False, True])
def test_contract(separable, tmp_path):
    def build():
        return BackboneUNet(
            3,
            backbone=tiny_backbone(),
            filters=(8, 6),
            separable=separable,
        )

    check_semantic_model(build, (2, 40, 64, 3), (2, 40, 64, 3), tmp_path)


@pytest.mark.parametrize("levels", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [(1, 1), (33, 7)])
def test_every_size_gives_its_own_size(levels, size):
    model = BackboneUNet(
        2, backbone=tiny_backbone(1), filters=(4,) * levels, input_shape=(None, None, 1)
    )
    logits = model(np.zeros((1, *size, 1), "float32"))
    assert logits.shape == (1, *size, 2)


def test_an_image_is_worth_what_it_is_worth_padded():
    """The rows that PadToMultiple adds are the only difference of an odd size."""
    keras.utils.set_random_seed(0)
    model = BackboneUNet(2, backbone=tiny_backbone(), filters=(4, 4))
    image = np.random.default_rng(0).integers(0, 256, (1, 40, 50, 3)).astype("float32")
    padded = np.pad(image, ((0, 0), (0, 24), (0, 14), (0, 0)))
    np.testing.assert_allclose(
        model(image), model(padded)[:, :40, :50], rtol=1e-5, atol=1e-5
    )


def test_mobile_is_phone_sized_and_starts_from_imagenet():
    model = mobile(11, (360, 480, 3))
    assert model.output_shape == (None, 360, 480, 11)
    # EfficientNet-Lite0 without its head, and an expanding path of 63,867.
    assert model.count_params() == 2_998_304 + 63_867
    stem = model.get_layer("stem").get_weights()[0]
    with np.load(EMBEDDED) as arrays:
        np.testing.assert_array_equal(stem, arrays["stem/kernel"].astype("float32"))


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"filters": ()}, "filters must be 1 to 4 numbers"),
        ({"filters": (8,) * 5}, "filters must be 1 to 4 numbers"),
        ({"filters": (8, 0)}, r"filters\[1\] must be an int of at least 1"),
        ({"filters": 8}, "filters must be 1 to 4 numbers.* Received: 8"),
        ({"num_classes": 0}, "num_classes must be"),
        ({"input_shape": (None, 3)}, "input_shape must be"),
        ({"backbone": "resnet"}, "backbone must be one of efficientnet_lite0"),
        ({"input_shape": (64, 64, 1), "weights": "imagenet"}, "Take --channels 3"),
    ],
)
def test_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        BackboneUNet(**{"num_classes": 2, **arguments})
