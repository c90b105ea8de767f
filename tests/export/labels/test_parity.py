"""The comparison with Keras sees what it must see, and the limits bind."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kseg.errors import ExportError
from kseg.export.flatbuffer.quantize import FORMATS, convert
from kseg.export.labels import model as label_model
from kseg.export.labels.parity import TOLERANCE, FileNetwork, Parity, compare, require
from kseg.layers import MaxPoolingWithIndices2D, MaxUnpooling2D


@pytest.fixture(scope="module")
def network():
    """Two logits per pixel: its red and its green channel, twice as large."""
    inputs = keras.Input((6, 5, 3))
    model = keras.Model(inputs, keras.layers.Conv2D(2, 1, use_bias=False)(inputs))
    model.set_weights([np.array([[[[2, 0], [0, 2], [0, 0]]]], np.float32)])
    return model


@pytest.fixture(scope="module", params=["labels", "logits"])
def content(network, request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved")
    label_model.write(network, folder, batch=1, outputs=(request.param,))
    return convert(folder, "float32")


def images():
    return np.random.default_rng(3).integers(0, 256, (3, 6, 5, 3), np.uint8)


def test_the_file_gives_logits_whatever_its_output_is(content):
    image = images()[0]
    logits, labels = FileNetwork(content)(image)
    np.testing.assert_allclose(logits, 2.0 * image[..., :2], rtol=1e-6)
    np.testing.assert_array_equal(labels, image[..., 1] > image[..., 0])


def test_compare(content, network):
    truth = (images()[..., 1] > images()[..., 0]).astype(np.uint8)
    same = compare(content, network, images(), truth)
    assert same.images == 3 and same.agreement == 1
    assert same.max_error < 1e-3
    assert same.max_logit == pytest.approx(2.0 * images()[..., :2].max())
    assert same.keras_mean_iou == same.mean_iou == 1

    swapped = keras.models.clone_model(network)
    swapped.set_weights([network.get_weights()[0][..., ::-1]])
    other = compare(content, swapped, images(), truth)
    ties = np.mean(images()[..., 0] == images()[..., 1])
    assert other.agreement == pytest.approx(ties)
    gaps = images()[..., 0].astype(float) - images()[..., 1]
    assert other.max_error == pytest.approx(2 * np.abs(gaps).max())
    assert other.keras_mean_iou < 0.1 and other.mean_iou == 1


def test_label_maps_are_cropped_centrally_and_ignored_pixels_do_not_count(
    content, network
):
    truth = (images()[..., 1] > images()[..., 0]).astype(np.uint8)
    wide = np.pad(truth, ((0, 0), (2, 2), (1, 1)), constant_values=1)
    assert compare(content, network, images(), wide).mean_iou == 1
    wrong = truth.copy()
    wrong[:, 0] = 1 - wrong[:, 0]
    assert compare(content, network, images(), wrong).mean_iou < 0.9
    wrong[:, 0] = 9
    found = compare(content, network, images(), wrong, ignore_label=9)
    assert found.mean_iou == 1
    nothing = compare(content, network, images(), np.full_like(wrong, 9), 9)
    assert nothing.mean_iou is None and nothing.keras_mean_iou is None


@pytest.mark.parametrize("rows, columns", [(3, 1), (1, 3), (5, 4)])
def test_of_an_odd_difference_the_smaller_half_is_above_and_left(
    content, network, rows, columns
):
    """As the network's own valid convolutions and `output.offset` have it."""
    truth = (images()[..., 1] > images()[..., 0]).astype(np.uint8)
    before = rows // 2, columns // 2
    after = rows - before[0], columns - before[1]
    wide = np.pad(truth, ((0, 0), *zip(before, after, strict=True)), constant_values=1)
    assert compare(content, network, images(), wide).mean_iou == 1
    other = np.pad(truth, ((0, 0), *zip(after, before, strict=True)))
    assert compare(content, network, images(), other).mean_iou < 1


