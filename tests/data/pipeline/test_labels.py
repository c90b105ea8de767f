import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from kseg.data import sample
from kseg.data.augment.labels import Augment
from kseg.data.pipeline.encoders import id_encoder
from kseg.data.pipeline.epochs import epoch_order, steps_per_epoch
from kseg.data.pipeline.labels import data_errors, make_pipeline
from kseg.errors import DataError
from tests.data.array_dataset import ArrayDataset, bad_message, random_dataset

SIZE = (24, 32)


def batches(dataset, count=None, **options):
    options = {"size": SIZE, "batch_size": 3} | options
    pipeline = make_pipeline(dataset, **options)
    return list(itertools.islice(pipeline.as_numpy_iterator(), count))


def assert_equal(first, second):
    assert len(first) == len(second)
    for one, two in zip(first, second, strict=True):
        for a, b in zip(one, two, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(("channels", "grey"), [(3, False), (3, True), (1, True)])
def test_types_and_shapes(channels, grey):
    dataset = random_dataset(channels=channels, grey=grey)
    options = {"augment": Augment(), "target": "border", "weight_map": {"sigma": 3}}
    pipeline = make_pipeline(dataset, size=SIZE, batch_size=3, **options)
    expected = [((*SIZE, channels), tf.uint8), (SIZE, tf.uint8), (SIZE, tf.float32)]
    for spec, (shape, dtype) in zip(pipeline.element_spec, expected, strict=True):
        assert spec.shape == (3, *shape) and spec.dtype == dtype
    image, labels, weights = next(pipeline.as_numpy_iterator())
    assert image.shape == (3, *SIZE, channels) and labels.max() == 2
    assert weights.min() >= 1 and weights.max() > 5
    if grey:
        np.testing.assert_array_equal(image, image[..., :1].repeat(channels, axis=-1))


def test_same_seed_same_batches():
    options = {"augment": Augment(), "target": "border", "seed": 5}
    first = batches(random_dataset(), 6, **options)
    assert_equal(first, batches(random_dataset(), 6, **options))
    # Whether images are kept in memory changes nothing either.
    assert_equal(first, batches(random_dataset(), 6, **options, cache_mb=0))
    other = batches(random_dataset(), 6, **(options | {"seed": 6}))
    assert not np.array_equal(first[0][0], other[0][0])


def test_resumed_run_sees_what_it_would_have_seen():
    dataset = random_dataset()
    steps = steps_per_epoch(dataset, 3)
    assert steps == 3
    whole = batches(dataset, 5 * steps, augment=Augment(), seed=1)
    resumed = batches(dataset, 2 * steps, augment=Augment(), seed=1, start_epoch=3)
    assert_equal(whole[3 * steps :], resumed)
    assert not np.array_equal(whole[0][0], resumed[0][0])


def test_each_epoch_shows_each_image_in_the_drawn_order():
    images = [np.full((9, 9, 3), 10 * i, np.uint8) for i in range(7)]
    dataset = ArrayDataset("labels", images, [np.zeros((9, 9), np.uint8)] * 7)
    shown = [b[0][:, 0, 0, 0] // 10 for b in batches(dataset, 6, size=(4, 4), seed=2)]
    for epoch in range(2):
        order, _ = epoch_order(7, 3, 2, epoch)
        np.testing.assert_array_equal(np.concatenate(shown[3 * epoch :][:3]), order)


def test_targets_are_made_after_the_warp():
    dataset = random_dataset()
    augment = Augment()
    arguments = {"w0": 10, "sigma": 2}
    found = batches(
        dataset, 3, augment=augment, target="ridge", weight_map=arguments, seed=4
    )
    encode = id_encoder("ridge", 1, arguments)
    order, seeds = epoch_order(7, 3, 4, 0)
    labels, weights = (np.concatenate([b[i] for b in found]) for i in (1, 2))
    for place, (index, seed) in enumerate(zip(order, seeds, strict=True)):
        ids = dataset.target(index)
        params = augment.sample(seed, ids.shape, SIZE)
        expected = encode(augment.apply_labels(params, ids))
        # Graph and eager may round a coordinate half way to different pixels.
        assert np.mean(labels[place] != expected[0]) < 0.01
        assert np.mean(np.abs(weights[place] - expected[1]) > 0.01) < 0.05


def test_without_augmentation_crops_are_copies():
    for image, labels in batches(random_dataset("labels"), 4, size=(14, 11)):
        np.testing.assert_array_equal(image[..., 0], labels * 25)


@pytest.mark.parametrize("training", [True, False])
def test_output_size_is_the_centre(training):
    options = {"target": "border", "training": training, "weight_map": {}}
    dataset = random_dataset(count=1)
    whole, *_ = batches(dataset, 1, batch_size=1, size=(20, 48), **options)
    part, *_ = batches(
        dataset, 1, batch_size=1, size=(20, 48), output_size=(11, 20), **options
    )
    if training:
        np.testing.assert_array_equal(part[0], whole[0])
        for a, b in zip(part[1:], whole[1:], strict=True):
            np.testing.assert_array_equal(a, b[:, 4:15, 14:34])
    else:
        for a, b in zip(part[1:], whole[1:], strict=True):
            np.testing.assert_array_equal(a, b[:, :11, :20])


def test_validation_counts_every_pixel_once_and_in_order():
    dataset = random_dataset()
    options = {"training": False, "target": "border", "weight_map": {"sigma": 2}}
    found = batches(dataset, **options)
    known = make_pipeline(dataset, size=SIZE, batch_size=3, **options).cardinality()
    assert known == len(found)
    image, labels, weights = (np.concatenate(part) for part in zip(*found, strict=True))
    assert [len(b[0]) for b in found[:-1]] == [3] * (len(found) - 1)
    assert image.shape[1:] == (*SIZE, 3) and image.dtype == np.uint8
    np.testing.assert_array_equal(weights == 0, labels == 255)
    encode = id_encoder("border", None, None)
    start = 0
    for index in range(len(dataset)):
        (expected,) = encode(dataset.target(index))
        height, width = expected.shape
        count = -(-height // SIZE[0]) * -(-width // SIZE[1])
        part = labels[start : start + count]
        counted = np.bincount(part[part != 255], minlength=3)
        np.testing.assert_array_equal(
            counted, np.bincount(expected.ravel(), minlength=3)
        )
        start += count
    assert start == len(labels)
    assert_equal(found, batches(dataset, **options))


def test_images_smaller_than_the_tile_are_mirrored():
    image = np.array([[[1], [2], [3]]], np.uint8)
    dataset = ArrayDataset("labels", [image], [image[..., 0]], channels=1)
    ((tiles, labels),) = batches(dataset, training=False, size=(1, 6), batch_size=4)
    np.testing.assert_array_equal(tiles[0, 0, :, 0], [1, 2, 3, 2, 1, 2])
    np.testing.assert_array_equal(labels[0, 0], [1, 2, 3, 255, 255, 255])


def test_real_nuclei():
    nuclei = sample("train")
    nuclei = nuclei.subset([item.name for item in nuclei.items[:4]])
    options = {"size": (192, 224), "batch_size": 4, "target": "border"}
    ((image, labels),) = batches(nuclei, 1, augment=Augment(), **options)
    assert set(np.unique(labels)) == {0, 1, 2}
    # Nuclei are the bright part, however dim the image, after the warp too.
    for one, label in zip(image[..., 0].astype(float), labels, strict=True):
        inside, outside = one[label == 1], one[label == 0]
        assert inside.size == 0 or inside.mean() > 1.3 * outside.mean()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("weight_map", [None, {"w0": 5}])
def test_fit_takes_the_batches(weight_map):
    dataset = random_dataset()
    options = {"size": (8, 8), "batch_size": 2, "weight_map": weight_map}
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 1)])
    loss = keras.losses.SparseCategoricalCrossentropy(
        from_logits=True, ignore_class=255
    )
    model.compile("sgd", loss)
    history = model.fit(
        make_pipeline(dataset, augment=Augment(), **options),
        steps_per_epoch=steps_per_epoch(dataset, 2),
        validation_data=make_pipeline(dataset, training=False, **options),
        verbose=0,
        shuffle=False,
    )
    assert np.isfinite(history.history["loss"][0])
    assert np.isfinite(history.history["val_loss"][0])


