"""U-Net: the paper's numbers, figure 1 in NumPy, exact tiling, every argument."""

import keras
import numpy as np
import pytest

from kseg.models import UNet
from kseg.models.unet import legal_sizes, margin
from tests.contract import check_semantic_model
from tests.models.networks import images
from tests.reference.unet import unet as reference


def tiny(input_shape, **kwargs):
    """A network of a few hundred parameters, without dropout unless asked."""
    kwargs = {"base_filters": 2, "depth": 2, "dropout": 0.0, **kwargs}
    return UNet(3, input_shape, **kwargs)


def run(model, x):
    y = keras.ops.convert_to_numpy(model(x, training=False))
    assert np.ptp(y) > 0, "dead ReLUs: this network would prove nothing"
    return y


def randomise(model, low, high):
    """Uniform weights; mostly positive ones keep every ReLU alive."""
    rng = np.random.default_rng(1)
    weights = [rng.uniform(low, high, w.shape) for w in model.get_weights()]
    model.set_weights(weights)
    return weights


@pytest.mark.parametrize(
    "kwargs, image, expected",
    [
        ({}, (2, 44, 52, 1), (2, 4, 12, 3)),
        ({"padding": "same", "normalization": "batch"}, (2, 8, 12, 3), (2, 8, 12, 3)),
    ],
)
def test_contract(kwargs, image, expected, tmp_path):
    def build():
        return tiny(image[1:], **kwargs)

    check_semantic_model(build, image, expected, tmp_path)


def test_the_papers_network():
    model = UNet()
    assert model.count_params() == 31_030_658
    assert model.output_shape == (None, 388, 388, 2)
    sizes = {name: model.get_layer(name).output.shape[1:] for name in PAPER_SIZES}
    assert sizes == PAPER_SIZES
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds.count("Conv2D") + kinds.count("UpConv2D") == 23
    kernel = np.asarray(model.get_layer("down1_conv2").kernel)
    assert np.std(kernel) == pytest.approx(np.sqrt(2 / (9 * 128)), rel=0.01)


# The numbers that stand on figure 1.
PAPER_SIZES = {
    "down0_conv1": (570, 570, 64),
    "down0_conv2": (568, 568, 64),
    "down0_pool": (284, 284, 64),
    "down1_conv2": (280, 280, 128),
    "down2_conv2": (136, 136, 256),
    "down3_conv2": (64, 64, 512),
    "down3_pool": (32, 32, 512),
    "bottom_conv2": (28, 28, 1024),
    "up3_crop": (56, 56, 512),
    "up3_concat": (56, 56, 1024),
    "up3_conv2": (52, 52, 512),
    "up2_crop": (104, 104, 256),
    "up2_conv2": (100, 100, 256),
    "up1_crop": (200, 200, 128),
    "up1_conv2": (196, 196, 128),
    "up0_up": (392, 392, 64),
    "up0_crop": (392, 392, 64),
    "up0_concat": (392, 392, 128),
    "up0_conv2": (388, 388, 64),
}


def test_the_release():
    model = UNet(variant="release")
    assert model.count_params() == 31_100_354
    assert model.get_layer("up0_concat").output.shape[-1] == 192


@pytest.mark.parametrize(
    "num_classes, channels, expected",
    [(2, 1, 31_030_658), (2, 3, 31_031_810), (1, 1, 31_030_593)],
)
def test_parameters_of_other_channels_and_classes(num_classes, channels, expected):
    """Only the first and the last kernel change: counted on a quarter of the width."""
    full = 31_030_658 + 9 * 64 * (channels - 1) + 65 * (num_classes - 2)
    assert full == expected
    counts = [
        UNet(k, (188, 188, c), base_filters=4).count_params()
        for k, c in ((2, 1), (num_classes, channels))
    ]
    assert counts[1] - counts[0] == 9 * 4 * (channels - 1) + 5 * (num_classes - 2)


