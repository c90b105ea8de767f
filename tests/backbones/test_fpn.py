"""FPN: sizes, parameters, and the top-down sum followed by hand."""

import keras
import numpy as np
import pytest

from kseg.backbones.fpn import fpn

SIZES = {"c2": (16, 24), "c3": (8, 12), "c4": (4, 6), "c5": (2, 3)}
WIDTHS = {"c2": 256, "c3": 512, "c4": 1024, "c5": 2048}


def network(channels, widths=WIDTHS, **kwargs):
    maps = {k: keras.Input((*SIZES[k], widths[k]), name=k) for k in SIZES}
    return keras.Model(maps, fpn(maps, channels, **kwargs))


def test_parameters_and_sizes_on_resnet():
    with keras.StatelessScope(initialize_variables=False):
        model = network(256)
    assert model.count_params() == 3_344_384
    shapes = {k: v.shape[1:] for k, v in model.output.items()}
    assert shapes == {
        "p2": (16, 24, 256),
        "p3": (8, 12, 256),
        "p4": (4, 6, 256),
        "p5": (2, 3, 256),
        "p6": (1, 2, 256),
    }


@pytest.mark.parametrize("separable", [False, True])
def test_a_value_goes_down_to_the_finer_levels_and_never_up(separable):
    model = network(4, dict.fromkeys(SIZES, 3), separable=separable)
    zeros = {k: np.zeros((1, *SIZES[k], 3), "float32") for k in SIZES}
    for level in (2, 3, 4, 5):
        given = {k: v.copy() for k, v in zeros.items()}
        given[f"c{level}"][:] = 1
        found = {k: np.asarray(v) for k, v in model(given).items()}
        moved = {int(k[1]) for k, v in found.items() if np.abs(v).max() > 1e-6}
        assert moved == set(range(2, level + 1)) | ({6} if level == 5 else set())
        np.testing.assert_array_equal(found["p6"], found["p5"][:, ::2, ::2])


def test_sum_by_hand():
    """Lateral kernels 1, 3x3 kernels 1 at the centre: p2 is the sum of all levels."""
    model = network(1, dict.fromkeys(SIZES, 1))
    for layer in model.layers:
        if layer.weights:
            kernel = np.zeros(layer.kernel.shape, "float32")
            kernel[tuple(n // 2 for n in kernel.shape[:2])] = 1
            layer.kernel.assign(kernel)
    rng = np.random.default_rng(0)
    maps = {k: rng.normal(size=(1, *SIZES[k], 1)).astype("float32") for k in SIZES}
    expected = 0
    for k in ("c5", "c4", "c3", "c2"):
        if k != "c5":
            expected = expected.repeat(2, axis=1).repeat(2, axis=2)
        expected = expected + maps[k]
        np.testing.assert_allclose(model(maps)["p" + k[1]], expected, atol=1e-5)
