"""Label maps of images of any size, by bundles and Keras models."""

import numpy as np
import pytest

import kseg
from kseg import bundle
from kseg.errors import BundleError
from kseg.predict import from_model, load
from tests.predict.conftest import blobs, expected_labels, unet_metadata


@pytest.mark.parametrize("shape", [(32, 48), (5, 3), (1, 1), (100, 77)])
@pytest.mark.parametrize("tta", [False, True])
def test_a_bundle_labels_images_of_any_size(label_bundle, shape, tta):
    image = blobs(*shape)
    result = load(label_bundle).predict(image, tta=tta)
    np.testing.assert_array_equal(result.labels, expected_labels(image))
    assert result.labels.dtype == np.uint8
    assert result.instances.shape == shape
    assert result.probabilities is None


def test_one_call_gives_objects(label_bundle):
    # The centres of 4 x 3 discs of radius about 7 pixels.
    result = kseg.load(label_bundle, threads=1).predict(blobs(64, 48))
    assert result.instances.max() == 12
    found = result.objects(blobs(64, 48))
    assert (found["classes"] == 1).all()
    assert (found["areas"] > 100).all()


def test_logits_give_probabilities_and_the_same_labels(logit_bundle, label_bundle):
    image = blobs(70, 90)
    result = load(logit_bundle).predict(image, probabilities=True)
    np.testing.assert_array_equal(
        result.labels, load(label_bundle).predict(image).labels
    )
    np.testing.assert_allclose(result.probabilities.sum(-1), 1, rtol=1e-5)
    np.testing.assert_array_equal(result.probabilities.argmax(-1), result.labels)
    averaged = load(logit_bundle).predict(image, probabilities=True, tta=True)
    np.testing.assert_allclose(averaged.probabilities, result.probabilities, atol=1e-5)


def test_without_a_rule_there_are_no_objects(label_bundle, tmp_path):
    content = bundle.read(label_bundle)
    path = tmp_path / "plain.tflite"
    metadata = content.metadata | {"instances": None}
    bundle.write(path, content.flatbuffer, metadata, content.golden)
    assert load(path).predict(blobs(20, 20)).instances is None


def test_rgb_becomes_gray_for_a_network_of_one_channel():
    from kseg.models import UNet

    model = UNet(2, (16, 16, 1), padding="same", base_filters=2, depth=1)
    metadata = {"input": {"size": [16, 16], "channels": 1}, "classes": ["a", "b"]}
    predictor = from_model(model, metadata)
    gray = np.random.default_rng(0).integers(0, 256, (16, 16, 1), np.uint8)
    np.testing.assert_array_equal(
        predictor.predict(np.repeat(gray, 3, -1)).labels, predictor.predict(gray).labels
    )


def test_self_check(label_bundle, logit_bundle, tmp_path, unet):
    assert load(label_bundle).self_check() == 1
    assert load(logit_bundle).self_check() == 1
    content = bundle.read(label_bundle)
    path = tmp_path / "other.tflite"
    other = (content.golden[0], 1 - content.golden[1] % 2)
    bundle.write(path, content.flatbuffer, content.metadata, other)
    with pytest.raises(BundleError, match="99 %"):
        load(path).self_check()
    with pytest.raises(BundleError, match="golden image"):
        from_model(unet, unet_metadata()).self_check()


def test_keras_results_do_not_depend_on_the_tile_size(unet):
    image = np.random.default_rng(0).integers(0, 256, (45, 38, 3), np.uint8)
    predictor = from_model(unet, unet_metadata())
    # Two 3x3 convolutions at full size, two at half, two at full: 2 + 2 * 2 + 2
    # pixels, one for the cells of the pooling and one for the up-convolution's.
    results = [
        predictor.predict(image, tile=tile, margin=10, probabilities=True)
        for tile in [(24, 24), (32, 26), (64, 80)]
    ]
    for other in results[1:]:
        np.testing.assert_allclose(
            other.probabilities, results[0].probabilities, atol=1e-5
        )
    near = predictor.predict(image, tile=(24, 24), margin=2, probabilities=True)
    assert np.abs(near.probabilities - results[0].probabilities).max() > 1e-4


