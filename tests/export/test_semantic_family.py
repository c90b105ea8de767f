"""Every semantic network in every format: builtin, in one piece, the labels of Keras.

A network is built for tiny images of odd size. Its batch norms take the statistics of
these images, and its last score is fitted to their label maps by least squares, so that
rounding to int8 does not decide between random logits. SegNets are trained for a moment
instead: behind a random decoder nothing is left to fit to.

By default the formats in which a network is lowered unlike the others are tested.
KSEG_ALL_FORMATS=1 tests every network in all four: 100 files, 18 minutes.
"""

import os

import keras
import numpy as np
import pytest

from kseg.backbones import BACKBONES
from kseg.export import audit
from kseg.export.flatbuffer.quantize import FORMATS, convert
from kseg.export.labels import model as label_model
from kseg.export.labels.parity import compare
from kseg.models import FCN8s, FCN16s, FCN32s, SegNet, SegNetBasic
from kseg.models.on_backbone.unet import mobile
from kseg.models.segnet_basic import VARIANTS
from tests.export.conftest import blobs, trained
from tests.export.plain_kernels import overwritten_outputs

CLASSES = 2
HEIGHT, WIDTH = SIZE = (45, 60)
SHAPE = (*SIZE, 3)

NETWORKS = {
    "FCN-32s": lambda: FCN32s(CLASSES, SHAPE, fc_filters=8),
    "FCN-16s": lambda: FCN16s(CLASSES, SHAPE, fc_filters=8),
    "FCN-8s": lambda: FCN8s(CLASSES, SHAPE, fc_filters=8),
    "U-Net mobile": lambda: mobile(CLASSES, SHAPE, weights=None),
    "SegNet": lambda: SegNet(CLASSES, SHAPE, base_filters=8),
    "Bayesian SegNet": lambda: SegNet(CLASSES, SHAPE, base_filters=8, dropout=0.5),
    **{
        variant: lambda variant=variant: SegNetBasic(
            CLASSES, SHAPE, variant=variant, filters=16
        )
        for variant in VARIANTS
    },
    **{
        f"FCN-8s {name}": lambda name=name: FCN8s(CLASSES, SHAPE, backbone=name)
        for name in BACKBONES
        if name != "vgg16"
    },
}
# What has a lowering of its own: pad 100 and fixed deconvolutions; depthwise layers and
# resized scores; indices of odd sizes; LRN; learned deconvolutions; gates, hard-swish.
QUICK = {
    "FCN-8s": ("int8",),
    "U-Net mobile": ("dynamic", "int8"),
    "SegNet": ("int8",),
    "SegNet-Basic": FORMATS,
    "FCN-Basic": ("dynamic", "int8"),
    "FCN-8s mobilenet_v3_small": ("int8",),
}
CASES = [
    (name, quantize)
    for name in NETWORKS
    for quantize in FORMATS
    if "KSEG_ALL_FORMATS" in os.environ or quantize in QUICK.get(name, ())
]
# Least share of labels that agree, on networks that were not trained.
AGREEMENT = {"float32": 0.999, "float16": 0.98, "dynamic": 0.9, "int8": 0.85}
# Rounding grows with depth: 0.8985 was seen.
DEEP = {("FCN-8s resnet101", "dynamic"): 0.89}


def partitions(name, quantize):
    """One, but for what XNNPACK has no int8 of."""
    if quantize != "int8":
        return 1
    if name in VARIANTS:
        return 3  # the logarithm and the exponential of LRN
    # Hard-swish.
    return {"FCN-8s mobilenet_v3_large": 20, "FCN-8s mobilenet_v3_small": 18}.get(
        name, 1
    )


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """From a name to (model, SavedModel, images); the latest one is kept."""
    images, labels = blobs(6, *SIZE, 3, seed=7)
    kept = {}

    def get(name):
        if name not in kept:
            kept.clear()
            keras.utils.set_random_seed(3)
            model = NETWORKS[name]()
            settle(model, images)
            if "segnet" in model.name:
                trained(model, images, labels, epochs=30)
            else:
                fit_last_score(model, images, labels)
            folder = tmp_path_factory.mktemp("saved")
            label_model.write(model, folder, batch=1, outputs=("labels",))
            kept[name] = (model, folder, images)
        return kept[name]

    return get


@pytest.mark.parametrize("name, quantize", CASES)
def test_it_is_builtin_in_one_piece_and_gives_the_labels_of_keras(
    networks, name, quantize
):
    model, folder, images = networks(name)
    assert model.output_shape == (None, HEIGHT, WIDTH, CLASSES)
    content = convert(folder, quantize, images[:3])
    found = audit(content)  # refuses what is not builtin, int64, rank over 4
    assert found.partitions == partitions(name, quantize)
    assert found.oldest_runtime == "2.16.1"
    if quantize == "int8":
        assert not {"CONV_2D", "DEPTHWISE_CONV_2D"} & set(found.float_ops)

    assert not overwritten_outputs(content, images[0])
    parity = compare(content, model, images[:2])
    expected = model.predict_on_batch(images[:2].astype("float32")).argmax(-1)
    assert 0.02 < expected.mean() < 0.98, "the network tells nothing apart"
    assert parity.agreement >= DEEP.get((name, quantize), AGREEMENT[quantize])
    if quantize == "float32":
        assert parity.logit_error <= 1e-3 * parity.max_logit


def settle(model, images):
    """Batch norms take the statistics of the images; scores of zeros, small values."""
    rng = np.random.default_rng(1)
    norms = []
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            norms.append(layer)
            layer.momentum = 0.0
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0  # files have none, and a moment of training is short
        if type(layer) is keras.layers.Conv2D and not np.any(layer.kernel):
            layer.kernel.assign(rng.normal(0, 0.01, layer.kernel.shape))
    if norms:
        model(images.astype("float32"), training=True)
    for layer in norms:
        layer.momentum = 0.8  # a moment of training is short for the default


def fit_last_score(model, images, labels):
    """The last convolution to the classes learns the label maps, by least squares."""
    convolutions = [x for x in model.layers if type(x) is keras.layers.Conv2D]
    score = [x for x in convolutions if x.filters == CLASSES][-1]
    features = keras.Model(model.input, score.input)(images.astype("float32"))
    height, width, channels = features.shape[1:]
    rows, columns = (
        ((np.arange(n) + 0.5) * side / n).astype(int)
        for n, side in ((height, HEIGHT), (width, WIDTH))
    )
    wanted = labels[:, rows][:, :, columns].reshape(-1) * 2.0 - 1
    found = np.reshape(features, (-1, channels))
    found = np.append(found, np.ones((len(found), 1)), axis=1)
    # Ridge: maps of few pixels and many channels fit anything.
    ridge = 1e-2 * np.trace(found.T @ found) / len(found.T) * np.eye(len(found.T))
    fitted = np.linalg.solve(found.T @ found + ridge, found.T @ wanted)
    kernel = np.zeros(score.kernel.shape)
    middle = kernel.shape[0] // 2
    kernel[middle, middle] = np.outer(fitted[:-1], (-1, 1))
    score.kernel.assign(kernel)
    score.bias.assign(fitted[-1] * np.array((-1, 1)))
    # As many pixels of each class as in the label maps.
    logits = np.asarray(model(images.astype("float32"), training=False))
    excess = np.quantile(logits[..., 1] - logits[..., 0], 1 - labels.mean())
    score.bias.assign_add(excess / 2 * np.array((1, -1)))
