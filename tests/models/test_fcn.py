"""FCN: parameters, sizes, alignment, the heads in NumPy, every argument and backbone.

Most tests replace the blocks of VGG-16 by single convolutions of 4 to 12 filters: all
else is the paper's.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kseg.layers import Crop
from kseg.losses import CrossEntropy
from kseg.models import FCN8s, FCN16s, FCN32s
from kseg.models.fcn import mobile
from tests.contract import check_semantic_model
from tests.models.networks import images
from tests.models.tiny_fcn import (
    little_backbone,
    run,
    tiny,
    unallocated,
    without_dropout,
)
from tests.reference import fcn as reference

NETWORKS = (FCN32s, FCN16s, FCN8s)
SCORES = ("score_fr", "score_pool4", "score_pool3")


# Parameters.

COUNTS = {
    21: (134_346_581, 134_357_354, 134_362_751),
    33: (134_395_745, 134_412_674, 134_421_155),
    40: (134_424_424, 134_444_944, 134_455_224),
    60: (134_506_364, 134_537_144, 134_552_564),
}


@pytest.mark.parametrize("num_classes", COUNTS)
def test_parameters(num_classes):
    counts = [unallocated(build, num_classes).count_params() for build in NETWORKS]
    assert tuple(counts) == COUNTS[num_classes]


@pytest.mark.parametrize("build, last", [(FCN32s, 64), (FCN16s, 32), (FCN8s, 16)])
def test_parameters_of_learned_deconvolutions(build, last):
    """Dense K x K: 1,806,336, 458,640 and 127,008 more for K = 21."""
    base = unallocated(build).count_params()
    inner = {64: 0, 32: 7_056, 16: 14_112}[last]
    model = unallocated(build, learned_upsampling="inner")
    assert model.count_params() - base == inner
    every = unallocated(build, learned_upsampling="all").count_params() - base
    assert every == {64: 1_806_336, 32: 458_640, 16: 127_008}[last]
    assert every - inner == (21 * last) ** 2


@pytest.mark.parametrize("num_classes", [11, 21])
def test_parameters_of_mobile(num_classes):
    model = unallocated(mobile, num_classes, weights=None)
    trainable = sum(int(np.prod(w.shape)) for w in model.trainable_weights)
    assert trainable == 2_958_848 + 475 * num_classes


# Sizes and alignment.

SIZES = {
    1: (199, 100, 50, 25, 13, 7, 1, 64, 4, 80, 10, 88),
    224: (422, 211, 106, 53, 27, 14, 8, 288, 18, 304, 38, 312),
    321: (519, 260, 130, 65, 33, 17, 11, 384, 24, 400, 50, 408),
    500: (698, 349, 175, 88, 44, 22, 16, 544, 34, 560, 70, 568),
}
MAPS = "relu1_2 pool1 pool2 pool3 pool4 pool5 score_fr".split()
UPSCORES = "upscore upscore2 upscore16 upscore_pool4 upscore8".split()


@pytest.mark.parametrize("height, width", [(1, 224), (224, 321), (321, 500), (500, 1)])
def test_sizes_of_every_map(height, width):
    sizes_of = {}
    for build in NETWORKS:
        model = unallocated(build, 2, (height, width, 3), fc_filters=1)
        assert model.output_shape == (None, height, width, 2)
        for layer in model.layers:
            sizes_of[layer.name] = layer.output.shape[1:3]
    sizes = zip(SIZES[height], SIZES[width], strict=True)
    expected = dict(zip((*MAPS, *UPSCORES), sizes, strict=True))
    assert {name: sizes_of[name] for name in expected} == expected


def test_every_crop_is_inside_of_its_map():
    """Of the sizes by Caffe's rules, which the test above ties to the networks."""
    for n in range(1, 3000):
        s = reference.sizes(n)
        assert min(s["upscore"] - 19, s["upscore16"] - 27, s["upscore8"] - 31) >= n
        assert s["pool4"] - 5 >= s["upscore2"] and s["pool3"] - 9 >= s["upscore_pool4"]


