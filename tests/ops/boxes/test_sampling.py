"""Sampling: loops on the same random numbers, chances, seeds, a step's targets."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kseg.ops import sample
from tests.reference.matching import sample as reference

ROOT = Path(__file__).resolve().parents[3]
# 30 objects, 50 backgrounds, 20 ignored.
MIXED = np.random.default_rng(0).permutation(np.repeat([1, 0, -1], (30, 50, 20)))


def drawn(labels, *arguments, **seed):
    """Labels of what was drawn, of one image."""
    indices, weights = sample(labels, *arguments, **seed)
    return np.asarray(labels)[indices.numpy()[weights.numpy() > 0]]


def test_example_of_the_docstring():
    for seed in range(5):
        indices, weights = sample([0, 1, -1, 1], 4, 0.25, seed)
        assert indices[0] in (1, 3)
        np.testing.assert_array_equal(indices[1:], [0, 0, 0])
        np.testing.assert_array_equal(weights, [1, 1, 0, 0])
    assert indices.dtype == "int32" and weights.dtype == "float32"


@given(
    hnp.arrays(
        "int32",
        hnp.array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=9),
        elements=st.integers(-1, 1),
    ),
    st.integers(1, 8),
    st.integers(0, 8),
    st.integers(0, 2**31 - 1),
)
@settings(max_examples=60, deadline=None)
def test_equals_the_oracle(labels, count, most, seed):
    """Any mix of labels, none of some, fewer than the count, images without labels."""
    most = min(most, count)
    indices, weights = sample(labels, count, most / count, seed)
    assert indices.shape == weights.shape == (len(labels), count)
    total = max(labels.shape[1], count)
    keys = keras.random.uniform((len(labels), total), seed=seed).numpy()
    for i, one in enumerate(labels):
        expected = reference(one, keys[i], count, most)
        np.testing.assert_array_equal(indices[i], expected[0])
        np.testing.assert_array_equal(weights[i], expected[1])


@given(
    st.integers(0, 40),
    st.integers(1, 20),
    st.sampled_from([(1.0,), (0.85, 0.15), (0.2, 0.3), (0.1, 0.6, 0.3)]),
    st.booleans(),
    st.integers(0, 2**31 - 1),
)
@settings(max_examples=40, deadline=None)
def test_bands_and_refill_equal_the_oracle(total, count, shares, refill, seed):
    """Bands of any size, -1 for none; some that may not take the places that remain."""
    rng, most = np.random.default_rng(seed), count // 3
    labels, bands = rng.integers(-1, 2, (2, total)), rng.integers(-1, 3, (2, total))
    may = rng.random((2, total)) < 0.7 if refill else None
    indices, weights = sample(
        labels, count, most / count, seed, bands=bands, shares=shares, refill=may
    )
    keys = keras.random.uniform((2, max(total, count)), seed=seed).numpy()
    for i in range(2):
        expected = reference(
            *(labels[i], keys[i], count, most, bands[i], shares),
            refill=may[i] if refill else None,
        )
        np.testing.assert_array_equal(indices[i], expected[0])
        np.testing.assert_array_equal(weights[i], expected[1])


def test_the_bands_of_mnc():
    """64 regions, 19 of them objects: 38 with an IoU from 0.1, 7 below."""
    labels, bands = np.repeat([1, 0, 0], 100), np.repeat([-1, 0, 1], 100)
    indices, weights = sample(
        labels, 64, 0.3, 0, bands=bands, shares=(0.85, 0.15), refill=labels == 1
    )
    assert weights.numpy().all()
    assert (indices.numpy() // 100).tolist() == [0] * 19 + [1] * 38 + [2] * 7
    few = np.where(bands == 0, -1, labels)
    drawn = sample(few, 64, 0.3, 0, bands=bands, shares=(0.85, 0.15))[1]
    assert drawn.numpy().sum() == 19 + 7  # no band has what another lacks
    drawn = sample(
        few, 64, 0.3, 0, bands=bands, shares=(0.85, 0.15), refill=bands == 0
    )[0]
    assert (drawn.numpy() // 100).tolist() == [0] * 19 + [2] * 7 + [1] * 38


@pytest.mark.parametrize(
    "count, fraction, objects, backgrounds",
    [
        (16, 0.5, 8, 8),
        (64, 0.25, 16, 48),
        # Few backgrounds: no more objects in their places.
        (70, 0.2, 14, 50),
        (8, 0.0, 0, 8),
        (8, 1.0, 8, 0),
        # Few objects: backgrounds in their places.
        (64, 0.5, 30, 34),
        # Rounded down, but not for 0.29 * 100 = 28.999...
        (64, 0.3, 19, 45),
        (100, 0.29, 29, 50),
    ],
)
def test_balance(count, fraction, objects, backgrounds):
    found = drawn(MIXED, count, fraction, seed=1)
    assert np.unique(found[:objects]).tolist() in ([1], [])
    assert np.unique(found[objects:]).tolist() in ([0], [])
    assert len(found) == objects + backgrounds
    indices, weights = sample(MIXED, count, fraction, 1)
    used = indices.numpy()[weights.numpy() > 0]
    assert len(set(used)) == len(used)


def test_every_candidate_and_every_pair_has_the_same_chance():
    labels = np.tile([0, 1, 1, -1, 1, 0, 1, 0], (6000, 1))
    indices, weights = (x.numpy() for x in sample(labels, 4, 0.5, seed=3))
    assert weights.min() == 1
    pairs, times = np.unique(np.sort(indices[:, :2]), axis=0, return_counts=True)
    assert pairs.tolist() == [[1, 2], [1, 4], [1, 6], [2, 4], [2, 6], [4, 6]]
    # 1000 of each are expected; the standard deviation is 29.
    assert abs(times - 1000).max() < 4 * 29
    pairs, times = np.unique(np.sort(indices[:, 2:]), axis=0, return_counts=True)
    assert pairs.tolist() == [[0, 5], [0, 7], [5, 7]]
    assert abs(times - 2000).max() < 4 * 37


def test_seeds():
    labels = np.tile(MIXED, (2, 1))

    def draw(seed):
        return sample(labels, 16, 0.5, seed)[0].numpy()

    np.testing.assert_array_equal(draw(5), draw(5))
    assert (draw(5) != draw(6)).any() and (draw(None) != draw(None)).any()
    # Each image and each step draws its own.
    assert (draw(5)[0] != draw(5)[1]).any()
    first, second = (keras.random.SeedGenerator(7) for _ in range(2))
    steps = [draw(first), draw(first)]
    assert (steps[0] != steps[1]).any()
    np.testing.assert_array_equal(draw(second), steps[0])


def in_a_graph(batch, jit_compile):
    """``sample`` with a generator of its own, compiled for MIXED."""
    generator = keras.random.SeedGenerator(0)

    @tf.function(
        jit_compile=jit_compile, input_signature=[tf.TensorSpec((batch, 100), "int32")]
    )
    def draw(labels):
        indices, weights = sample(labels, 16, 0.5, generator)
        assert indices.shape == weights.shape == (batch, 16)
        return indices, weights

    return draw


def test_in_a_graph_of_any_batch_the_generator_goes_on():
    draw, expected = in_a_graph(None, False), keras.random.SeedGenerator(0)
    labels = np.tile(MIXED, (2, 1)).astype("int32")
    for _ in range(2):
        found = draw(labels)
        for a, b in zip(found, sample(labels, 16, 0.5, expected), strict=True):
            np.testing.assert_array_equal(a, b)


def test_under_xla():
    """TensorFlow has other random numbers there, so the draw is another one."""
    draw, labels = in_a_graph(2, True), np.tile(MIXED, (2, 1)).astype("int32")
    steps = [draw(labels) for _ in range(2)]
    assert (steps[0][0] != steps[1][0]).numpy().any()
    for indices, weights in steps:
        np.testing.assert_array_equal(weights, 1)
        for one in indices.numpy():
            assert MIXED[one].tolist() == [1] * 8 + [0] * 8
            assert len(set(one)) == 16


TARGETS = """
import sys
import numpy as np
from keras import ops
from kseg.ops import (
    assign_levels, clip_boxes, decode_boxes, encode_boxes, make_pyramid_anchors, match,
    pairwise_ioa, pairwise_iou, sample,
)


