"""LocalResponseNorm: the layer contract, and its arguments reach the op."""

import numpy as np
import pytest

from kseg.layers import LocalResponseNorm
from tests.contract import check_layer
from tests.reference.segnet import local_response_normalization as reference


@pytest.mark.parametrize("channels", [3, 7])
def test_contract(channels, tmp_path):
    def build(**kwargs):
        return LocalResponseNorm(size=3, alpha=0.1, beta=0.5, bias=2.0, **kwargs)

    shape = (2, 3, 5, channels)
    check_layer(build, shape, shape, tmp_path)


def test_equals_the_oracle():
    x = np.random.default_rng(0).normal(0, 9, (2, 3, 5, 6)).astype("float32")
    y = LocalResponseNorm(size=3, alpha=0.1, beta=0.5, bias=2.0)(x)
    np.testing.assert_allclose(y, reference(x, 3, 0.1, 0.5, 2.0), rtol=1e-5)
    y = LocalResponseNorm()(x)
    np.testing.assert_allclose(y, reference(x, 5, 1e-4, 0.75, 1.0), rtol=1e-5)
