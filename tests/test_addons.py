"""What TensorFlow Addons computed (tests/golden/addons.npz), row by row of the docs.

tools/make_addons_golden.py wrote the values, in an environment where Addons still runs.
docs/from_tensorflow_addons.md names the function below that tests each of its rows.
"""

import importlib
import re
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from kseg.callbacks import WeightAverage
from kseg.layers import MaxPoolingWithIndices2D, MaxUnpooling2D
from kseg.losses import Focal
from kseg.metrics import DiceScore

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/from_tensorflow_addons.md").read_text("utf-8")
with np.load(ROOT / "tests/golden/addons.npz") as stored:
    ARRAYS = dict(stored)


def golden(row):
    """The arrays of one row, by name."""
    prefix = row + "/"
    return {k[len(prefix) :]: v for k, v in ARRAYS.items() if k.startswith(prefix)}


def recipe(name):
    """A function of the page, run as it stands there."""
    names = {}
    block = rf"```python\n((?:(?!```).)*def {name}\(.*?)```"
    exec(re.search(block, PAGE, re.DOTALL)[1], names)
    return names[name]


@pytest.mark.parametrize("row", ["max_unpooling", "max_unpooling_v2"])
def test_max_unpooling(row):
    g, window_positions = golden(row), recipe("window_positions")
    pooled, indices = MaxPoolingWithIndices2D()(g["x"])
    np.testing.assert_array_equal(pooled, g["pooled"])
    found = window_positions(g["argmax"], *g["x"].shape[2:])
    np.testing.assert_array_equal(found, indices)
    for given in (indices, found.astype("float32")):
        y = MaxUnpooling2D()([g["pooled"], given, g["x"]])
        np.testing.assert_array_equal(y, g["y"])


def test_max_unpooling_gradient():
    g = golden("max_unpooling")
    indices = recipe("window_positions")(g["argmax"], *g["x"].shape[2:])
    pooled = tf.constant(g["pooled"])
    with tf.GradientTape() as tape:
        tape.watch(pooled)
        y = MaxUnpooling2D()([pooled, tf.cast(indices, "float32")])
    gradient = tape.gradient(y, pooled, g["upstream"])
    np.testing.assert_array_equal(gradient, g["gradient"])


@pytest.mark.parametrize("alpha, gamma", [(0.25, 2.0), (0.6, 0.5)])
def test_sigmoid_focal(alpha, gamma):
    g = golden("sigmoid_focal")
    logits = np.concatenate([np.zeros_like(g["logits"]), g["logits"]], axis=-1)
    loss = Focal(gamma, class_weights=[1 - alpha, alpha], reduction="none")
    expected = g[f"alpha_{alpha}_gamma_{gamma}"]
    np.testing.assert_allclose(loss(g["labels"], logits), expected, rtol=1e-4)


def test_sigmoid_focal_multilabel():
    g = golden("sigmoid_focal_multilabel")
    loss = keras.losses.BinaryFocalCrossentropy(
        apply_class_balancing=True, from_logits=True, reduction="none"
    )
    classes = g["logits"].shape[-1]
    found = classes * loss(g["labels"].astype("float32"), g["logits"])
    np.testing.assert_allclose(found, g["loss"], rtol=1e-4)


def test_f1_score():
    g = golden("f1_score")
    metric = DiceScore(num_classes=4)
    metric.update_state(g["labels"], g["logits"])
    np.testing.assert_allclose(metric.result(), g["macro"], rtol=1e-6)
    for k in range(4):
        metric = DiceScore(num_classes=4, class_ids=[k])
        metric.update_state(g["labels"], g["logits"])
        np.testing.assert_allclose(metric.result(), g["none"][k], rtol=1e-6)
    theirs = keras.metrics.F1Score(average=None)
    truth = np.eye(4, dtype="float32")[g["labels"].ravel()]
    theirs.update_state(truth, g["logits"].reshape(-1, 4))
    np.testing.assert_allclose(theirs.result(), g["none"], rtol=1e-6)


def test_group_normalization():
    g = golden("group_normalization")
    for groups, name in ((3, "group"), (-1, "instance")):
        y = keras.layers.GroupNormalization(groups)(g["x"])
        np.testing.assert_allclose(y, g[name], rtol=1e-4, atol=1e-5)


def test_adaptive_average_pooling():
    g = golden("adaptive_average_pooling")
    y = keras.layers.AdaptiveAveragePooling2D((3, 4))(g["x"])
    np.testing.assert_allclose(y, g["y"], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "name, theirs",
    [
        ("gelu", lambda x: keras.activations.gelu(x, approximate=True)),
        ("hardshrink", keras.activations.hard_shrink),
        ("mish", keras.activations.mish),
        ("softshrink", keras.activations.soft_shrink),
        ("tanhshrink", keras.activations.tanh_shrink),
    ],
)
def test_activations(name, theirs):
    g = golden("activations")
    np.testing.assert_allclose(theirs(g["x"]), g[name], rtol=1e-4, atol=1e-6)


