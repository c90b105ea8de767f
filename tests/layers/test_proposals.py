"""Proposals: by hand, against loops, anchors of three families, gradients, TFLite."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kseg.layers import LogitOfTwo, Proposals, RoIWarp
from tests.convert import as_tflite
from tests.reference import anchors as of_anchors
from tests.reference.proposals import proposals as reference

SIZE = (41, 70)
PYRAMID = (SIZE, (8, 16), (0.5, 1, 2), (8, 16))
# One map, as in Faster R-CNN: base 16, here times 1 and 2.
CAFFE = dict(sizes=[(16, 32)], ratios=(0.5, 1, 2), strides=(16,), offset=0.5, base=16)


def given(layer, batch=2, seed=0):
    """Objectness and deltas for the layer's anchors."""
    rng = np.random.default_rng(seed)
    counts = [len(x) for x in layer.anchors]
    return (
        [rng.normal(size=(batch, n)).astype("float32") for n in counts],
        [rng.normal(0, 0.4, (batch, n, 4)).astype("float32") for n in counts],
    )


def test_by_hand():
    """Two levels of one anchor a place: moved, clipped, thinned by level."""
    layer = Proposals((32, 32), (8, 16), (1.0,), (16, 32), (4, 2), (3, 3))
    assert [len(x) for x in layer.anchors] == [4, 1]
    objectness = [np.array([[1, 4, 3, 2]], "f4"), np.array([[0.5]], "f4")]
    deltas = [np.zeros((1, 4, 4), "f4"), np.zeros((1, 1, 4), "f4")]
    deltas[0][0, 1, 0] = 1  # down by its height, 8
    boxes, exists = layer(objectness, deltas)
    expected = [[4, 12, 12, 20], [12, 0, 20, 4], [0, 0, 8, 8]]
    np.testing.assert_allclose(boxes[0], expected)
    assert exists.numpy().tolist() == [[1, 1, 1]]
    deltas[0][0, 2] = [-1, 2, 0, 0]  # onto the first
    boxes, exists = layer(objectness, deltas)
    np.testing.assert_allclose(boxes[0], [[4, 12, 12, 20], [0, 0, 8, 8], [0] * 4])
    assert exists.numpy().tolist() == [[1, 1, 0]]
    training = layer(objectness, deltas, training=True)[1]
    assert training.numpy().tolist() == [[1, 1, 1]]


LAYERS = {
    "detectron2": ({}, PYRAMID),
    "torchvision": ({"rounding": "torchvision"}, PYRAMID),
    "caffe": ({**CAFFE, "min_size": 9.0}, (SIZE,)),
    "small ones": ({"min_size": 14.0}, PYRAMID),
    "centred": ({"offset": 0.5, "iou_threshold": 0.3}, PYRAMID),
}


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("training", [True, False])
def test_equal_the_oracle(name, training):
    options, arguments = LAYERS[name]
    layer = Proposals(*arguments, candidates=(40, 25), count=(20, 12), **options)
    objectness, deltas = given(layer)
    boxes, exists = layer(objectness, deltas, training=training)
    candidates, count = ((40, 20), (25, 12))[not training]
    iou, least = options.get("iou_threshold", 0.7), options.get("min_size", 0)
    for i in range(2):
        expected = reference(
            *([x[i] for x in group] for group in (objectness, deltas)),
            *(layer.anchors, SIZE, candidates, count, iou, least),
        )
        used = int(exists[i].numpy().sum())
        assert used == len(expected) > 5
        np.testing.assert_allclose(boxes[i, :used], expected, rtol=1e-5, atol=1e-4)
        assert not boxes[i, used:].numpy().any()


def test_small_proposals_leave_their_places_to_others():
    """The best 25 of a level are chosen among those that are long enough."""
    layers = [Proposals(*PYRAMID, (9, 9), (30, 30), 0.99, min_size=m) for m in (0, 8)]
    objectness, deltas = given(layers[0])
    sides, counts = [], []
    for layer in layers:
        boxes, exists = (x.numpy() for x in layer(objectness, deltas))
        used = boxes[exists > 0]
        sides.append((used[:, 2:] - used[:, :2]).min())
        counts.append(exists.sum())
    assert sides[0] < 8 <= sides[1] and counts[1] >= counts[0] - 1


