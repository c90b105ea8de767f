"""Write tests/golden/addons.npz: what TensorFlow Addons computes, for comparison.

    python3.11 -m venv .addons
    .addons/bin/pip install -r requirements-addons.txt
    .addons/bin/python tools/make_addons_golden.py

In the root of the repository. Imports nothing of kseg. Each function is a row of
docs/from_tensorflow_addons.md: it returns its inputs and what Addons makes of them,
stored as ``function/name``. tests/test_addons.py holds the same against kseg and Keras.
"""

from pathlib import Path

import numpy as np
import tensorflow as tf
import tensorflow_addons as tfa

TARGET = Path(__file__).parents[1] / "tests" / "golden" / "addons.npz"
STEPS = 12


def max_unpooling(rng):
    x = rng.normal(size=(2, 6, 8, 3)).astype("float32")
    upstream = rng.normal(size=x.shape).astype("float32")
    pooled, argmax = tf.nn.max_pool_with_argmax(x, 2, 2, "SAME")
    with tf.GradientTape() as tape:
        tape.watch(pooled)
        y = tfa.layers.MaxUnpooling2D()(pooled, argmax)
    return {
        "x": x,
        "pooled": pooled,
        "argmax": argmax,
        "y": y,
        "upstream": upstream,
        "gradient": tape.gradient(y, pooled, upstream),
    }


def max_unpooling_v2(rng):
    x = rng.normal(size=(2, 5, 7, 3)).astype("float32")
    pooled, argmax = tf.nn.max_pool_with_argmax(x, 2, 2, "SAME")
    y = tfa.layers.MaxUnpooling2DV2(x.shape)(pooled, argmax)
    return {"x": x, "pooled": pooled, "argmax": argmax, "y": y}


def sigmoid_focal(rng):
    logits = rng.normal(0, 3, (2, 3, 5, 1)).astype("float32")
    labels = rng.integers(0, 2, logits.shape)
    found = {"logits": logits, "labels": labels}
    for alpha, gamma in ((0.25, 2.0), (0.6, 0.5)):
        loss = tfa.losses.SigmoidFocalCrossEntropy(True, alpha, gamma)
        found[f"alpha_{alpha}_gamma_{gamma}"] = loss(labels, logits)
    return found


def sigmoid_focal_multilabel(rng):
    logits = rng.normal(0, 3, (2, 3, 4)).astype("float32")
    labels = rng.integers(0, 2, logits.shape)
    loss = tfa.losses.SigmoidFocalCrossEntropy(from_logits=True)
    return {"logits": logits, "labels": labels, "loss": loss(labels, logits)}


def f1_score(rng):
    labels = rng.integers(0, 4, (2, 5, 6))
    logits = rng.normal(size=(2, 5, 6, 4)).astype("float32")
    truth = tf.one_hot(tf.reshape(labels, (-1,)), 4)
    found = {"labels": labels, "logits": logits}
    for average in ("none", "macro"):
        metric = tfa.metrics.F1Score(4, None if average == "none" else average)
        metric.update_state(truth, tf.nn.softmax(tf.reshape(logits, (-1, 4))))
        found[average] = metric.result()
    return found


def group_normalization(rng):
    x = rng.normal(2, 3, (2, 4, 5, 6)).astype("float32")
    return {
        "x": x,
        "group": tfa.layers.GroupNormalization(groups=3)(x),
        "instance": tfa.layers.InstanceNormalization()(x),
    }


def adaptive_average_pooling(rng):
    x = rng.normal(size=(2, 6, 12, 3)).astype("float32")
    return {"x": x, "y": tfa.layers.AdaptiveAveragePooling2D((3, 4))(x)}


def activations(rng):
    x = rng.normal(0, 2, (5, 7)).astype("float32")
    names = ("gelu", "hardshrink", "mish", "softshrink", "tanhshrink")
    return {"x": x} | {name: getattr(tfa.activations, name)(x) for name in names}


def trained(optimizer, rng):
    """A variable before and after STEPS steps with given gradients."""
    start = rng.normal(size=(4, 3)).astype("float32")
    gradients = rng.normal(size=(STEPS, *start.shape)).astype("float32")
    variable = tf.Variable(start)
    path = []
    for gradient in gradients:
        optimizer.apply_gradients([(tf.constant(gradient), variable)])
        path.append(variable.numpy())
    return {"start": start, "gradients": gradients, "path": np.stack(path)}, variable


def adamw(rng):
    return trained(tfa.optimizers.AdamW(weight_decay=1e-3, learning_rate=0.01), rng)[0]


def sgdw(rng):
    optimizer = tfa.optimizers.SGDW(weight_decay=1e-3, learning_rate=0.1, momentum=0.9)
    return trained(optimizer, rng)[0]


def lamb(rng):
    optimizer = tfa.optimizers.LAMB(learning_rate=0.01, epsilon=1e-6)
    return trained(optimizer, rng)[0]


def moving_average(rng):
    optimizer = tfa.optimizers.MovingAverage(
        tf.keras.optimizers.legacy.SGD(0.1), average_decay=0.8, dynamic_decay=True
    )
    found, variable = trained(optimizer, rng)
    optimizer.assign_average_vars([variable])
    return {**found, "average": variable.numpy()}


def affine(rng):
    image = rng.uniform(0, 255, (1, 9, 12, 2)).astype("float32")
    transform = np.array([[1.1, 0.2, -1.5, -0.1, 0.9, 1.0, 0.0, 0.0]], "float32")
    found = {"image": image, "transform": transform, "angle": 0.4, "shift": [2.5, -1.0]}
    for kind in ("nearest", "bilinear"):
        found[f"transform_{kind}"] = tfa.image.transform(image, transform, kind)
        found[f"rotate_{kind}"] = tfa.image.rotate(image, 0.4, kind)
        found[f"translate_{kind}"] = tfa.image.translate(image, [2.5, -1.0], kind)
    return found


def dense_image_warp(rng):
    image = rng.uniform(0, 255, (1, 9, 12, 2)).astype("float32")
    flow = rng.normal(0, 2, (1, 9, 12, 2)).astype("float32")
    return {"image": image, "flow": flow, "y": tfa.image.dense_image_warp(image, flow)}


def gaussian_filter(rng):
    image = rng.uniform(0, 255, (1, 9, 12, 2)).astype("float32")
    y = tfa.image.gaussian_filter2d(image, filter_shape=5, sigma=1.2)
    return {"image": image, "y": y}


ROWS = (
    max_unpooling,
    max_unpooling_v2,
    sigmoid_focal,
    sigmoid_focal_multilabel,
    f1_score,
    group_normalization,
    adaptive_average_pooling,
    activations,
    adamw,
    sgdw,
    lamb,
    moving_average,
    affine,
    dense_image_warp,
    gaussian_filter,
)


def main() -> None:
    arrays = {"versions": np.array([tf.__version__, tfa.__version__])}
    for seed, row in enumerate(ROWS):
        for name, value in row(np.random.default_rng(seed)).items():
            arrays[f"{row.__name__}/{name}"] = np.asarray(value)
    np.savez_compressed(TARGET, **arrays)
    print(f"{TARGET}: {len(ROWS)} rows, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
