"""benchmarks/array_data.py: the file of arrays, crops of images and labels alike."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from kseg.data import open_dataset, sample
from kseg.data.augment import photometric, warp
from kseg.imaging import Intensity, write_png

PATH = Path(__file__).resolve().parents[2] / "benchmarks" / "array_data.py"
SPEC = importlib.util.spec_from_file_location("array_data", PATH)
array_data = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(array_data)


def dataset(count=5, size=(6, 9)):
    """Images whose first channel repeats the labels, which number the pixels."""
    labels = [np.arange(i, i + np.prod(size), dtype=np.uint8) for i in range(count)]
    targets = [label.reshape(size) for label in labels]
    images = [np.stack([t, 255 - t, 0 * t], -1) for t in targets]
    names = [f"image{i}" for i in range(count)]
    return array_data.ArrayDataset(
        names, images, targets, ("a", "b"), ((0, 0, 0),), 255
    )


def test_what_is_written_is_read(tmp_path):
    for i, size in enumerate([(4, 6), (5, 3)]):
        for part, shape in (("images", (*size, 3)), ("labels", size)):
            (tmp_path / part / "train").mkdir(parents=True, exist_ok=True)
            pixels = np.full(shape, i, np.uint8)
            write_png(tmp_path / part / "train" / f"{i}.png", pixels)
    (tmp_path / "classes.txt").write_text("road\nsky\n", "utf-8")
    rule = Intensity("range", 0, 510)
    given = open_dataset(tmp_path, split="train", intensity=rule)
    source = {"data": "DIR", "format": None}
    array_data.write_arrays(tmp_path / "a.npz", {"train": given}, source)
    datasets, found_source = array_data.read_arrays(tmp_path / "a.npz")
    found = datasets["train"]
    assert found_source == source and found.intensity == rule
    assert found.class_names == given.class_names
    assert (found.palette, found.ignore_label) == (given.palette, given.ignore_label)
    assert [item.name for item in found.items] == [item.name for item in given.items]
    for i in range(len(given)):
        np.testing.assert_array_equal(found.image(i), given.image(i))
        np.testing.assert_array_equal(found.target(i), given.target(i))


def test_instances_are_refused(tmp_path):
    with pytest.raises(ValueError, match="kseg train"):
        array_data.write_arrays(tmp_path / "a.npz", {"val": sample("val")}, {})
    assert not (tmp_path / "a.npz").exists()


def test_a_crop_of_the_images_size_is_the_image():
    given = dataset()
    crops = array_data.Crops(given, (6, 9), 2, {})
    seen = [pair for i in range(len(crops)) for pair in zip(*crops[i], strict=True)]
    assert len(seen) == 6
    for image, target in seen:
        index = int(target[0, 0])
        np.testing.assert_array_equal(image, given.image(index))
        np.testing.assert_array_equal(target, given.target(index))
    assert {int(target[0, 0]) for _, target in seen} == set(range(5))


@pytest.mark.parametrize("size", [(4, 5), (8, 30)], ids=["inside", "mirrored"])
def test_image_and_labels_are_cut_and_flipped_alike(size):
    crops = array_data.Crops(dataset(), size, 5, {"flip": True})
    images, targets = crops[0]
    assert images.shape == (5, *size, 3) and targets.shape == (5, *size)
    np.testing.assert_array_equal(images[..., 0], targets)
    steps = np.diff(targets.astype(int), axis=2)
    assert (abs(steps) == 1).all()  # neighbours stay neighbours, beyond the edge too
    if size == (4, 5):
        assert {int(step) for step in steps[:, 0, 0]} == {-1, 1}


def test_magnified_labels_keep_their_values():
    crops = array_data.Crops(dataset(), (12, 18), 5, {"scale": (2.0, 2.0)})
    _, targets = crops[0]
    for target in targets:
        # Each label fills 2 x 2 pixels, so every second one has another.
        assert (np.diff(target[:, 4].astype(int)) != 0).sum() in (5, 6)


@pytest.mark.parametrize("size", [(8, 5), (30, 40)], ids=["inside", "mirrored"])
@pytest.mark.parametrize(
    "flipped, turns, angle, scale",
    [(False, 1, 0.0, 1.0), (True, 3, 0.0, 1.0), (True, 2, 0.4, 1.7), (0, 1, -0.3, 0.6)],
)
def test_geometry_is_that_of_ksegs_pipeline(size, flipped, turns, angle, scale):
    image_size, place = (17, 12), np.array([0.3, -0.8])
    found = array_data.inverse_map(
        image_size, size, flipped, turns, angle, scale, place
    )
    matrix = warp.linear_map(tf.constant(bool(flipped)), turns, angle, scale)
    # The middle of a crop moves in the room between its extent and the image's.
    extent = np.array(size[::-1] if turns % 2 else size) / scale
    centre = (np.array(image_size) - 1) / 2
    centre = centre + place[::-1] * abs(image_size - extent) / 2
    grid = warp.compose_grid(
        matrix, tf.constant(centre, tf.float32), None, tf.constant(image_size), size
    )
    x, y = found @ np.stack(
        [*np.mgrid[: size[0], : size[1]][::-1], np.ones(size)]
    ).reshape(3, -1)
    mirrored = [
        warp.mirror(tf.constant(v, tf.float32), n - 1.0) for v, n in ((y, 17), (x, 12))
    ]
    np.testing.assert_allclose(np.reshape(mirrored, grid.shape), grid, atol=1e-3)


def test_turned_crops_of_a_square_are_its_eight_symmetries():
    square = dataset(count=1, size=(5, 5))
    crops = array_data.Crops(square, (5, 5), 1, {"flip": True, "turn": True})
    seen = set()
    for epoch in range(60):
        crops.start(epoch)
        images, targets = crops[0]
        np.testing.assert_array_equal(images[..., 0], targets)
        seen.add(targets.tobytes())
    turned = [np.rot90(square.target(0), k) for k in range(4)]
    assert seen == {t.tobytes() for k in turned for t in (k, k[:, ::-1])}


def test_grey_values_by_hand():
    """y = 90 (x / 90)^0.5 = [30, 90]; m = 60, s = 30; 2 (60 + 0.5 (y - 60 + 30 n))."""
    grain = np.array([[[1.0], [-1.0]]], np.float32)
    image = np.array([[[10], [90]]], np.uint8)
    found = array_data.photometric(image, 0.5, 0.5, 2.0, grain)
    np.testing.assert_allclose(found.ravel(), [120, 120], rtol=1e-6)
    found = array_data.photometric(image, 0.5, 0.5, 2.0, 0 * grain)
    np.testing.assert_allclose(found.ravel(), [90, 150], rtol=1e-6)


@pytest.mark.parametrize("channels", [1, 3])
def test_blur_is_that_of_ksegs_pipeline(channels):
    image = np.random.default_rng(0).uniform(0, 255, (9, 14, channels))
    image = image.astype(np.float32)
    expected = photometric.gaussian_blur(tf.constant(image), tf.constant(0.8), 3)
    np.testing.assert_allclose(array_data.blur(image, 0.8, 3), expected, atol=1e-3)


@pytest.mark.parametrize("name", ["gamma", "contrast", "brightness", "noise", "blur"])
def test_each_change_of_grey_values_is_bounded_by_its_strength(name):
    image = np.random.default_rng(0).integers(60, 120, (8, 9, 3)).astype(np.uint8)
    off = {name: 0.0 for name in ("gamma", "contrast", "brightness", "noise", "blur")}

    def differences(strength):
        changed = [
            array_data.change_pixels(
                np.random.default_rng(seed), image, off | {name: strength}
            )
            for seed in range(12)
        ]
        return [float(abs(c.astype(int) - image).mean()) for c in changed]

    weak, strong = differences(0.6), differences(1.2)
    assert not any(differences(0.0)) and 0 < np.mean(weak) < np.mean(strong)
    # One crop in three is blurred, and nearly all are changed in the other ways.
    assert (np.count_nonzero(strong) < 8) == (name == "blur")


def test_batches_depend_on_seed_and_epoch_and_nothing_else():
    options = {"scale": (0.7, 1.5), "flip": True, "brightness": 0.3}

    def batches(seed, epoch, before=()):
        crops = array_data.Crops(dataset(), (5, 7), 2, options, seed)
        for i in before:
            crops[i]
        crops.start(epoch)
        return np.stack([crops[i][0] for i in range(len(crops))])

    first = batches(0, 3)
    np.testing.assert_array_equal(first, batches(0, 3, before=(0, 1, 0)))
    assert (first != batches(0, 4)).any() and (first != batches(1, 3)).any()