def test_anchors_as_torchvision_has_them():
    """Of p6, whose rows are 13 of 800 pixels, the stride is 61 there and not 64."""
    image, strides = (800, 1344), (4, 8, 16, 32, 64)
    layer = Proposals(image, (32, 64, 128, 256, 512), (0.5, 1, 2), strides,
                      rounding="torchvision")  # fmt: skip
    for anchors, size, stride in zip(
        layer.anchors, (32, 64, 128, 256, 512), strides, strict=True
    ):
        shape = (-(-image[0] // stride), -(-image[1] // stride))
        expected = of_anchors.as_torchvision(size, (0.5, 1, 2), image, shape)
        np.testing.assert_array_equal(anchors, expected)
    assert layer.anchors[-1][21 * 3, 0] - layer.anchors[-1][0, 0] == 61
    # Its documented cell anchors of 32 pixels, (x1, y1, x2, y2) there.
    assert layer.anchors[0][:3, [1, 0, 3, 2]].tolist() == [
        [-23, -11, 23, 11], [-16, -16, 16, 16], [-11, -23, 11, 23]
    ]  # fmt: skip


def test_anchors_as_the_code_of_mnc_has_them():
    """The first and the last of nine, whose last pixel is inside there."""
    layer = Proposals(
        (600, 1000), [(128, 256, 512)], (0.5, 1, 2), (16,), offset=0.5, base=16
    )
    (anchors,) = layer.anchors
    assert anchors.shape == (38 * 63 * 9, 4)
    assert anchors[0].tolist() == [-40, -84, 56, 100]
    assert anchors[8].tolist() == [-344, -168, 360, 184]
    assert (anchors[9] - anchors[0]).tolist() == [0, 16, 0, 16]


def test_boxes_have_a_gradient_where_asked_for():
    """Through RoI warping to the deltas, as MNC's stages pass it on."""
    features = np.random.default_rng(1).normal(size=(2, 6, 9, 2))
    gradients = []
    for gradient in (False, True):
        layer = Proposals(*PYRAMID, (40, 25), (20, 12), gradient=gradient)
        objectness, deltas = given(layer)
        t = [tf.constant(x) for x in deltas]
        with tf.GradientTape() as tape:
            tape.watch(t)
            boxes, _ = layer(objectness, t)
            y = RoIWarp(3, 1 / 8, dtype="float64")([features, boxes])
            loss = tf.reduce_sum(y**2)
        gradients.append(tape.gradient(loss, t))
    assert gradients[0] == [None, None]
    assert all(np.any(tf.convert_to_tensor(x)) for x in gradients[1])


@pytest.mark.parametrize("min_size", [0.0, 6.0])
def test_the_gradient_equals_finite_differences(min_size):
    layer = Proposals(
        *PYRAMID, (40, 25), (20, 12), gradient=True, min_size=min_size, dtype="float64"
    )
    objectness, deltas = given(layer, batch=1)
    deltas = [tf.constant(x, "float64") for x in deltas]
    weights = np.random.default_rng(2).normal(size=(1, 12, 4))

    def total(*deltas):
        boxes, _ = layer(objectness, deltas)
        return tf.reduce_sum(boxes * weights)

    analytic, numeric = tf.test.compute_gradient(total, deltas, delta=1e-6)
    for a, n in zip(analytic, numeric, strict=True):
        assert np.ptp(n) > 0.1
        np.testing.assert_allclose(a, n, rtol=1e-4, atol=1e-6)


def test_keeps_its_arguments_and_tells_its_shapes():
    options = {**CAFFE, "min_size": 9.0, "gradient": True, "rounding": None}
    layer = Proposals(SIZE, candidates=(40, 25), count=(20, 12), **options)
    copy = Proposals.from_config(layer.get_config())
    assert copy.get_config() == layer.get_config()
    np.testing.assert_array_equal(copy.anchors[0], layer.anchors[0])
    n = len(layer.anchors[0])
    boxes, exists = layer([keras.Input((n,))], [keras.Input((n, 4))])
    assert boxes.shape == (None, 12, 4) and exists.shape == (None, 12)


def test_no_images():
    layer = Proposals(*PYRAMID, (40, 25), (20, 12), min_size=3.0)
    boxes, exists = layer(*given(layer, batch=0))
    assert boxes.shape == (0, 12, 4) and exists.shape == (0, 12)


@pytest.mark.parametrize("options", [{}, {"min_size": 14.0}])
def test_converts_to_builtins(options, tmp_path):
    layer = Proposals(*PYRAMID, (40, 25), (20, 12), **options)
    objectness, deltas = given(layer, batch=1)

    def run(o0, o1, d0, d1):
        boxes, exists = layer([o0, o1], [d0, d1])
        return {"boxes": boxes, "exists": exists}

    named = dict(zip(("o0", "o1", "d0", "d1"), (*objectness, *deltas), strict=True))
    shapes = {name: x.shape for name, x in named.items()}
    converted = as_tflite(run, tmp_path, **shapes)(**named)
    for name, value in run(**named).items():
        np.testing.assert_allclose(converted[name], value, rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"rounding": "caffe"}, "rounding must be one of None, 'torchvision'. Rec"),
        ({"min_size": -1}, "min_size must be a finite number of at least 0"),
        ({"offset": 2}, "offset must be in .*Received: offset=2"),
    ],
)
def test_refuses(options, message):
    with pytest.raises(ValueError, match=message):
        Proposals(*PYRAMID, **options)


def test_logit_of_two(tmp_path):
    """By hand: of each place the second half of the channels minus the first."""
    maps = np.arange(2 * 1 * 2 * 4).reshape(2, 1, 2, 4) ** 2
    logit = LogitOfTwo()(maps.astype("float32"))
    assert logit.numpy().tolist() == [[4, 8, 20, 24], [36, 40, 52, 56]]
    assert LogitOfTwo(dtype="mixed_bfloat16")(maps).dtype == "float32"
    model = keras.Sequential([keras.Input((3, 5, 6)), LogitOfTwo()])
    assert model.output_shape == (None, 45)
    model.save(tmp_path / "model.keras")
    x = np.random.default_rng(0).normal(size=(2, 3, 5, 6))
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(x), model(x))


def test_logit_of_two_converts_to_builtins(tmp_path):
    maps = np.random.default_rng(0).normal(size=(1, 3, 5, 6)).astype("float32")
    run = as_tflite(lambda x: {"y": LogitOfTwo()(x)}, tmp_path, x=maps.shape)
    np.testing.assert_allclose(run(x=maps)["y"], LogitOfTwo()(maps), rtol=1e-6)
