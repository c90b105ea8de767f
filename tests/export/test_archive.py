"""SavedModels: sizes, weights that come along, and a folder that is not one."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kseg.errors import ExportError
from kseg.export.archive import fixed, write_archive


def network(size=(None, None)):
    image = keras.Input((*size, 1))
    return keras.Model(image, keras.layers.Conv2D(2, 3, padding="same")(image))


def test_a_network_of_one_size_is_itself_and_of_any_gets_one():
    one, open_size = network((6, 10)), network()
    assert fixed(one, None) is one
    copy = fixed(open_size, (6, 10))
    assert copy.input_shape == (None, 6, 10, 1)
    x = np.random.default_rng(0).normal(size=(1, 6, 10, 1))
    np.testing.assert_allclose(copy(x), open_size(x), atol=1e-6)


def test_a_size_that_a_network_cannot_take():
    image = keras.Input((8, 8, 1))
    whole = keras.layers.Dense(2)(keras.layers.Flatten()(image))
    with pytest.raises(ExportError):
        fixed(keras.Model(image, whole), (6, 10))


def test_the_signature_is_what_was_served(tmp_path):
    model = network((6, 10))

    def serve(image):
        return {"double": 2 * model(tf.cast(image, tf.float32))}

    write_archive(model, tmp_path / "saved", 1, serve)
    run = tf.saved_model.load(str(tmp_path / "saved")).signatures["serve"]
    image = np.random.default_rng(0).integers(0, 256, (1, 6, 10, 1)).astype(np.uint8)
    expected = 2 * model(image.astype(np.float32))
    np.testing.assert_allclose(run(image=image)["double"], expected, rtol=1e-5)


def test_a_folder_that_cannot_be(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        write_archive(network((4, 4)), tmp_path / "file" / "in", 1, lambda image: {})
