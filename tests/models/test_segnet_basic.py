"""SegNet-Basic and table 1: counts, every decoder in NumPy, what a deep value sees."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kseg.models import SegNetBasic
from kseg.models.segnet_basic import VARIANTS
from tests.contract import check_mixed_precision, check_semantic_model
from tests.models.networks import images, losses_on_squares, randomise, weights_of
from tests.reference.segnet import segnet_basic as reference

# Trainable parameters, without the convolutions' biases, and of the kernels alone.
COUNTS = {
    "SegNet-Basic": (1_416_587, 1_416_075, 1_415_040),
    "SegNet-Basic-SingleChannelDecoder": (626_315, 625_803, 624_768),
    "SegNet-Basic-EncoderAddition": (1_416_587, 1_416_075, 1_415_040),
    "Bilinear-Interpolation": (613_003, 612_747, 612_224),
    "FCN-Basic": (646_124, 645_868, 645_312),
    "FCN-Basic-NoAddition": (643_979, 643_723, 643_200),
    "FCN-Basic-NoDimReduction": (1_661_579, 1_661_323, 1_660_800),
    "FCN-Basic-NoAddition-NoDimReduction": (1_661_579, 1_661_323, 1_660_800),
}


def tiny(input_shape, **kwargs):
    return SegNetBasic(3, input_shape, **{"filters": 4, **kwargs})


def test_contract(tmp_path):
    def build():
        return tiny((20, 33, 3))

    check_semantic_model(build, (2, 20, 33, 3), (2, 20, 33, 3), tmp_path)


@pytest.mark.parametrize("variant", VARIANTS)
def test_mixed_precision(variant):
    def build():
        return tiny((20, 33, 3), variant=variant)

    check_mixed_precision(build, images(2, 20, 33, 3))


def test_the_variants_are_those_of_table_1():
    assert set(VARIANTS) == set(COUNTS)


@pytest.mark.parametrize("variant", COUNTS)
def test_parameters(variant):
    def count(variables):
        return sum(int(np.prod(v.shape)) for v in variables)

    model = SegNetBasic(variant=variant)
    kernels = [v for v in model.trainable_variables if v.name == "kernel"]
    without = SegNetBasic(variant=variant, use_bias=False)
    counts = (model.trainable_variables, without.trainable_variables, kernels)
    assert tuple(map(count, counts)) == COUNTS[variant]
    assert model.output_shape == (None, 360, 480, 11)


def test_the_papers_sizes():
    model = SegNetBasic()
    pools = [model.get_layer(f"pool{i}").output[0].shape[1:3] for i in (1, 2, 3, 4)]
    assert pools == [(180, 240), (90, 120), (45, 60), (23, 30)]
    unpooled = [model.get_layer(f"upsample{i}").output.shape[1:3] for i in (4, 3, 2, 1)]
    assert unpooled == [(45, 60), (90, 120), (180, 240), (360, 480)]
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds.count("Conv2D") == 9 and kinds.count("ReLU") == 4
    assert model.count_params() == 1_416_587 + 1_024


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("size", [(32, 16), (19, 35)])
def test_equals_table_1_in_numpy(variant, size, float64):
    model = tiny((*size, 3), variant=variant, epsilon=1e-2)
    randomise(model)

    x = images(2, *size, 3)
    expected = reference(x.astype("float64"), weights_of(model), 1e-2, variant)
    assert np.ptp(expected) > 0.1
    logits = model(x, training=False)
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("variant", ["SegNet-Basic-EncoderAddition", "FCN-Basic"])
def test_an_open_size_equals_a_fixed_one(variant):
    model = tiny((None, None, 3), variant=variant)
    model.compile(jit_compile=False)  # the slower compiler
    for size in ((16, 32), (1, 21)):
        fixed = tiny((*size, 3), variant=variant)
        fixed.set_weights(model.get_weights())
        x = images(1, *size, 3)
        logits = model.predict(x, verbose=0)
        expected = np.asarray(fixed(x, training=False))
        # Without statistics yet, logits are in the hundreds.
        np.testing.assert_allclose(logits, expected, atol=1e-5 * np.ptp(expected))


def test_a_deep_value_sees_106_pixels():
    """Which pixels have a gradient, of a value in the middle of pool4.

    A max pool passes the gradient to one pixel of four, so each image shows a part
    of what can be seen, and several all of it.
    """
    model = tiny((176, 208, 3))
    pool4 = keras.Model(model.input, model.get_layer("pool4").output[0])
    x = tf.constant(images(6, 176, 208, 3))
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = tf.reduce_sum(pool4(x, training=False)[:, 5, 6])
    gradient = np.asarray(tape.gradient(value, x))
    seen = np.any(gradient != 0, axis=(0, 3))
    rows, columns = (np.flatnonzero(seen.any(axis)) for axis in (1, 0))
    # The value's own 16 pixels begin at row 80 and column 96; 45 more on either side.
    assert (rows[0], rows[-1] + 1) == (80 - 45, 80 - 45 + 106)
    assert (columns[0], columns[-1] + 1) == (96 - 45, 96 - 45 + 106)


@pytest.mark.parametrize("variant", VARIANTS)
def test_lowers_its_loss_on_a_fixed_batch(variant):
    """To less than half in 10 steps, on labels that are squares of 16 pixels.

    The decoder of single channels, of 6 x 49 weights a layer, to less than 0.85.
    """
    keras.utils.set_random_seed(0)
    model = tiny((32, 48, 3), variant=variant, filters=6)
    losses = losses_on_squares(model, 16, steps=10)
    share = 0.85 if variant.endswith("SingleChannelDecoder") else 0.5
    assert losses[-1] < share * losses[0], losses


@pytest.mark.parametrize(
    "kwargs, message",
    [
        ({"num_classes": 0}, "num_classes=0"),
        ({"filters": 1.5}, "filters=1.5"),
        ({"variant": "segnet"}, "variant='segnet'"),
        ({"epsilon": -1.0}, "epsilon=-1.0"),
        ({"input_shape": (8, 8, None)}, "input_shape=.8, 8, None."),
        ({"weights": "imagenet"}, "weights='imagenet'"),
    ],
)
def test_a_bad_argument_is_named(kwargs, message):
    with pytest.raises(ValueError, match=f"Received: {message}"):
        SegNetBasic(**{"filters": 1, "input_shape": (8, 8, 3), **kwargs})
