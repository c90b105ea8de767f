import numpy as np
import pytest

from kseg.data.pipeline.weight_map import unet_weight_map
from tests.reference import weight_map as reference


def two_cells(gap, height=3):
    """Two cells, ``gap`` background columns between them."""
    ids = np.zeros((height, gap + 4), np.int32)
    ids[:, :2], ids[:, -2:] = 1, 2
    return ids


@pytest.mark.parametrize(
    ("gap", "column", "term"),
    [(1, 2, 9.2312), (3, 2, 7.2615), (9, 6, 1.3534), (9, 4, 1.3534)],
    ids=["d=1,1", "d=1,3", "d=5,5", "d=3,7"],
)
def test_values_of_the_paper(gap, column, term):
    weights = unet_weight_map(two_cells(gap))
    assert weights.dtype == np.float32
    np.testing.assert_allclose(weights[:, column], 1 + term, atol=2e-4)


def test_on_both_borders_the_term_is_w0():
    # The border pixel of a cell that another touches has d1 = 0 and d2 = 1; only
    # where two cells share a border pixel would it be w0 itself.
    ids = np.array([[1, 1, 2, 2]])
    weights = unet_weight_map(ids, background_only=False)
    np.testing.assert_allclose(weights[0, 1:3], 1 + 10 * np.exp(-1 / 50), atol=1e-4)


@pytest.mark.parametrize("shape", [(23, 31), (1, 40), (37, 1)])
@pytest.mark.parametrize("background_only", [True, False])
def test_equals_the_oracle(shape, background_only):
    rng = np.random.default_rng(0)
    cells = rng.integers(0, 5, [-(-n // 4) for n in shape])
    ids = np.kron(cells, np.ones((4, 4), int))[: shape[0], : shape[1]].astype(np.int32)
    arguments = (8.0, 2.0, (0.5, 2.0), background_only)
    np.testing.assert_allclose(
        unet_weight_map(ids, *arguments),
        reference.unet_weight_map(ids, *arguments),
        atol=2e-4,
    )


def test_far_cells_are_within_the_stated_error():
    ids = two_cells(60, height=2)
    np.testing.assert_allclose(
        unet_weight_map(ids), reference.unet_weight_map(ids, 10.0, 5.0), atol=1e-4
    )


@pytest.mark.parametrize("background_only", [True, False])
def test_fewer_than_two_cells_have_no_term(background_only):
    for ids in (np.zeros((4, 6), int), np.eye(5, 7, dtype=int), np.ones((4, 6), int)):
        weights = unet_weight_map(ids, background_only=background_only)
        np.testing.assert_array_equal(weights, np.ones(ids.shape))


def test_empty_and_gaps_in_the_ids():
    assert unet_weight_map(np.zeros((0, 4), np.int32)).shape == (0, 4)
    ids = two_cells(3)
    np.testing.assert_array_equal(unet_weight_map(ids * 70), unet_weight_map(ids))


def test_w0_of_zero_leaves_the_class_weights():
    ids = two_cells(1)
    weights = unet_weight_map(ids, w0=0, class_weights=(0.3, 3.0))
    np.testing.assert_array_equal(weights, np.where(ids > 0, 3.0, 0.3).astype("f4"))


@pytest.mark.parametrize(
    ("arguments", "received"),
    [
        ({"w0": -1}, "w0=-1"),
        ({"sigma": 0}, "sigma=0"),
        ({"class_weights": (1, 2, 3)}, "class_weights="),
    ],
)
def test_bad_arguments_are_named(arguments, received):
    with pytest.raises(ValueError, match=received):
        unet_weight_map(two_cells(1), **arguments)