def test_crop_offsets_follow_from_the_convolutions():
    offsets = {}
    for build in NETWORKS:
        model = unallocated(build)
        crops = {x.name: x.offset for x in model.layers if isinstance(x, Crop)}
        offsets |= crops | {model.name: crops["score"]}
    del offsets["score"]
    assert offsets == reference.offsets()
    assert offsets == {
        "fcn32s": 19,
        "fcn16s": 27,
        "fcn8s": 31,
        "score_pool4c": 5,
        "score_pool3c": 9,
    }


@pytest.mark.parametrize("build", NETWORKS)
def test_a_mirrored_image_gives_mirrored_logits(build, narrow):
    """At 58 x 90 every pool is even: a crop one pixel off would break the symmetry."""
    model = tiny(build, fc_filters=3)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            kernel, bias = layer.get_weights()
            kernel = kernel + kernel[::-1]
            layer.set_weights([(kernel + kernel[:, ::-1]) / 4, bias])
    ramp = np.linspace(0, 1, 58)[:, None] * np.linspace(0, 1, 90)
    x = images(1, 58, 90, 3) * ramp[..., None].astype("float32")
    y = run(model, x)
    for flip in (np.s_[:, ::-1], np.s_[:, :, ::-1]):
        asymmetry = np.abs(y[flip] - y).max()
        assert asymmetry > 0.01
        error = np.abs(run(model, x[flip]) - y[flip]).max()
        assert error < 1e-3 * asymmetry


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (33, 47), (47, 33), (9, 321)])
def test_any_size_gives_logits_of_that_size(size, narrow):
    backbones = (dict(fc_filters=2), dict(backbone=little_backbone()))
    for build in NETWORKS:
        for kwargs in backbones:
            assert run(tiny(build, **kwargs), images(1, *size, 3)).shape[1:3] == size


def test_open_and_fixed_sizes_give_the_same_numbers(narrow):
    x = images(2, 13, 22, 3)
    for kwargs in (dict(fc_filters=2), dict(backbone=little_backbone())):
        fixed = run(tiny(FCN8s, (13, 22, 3), **kwargs), x)
        is_open = tiny(FCN8s, **kwargs)
        assert is_open.output_shape == (None, None, None, 3)
        spec = [tf.TensorSpec((None, None, None, 3), "float32")]
        traced = tf.function(is_open, input_signature=spec)
        np.testing.assert_allclose(traced(x), fixed, rtol=1e-5, atol=1e-5)


# The heads.


