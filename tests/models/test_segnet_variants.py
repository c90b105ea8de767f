"""The decoders of FCN on SegNet-Basic's encoder: how they start, and their files.

Every variant against NumPy is in tests/models/test_segnet_basic.py.
"""

import keras
import numpy as np

from kseg.models import SegNetBasic
from tests.models.networks import images, randomise


def tiny(input_shape, **kwargs):
    return SegNetBasic(3, input_shape, filters=4, **kwargs)


def test_deconvolutions_start_as_bilinear_interpolation():
    for variant, filters in (("FCN-Basic", 3), ("FCN-Basic-NoDimReduction", 4)):
        deconvolution = tiny((32, 48, 3), variant=variant).get_layer("up2")
        assert deconvolution.kernel.shape == (8, 8, filters, filters)
        x = np.random.default_rng(0).normal(size=(1, 4, 5, filters)).astype("float32")
        expected = keras.layers.UpSampling2D(interpolation="bilinear")(x)
        # Beyond the map's edge a deconvolution sees zeros, an interpolation the edge.
        inside = np.s_[:, 1:-1, 1:-1]
        inner = np.asarray(deconvolution(x))[inside]
        np.testing.assert_allclose(inner, np.asarray(expected)[inside], atol=1e-6)


def test_a_trained_deconvolution_is_loaded_from_a_file(tmp_path):
    model = tiny((16, 24, 3), variant="FCN-Basic")
    randomise(model)
    model.save(tmp_path / "fcn.keras")
    x = images(1, 16, 24, 3)
    for loaded in (
        keras.models.load_model(tmp_path / "fcn.keras"),
        tiny((16, 24, 3), variant="FCN-Basic", weights=tmp_path / "fcn.keras"),
    ):
        np.testing.assert_allclose(loaded(x), model(x), atol=1e-5)
