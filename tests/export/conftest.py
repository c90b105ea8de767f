"""Two tiny networks and images with something in them, shared by the export tests."""

import keras
import numpy as np
import pytest

from kseg.models import UNet


def trained(model, images, labels, epochs=50):
    """A few steps, so that logits differ and batch norms have seen the images."""
    model.compile(
        keras.optimizers.Adam(0.003),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    model.fit(images.astype("float32"), labels, batch_size=8, epochs=epochs, verbose=0)
    return model


def blobs(count, height, width, channels, seed):
    """Noisy images of bright discs on a dark ground, and their label maps."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width]
    labels = np.zeros((count, height, width), np.uint8)
    for one in labels:
        for _ in range(5):
            y, x, r = (
                rng.integers(0, height),
                rng.integers(0, width),
                rng.integers(4, 10),
            )
            one[(rows - y) ** 2 + (columns - x) ** 2 < r * r] = 1
    bright = 40 + 150 * labels[..., None] + rng.normal(0, 12, (*labels.shape, channels))
    return bright.clip(0, 255).astype(np.uint8), labels


@pytest.fixture(scope="session")
def same():
    """(model, images, labels): same padding, batch norm, open size, 3 channels."""
    keras.utils.set_random_seed(1)
    images, labels = blobs(8, 32, 48, 3, seed=1)
    model = UNet(
        2,
        (None, None, 3),
        base_filters=4,
        depth=2,
        padding="same",
        normalization="batch",
        dropout=0.0,
    )
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.8  # 50 steps are too few for the default
    return trained(model, images, labels), images, labels


@pytest.fixture(scope="session")
def valid():
    """(model, images, labels): valid convolutions, 60 x 76 to 20 x 36, 1 channel."""
    keras.utils.set_random_seed(2)
    images, labels = blobs(8, 60, 76, 1, seed=2)
    model = UNet(2, (60, 76, 1), base_filters=4, depth=2)
    return trained(model, images, labels[:, 20:40, 20:56]), images, labels