@pytest.mark.parametrize("variant", ["paper", "release"])
def test_equals_figure_1_in_numpy(variant):
    model = tiny((44, 52, 2), variant=variant)
    weights = randomise(model, -0.4, 0.6)
    x = images(2, 44, 52, 2)
    np.testing.assert_allclose(run(model, x), reference(x, weights, 2), rtol=1e-3)


def test_up_conv_without_relu_lets_negative_values_through():
    x = images(1, 44, 44, 1)
    for activation, all_positive in (("relu", True), (None, False)):
        model = tiny((44, 44, 1), up_conv_activation=activation)
        part = keras.Model(model.input, model.get_layer("up1_up").output)
        assert (np.min(run(part, x)) >= 0) == all_positive


def test_dropout_is_at_the_end_of_the_contracting_path():
    model = UNet(2, (188, 188, 1), base_filters=2)
    names = [x.name for x in model.layers if isinstance(x, keras.layers.Dropout)]
    assert names == ["down3_dropout", "bottom_dropout"]
    # Pool and skip both see the dropped values.
    assert model.get_layer("down3_pool").input is model.get_layer(names[0]).output
    assert model.get_layer("up3_crop").input is model.get_layer(names[0]).output
    x = images(1, 188, 188, 1)
    assert np.any(np.asarray(model(x, training=True)) != np.asarray(model(x)))
    assert model.get_layer(names[0]).rate == model.get_layer(names[1]).rate == 0.5


def test_batch_norm_replaces_the_biases():
    model = tiny((16, 16, 3), padding="same", normalization="batch")
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D) and layer.name != "score":
            assert not layer.use_bias
    assert model.get_layer("down0_norm1").input is model.get_layer("down0_conv1").output


def last_map(size, depth, padding):
    """A network up to its last convolution, float64, all of its weights positive."""
    model = tiny((size, size, 1), depth=depth, padding=padding)
    randomise(model, 0, 0.2)
    return keras.Model(model.input, model.get_layer("up0_relu2").output)


@pytest.mark.parametrize("depth", [1, 2])
def test_valid_tiles_join_without_a_seam(depth, float64):
    """The overlap-tile strategy: a shifted tile gives the same numbers."""
    stride = 2**depth
    small = legal_sizes(50, depth, "valid")[1]
    large, out = small + 2 * stride, small - 2 * margin(depth)
    x = images(1, large, large, 1)
    whole = run(last_map(large, depth, "valid"), x)
    tile = x[:, stride : stride + small, 2 * stride :]
    part = run(last_map(small, depth, "valid"), tile)
    expected = whole[:, stride : stride + out, 2 * stride :]
    np.testing.assert_allclose(part, expected, rtol=1e-12)


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_margin_of_same_padding_hides_the_zero_padding(depth, float64):
    stride, edge = 2**depth, margin(depth, "same")
    size = 2 * edge + 2 * stride
    x = images(1, size + stride, size + stride, 1)
    network = last_map(None, depth, "same")
    part = run(network, x[:, stride:, stride:])
    whole = run(network, x)[:, stride:, stride:]
    # Both end at the same lower right corner: only the upper left edge differs (and
    # an edge on the other side is its mirror image).
    close = np.isclose(part, whole, rtol=1e-12, atol=0).all(axis=(0, 3))
    assert close[edge:, edge:].all()
    if depth > 1:  # For depth 1 the margin is 4 pixels more than it need be.
        assert not close[edge - stride : edge].all()
        assert not close[:, edge - stride : edge].all()


def test_margin_of_the_paper():
    assert margin(4) == (572 - 388) // 2 == 92
    assert margin(4, "same") == 96


