"""RequireMultiple: the layer contract and its message."""

import numpy as np
import pytest
import tensorflow as tf

from kseg.layers import RequireMultiple
from tests.contract import check_layer


def test_contract(tmp_path):
    def build(**kwargs):
        return RequireMultiple(4, **kwargs)

    check_layer(build, (2, 8, 12, 3), (2, 8, 12, 3), tmp_path)


@pytest.mark.parametrize(
    "size, message",
    [
        ((30, 32), "height must be a multiple of 16. Received: height=30.*16 or 32"),
        ((32, 7), "width must be a multiple of 16. Received: width=7.*to 16"),
    ],
)
def test_names_the_axis_and_the_nearest_sizes(size, message):
    with pytest.raises(ValueError, match=message):
        RequireMultiple(16)(np.zeros((1, *size, 3), "float32"))


def test_a_size_unknown_while_tracing_passes():
    layer = RequireMultiple(16)
    spec = tf.TensorSpec((None, None, None, 1), "float32")
    traced = tf.function(layer, input_signature=[spec])
    assert traced(tf.zeros((1, 5, 7, 1))).shape == (1, 5, 7, 1)


@pytest.mark.parametrize("multiple", [0, 2.0])
def test_refuses_multiple(multiple):
    with pytest.raises(ValueError, match="multiple must be"):
        RequireMultiple(multiple)
