"""SegNet: the paper's numbers, figure 2 in NumPy, every size, VGG-16's weights."""

import keras
import numpy as np
import pytest

from kseg.models import SegNet
from tests.contract import check_semantic_model
from tests.models.networks import images, losses_on_squares, randomise, weights_of
from tests.reference.segnet import segnet as reference


def tiny(input_shape, **kwargs):
    return SegNet(3, input_shape, **{"base_filters": 2, **kwargs})


def trainable(model):
    return sum(int(np.prod(v.shape)) for v in model.trainable_variables)


@pytest.fixture(scope="module")
def paper():
    return SegNet()


def test_contract(tmp_path):
    def build():
        return tiny((23, 38, 3), base_filters=4)

    check_semantic_model(build, (2, 23, 38, 3), (2, 23, 38, 3), tmp_path)


def test_the_papers_parameters(paper):
    assert trainable(paper) == 29_449_355
    assert paper.count_params() == 29_449_355 + 15_872
    counts = {"encoder": 0, "encoder_bn": 0, "decoder": 0, "decoder_bn": 0}
    for layer in paper.layers:
        if layer.name.startswith("conv"):
            part = "decoder" if "_D" in layer.name else "encoder"
            part += "_bn" if layer.name.endswith("_bn") else ""
            counts[part] += trainable(layer)
    assert counts == {
        "encoder": 14_714_688,
        "encoder_bn": 8_448,
        "decoder": 14_718_795,
        "decoder_bn": 7_424,
    }


@pytest.mark.parametrize(
    "num_classes, expected",
    [(12, 29_449_932), (21, 29_455_125), (37, 29_464_357), (38, 29_464_934)],
)
def test_parameters_of_other_classes(num_classes, expected):
    """Only the classifier changes; the network's variables have no memory."""
    with keras.StatelessScope(initialize_variables=False):
        model = SegNet(num_classes)
    assert trainable(model) == expected
    assert model.get_layer("conv1_1_D").count_params() == (9 * 64 + 1) * num_classes


def test_the_papers_sizes(paper):
    """Ceil of each half on the way down, the sizes before the pools on the way up."""
    sizes = {
        name: paper.get_layer(name).output for name in (*PAPER_POOLS, *PAPER_UNPOOLED)
    }
    pooled = {name: tuple(sizes[name][0].shape[1:]) for name in PAPER_POOLS}
    assert pooled == PAPER_POOLS
    unpooled = {name: tuple(sizes[name].shape[1:]) for name in PAPER_UNPOOLED}
    assert unpooled == PAPER_UNPOOLED
    kinds = [type(layer).__name__ for layer in paper.layers]
    assert kinds.count("Conv2D") == 26 and kinds.count("BatchNorm") == 25
    assert kinds.count("ReLU") == 25 and "Dropout" not in kinds


PAPER_POOLS = {
    "pool1": (180, 240, 64),
    "pool2": (90, 120, 128),
    "pool3": (45, 60, 256),
    "pool4": (23, 30, 512),
    "pool5": (12, 15, 512),
}
PAPER_UNPOOLED = {
    "upsample5": (23, 30, 512),
    "upsample4": (45, 60, 512),
    "upsample3": (90, 120, 256),
    "upsample2": (180, 240, 128),
    "upsample1": (360, 480, 64),
}


def test_initial_weights(paper):
    kernel = np.asarray(paper.get_layer("conv4_2_D").kernel)
    assert np.std(kernel) == pytest.approx(np.sqrt(2 / (9 * 512)), rel=0.01)
    norm = paper.get_layer("conv3_1_bn")
    assert np.all(np.asarray(norm.gamma) == 1)
    np.testing.assert_array_equal(norm.beta, np.float32(0.001))
    assert norm.epsilon == 1e-3
    copy = type(norm).from_config(norm.get_config())
    assert copy.get_config() == norm.get_config()
    assert copy.beta_initializer.value == 0.001


@pytest.mark.parametrize("size", [(32, 64), (33, 47), (1, 1), (1, 5)])
def test_equals_figure_2_in_numpy(size, float64):
    model = tiny((*size, 2), epsilon=1e-2)
    randomise(model)

    x = images(2, *size, 2)
    expected = reference(x.astype("float64"), weights_of(model), 1e-2)
    assert np.ptp(expected) > 0.1
    logits = model(x, training=False)
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-5)