def path(optimizer, g):
    """Where given gradients lead a variable."""
    variable = keras.Variable(g["start"])
    for gradient in g["gradients"]:
        optimizer.apply([keras.ops.convert_to_tensor(gradient)], [variable])
        yield keras.ops.convert_to_numpy(variable)


def test_adamw():
    g = golden("adamw")
    optimizer = keras.optimizers.AdamW(0.01, weight_decay=1e-3 / 0.01)
    np.testing.assert_allclose(
        list(path(optimizer, g)), g["path"], rtol=1e-4, atol=1e-6
    )


def test_sgdw():
    g = golden("sgdw")
    optimizer = keras.optimizers.SGD(0.1, momentum=0.9, weight_decay=1e-3 / 0.1)
    np.testing.assert_allclose(
        list(path(optimizer, g)), g["path"], rtol=1e-4, atol=1e-6
    )


def test_lamb():
    g = golden("lamb")
    optimizer = keras.optimizers.Lamb(0.01, epsilon=1e-6)
    np.testing.assert_allclose(
        list(path(optimizer, g)), g["path"], rtol=1e-4, atol=1e-6
    )


def test_moving_average():
    """``WeightAverage`` on a model of one kernel, moved by hand along the same path."""
    g = golden("moving_average")
    image = keras.Input((4,))
    model = keras.Model(image, keras.layers.Dense(3, use_bias=False)(image))
    model.set_weights([g["start"]])
    model.compile(keras.optimizers.SGD(0.1))
    model.optimizer.build(model.trainable_variables)
    average = WeightAverage(0.8)
    average.set_model(model)
    average.on_train_begin()
    for t, (gradient, expected) in enumerate(
        zip(g["gradients"], g["path"], strict=True)
    ):
        model.optimizer.apply([keras.ops.convert_to_tensor(gradient)])
        np.testing.assert_allclose(model.get_weights()[0], expected, rtol=1e-5)
        model.optimizer.iterations.assign(t)  # Addons counts from 0.
        average.on_train_batch_end(0)
    np.testing.assert_allclose(average.values()[0], g["average"], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ["nearest", "bilinear"])
def test_affine(kind):
    g = golden("affine")
    height, width = g["image"].shape[1:3]
    (dx, dy), rotation = g["shift"], recipe("rotation")
    for name, transform in (
        ("transform", g["transform"][0]),
        ("rotate", rotation(float(g["angle"]), height, width)),
        ("translate", [1, 0, -dx, 0, 1, -dy, 0, 0]),
    ):
        transform = np.array([transform], "float32")
        y = keras.ops.image.affine_transform(g["image"], transform, kind)
        np.testing.assert_allclose(y, g[f"{name}_{kind}"], atol=1e-3)


def test_dense_image_warp():
    g = golden("dense_image_warp")
    image, flow = g["image"][0], g["flow"][0]
    rows, columns = np.indices(image.shape[:2])
    places = np.stack([rows - flow[..., 0], columns - flow[..., 1]])
    for channel, expected in zip(image.T, g["y"][0].T, strict=True):
        y = keras.ops.image.map_coordinates(channel.T, places, 1, "nearest")
        np.testing.assert_allclose(y, expected.T, atol=1e-3)


def test_gaussian_filter():
    g = golden("gaussian_filter")
    image = np.pad(g["image"], ((0, 0), (2, 2), (2, 2), (0, 0)), "reflect")
    y = keras.ops.image.gaussian_blur(image, (5, 5), (1.2, 1.2))[:, 2:-2, 2:-2]
    np.testing.assert_allclose(y, g["y"], atol=1e-3)


ROWS = [line.split("|")[1:-1] for line in PAGE.splitlines() if line.startswith("| `tf")]


def test_the_page_names_the_versions_of_the_values():
    tensorflow, addons = ARRAYS["versions"]
    assert f"{addons} on TensorFlow {tensorflow}" in PAGE
    pinned = (ROOT / "requirements-addons.txt").read_text("utf-8")
    assert f"tensorflow-cpu=={tensorflow}\ntensorflow-addons=={addons}\n" in pinned


def test_each_row_of_the_page_names_what_there_is():
    assert len(ROWS) > 20
    for row in ROWS:
        names = re.findall(r"`((?:kseg|keras)\.[\w.]+)", row[1])
        assert names, f"nothing to go to: {row}"
        for name in names:
            module, _, attribute = name.rpartition(".")
            assert hasattr(importlib.import_module(module), attribute), name


def test_the_page_and_the_tests_and_the_values_have_the_same_rows():
    """No row claims a comparison that is not made, and none is left unsaid."""
    claimed = {n for row in ROWS for n in re.findall(r"`(test_\w+)`", row[-1])}
    compare = {n for n in globals() if n.startswith("test_") and "_page_" not in n}
    assert claimed == compare
    source = Path(__file__).read_text("utf-8")
    for row in {name.split("/")[0] for name in ARRAYS} - {"versions"}:
        assert f'"{row}"' in source, f"{row} is stored and never compared"
