import numpy as np
import pytest
import tensorflow as tf

from kseg.data.augment.labels import Augment

GREY = ("brightness", "contrast", "gamma", "noise", "blur")
GEOMETRY = ("flip", "turn", "rotate", "shift", "elastic")


def only(*names, **strengths):
    """An augmentation with nothing on but what is named."""
    off = dict.fromkeys(GREY + GEOMETRY, 0) | {"scale": (1.0, 1.0)}
    return Augment(**(off | dict.fromkeys(names, 1) | strengths))


def blobs(shape, seed=0):
    """Ids in squares of 8 pixels, some of them background."""
    cells = np.random.default_rng(seed).integers(0, 6, [-(-n // 8) for n in shape])
    return np.kron(cells, np.ones((8, 8), int))[: shape[0], : shape[1]].astype(np.int32)


def run(augment, seeds, image, labels, size, in_tf_data=False):
    """The images and the labels that some seeds give, stacked."""

    def apply(seed):
        params = augment.sample(seed, tf.shape(image)[:2], size)
        return augment.apply_image(params, image), augment.apply_labels(params, labels)

    if in_tf_data:
        results = tf.data.Dataset.from_tensor_slices(seeds).map(apply)
    else:
        results = [apply(tf.constant(seed)) for seed in seeds]
    images, labels_ = zip(*results, strict=True)
    return np.stack(images), np.stack(labels_)


def draws(augment, count, image_size, size):
    """What ``sample`` gives for seeds 0 to ``count - 1``: arrays by name."""
    seeds = tf.data.Dataset.from_tensor_slices(some_seeds(count))
    params = seeds.map(lambda seed: augment.sample(seed, image_size, size))
    return next(params.batch(count).as_numpy_iterator())


def some_seeds(count):
    return [(i, 7) for i in range(count)]


@pytest.mark.parametrize(("shape", "channels"), [((41, 56), 3), ((120, 33), 1)])
def test_eager_and_tf_data_agree(shape, channels):
    labels = blobs(shape)
    image = np.random.default_rng(0).integers(0, 256, (*shape, channels), np.uint8)
    given = Augment(rotate=20, shift=5), some_seeds(3), image, labels, (32, 48)
    eager, graph = run(*given), run(*given, in_tf_data=True)
    assert eager[0].shape == (3, 32, 48, channels) and eager[0].dtype == np.float32
    assert eager[1].shape == (3, 32, 48) and eager[1].dtype == np.int32
    # The graph may fuse a product and a sum: a hundred-thousandth of a pixel.
    np.testing.assert_allclose(eager[0], graph[0], atol=0.02)
    assert (eager[1] != graph[1]).mean() < 0.01


@pytest.mark.parametrize("in_tf_data", [False, True])
def test_same_seed_same_result_other_seed_another(in_tf_data):
    labels = blobs((40, 40))
    image = np.repeat(labels[..., None] * 40, 3, axis=-1).astype(np.uint8)
    seeds = [(3, 4), (3, 4), (3, 5)]
    for results in run(Augment(), seeds, image, labels, (40, 40), in_tf_data):
        np.testing.assert_array_equal(results[0], results[1])
        assert not np.array_equal(results[0], results[2])


@pytest.mark.parametrize("in_tf_data", [False, True])
def test_image_labels_and_ids_are_warped_alike(in_tf_data):
    ids = blobs((60, 75))
    foreground = (ids > 0).astype(np.uint8)
    image = foreground[..., None] * 255
    augment = only("flip", "turn", rotate=30, scale=(0.7, 1.5), shift=4, elastic=4.0)
    where = augment, some_seeds(6), image
    warped, labels = run(*where, foreground, (48, 40), in_tf_data)
    _, warped_ids = run(*where, ids, (48, 40), in_tf_data)
    np.testing.assert_array_equal(warped_ids > 0, labels == 1)
    # Where bilinear reads one class only, the nearest pixel is of that class.
    warped = warped[..., 0]
    pure = (warped < 1e-3) | (warped > 255 - 1e-3)
    assert pure.mean() > 0.5
    np.testing.assert_array_equal(labels[pure] * 255.0, np.round(warped[pure]))
    # And elsewhere they agree to less than a pixel.
    assert np.mean((warped > 127.5) == labels) > 0.97


def test_no_new_ids_and_ignore_survives():
    ids = blobs((50, 50)) * 1000
    ids[10:20] = 255
    _, warped = run(Augment(), some_seeds(5), ids[..., None], ids, (32, 32))
    assert 255 in warped and set(np.unique(warped)) <= set(np.unique(ids))


def test_crops_copy_pixels():
    image = np.random.default_rng(0).integers(0, 256, (40, 51, 3), np.uint8)
    numbered = np.arange(40 * 51, dtype=np.int32).reshape(40, 51)
    places = set()
    for crop, where in zip(
        *run(only(), some_seeds(8), image, numbered, (16, 20)), strict=True
    ):
        top, left = divmod(int(where[0, 0]), 51)
        np.testing.assert_array_equal(crop, image[top : top + 16, left : left + 20])
        places.add((top, left))
    assert len(places) > 4


def test_flip_and_turn_give_all_eight_symmetries():
    numbered = np.arange(25, dtype=np.int32).reshape(5, 5)
    given = numbered[..., None].astype(np.uint8), numbered, (5, 5)
    _, turned = run(only("flip", "turn"), some_seeds(80), *given, in_tf_data=True)
    symmetries = {
        np.rot90(m, k).tobytes()
        for m in (numbered, numbered[:, ::-1])
        for k in range(4)
    }
    assert {t.tobytes() for t in turned} == symmetries


def test_scale_stays_in_its_range():
    grid = draws(only(scale=(0.5, 2.0)), 100, (200, 200), (50, 50))["grid"]
    steps = grid[:, 1, 0, 1] - grid[:, 1, 0, 0]
    assert 0.499 < steps.min() < 0.6 and 1.7 < steps.max() < 2.001
    # As often magnified as reduced.
    assert 35 <= np.sum(steps < 1) <= 65


@pytest.mark.parametrize("name", GEOMETRY)
def test_each_geometric_choice_acts_and_leaves_grey_values(name):
    numbered = np.arange(900, dtype=np.int32).reshape(30, 30)
    image = np.full((30, 30, 1), 77, np.uint8)
    strength = {"rotate": 20.0, "shift": 6.0, "elastic": 5.0}.get(name, True)
    warped, labels = run(
        only(**{name: strength}), some_seeds(4), image, numbered, (30, 30)
    )
    assert not np.array_equal(labels, np.stack([numbered] * 4))
    np.testing.assert_allclose(warped, 77, atol=1e-3)


@pytest.mark.parametrize("name", GREY)
def test_each_grey_value_choice_acts_and_leaves_labels(name):
    numbered = np.arange(900, dtype=np.int32).reshape(30, 30)
    image = np.random.default_rng(0).integers(0, 256, (30, 30, 3), np.uint8)
    warped, labels = run(
        only(name), some_seeds(30), image, numbered, (30, 30), in_tf_data=True
    )
    np.testing.assert_array_equal(labels, np.stack([numbered] * 30))
    assert warped.min() >= 0 and warped.max() <= 255
    changed = np.sum(np.abs(warped - image).max(axis=(1, 2, 3)) > 0.5)
    # Blur is drawn for one image in three, the others for each.
    assert (4 <= changed <= 16) if name == "blur" else changed >= 27


def test_turning_one_choice_off_leaves_the_other_draws():
    given = (5, 6), (30, 30), (24, 24)
    with_flip = only("flip", "turn", gamma=0.5).sample(*given)
    without = only("turn", gamma=0.5).sample(*given)
    assert with_flip["gamma"] == without["gamma"] != 1
    np.testing.assert_array_equal(with_flip["grid"][0], without["grid"][0])


def test_elastic_has_the_stated_strength():
    grid = draws(only(elastic=10.0), 200, (9001, 9001), (41, 41))["grid"]
    # At two corners the field is two drawn vectors, whose difference has a deviation
    # of 14.1; 400 draws give it within 1.5 at 3 sigma.
    difference = grid[:, :, 0, 40] - grid[:, :, 0, 0] - [0, 40]
    assert abs(difference.std() - 14.1) < 1.5


@pytest.mark.parametrize("shape", [(1, 1), (2, 70), (90, 3)])
def test_tiny_images_and_crops(shape):
    labels = np.ones(shape, np.uint8)
    image = np.full((*shape, 3), 100, np.uint8)
    augment = Augment(blur=3.0, noise=0, brightness=0, contrast=0, gamma=0)
    for size in ((8, 5), (1, 1)):
        warped, warped_labels = run(augment, some_seeds(2), image, labels, size)
        np.testing.assert_allclose(warped, np.full((2, *size, 3), 100.0), atol=1e-3)
        np.testing.assert_array_equal(warped_labels, np.ones((2, *size)))


def test_config_round_trip():
    augment = Augment(flip=False, scale=[0.9, 1.1], blur=2.0)
    again = Augment(**augment.get_config())
    assert again.get_config() == augment.get_config()
    assert again.get_config()["scale"] == (0.9, 1.1)


@pytest.mark.parametrize(
    ("arguments", "received"),
    [
        ({"scale": (0, 1)}, r"scale=\(0, 1\)"),
        ({"scale": (1.5, 0.7)}, "scale="),
        ({"scale": (1.0,)}, "scale="),
        ({"noise": -0.1}, "noise=-0.1"),
        ({"elastic": float("nan")}, "elastic=nan"),
        ({"blur": float("inf")}, "blur=inf"),
    ],
)
def test_bad_strengths_are_named(arguments, received):
    with pytest.raises(ValueError, match=received):
        Augment(**arguments)