def targets(boxes, valid, proposals, exist):
    '''What a step of a network of regions learns from, of two images.'''
    levels = make_pyramid_anchors((8, 16), (0.5, 1, 2), (4, 8), [(8, 8), (4, 4)])
    anchors = np.concatenate(levels)
    index, label = match(
        pairwise_iou(anchors, boxes), valid, positive=0.7, negative=0.3
    )
    matched = ops.take_along_axis(boxes, index[..., None], axis=1)
    deltas = encode_boxes(matched, anchors, (1, 1, 1, 1))
    rois = ops.concatenate([proposals, boxes], axis=1)
    exist = ops.concatenate([exist, valid], axis=1)
    roi_index, roi_label = match(
        pairwise_iou(rois, boxes), valid, positive=0.5, negative=0.5,
        keep_best=False, candidates=exist,
    )
    drawn, weights = sample(roi_label, 8, 0.25, seed=1)
    rois = ops.take_along_axis(rois, drawn[..., None], axis=1)
    again = clip_boxes(decode_boxes(deltas, anchors, (1, 1, 1, 1)), (32, 32))
    return {
        "index": index, "label": label, "deltas": deltas, "rois": rois,
        "drawn": drawn, "roi_index": roi_index, "roi_label": roi_label,
        "weights": weights, "again": again, "ioa": pairwise_ioa(rois, boxes),
        "levels": assign_levels(rois, 2, 3, 16, 3),
    }
