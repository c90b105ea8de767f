import numpy as np
import pytest
import tensorflow as tf

from kseg.data.augment.warp import (
    compose_grid,
    linear_map,
    mirror,
    warp_image,
    warp_labels,
)
from tests.reference import augment as reference


def matrix(flip=False, turns=0, angle=0.0, scale=1.0):
    return linear_map(
        tf.constant(flip), tf.constant(turns), tf.constant(angle), tf.constant(scale)
    )


def middle(shape):
    return tf.constant([(n - 1) / 2 for n in shape[:2]], tf.float32)


def unfolded(map_, centre, displacement, size):
    """The grid's formula in float64, without mirroring."""
    offset = np.stack(np.mgrid[: size[0], : size[1]]).astype(float)
    half = np.array([(n - 1) / 2 for n in size])
    first = np.asarray(centre) - np.asarray(map_) @ half
    bent = np.einsum("ij,jhw->ihw", np.asarray(map_, float), offset + displacement)
    return bent + np.round(first)[:, None, None]


@pytest.mark.parametrize("shape", [(6, 9, 3), (1, 5, 1), (4, 1, 2), (1, 1, 3)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_image_equals_the_oracle(shape, dtype):
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, shape).astype(dtype)
    map_ = matrix(True, 1, 0.4, 0.6)
    bend = rng.normal(size=(2, 7, 5)).astype(np.float32)
    grid = compose_grid(map_, middle(shape), tf.constant(bend), shape[:2], (7, 5))
    expected = reference.bilinear(
        image.astype(float), unfolded(map_, middle(shape), bend, (7, 5))
    )
    np.testing.assert_allclose(warp_image(image, grid), expected, atol=2e-3)


def test_mirror_by_hand():
    folded = mirror(tf.range(-2.0, 6.0), tf.constant(3.0))
    np.testing.assert_array_equal(folded, [2, 1, 0, 1, 2, 3, 2, 1])
    np.testing.assert_array_equal(
        mirror(tf.range(-2.0, 6.0), tf.constant(0.0)), [0] * 8
    )


def test_mirror_folds_as_often_as_needed():
    index = np.arange(-40, 60)
    expected = [reference.mirror(i, 4) for i in index.tolist()]
    folded = mirror(tf.constant(index, tf.float32), tf.constant(3.0))
    np.testing.assert_array_equal(folded, expected)


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_flips_and_turns_copy_pixels(flip, turns):
    image = np.random.default_rng(0).integers(0, 256, (6, 9, 3), np.uint8)
    expected = np.rot90(image[:, ::-1] if flip else image, turns)
    size = expected.shape[:2]
    map_ = matrix(flip, turns)
    grid = compose_grid(map_, middle(image.shape), None, image.shape[:2], size)
    np.testing.assert_array_equal(warp_image(image, grid), expected)
    np.testing.assert_array_equal(warp_labels(image[..., 0], grid), expected[..., 0])


def test_rotation_by_a_right_angle_is_a_quarter_turn():
    np.testing.assert_allclose(matrix(angle=np.pi / 2), matrix(turns=1), atol=1e-7)


def test_magnifies_about_the_centre():
    ramp = np.tile(np.arange(9, dtype=np.float32)[:, None, None], (1, 9, 1))
    grid = compose_grid(matrix(scale=2.0), middle((9, 9)), None, (9, 9), (9, 9))
    # Corners fall on whole pixels, so rows run from 2 to 6 by halves.
    np.testing.assert_allclose(
        warp_image(ramp, grid)[:, 0, 0], np.arange(2, 6.5, 0.5), atol=1e-6
    )


def test_small_images_are_mirrored_around():
    image = np.arange(3, dtype=np.uint8).reshape(1, 3, 1)
    grid = compose_grid(matrix(), middle((1, 3)), None, (1, 3), (2, 7))
    np.testing.assert_array_equal(
        warp_image(image, grid)[..., 0], [[2, 1, 0, 1, 2, 1, 0]] * 2
    )


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32])
def test_labels_keep_their_type_and_read_the_nearest(dtype):
    labels = np.array([[0, 7, 200]], dtype)
    grid = tf.constant([[[0.0] * 5], [[0.49, 0.5, 1.2, 1.51, 2.0]]])
    warped = warp_labels(labels, grid)
    assert warped.dtype == dtype
    np.testing.assert_array_equal(warped, [[0, 7, 7, 200, 200]])


def test_image_is_differentiable():
    image = np.random.default_rng(0).random((5, 6, 2)).astype(np.float32)
    grid = tf.constant(np.random.default_rng(1).random((2, 3, 4)) * 4, tf.float32)
    theoretical, numeric = tf.test.compute_gradient(
        lambda x: warp_image(x, grid), [image], delta=0.1
    )
    np.testing.assert_allclose(theoretical[0], numeric[0], atol=1e-3)
