"""kseg.data.augment.arrays against what TensorFlow does, and by hand."""

import numpy as np
import pytest
import tensorflow as tf

from kseg.data import Augment
from kseg.data.augment import arrays, photometric, warp

GREY = ("gamma", "contrast", "brightness", "noise", "blur")


def numbered(size=(6, 9), first=0):
    """An image whose first channel repeats its labels, which number the pixels."""
    labels = np.arange(first, first + np.prod(size), dtype=np.uint8).reshape(size)
    return np.stack([labels, 255 - labels, 0 * labels], -1), labels


def drawn(image_size, size, seed=0, **augment):
    generator = np.random.default_rng(seed)
    return arrays.Warp(generator, image_size, size, arrays.strengths(**augment))


def test_what_is_off_is_what_is_off_in_tensorflow():
    assert Augment.off().get_config() == arrays.strengths()
    options = {"flip": True, "scale": (0.5, 2.0), "elastic": 3.0}
    assert Augment.off(**options).get_config() == arrays.strengths(**options)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"hue": 0.1}, "Received: hue"),
        ({"blur": -1.0}, "blur=-1.0"),
        ({"scale": (0.0, 1.0)}, "scale"),
    ],
)
def test_what_cannot_be_varied_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        arrays.strengths(**options)


def test_a_crop_of_the_images_size_is_the_image():
    image, labels = numbered()
    for seed in range(5):
        found = drawn((6, 9), (6, 9), seed)
        np.testing.assert_array_equal(found.image(image), image)
        np.testing.assert_array_equal(found.labels(labels), labels)


@pytest.mark.parametrize("size", [(4, 5), (8, 30)], ids=["inside", "mirrored"])
def test_image_and_labels_are_cut_and_flipped_alike(size):
    image, labels = numbered()
    directions = set()
    for seed in range(12):
        found = drawn((6, 9), size, seed, flip=True)
        crop = found.labels(labels)
        assert crop.shape == size and crop.dtype == np.uint8
        np.testing.assert_array_equal(found.image(image)[..., 0], crop)
        steps = np.diff(crop.astype(int), axis=1)
        assert (abs(steps) == 1).all()  # neighbours stay neighbours, beyond the edge
        directions.add(int(steps[0, 0]))
    assert directions == {-1, 1}


def test_a_gray_image_keeps_its_channel():
    image, labels = numbered()
    found = drawn((6, 9), (4, 5)).image(image[..., :1])
    assert found.shape == (4, 5, 1)


def test_magnified_labels_keep_their_values():
    _, labels = numbered()
    crop = drawn((6, 9), (12, 18), scale=(2.0, 2.0)).labels(labels)
    # Each label fills 2 x 2 pixels, so every second one has another.
    assert (np.diff(crop[4].astype(int)) != 0).sum() in (8, 9)


def test_large_ids_keep_their_values():
    ids = np.array([[2**24 + 1, 2**24 + 2], [0, 2**31 - 1]], np.int32)
    found = drawn((2, 2), (2, 2)).labels(ids)
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, ids)


def tensorflow_grid(size, image_size, flipped, turns, angle, scale, place, field=None):
    matrix = warp.linear_map(tf.constant(bool(flipped)), turns, angle, scale)
    # The middle of a crop moves in the room between its extent and the image's.
    extent = np.array(size[::-1] if turns % 2 else size) / scale
    centre = (np.array(image_size) - 1) / 2
    centre = centre + place[::-1] * abs(image_size - extent) / 2
    centre = tf.constant(centre, tf.float32)
    return warp.compose_grid(matrix, centre, field, tf.constant(image_size), size)


@pytest.mark.parametrize("size", [(8, 5), (30, 40)], ids=["inside", "mirrored"])
@pytest.mark.parametrize(
    "flipped, turns, angle, scale",
    [(False, 1, 0.0, 1.0), (True, 3, 0.0, 1.0), (True, 2, 0.4, 1.7), (0, 1, -0.3, 0.6)],
)
def test_geometry_is_that_of_tensorflow(size, flipped, turns, angle, scale):
    where = (17, 12), flipped, turns, angle, scale, np.array([0.3, -0.8])
    found = arrays.inverse_map(where[0], size, *where[1:])
    grid = tensorflow_grid(size, *where)
    x, y = found @ np.stack(
        [*np.mgrid[: size[0], : size[1]][::-1], np.ones(size)]
    ).reshape(3, -1)
    mirrored = [
        warp.mirror(tf.constant(v, tf.float32), n - 1.0) for v, n in ((y, 17), (x, 12))
    ]
    np.testing.assert_allclose(np.reshape(mirrored, grid.shape), grid, atol=1e-3)


