"""PadToMultiple: the layer contract, and what it adds."""

import numpy as np
import pytest
import tensorflow as tf

from kseg.layers import PadToMultiple
from tests.contract import check_layer


@pytest.mark.parametrize(
    "given, padded",
    [((2, 5, 9, 3), (2, 8, 12, 3)), ((2, 8, 12, 1), (2, 8, 12, 1))],
)
def test_contract(given, padded, tmp_path):
    check_layer(lambda **kwargs: PadToMultiple(4, **kwargs), given, padded, tmp_path)


def test_empty_batch():
    assert PadToMultiple(4)(np.zeros((0, 1, 4, 2), "float32")).shape == (0, 4, 4, 2)


def test_zeros_below_and_to_the_right():
    x = np.arange(1, 7, dtype="float32").reshape(1, 2, 3, 1)
    y = np.asarray(PadToMultiple(4)(x))[0, :, :, 0]
    expected = [[1, 2, 3, 0], [4, 5, 6, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    np.testing.assert_array_equal(y, expected)


def test_a_size_unknown_while_tracing_is_padded_when_known():
    layer = PadToMultiple(16)
    spec = tf.TensorSpec((None, None, None, 1), "float32")
    traced = tf.function(layer, input_signature=[spec])
    assert traced(tf.zeros((1, 5, 33, 1))).shape == (1, 16, 48, 1)


@pytest.mark.parametrize("multiple", [0, 2.0])
def test_refuses_multiple(multiple):
    with pytest.raises(ValueError, match="multiple must be"):
        PadToMultiple(multiple)
