import numpy as np
import pytest
import tensorflow as tf

from kseg.data.augment.photometric import gaussian_blur, photometric
from tests.reference import augment as reference


def change(image, gamma=1.0, contrast=1.0, brightness=1.0, noise=0.0, seed=(1, 2)):
    return photometric(
        tf.constant(image, tf.float32),
        gamma=tf.constant(gamma),
        contrast=tf.constant(contrast),
        brightness=tf.constant(brightness),
        noise=tf.constant(noise),
        seed=tf.constant(seed),
    ).numpy()


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 256, (5, 8, 3)).astype(np.float32)


def test_equals_the_formula(image):
    image[0, 0] = (0, 200, 1)
    y = image.max() * (image / image.max()) ** 1.3
    expected = 1.2 * (0.8 * (y - y.mean()) + y.mean())
    assert expected.max() > 255
    np.testing.assert_allclose(
        change(image, 1.3, 0.8, 1.2), np.clip(expected, 0, 255), atol=0.01
    )


def test_by_hand():
    # Greatest 100: 25 is a quarter of it, whose root is a half.
    image = np.array([[[0.0], [25.0], [100.0]]])
    np.testing.assert_allclose(
        change(image, gamma=0.5), [[[0], [50], [100]]], atol=1e-4
    )
    # The mean, 50, stays; then everything doubles.
    image = np.array([[[40.0], [60.0]]])
    np.testing.assert_allclose(
        change(image, contrast=1.5, brightness=2.0), [[[70], [130]]], atol=1e-4
    )


def test_a_dim_image_changes_as_a_bright_one(image):
    values = {"gamma": 1.3, "contrast": 0.8, "brightness": 0.9, "noise": 0.1}
    bright, dim = change(image * 0.9, **values), change(image * 0.03, **values)
    np.testing.assert_allclose(dim * 30, bright, atol=0.01)


def test_black_stays_black():
    black = np.zeros((4, 5, 1))
    values = {"gamma": 0.5, "contrast": 2.0, "brightness": 2.0, "noise": 0.5}
    np.testing.assert_array_equal(change(black, **values), black)


def test_neutral_values_change_nothing(image):
    np.testing.assert_allclose(change(image), image, atol=1e-3)


def test_clips_to_grey_levels(image):
    bright = change(image, contrast=5.0)
    assert bright.min() == 0 and bright.max() == 255


def test_noise_has_its_strength_and_its_seed():
    # Stripes of 108 and 148: a deviation of 20, of which the noise is 0.3.
    stripes = np.tile([[[108.0]], [[148.0]]], (32, 96, 2))
    grain = change(stripes, noise=0.3) - stripes
    # 12288 draws: the mean is within 0.22, the deviation within 0.16, at 4 sigma.
    assert abs(grain.mean()) < 0.22 and abs(grain.std() - 6) < 0.16
    assert not np.allclose(grain[..., 0], grain[..., 1])
    again = change(stripes, noise=0.3) - stripes
    np.testing.assert_array_equal(grain, again)
    other = change(stripes, noise=0.3, seed=(1, 3)) - stripes
    assert not np.allclose(grain, other)


@pytest.mark.parametrize("shape", [(5, 8, 3), (4, 4, 1)])
def test_blur_equals_the_oracle(shape):
    image = np.random.default_rng(0).random(shape).astype(np.float32) * 255
    blurred = gaussian_blur(tf.constant(image), tf.constant(0.9), 3)
    expected = reference.gaussian_blur(image, 0.9, 3)
    np.testing.assert_allclose(blurred, expected, atol=1e-3)


def test_blur_keeps_flat_images():
    flat = tf.fill((6, 7, 1), 200.0)
    np.testing.assert_allclose(
        gaussian_blur(flat, tf.constant(2.0), 5), flat, rtol=1e-6
    )