@pytest.mark.parametrize(
    "build, kwargs, scales",
    [
        (FCN32s, {}, ()),
        (FCN16s, {}, (1.0,)),
        (FCN8s, {}, (1.0, 1.0)),
        (FCN8s, {"at_once": True}, (0.01, 0.0001)),
    ],
)
def test_equals_the_head_in_numpy(build, kwargs, scales, narrow):
    model = tiny(build, fc_filters=4, **kwargs)
    depth = NETWORKS.index(build) + 1
    names = ("drop7", "pool4", "pool3")[:depth]
    parts = {name: model.get_layer(name).output for name in names}
    x = images(2, 21, 38, 3)
    parts = keras.Model(model.input, parts)(x)
    maps = [np.asarray(parts[name], "float64") for name in names]
    scores = [model.get_layer(name).get_weights() for name in SCORES[:depth]]
    expected = reference.head(x, maps, scores, scales)
    assert np.ptp(expected) > 1
    np.testing.assert_allclose(run(model, x), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("build", NETWORKS)
def test_equals_the_head_on_a_backbone(build):
    backbone = little_backbone()
    model = tiny(build, backbone=backbone)
    x = images(2, 32, 64, 3)
    maps = backbone(x)
    y = maps["c5"] @ model.get_layer("score_c5").get_weights()[0]
    y = y + model.get_layer("score_c5").get_weights()[1]
    for level in ("c4", "c3")[: NETWORKS.index(build)]:
        y = tf.image.resize(y, (2 * y.shape[1], 2 * y.shape[2]))
        kernel, bias = model.get_layer(f"score_{level}").get_weights()
        y = y + maps[level] @ kernel + bias
    np.testing.assert_allclose(run(model, x), tf.image.resize(y, (32, 64)), atol=1e-5)
    # Another size is that image with zeros below and to the right.
    padded = np.pad(x[:, :20, :33], ((0, 0), (0, 12), (0, 31), (0, 0)))
    cut = run(model, x[:, :20, :33])
    np.testing.assert_allclose(cut, run(model, padded)[:, :20, :33], atol=1e-5)


def test_scores_start_at_zero_and_the_loss_at_ln_k_a_pixel(narrow):
    labels = np.random.default_rng(2).integers(0, 21, (2, 9, 14))
    labels[:, :3] = 255
    valid = 2 * 6 * 14
    for build in NETWORKS:
        for kwargs in (dict(fc_filters=2), dict(backbone=little_backbone())):
            logits = build(21, **kwargs)(images(2, 9, 14, 3))
            loss = float(CrossEntropy(reduction="sum")(labels, logits))
            assert loss == pytest.approx(np.log(21) * valid, rel=1e-6)
            mean = float(CrossEntropy()(labels, logits))
            assert mean == pytest.approx(3.0445, abs=1e-4)


def test_dropout_and_names_are_those_of_the_release():
    model = unallocated(FCN8s)
    rates = [x.rate for x in model.layers if isinstance(x, keras.layers.Dropout)]
    assert rates == [0.5, 0.5]
    assert {x.name for x in model.layers} >= set(
        "conv1_1 conv5_3 pool5 fc6 fc7 score_fr upscore2 score_pool4 score_pool4c "
        "fuse_pool4 upscore_pool4 score_pool3 score_pool3c fuse_pool3 upscore8 "
        "score".split()
    )
    assert model.get_layer("fc6").kernel.shape == (7, 7, 512, 4096)


# Learned upsampling, and stages.


@pytest.mark.parametrize("build", NETWORKS)
@pytest.mark.parametrize("learned", ["inner", "all"])
def test_learned_deconvolutions_start_as_the_fixed_ones(build, learned, narrow):
    x = images(1, 12, 31, 3)
    fixed, model = (
        tiny(build, fc_filters=3),
        tiny(build, fc_filters=3, learned_upsampling=learned),
    )
    np.testing.assert_allclose(run(model, x), run(fixed, x), rtol=1e-4, atol=1e-4)
    kernels = {
        layer.name: tuple(layer.kernel.shape)
        for layer in model.layers
        if isinstance(layer, keras.layers.Conv2DTranspose)
    }
    inner = {"upscore2": (4, 4, 3, 3), "upscore_pool4": (4, 4, 3, 3)}
    expected = dict(list(inner.items())[: NETWORKS.index(build)])
    if learned == "all":
        name, size = {
            FCN32s: ("upscore", 64),
            FCN16s: ("upscore16", 32),
            FCN8s: ("upscore8", 16),
        }[build]
        expected[name] = (size, size, 3, 3)
    assert kernels == expected
    assert all(model.get_layer(name).kernel.trainable for name in kernels)


# Training, files, mixed precision.


def test_contract(narrow, tmp_path):
    def network():
        return tiny(FCN8s, (9, 14, 3), fc_filters=3, learned_upsampling="inner")

    check_semantic_model(network, (2, 9, 14, 3), (2, 9, 14, 3), tmp_path)


def test_upsampling_is_float32_under_mixed_precision(narrow):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = tiny(FCN8s, fc_filters=3, learned_upsampling="inner")
    finally:
        keras.config.set_dtype_policy("float32")
    wide = {x.name for x in model.layers if x.compute_dtype == "float32"}
    assert {x.name for x in model.layers if "score" in x.name} <= wide
    assert model.get_layer("fc7").compute_dtype == "bfloat16"


# The share of the loss that 12 steps on one batch leave at most. The 3 x 3 scores of
# FCN-32s cannot place 5 x 4 squares, unless its deconvolution learns.
VARIANTS = [
    (FCN32s, {}, 0.95),
    (FCN32s, {"learned_upsampling": "all"}, 0.8),
    (FCN16s, {}, 0.9),
    (FCN16s, {"learned_upsampling": "inner"}, 0.9),
    (FCN8s, {}, 0.8),
    (FCN8s, {"at_once": True}, 0.95),
    (FCN8s, {"learned_upsampling": "all"}, 0.85),
    (FCN32s, {"backbone": "little"}, 0.95),
    (FCN16s, {"backbone": "little"}, 0.95),
    (FCN8s, {"backbone": "little"}, 0.5),
]


@pytest.mark.parametrize("build, kwargs, share", VARIANTS)
def test_twelve_steps_lower_the_loss(build, kwargs, share, narrow):
    keras.utils.set_random_seed(0)
    if "backbone" in kwargs:
        rate, kwargs = 0.03, {"backbone": little_backbone()}
    else:
        rate, kwargs = 0.003, {"fc_filters": 16, **kwargs}
    model = without_dropout(build(3, (40, 32, 3), **kwargs))
    squares = np.random.default_rng(3).integers(0, 3, (1, 5, 4))
    labels = np.kron(squares, np.ones((1, 8, 8), int))
    x = 80.0 * labels[..., None] + images(1, 40, 32, 3) / 8
    model.compile(keras.optimizers.Adam(rate), CrossEntropy(), run_eagerly=True)
    losses = [float(model.train_on_batch(x, labels)) for _ in range(12)]
    assert losses[0] == pytest.approx(np.log(3), rel=1e-5)
    assert losses[-1] < share * losses[0]


# Backbones and arguments.


def test_mobile_has_pretrained_weights_and_takes_any_size():
    model = mobile(5)
    assert np.asarray(model.get_layer("stem").kernel).std() > 0.1
    model.get_layer("score_c5").kernel.assign(np.ones((1, 1, 320, 5)))
    y = run(model, images(1, 40, 61, 3))
    assert y.shape == (1, 40, 61, 5) and np.ptp(y) > 0.1
    untrained = mobile(5, (32, 32, 3), weights=None)
    pair = [np.asarray(m.get_layer("stem").kernel) for m in (model, untrained)]
    assert np.abs(pair[0] - pair[1]).max() > 0.1


@pytest.mark.parametrize(
    "kwargs, message",
    [
        ({"num_classes": 0}, "Received: num_classes=0"),
        ({"fc_filters": 1.5}, "Received: fc_filters=1.5"),
        ({"learned_upsampling": True}, "Received: learned_upsampling=True"),
        ({"input_shape": (0, 32, 3)}, "Received: input_shape=.0, 32, 3."),
        ({"backbone": "vgg"}, "Received: backbone='vgg'"),
        ({"input_shape": (None, None, 1)}, "3 channels. Received: 1 .* --channels 3"),
        ({"weights": "missing.keras"}, "missing.keras"),
        (
            {"backbone": "efficientnet_lite0", "fc_filters": 8},
            "for backbone='vgg16' only. Received: .*8.* backbone='efficientnet_lite0'",
        ),
        (
            {"backbone": "resnet18", "at_once": True},
            "^at_once: for .* Received: {'at_once': True} with backbone='resnet18'",
        ),
        (
            {"backbone": "efficientnet_lite0", "learned_upsampling": "all"},
            "learned_upsampling': 'all'",
        ),
    ],
)
def test_a_bad_argument_is_named(kwargs, message, narrow):
    with pytest.raises(ValueError, match=message):
        FCN8s(**kwargs)
