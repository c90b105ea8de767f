import pytest

from kseg.errors import BundleError
from kseg.predict.labels.open import describe_model


def test_a_network_of_any_size_gets_tiles_of_256(unet):
    metadata = describe_model(unet)
    assert metadata["task"] == "semantic"
    assert metadata["input"] == {"size": [256, 256], "channels": 3, "resize": "tile"}
    assert metadata["classes"] == ["class 0", "class 1", "class 2"]
    assert metadata["tiling"] == {"margin": 32, "stride": 32}


def test_a_fixed_size_and_a_small_output():
    import keras

    image = keras.Input((40, 24, 1))
    output = keras.layers.Conv2D(2, 3, strides=2)(image)
    metadata = describe_model(keras.Model(image, output, name="small"))
    assert metadata["name"] == "small"
    assert metadata["input"] == {"size": [40, 24], "channels": 1, "resize": "tile"}
    # At most its 11 columns; and what shrinks has a margin of its own.
    assert metadata["tiling"] == {"margin": 0, "stride": 8}


def test_other_networks_are_refused():
    import keras

    image = keras.Input((8, 8, 3))
    for output in (keras.layers.Flatten()(image), {"c1": image}, [image, image]):
        with pytest.raises(BundleError, match=r"logits.*from \(None, 8, 8, 3\)"):
            describe_model(keras.Model(image, output))