"""
ON_JAX = """
import jax
given = np.load(sys.argv[1] + "/given.npz")
found = jax.jit(targets)(**given)
draw = sample(np.ones((1, 9)), 4, 0, seed=1), sample(np.ones((1, 0)), 3, 1, seed=1)
assert [x[1].sum() for x in draw] == [0, 0]
empty = match(np.ones((4, 0)), np.ones(0), positive=.7, negative=.3)[1]
none = match(np.ones((0, 2)), np.ones(2), positive=.7, negative=.3)[1]
np.savez(sys.argv[1] + "/found.npz", empty=empty, none=none, **found)
"""


def example():
    """Two images: three objects, and padding only; six proposals, one not used."""
    boxes = np.zeros((2, 4, 4), "float32")
    boxes[0, :3] = [(2, 3, 15, 12), (10, 10, 31, 30), (20, 1, 23, 3)]
    valid = np.array([[1, 1, 1, 0], [0, 0, 0, 0]], "float32")
    near = boxes[0, [0, 0, 1, 1, 2, 3]] + [[1, 0, 2, 1]]
    proposals = np.stack([near, near + 3]).astype("float32")
    exist = np.array([[1, 1, 1, 1, 1, 0]] * 2, "float32")
    return {"boxes": boxes, "valid": valid, "proposals": proposals, "exist": exist}


def test_targets_of_a_step_are_the_same_on_jax_without_tensorflow(tmp_path):
    np.savez(tmp_path / "given.npz", **example())
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import tests.no_tensorflow\n" + TARGETS + ON_JAX,
            str(tmp_path),
        ],
        env={**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found = dict(np.load(tmp_path / "found.npz"))
    assert found.pop("empty").tolist() == [0] * 4 and found.pop("none").shape == (0,)
    names = {}
    exec(TARGETS, names)
    expected = names["targets"](**example())
    check_targets({k: v.numpy() for k, v in expected.items()})
    check_targets(found)
    # Each backend has random numbers of its own; the rest is equal.
    for name in ("index", "label", "roi_index", "roi_label", "weights"):
        np.testing.assert_array_equal(found[name], expected[name])
    for name in ("deltas", "again"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-5, atol=1e-4)


def check_targets(found):
    """What holds whatever was drawn."""
    boxes = example()["boxes"]
    assert np.isfinite(found["deltas"]).all()
    objects = found["label"] == 1
    assert set(found["index"][0][objects[0]]) == {0, 1, 2}
    matched = boxes[0][found["index"][0]]
    np.testing.assert_allclose(found["again"][0], matched, atol=1e-4)
    # The image without objects has background only, where proposals exist.
    assert not objects[1].any() and (found["label"][1] == 0).all()
    assert found["roi_label"][1].tolist() == [0] * 5 + [-1] * 5
    # Ground truth itself is among the proposals, the unused place and padding are not.
    assert found["roi_label"][0, 6:].tolist() == [1, 1, 1, -1]
    assert found["roi_label"][0, 5] == -1
    for i, most in enumerate((2, 0)):
        used = found["drawn"][i][found["weights"][i] > 0]
        labels = found["roi_label"][i][used]
        assert (labels[:most] == 1).all() and (labels[most:] == 0).all()
    assert found["levels"].shape == (2, 8) and set(found["levels"].flat) == {2, 3}
    assert found["ioa"].max() > 0.99 and found["ioa"][1].max() == 0


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((0, 0.5), "count=0"),
        ((8.0, 0.5), "count=8.0"),
        ((8, 1.5), "positive_fraction=1.5"),
        ((8, -0.1), "positive_fraction=-0.1"),
    ],
)
def test_refuses(arguments, message):
    with pytest.raises(ValueError, match=f"Received: .*{message}"):
        sample(MIXED, *arguments)


@pytest.mark.parametrize("shares", [(), (0.5, 0), (0.8, 0.3), (-1, 2)])
def test_refuses_shares(shares):
    with pytest.raises(ValueError, match="no more than 1. Received: shares="):
        sample(MIXED, 8, 0.5, shares=shares)


def test_refuses_an_unknown_number_of_labels():
    draw = tf.function(
        lambda labels: sample(labels, 4, 0.5),
        input_signature=[tf.TensorSpec((2, None), "int32")],
    )
    with pytest.raises(ValueError, match=r"must be known.*labels.shape=\(2, None\)"):
        draw(np.zeros((2, 3), "int32"))