def test_a_bent_crop_is_that_of_tensorflow():
    rng = np.random.default_rng(3)
    size, where = (20, 24), (1, 0.4, 1.3, np.array([0.3, -0.8]))
    image = rng.uniform(0, 255, (33, 41, 3))
    image = np.float32(image + np.roll(image, 1, 0) + np.roll(image, 1, 1)) / 3
    labels = (image[..., 0] > 128).astype(np.uint8)
    field = rng.normal(0, 1.5, (2, *size)).astype(np.float32)
    bent = drawn((33, 41), size)
    bent.inverse = arrays.inverse_map((33, 41), size, True, *where)
    bent._maps = bent._bent(field)
    grid = tensorflow_grid(size, (33, 41), True, *where, field)
    # cv2 reads between pixels at 1/32 of their distance.
    expected = warp.warp_image(tf.constant(image), grid)
    assert np.abs(bent.image(image) - expected).max() < 10
    assert np.abs(bent.image(image) - expected).mean() < 1
    agree = bent.labels(labels) == warp.warp_labels(tf.constant(labels), grid)
    assert np.mean(agree) > 0.99


def test_what_bends_bends_as_far_as_it_is_told():
    _, labels = numbered((10, 20))
    straight = drawn((10, 20), (10, 20)).labels(labels)
    bent = drawn((10, 20), (10, 20), elastic=4.0).labels(labels)
    assert (bent != straight).mean() > 0.5
    fields = [
        np.stack(drawn((64, 64), (64, 64), seed, elastic=4.0)._maps)
        - np.mgrid[:64, :64][::-1]
        for seed in range(40)
    ]
    # At the middle point of the nine, whose vector is drawn alone.
    assert np.std([field[:, 32, 32] for field in fields]) == pytest.approx(4, rel=0.3)


def test_a_shift_moves_a_crop_of_the_images_size():
    _, labels = numbered((10, 20))
    places = {
        tuple(drawn((10, 20), (10, 20), seed, shift=2.0).inverse[:, 2])
        for seed in range(40)
    }
    assert {x for x, _ in places} == {y for _, y in places} == {-2, -1, 0, 1, 2}


def test_turned_crops_of_a_square_are_its_eight_symmetries():
    image, labels = numbered((5, 5))
    seen = set()
    for seed in range(60):
        found = drawn((5, 5), (5, 5), seed, flip=True, turn=True)
        crop = found.labels(labels)
        np.testing.assert_array_equal(found.image(image)[..., 0], crop)
        seen.add(crop.tobytes())
    turned = [np.rot90(labels, k) for k in range(4)]
    assert seen == {t.tobytes() for k in turned for t in (k, k[:, ::-1])}


def test_grey_values_by_hand():
    """y = 90 (x / 90)^0.5 = [30, 90]; m = 60, s = 30; 2 (60 + 0.5 (y - 60 + 30 n))."""
    grain = np.array([[[1.0], [-1.0]]], np.float32)
    image = np.array([[[10], [90]]], np.uint8)
    found = arrays.photometric(image, 0.5, 0.5, 2.0, grain)
    np.testing.assert_allclose(found.ravel(), [120, 120], rtol=1e-6)
    found = arrays.photometric(image, 0.5, 0.5, 2.0, 0 * grain)
    np.testing.assert_allclose(found.ravel(), [90, 150], rtol=1e-6)


@pytest.mark.parametrize("channels", [1, 3])
def test_blur_is_that_of_tensorflow(channels):
    image = np.random.default_rng(0).uniform(0, 255, (9, 14, channels))
    image = image.astype(np.float32)
    expected = photometric.gaussian_blur(tf.constant(image), tf.constant(0.8), 3)
    np.testing.assert_allclose(arrays.blur(image, 0.8, 3), expected, atol=1e-3)


@pytest.mark.parametrize("name", GREY)
def test_each_change_of_grey_values_is_bounded_by_its_strength(name):
    image = np.random.default_rng(0).integers(60, 120, (8, 9, 3)).astype(np.uint8)

    def differences(strength):
        augment = arrays.strengths(**{name: strength})
        found = []
        for seed in range(12):
            generator = np.random.default_rng(seed)
            changes = arrays.draw_changes(generator, augment)
            changed = arrays.change_pixels(generator, image, changes, augment)
            found.append(float(abs(changed.astype(int) - image).mean()))
        return found

    weak, strong = differences(0.6), differences(1.2)
    assert not any(differences(0.0)) and 0 < np.mean(weak) < np.mean(strong)
    # One crop in three is blurred, and nearly all are changed in the other ways.
    assert (np.count_nonzero(strong) < 8) == (name == "blur")


def test_what_is_too_small_is_not_blurred():
    image = np.random.default_rng(0).integers(0, 255, (3, 9, 3)).astype(np.uint8)
    augment = arrays.strengths(blur=1.0)
    changes = {"gamma": 1.0, "contrast": 1.0, "brightness": 1.0, "noise": 0.0}
    found = arrays.change_pixels(None, image, {**changes, "blur": 0.9}, augment)
    np.testing.assert_array_equal(found, image)