def test_a_bad_file_is_named():
    dataset = random_dataset(bad=5)
    with pytest.raises(DataError) as caught, data_errors():
        batches(dataset, 3)
    assert str(caught.value) == bad_message(5)
    assert caught.value.__suppress_context__
    with pytest.raises(DataError) as caught:
        make_pipeline(dataset, size=SIZE, batch_size=2, training=False)
    assert str(caught.value) == bad_message(5)


def test_a_bad_file_is_named_out_of_fit(capfd):
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 1)])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    pipeline = make_pipeline(random_dataset(bad=5), size=(8, 8), batch_size=2)
    with pytest.raises(DataError) as caught, data_errors():
        model.fit(pipeline, steps_per_epoch=4, verbose=0, shuffle=False)
    assert str(caught.value) == bad_message(5)
    assert "Traceback" not in capfd.readouterr().err


def test_other_errors_pass():
    with pytest.raises(tf.errors.InvalidArgumentError), data_errors():
        tf.reshape(tf.zeros(3), (2, 2))
    with pytest.raises(KeyError), data_errors():
        raise KeyError("another")


@pytest.mark.parametrize(
    ("options", "received"),
    [
        ({"size": (0, 8)}, r"size=\(0, 8\)"),
        ({"size": (8, 8, 3)}, r"size=\(8, 8, 3\)"),
        ({"output_size": (24, 33)}, r"output_size=\(24, 33\)"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"seed": -1}, "seed=-1"),
        ({"start_epoch": -2}, "start_epoch=-2"),
        ({"cache_mb": -3}, "cache_mb=-3"),
        ({"target": "edges"}, "target='edges'"),
    ],
)
def test_bad_arguments_are_named(options, received):
    with pytest.raises(ValueError, match=received):
        make_pipeline(random_dataset(), **({"size": SIZE, "batch_size": 3} | options))


def test_an_empty_data_set_is_refused():
    with pytest.raises(DataError, match="no images"):
        make_pipeline(ArrayDataset("labels", [], []), size=SIZE, batch_size=1)
