"""The inverted residual: by hand, its sums, and rounding to eights."""

import keras
import numpy as np
import pytest

from kseg.backbones.inverted_residual import Block, eights, inverted_residuals
from tests.backbones.networks import assert_close, images, randomise


@pytest.mark.parametrize(
    "channels, expected",
    [
        (1, 8),
        (8, 8),
        (11.9, 16),
        (12, 16),
        (18, 24),
        (44, 48),
        (123.2, 120),
        (352, 352),
    ],
)
def test_eights(channels, expected):
    assert eights(channels) == expected
    assert expected >= 0.9 * channels


def chain(*last, stem=4):
    """A chain of five blocks whose last ones are given."""
    blocks = [Block(3, stem, stem, 2, "relu")] * 4 + list(last)
    image = keras.Input((64, 96, 3))
    maps = inverted_residuals(image, stem, blocks, 32, activation="relu")
    return keras.Model(image, maps)


@pytest.mark.parametrize(
    "block, added",
    [
        (Block(3, 8, 4, 1), True),
        (Block(3, 8, 5, 1), False),
        (Block(3, 8, 4, 2), False),
    ],
)
def test_the_input_is_added_where_the_shape_is_kept(block, added):
    names = [layer.name for layer in chain(block).layers]
    assert ("b4_add" in names) == added
    assert "b4_expand" in names and "b3_expand" not in names


def activate(x, activation):
    if activation == "hard_swish":
        return x * np.clip(x + 3, 0, 6) / 6
    return np.clip(x, 0, 6 if activation == "relu6" else None)


@pytest.mark.parametrize("activation", ["relu", "relu6", "hard_swish"])
@pytest.mark.parametrize("kernel", [3, 5])
def test_a_block_in_numpy(activation, kernel):
    """Widen, filter, weigh, narrow, add, with loops over the filter's taps."""
    model = chain(Block(kernel, 12, 4, 1, activation, squeeze=True))
    randomise(model)
    x = images(1, 64, 96, 3) / 100
    inner = model.get_layer("b3_project_bn").output
    inner = np.asarray(keras.Model(model.input, inner)(x, training=False))

    def weights(name):
        return [np.asarray(w) for w in model.get_layer(f"b4_{name}").weights]

    def norm(y, name):
        gamma, beta, mean, variance = weights(f"{name}_bn")
        return gamma * (y - mean) / np.sqrt(variance + 1e-3) + beta

    y = activate(norm(inner @ weights("expand")[0][0, 0], "expand"), activation)
    reach = kernel // 2
    padded = np.pad(y, ((0, 0), (reach, reach), (reach, reach), (0, 0)))
    taps, (height, width) = weights("dw")[0], y.shape[1:3]
    y = sum(
        padded[:, i : i + height, j : j + width] * taps[i, j, :, 0]
        for i in range(kernel)
        for j in range(kernel)
    )
    y = activate(norm(y, "dw"), activation)
    reduce, expand = weights("se_reduce"), weights("se_expand")
    gate = np.maximum(y.mean(axis=(1, 2)) @ reduce[0][0, 0] + reduce[1], 0)
    gate = np.clip((gate @ expand[0][0, 0] + expand[1] + 3) / 6, 0, 1)
    y = norm((y * gate[:, None, None]) @ weights("project")[0][0, 0], "project")
    assert_close(np.asarray(model(x, training=False)["c5"]), inner + y, 1e-5)