def test_a_network_with_valid_convolutions_needs_no_margin():
    import keras

    from kseg.models import UNet

    keras.utils.set_random_seed(1)
    image = np.random.default_rng(0).integers(0, 256, (33, 40, 1), np.uint8)
    results, weights = [], None
    for size in [(24, 24), (40, 28), (72, 72)]:
        model = UNet(2, (*size, 1), base_filters=2, depth=1)
        model.set_weights(weights or model.get_weights())
        weights = model.get_weights()
        metadata = {"input": {"size": size, "channels": 1}, "classes": ["a", "b"]}
        predictor = from_model(model, metadata | {"tiling": {"stride": 2}})
        results.append(predictor.predict(image, probabilities=True).probabilities)
    assert results[0].shape == (33, 40, 2)
    for other in results[1:]:
        np.testing.assert_allclose(other, results[0], atol=1e-5)


def test_other_types_go_through_the_intensity_rule(label_bundle, tmp_path):
    content = bundle.read(label_bundle)
    rule = {"rule": "range", "low": 0, "high": 65535}
    metadata = content.metadata | {
        "input": content.metadata["input"] | {"intensity": rule}
    }
    path = tmp_path / "deep.tflite"
    bundle.write(path, content.flatbuffer, metadata, content.golden)
    image = blobs(40, 50)
    deep = image.astype(np.uint16) * 257
    np.testing.assert_array_equal(
        load(path).predict(deep).labels, expected_labels(image)
    )


def test_float_pixels_are_rounded_and_must_be_in_range(label_bundle):
    image = blobs(40, 50)
    predictor = load(label_bundle)
    result = predictor.predict(image.astype(np.float32) - np.float32(0.3) * (image > 0))
    np.testing.assert_array_equal(result.labels, expected_labels(image))
    for bad in (np.full((4, 4), 256.0), np.full((4, 4), -1.0), np.full((4, 4), np.nan)):
        with pytest.raises(ValueError, match="Scale the image"):
            predictor.predict(bad)
    with pytest.raises(ValueError, match="uint16"):
        predictor.predict(image.astype(np.uint16))


def test_read_gives_what_predict_takes(label_bundle, tmp_path):
    import cv2

    image = blobs(40, 50)
    cv2.imwrite(str(tmp_path / "a.png"), image)
    predictor = load(label_bundle)
    read = predictor.read(tmp_path / "a.png")
    assert read.shape == (40, 50, 3)
    np.testing.assert_array_equal(
        predictor.predict(read).labels, expected_labels(image)
    )
    (tmp_path / "b.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"b\.png"):
        predictor.read(tmp_path / "b.png")


@pytest.mark.parametrize(
    ("options", "image", "message"),
    [
        ({"probabilities": True}, np.zeros((9, 9, 3), np.uint8), "label maps"),
        ({"tile": (64, 64)}, np.zeros((9, 9, 3), np.uint8), "32x48"),
        ({"margin": 20}, np.zeros((99, 9, 3), np.uint8), "smaller margin"),
        ({}, np.zeros((9, 9, 2), np.uint8), "2 channels"),
        ({}, np.zeros((0, 9, 3), np.uint8), "at least one pixel"),
        ({}, np.zeros((9,), np.uint8), "at least one pixel"),
    ],
)
def test_bad_arguments_say_what_to_do(label_bundle, options, image, message):
    with pytest.raises(ValueError, match=message):
        load(label_bundle).predict(image, **options)


def test_a_fixed_network_has_one_tile_size():
    from kseg.models import UNet

    model = UNet(2, (16, 16, 1), padding="same", base_filters=2, depth=1)
    metadata = {"input": {"size": [16, 16], "channels": 1}, "classes": ["a", "b"]}
    predictor = from_model(model, metadata)
    image = np.zeros((20, 20), np.uint8)
    assert predictor.predict(image, tile=(16, 16)).labels.shape == (20, 20)
    with pytest.raises(ValueError, match="16x16"):
        predictor.predict(image, tile=(32, 16))
