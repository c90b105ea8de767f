"""A flatbuffer divided before a layer gives what the whole gives."""

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from kseg.export import audit
from kseg.export.flatbuffer.quantize import convert
from kseg.export.flatbuffer.split import divide, of_layers
from kseg.export.labels import model as label_model


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    """Two convolutions, the second of which is taken twice."""
    keras.utils.set_random_seed(0)
    image = keras.Input((8, 12, 3))
    x = keras.layers.Conv2D(4, 3, padding="same", name="first")(image)
    x = second = keras.layers.Conv2D(5, 3, padding="same", name="second")(x)
    x = keras.layers.Conv2D(5, 1, activation="relu", name="late")(x)
    model = keras.Model(image, keras.layers.Add(name="sum")([x, second]))
    folder = tmp_path_factory.mktemp("split")
    label_model.write(model, folder, batch=1, outputs=("logits",))
    return convert(folder, "float32")


def run(content, **given):
    return Interpreter(model_content=content).get_signature_runner()(**given)


def test_the_parts_one_after_the_other_are_the_whole(content):
    first, second, links = divide(content, ["late"])
    image = np.random.default_rng(0).integers(0, 256, (1, 8, 12, 3), np.uint8)
    between = run(first, image=image)
    assert [link.name for link in links] == list(between) == ["link_0"]
    assert links[0].shape == between["link_0"].shape == (1, 8, 12, 5)
    assert links[0].dtype == "float32" and "second" in links[0].made_by
    np.testing.assert_array_equal(
        run(second, **between)["logits"], run(content, image=image)["logits"]
    )


def test_each_part_has_its_own_operators_and_weights(content):
    parts = divide(content, ["late"])
    found = [audit(part).ops for part in parts[:2]]
    assert found[0] == {"CONV_2D": 2, "CAST": 1}
    assert found[1] == {"CONV_2D": 1, "ADD": 1}
    assert len(parts.first) + len(parts.second) < len(content) + 4000


def test_before_the_first_layer_the_image_itself_is_taken(content):
    # The cast of the image has no layer's name.
    first, second, links = divide(content, ["first"])
    assert audit(first).ops == {"CAST": 1} and len(links) == 1
    assert audit(second).ops["CONV_2D"] == 3


@pytest.mark.parametrize(
    "name, found",
    [
        ("net_1/masks_1/Mul", True),
        ("masks/Mul", True),
        ("net_1/other_1/Mul;net_1/masks_12/Add", True),
        ("net_1/mask.pool_1/Add", True),
        ("net_1/masks_head_1/Mul", False),
        ("net_1/my_masks_1/Mul", False),
        ("net_1/mask_pool_1/Add", False),
        ("net_1/masks", False),
    ],
)
def test_a_layer_is_found_by_its_whole_name(name, found):
    assert bool(of_layers({"masks", "mask.pool"}).search(name)) == found


def test_no_names_find_nothing():
    assert not of_layers(set()).search("net_1//Mul")