def test_logits_of_an_int8_file_are_those_of_keras(tmp_path):
    """Its numbers have a scale, and a zero that is not 0."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((12, 16, 3))
    x = keras.layers.Conv2D(8, 3, padding="same", activation="relu")(inputs)
    bias = keras.initializers.Constant(300.0)  # so that no logit is near 0
    model = keras.Model(inputs, keras.layers.Conv2D(2, 1, bias_initializer=bias)(x))
    pixels = np.random.default_rng(3).integers(0, 256, (4, 12, 16, 3), np.uint8)
    expected = model.predict(pixels.astype("float32"), verbose=0)
    step = (max(expected.max(), 0) - min(expected.min(), 0)) / 255
    for output in ("labels", "logits"):
        label_model.write(model, tmp_path / output, batch=1, outputs=(output,))
        content = convert(tmp_path / output, "int8", pixels)
        network = FileNetwork(content)
        if output == "labels":
            assert network._zero != 0
        for image, logits in zip(pixels, expected, strict=True):
            assert np.abs(network(image)[0] - logits).max() < 6 * step


class Inner(keras.layers.Layer):
    """An arg-max inside of a network, as of a network in stages."""

    def call(self, x):
        best = tf.argmax(x, -1, output_type=tf.int32)
        return tf.cast(best, tf.float32)[..., None]


def test_the_largest_error_is_of_any_channel_and_the_logits_of_the_last_arg_max(
    tmp_path,
):
    inputs = keras.Input((6, 5, 3))
    last = keras.layers.Conv2D(2, 1, use_bias=False)
    model = keras.Model(inputs, last(Inner()(inputs)))
    last.set_weights([np.array([[[[-2.0, -6.0]]]])])
    label_model.write(model, tmp_path, batch=1, outputs=("labels",))
    content = convert(tmp_path, "float32")
    last.set_weights([np.array([[[[-2.0, -7.0]]]])])
    found = compare(content, model, images())
    # Channel by channel and by its absolute value: all of them are negative.
    assert found.max_logit == 14 and found.max_error == found.logit_error == 2
    assert found.agreement == 1


def test_a_nan_is_not_lost(content):
    inputs = keras.Input((6, 5, 3))
    broken = keras.Model(inputs, keras.layers.Conv2D(2, 1)(inputs))
    broken.set_weights([np.ones((1, 1, 3, 2)), np.array([np.nan, 0])])
    found = compare(content, broken, images())
    assert np.isnan(found.max_error) and np.isnan(found.logit_error)


@pytest.mark.parametrize("pools", [False, True])
def test_behind_pools_with_indices_a_few_pixels_may_differ(tmp_path, pools):
    inputs = keras.Input((40, 50, 1))
    weights = keras.initializers.Constant(1 / 256)
    logits = keras.layers.Conv2D(2, 1, kernel_initializer=weights)(inputs)
    if pools:
        logits = MaxUnpooling2D()(MaxPoolingWithIndices2D()(logits))
    label_model.write(
        keras.Model(inputs, logits), tmp_path, batch=1, outputs=("labels",)
    )
    bright = 100 * keras.ops.relu(inputs - 254)
    other = keras.Model(inputs, logits + bright)
    image = np.zeros((1, 40, 50, 1), np.uint8)
    for pixels in (50, 150):  # of 2000
        image[0].flat[:pixels] = 255
        found = compare(convert(tmp_path, "float32"), other, image)
        assert found.max_error == pytest.approx(100, abs=1e-3)
        forgiven = pools and pixels == 50
        assert found.logit_error == pytest.approx(0 if forgiven else 100, abs=1e-3)
        assert ("for 95 % of the pixels" in found.lines()[0]) == forgiven


GOOD = Parity(4, 0.02, 0.001, 10.0, 1.0, 0.9, 0.9)


@pytest.mark.parametrize("quantize", FORMATS)
def test_no_difference_passes_every_tolerance(quantize):
    unknown = GOOD._replace(keras_mean_iou=None, mean_iou=None)
    for parity in (GOOD, unknown, GOOD._replace(mean_iou=0.95)):
        require(parity, TOLERANCE[quantize], quantize)


@pytest.mark.parametrize("quantize", FORMATS)
@pytest.mark.parametrize(
    "change, words",
    [
        ({"logit_error": 10.1}, "the logits differ by up to 1.01 of"),
        ({"logit_error": float("nan")}, "the logits differ by up to nan"),
        ({"agreement": 0.9}, "90.00 % of the labels agree, under"),
        ({"mean_iou": 0.85}, "mean IoU is lower by 0.0500"),
    ],
)
def test_each_limit_binds(quantize, change, words):
    with pytest.raises(ExportError, match=words):
        require(GOOD._replace(**change), TOLERANCE[quantize], quantize)


def test_what_is_at_its_limit_passes():
    at = Parity(4, 2.5, 2.5, 10.0, 0.75, 0.75, 0.5)
    limits = {"logit_error": 0.25, "agreement": 0.75, "mean_iou_drop": 0.25}
    require(at, limits, "int8")
    for key, limit in (
        ("logit_error", 0.2499),
        ("agreement", 0.7501),
        ("mean_iou_drop", 0.2499),
    ):
        with pytest.raises(ExportError):
            require(at, {**limits, key: limit}, "int8")
