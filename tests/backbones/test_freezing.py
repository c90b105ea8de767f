"""What is left out of training: stages from the image on, and batch norms."""

import keras
import pytest

from kseg.backbones.freezing import freeze
from kseg.layers import BatchNorm


def network():
    """c1 to c5, a convolution and a batch norm each."""
    image = x = keras.Input((64, 96, 3))
    maps = {}
    for level in range(1, 6):
        x = keras.layers.Conv2D(2, 3, 2, "same", name=f"conv{level}")(x)
        x = maps[f"c{level}"] = BatchNorm(name=f"norm{level}")(x)
    return image, maps


@pytest.mark.parametrize("stages", [0, 1, 3, 5])
@pytest.mark.parametrize("batch_norm", [False, True])
def test_stages_and_batch_norms(stages, batch_norm):
    image, maps = network()
    freeze(image, maps, stages, batch_norm)
    for layer in keras.Model(image, maps).layers[1:]:
        level, is_norm = int(layer.name[-1]), layer.name.startswith("norm")
        frozen = level <= stages or (is_norm and batch_norm)
        assert layer.trainable is not frozen, layer.name


@pytest.mark.parametrize("stages", [-1, 6, "2", 1.5])
def test_refuses(stages):
    with pytest.raises(ValueError, match="counted from 0 to 5. Received: "):
        freeze(*network(), stages, False)
