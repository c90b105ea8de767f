import numpy as np
import pytest

from kseg.predict.labels.tta import average, probabilities_of
from tests.reference import tta as reference


def skewed(tiles):
    """Logits that depend on the place: no symmetry of its own."""
    _, height, width, _ = tiles.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    first = tiles[..., 0] * np.sin(y + 0.3 * x) / 50
    return np.stack([first, tiles[..., 0] / 100 + 0 * first, 0.1 * x + 0 * first], -1)


def softmax(logits):
    exponents = np.exp(logits.astype(np.float64))
    return exponents / exponents.sum(-1, keepdims=True)


@pytest.mark.parametrize("shape", [(2, 6, 6, 1), (1, 6, 8, 3), (1, 1, 1, 1)])
def test_average_equals_the_views_written_out(shape):
    tiles = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    found = average(skewed, tiles, 3)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.sum(-1), 1, rtol=1e-5)
    for tile, result in zip(tiles, found, strict=True):
        expected = reference.average(
            lambda view: softmax(skewed(view[None])[0]), tile, shape[1] == shape[2]
        )
        np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-6)


def test_without_turns_it_is_the_image_and_its_mirror_image():
    tiles = np.random.default_rng(3).integers(0, 256, (2, 4, 4, 1), np.uint8)
    mirrored = softmax(skewed(tiles[:, :, ::-1]))[:, :, ::-1]
    expected = (softmax(skewed(tiles)) + mirrored) / 2
    np.testing.assert_allclose(
        average(skewed, tiles, 3, turns=False), expected, rtol=1e-4, atol=1e-6
    )


def test_average_turns_with_the_image():
    tile = np.random.default_rng(1).integers(0, 256, (1, 8, 8, 1), np.uint8)
    turned = average(skewed, np.rot90(tile, axes=(1, 2)), 3)
    np.testing.assert_allclose(
        turned, np.rot90(average(skewed, tile, 3), axes=(1, 2)), atol=1e-6
    )


def test_label_maps_vote():
    # Class 1 in the left column of whatever it is shown: four of the eight views put
    # that column on each side, so corners get four votes and edges two.
    def left_column(tiles):
        labels = np.zeros(tiles.shape[:3], np.uint8)
        labels[:, :, 0] = 1
        return labels

    votes = average(left_column, np.zeros((1, 3, 3, 1), np.uint8), 2)[0, ..., 1]
    np.testing.assert_array_equal(
        votes, [[0.5, 0.25, 0.5], [0.25, 0, 0.25], [0.5, 0.25, 0.5]]
    )


def test_a_result_smaller_than_its_tile_stays_centred():
    tile = np.random.default_rng(2).integers(0, 256, (1, 8, 8, 1), np.uint8)

    def inner(tiles):
        return np.repeat(tiles[:, 2:-2, 2:-2].astype(np.float32), 2, axis=-1) * [0, 0.1]

    np.testing.assert_allclose(
        average(inner, tile, 2), probabilities_of(inner(tile), 2), atol=1e-6
    )


def test_an_odd_loss_is_refused():
    tile = np.zeros((1, 8, 8, 1), np.uint8)
    with pytest.raises(ValueError, match="without tta"):
        average(lambda tiles: tiles[:, 1:], tile, 1)


def test_probabilities_of_large_logits_and_of_labels():
    found = probabilities_of(np.array([[1e4, 1e4, -1e4]], np.float32), 3)
    np.testing.assert_array_equal(found, [[0.5, 0.5, 0]])
    one_hot = probabilities_of(np.array([2, 0], np.uint8), 3)
    np.testing.assert_array_equal(one_hot, [[0, 0, 1], [1, 0, 0]])