@pytest.mark.parametrize(
    "size, padding, expected",
    [
        (572, "valid", (572, 572)),
        (512, "valid", (508, 524)),
        (188, "valid", (188, 188)),
        (187, "valid", (None, 188)),
        (1, "valid", (None, 188)),
        (250, "same", (240, 256)),
        (256, "same", (256, 256)),
        (5, "same", (None, 16)),
    ],
)
def test_legal_sizes(size, padding, expected):
    assert legal_sizes(size, 4, padding) == expected


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_legal_sizes_are_those_that_can_be_built(depth, padding):
    """Walk the sizes through convolutions and pools, one by one."""
    for size in range(1, 140):
        n, even = size, True
        lost = 4 if padding == "valid" else 0
        for _ in range(depth):
            n -= lost
            even &= n > 0 and n % 2 == 0
            n //= 2
        n -= lost
        for _ in range(depth):
            n = 2 * n - lost
        legal = even and n > 0
        assert (legal_sizes(size, depth, padding) == (size, size)) == legal


@pytest.mark.parametrize(
    "shape, padding, message",
    [
        ((572, 570, 1), "valid", "width=570.*legal sizes are 556 and 572"),
        ((100, 572, 1), "valid", "height=100.*legal sizes are 188"),
        ((256, 250, 3), "same", "width=250.*legal sizes are 240 and 256"),
    ],
)
def test_an_illegal_tile_names_the_nearest(shape, padding, message):
    with pytest.raises(ValueError, match=message):
        UNet(2, shape, padding=padding)


def test_an_illegal_image_names_the_nearest_sizes():
    model = tiny((None, None, 3), padding="same")
    with pytest.raises(ValueError, match="width=10. Crop or pad it to 8 or 12"):
        model(images(1, 8, 10, 3))


@pytest.mark.parametrize(
    "kwargs, message",
    [
        ({"num_classes": 0}, "num_classes=0"),
        ({"num_classes": True}, "num_classes=True"),
        ({"base_filters": 1.5}, "base_filters=1.5"),
        ({"depth": 0}, "depth=0"),
        ({"padding": "SAME"}, "padding='SAME'"),
        ({"dropout": 1.0}, "dropout=1.0"),
        ({"up_conv_activation": "elu"}, "up_conv_activation='elu'"),
        ({"normalization": "group"}, "normalization='group'"),
        ({"variant": "caffe"}, "variant='caffe'"),
        ({"input_shape": (572, 572)}, "input_shape=.572, 572."),
        ({"input_shape": (None, None, 1)}, "input_shape=.None, None, 1."),
        ({"input_shape": 572}, "input_shape=572"),
        ({"input_shape": (572, 572, None)}, "input_shape=.572, 572, None."),
        ({"weights": "missing.keras"}, "weights='missing.keras'"),
        ({"weights": "unet.pth"}, "weights='unet.pth'"),
    ],
)
def test_a_bad_argument_is_named(kwargs, message):
    with pytest.raises(ValueError, match=f"Received: {message}"):
        UNet(**{"base_filters": 1, "input_shape": (188, 188, 1), **kwargs})


@pytest.mark.parametrize("suffix", [".keras", ".weights.h5"])
def test_weights_from_a_file(suffix, tmp_path):
    kwargs = {"padding": "same", "normalization": "batch"}
    model = tiny((8, 8, 3), **kwargs)
    path = tmp_path / f"unet{suffix}"
    (model.save if suffix == ".keras" else model.save_weights)(path)
    loaded = tiny((None, None, 3), weights=path, name="other", **kwargs)
    x = images(1, 8, 8, 3)
    np.testing.assert_array_equal(run(loaded, x), run(model, x))


@pytest.mark.parametrize("suffix", [".keras", ".weights.h5"])
def test_weights_that_do_not_fit_or_are_damaged(suffix, tmp_path):
    model = tiny((8, 8, 3), padding="same")
    path = tmp_path / f"unet{suffix}"
    (model.save if suffix == ".keras" else model.save_weights)(path)
    with pytest.raises(ValueError, match=f"unet{suffix} are damaged, or"):
        tiny((8, 8, 3), padding="same", base_filters=3, weights=path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ValueError, match=f"unet{suffix} are damaged, or"):
        tiny((8, 8, 3), padding="same", weights=path)
