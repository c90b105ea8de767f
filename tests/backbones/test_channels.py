"""How many channels a backbone takes, and what is subtracted of each."""

import keras
import numpy as np
import pytest

from kseg.backbones.channels import MEAN_RGB, check_channels, subtract_mean


@pytest.mark.parametrize(
    "channels, weights, rgb_only",
    [(3, "imagenet", True), (3, None, False), (7, None, False)],
)
def test_takes(channels, weights, rgb_only):
    assert (
        check_channels(keras.Input((4, 6, channels)), weights, rgb_only=rgb_only)
        is None
    )


@pytest.mark.parametrize(
    "weights, rgb_only, message",
    [
        (None, True, "red, green and blue: it needs images of 3 .*Received: 1 chann"),
        ("imagenet", False, "ImageNet weights of this backbone need.*Received: 1 chan"),
    ],
)
def test_refuses(weights, rgb_only, message):
    with pytest.raises(ValueError, match=message):
        check_channels(keras.Input((4, 6, 1)), weights, rgb_only=rgb_only)


def test_the_mean_of_each_channel():
    image = keras.Input((2, 3, 3))
    model = keras.Model(image, subtract_mean(image, MEAN_RGB))
    y = model(np.full((1, 2, 3, 3), 200, "uint8"))
    np.testing.assert_allclose(y[0, 1, 2], [76.32, 83.221, 96.061], rtol=1e-5)
    for mean in ((1, 2), (1, 2, 3, 4)):
        with pytest.raises(ValueError, match="mean must be three numbers.*Received"):
            subtract_mean(image, mean)