def test_an_open_size_equals_a_fixed_one():
    model = tiny((None, None, 3))
    model.compile(jit_compile=False)  # the slower compiler
    for size in ((24, 32), (17, 35)):
        fixed = tiny((*size, 3))
        fixed.set_weights(model.get_weights())
        x = images(1, *size, 3)
        logits = model.predict(x, verbose=0)
        assert logits.shape == (1, *size, 3)
        np.testing.assert_allclose(logits, fixed(x, training=False), atol=1e-5)


def test_bayesian_segnet_drops_in_the_deeper_stages():
    model = tiny((32, 32, 3), dropout=0.5)
    dropouts = [x for x in model.layers if isinstance(x, keras.layers.Dropout)]
    places = {x.name: x.input._keras_history.operation.name for x in dropouts}
    assert places == {
        "encdrop3": "pool3",
        "encdrop4": "pool4",
        "encdrop5": "pool5",
        "decdrop5": "relu5_1_D",
        "decdrop4": "relu4_1_D",
        "decdrop3": "relu3_1_D",
    }
    assert {x.rate for x in dropouts} == {0.5}
    # What is unpooled at stage 5 has been dropped from.
    upsample = model.get_layer("upsample5")
    assert upsample.input[0] is model.get_layer("encdrop5").output
    x = images(1, 32, 32, 3)
    assert np.any(np.asarray(model(x, training=True)) != np.asarray(model(x)))


def test_imagenet_weights_are_vgg16s(monkeypatch):
    """Of a VGG16 of keras.applications; the decoder keeps its own."""
    keras.utils.set_random_seed(3)
    vgg = keras.applications.VGG16(weights=None, include_top=False)
    asked = []

    def download(name, **kwargs):
        asked.append(name)
        return vgg

    monkeypatch.setattr("kseg.backbones.vgg.application", download)
    model = SegNet(3, (8, 8, 3), weights="imagenet")
    assert asked == ["VGG16"]
    kernel, bias = vgg.get_layer("block1_conv1").get_weights()
    # Theirs reads BGR.
    np.testing.assert_array_equal(
        model.get_layer("conv1_1").get_weights()[0], kernel[:, :, ::-1]
    )
    for ours, theirs in (("conv2_2", "block2_conv2"), ("conv5_3", "block5_conv3")):
        for a, b in zip(
            model.get_layer(ours).get_weights(),
            vgg.get_layer(theirs).get_weights(),
            strict=True,
        ):
            np.testing.assert_array_equal(a, b)
    decoder = model.get_layer("conv5_3_D").get_weights()[0]
    assert np.any(decoder != model.get_layer("conv5_3").get_weights()[0])


def test_weights_from_a_file(tmp_path):
    model = tiny((16, 24, 3))
    model.save_weights(tmp_path / "segnet.weights.h5")
    loaded = tiny((None, None, 3), weights=tmp_path / "segnet.weights.h5")
    x = images(1, 16, 24, 3)
    np.testing.assert_allclose(loaded(x), model(x), atol=1e-6)


def test_lowers_its_loss_on_a_fixed_batch():
    """To less than 0.7 of it, in 12 steps; the labels are squares of 8 pixels."""
    keras.utils.set_random_seed(0)
    model = tiny((16, 24, 3), base_filters=4)
    losses = losses_on_squares(model, 8, steps=12)
    assert losses[-1] < 0.7 * losses[0], losses


@pytest.mark.parametrize(
    "kwargs, message",
    [
        ({"num_classes": 0}, "num_classes=0"),
        ({"base_filters": 1.5}, "base_filters=1.5"),
        ({"dropout": 1.0}, "dropout=1.0"),
        ({"dropout": "a"}, "dropout='a'"),
        ({"dropout": float("nan")}, "dropout=nan"),
        ({"epsilon": None}, "epsilon=None"),
        ({"epsilon": 0.0}, "epsilon=0.0"),
        ({"input_shape": (8, 8)}, "input_shape=.8, 8."),
        ({"input_shape": (0, 8, 3)}, "input_shape=.0, 8, 3."),
        ({"weights": "imagenet"}, "base_filters=1"),
        ({"weights": "imagenet", "base_filters": 64, "input_shape": (8, 8, 1)}, "base"),
        ({"weights": "missing.keras"}, "weights='missing.keras'"),
    ],
)
def test_a_bad_argument_is_named(kwargs, message):
    with pytest.raises(ValueError, match=f"Received: {message}"):
        SegNet(**{"base_filters": 1, "input_shape": (8, 8, 3), **kwargs})
