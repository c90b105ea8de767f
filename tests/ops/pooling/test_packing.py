"""Four indices to a byte, and back."""

import numpy as np
import pytest
import tensorflow as tf

from kseg.ops import pack_indices, unpack_indices
from tests.reference import pooling as reference

RNG = np.random.default_rng(0)


def test_example_of_the_docstring():
    packed = pack_indices(np.array([[[[1, 2, 3, 0, 3]]]]))
    np.testing.assert_array_equal(packed, [[[[57, 3]]]])


@pytest.mark.parametrize("channels", [1, 3, 4, 5, 8])
@pytest.mark.parametrize("dtype", ["float32", "int32", "uint8"])
def test_equals_the_oracle_and_comes_back(channels, dtype):
    indices = RNG.integers(0, 4, (2, 3, 5, channels)).astype(dtype)
    packed = pack_indices(indices)
    assert packed.dtype == "uint8" and packed.shape == (2, 3, 5, -(-channels // 4))
    np.testing.assert_array_equal(packed, reference.pack_indices(indices))
    found = unpack_indices(packed, channels)
    assert found.dtype == "uint8"
    np.testing.assert_array_equal(found, indices)


def test_an_empty_batch():
    packed = pack_indices(np.zeros((0, 3, 5, 6), "float32"))
    assert packed.shape == (0, 3, 5, 2)
    assert unpack_indices(packed, 6).shape == (0, 3, 5, 6)


@pytest.mark.parametrize("channels", [4, 9])
def test_refuses_another_number_of_channels(channels):
    with pytest.raises(ValueError, match="channels are packed in . bytes. Received"):
        unpack_indices(np.zeros((1, 2, 2, 2), "uint8"), channels)


@pytest.mark.parametrize("value", [-1, 4, 9, 3.7, np.nan])
def test_refuses_what_is_no_index(value):
    indices = np.array([0, 3, value, 1]).reshape(1, 2, 2, 1)
    for given in (indices, tf.constant(indices), tf.constant(indices, "bfloat16")):
        with pytest.raises(ValueError, match=f"0, 1, 2 or 3. Received: {value}"):
            pack_indices(given)


def test_packs_in_a_graph_where_values_are_unknown():
    indices = RNG.integers(0, 4, (2, 3, 5, 6)).astype("float32")
    packed = tf.function(pack_indices)(tf.constant(indices))
    np.testing.assert_array_equal(packed, reference.pack_indices(indices))
