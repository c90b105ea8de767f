"""Everything between boxes and heads on JAX, in one process: starting JAX is costly."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.reference import regions
from tests.reference.nms import non_max_suppression

ROOT = Path(__file__).resolve().parents[2]

ON_JAX = """
import tests.no_tensorflow
import sys
import jax
import numpy as np
from kseg import ops

given = np.load(sys.argv[1] + "/given.npz")
levels = given["levels"]
index = given["index"]


def pool(p2, p3, boxes):
    kept, count = ops.non_max_suppression(
        boxes, given["scores"], 5, 0.3, 0.1, given["classes"]
    )
    y = ops.pyramid_roi_align([p2, p3], boxes, levels, (4, 8), (3, 2), chunk=3)
    rest = {
        "kept": kept,
        "count": count,
        "taken": ops.gather(boxes, kept),
        "aligned": ops.roi_align(p2, boxes, 0.25, (3, 2), aligned=False),
        "targets": ops.mask_targets(given["masks"], boxes[:, :2], boxes, index, 4),
    }
    return (y, ops.roi_warp(p2, boxes, 0.25, (3, 2))), rest


arguments = (given["p2"], given["p3"], given["boxes"])
(y, warped), backward, rest = jax.vjp(jax.jit(pool), *arguments, has_aux=True)
_, _, no_gradient = backward((y, 0 * warped))
of_p2, _, of_boxes = backward((0 * y, warped))
align_p2, align_p3, _ = backward((y, 0 * warped))
np.savez(
    sys.argv[1] + "/found.npz",
    pyramid=y,
    warped=warped,
    no_gradient=no_gradient,
    of_p2=of_p2,
    of_boxes=of_boxes,
    align_p2=align_p2,
    align_p3=align_p3,
    **rest,
)
"""

ENVIRONMENT = {
    "KERAS_BACKEND": "jax",
    "JAX_PLATFORMS": "cpu",
    "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",  # compiles in half the time
}
RNG = np.random.default_rng(0)
SIZE = (3, 2)


@pytest.fixture(scope="module")
def given():
    boxes = regions.odd_boxes(16).reshape(2, 8, 4)
    return {
        "p2": regions.values(2, 9, 13, 2),
        "p3": regions.values(2, 5, 7, 2, seed=1),
        "boxes": boxes,
        "levels": RNG.integers(0, 2, (2, 8)),
        "scores": RNG.random((2, 8)).astype("float32"),
        "classes": RNG.integers(0, 2, (2, 8)),
        "masks": RNG.random((2, 2, 6, 6)).astype("float32"),
        "index": RNG.integers(0, 2, (2, 8)),
    }


@pytest.fixture(scope="module")
def found(given, tmp_path_factory):
    folder = tmp_path_factory.mktemp("jax")
    np.savez(folder / "given.npz", **given)
    done = subprocess.run(
        [sys.executable, "-c", ON_JAX, str(folder)],
        env={**os.environ, **ENVIRONMENT},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return np.load(folder / "found.npz")


def by_image(function, *of_images):
    return np.concatenate([function(*x) for x in zip(*of_images, strict=True)])


def test_suppression(given, found):
    boxes, scores, classes = given["boxes"], given["scores"], given["classes"]
    for i in range(2):
        kept = non_max_suppression(boxes[i], scores[i], 5, 0.3, 0.1, classes[i])
        assert found["kept"][i, : found["count"][i]].tolist() == kept
        np.testing.assert_array_equal(found["taken"][i, : len(kept)], boxes[i][kept])


def test_pooling(given, found):
    x, boxes = given["p2"], given["boxes"]
    by_name = {
        "aligned": lambda x, b: regions.roi_align(x, b, 0.25, SIZE, aligned=False),
        "warped": lambda x, b: regions.roi_warp(x, b, 0.25, SIZE),
    }
    for name, oracle in by_name.items():
        expected = by_image(oracle, x, boxes)
        np.testing.assert_allclose(found[name], expected, atol=1e-5)
    levels = given["levels"].ravel()
    for k, x in enumerate((given["p2"], given["p3"])):
        expected = by_image(
            lambda x, b, k=k: regions.roi_align(x, b, 0.25 / 2**k, SIZE), x, boxes
        )
        on_level = levels == k
        np.testing.assert_allclose(
            found["pyramid"][on_level], expected[on_level], atol=1e-5
        )


def test_gradients(given, found):
    boxes, levels, y = given["boxes"], given["levels"], found["pyramid"]
    upstream = y.reshape(2, 8, *SIZE, 2) * (levels == 0)[..., None, None, None]
    for i in range(2):
        expected = regions.roi_align_gradient(
            upstream[i], (9, 13, 2), boxes[i], 0.25, SIZE
        )
        np.testing.assert_allclose(found["align_p2"][i], expected, atol=1e-4)
    assert found["align_p3"].any() and not found["no_gradient"].any()
    # Of half the sum of squares, along a direction in the features and in the boxes.
    for name, of in (("p2", "of_p2"), ("boxes", "of_boxes")):
        step = 1e-4 * RNG.normal(size=given[name].shape)
        ends = []
        for sign in (-1, 1):
            moved = {**given, name: given[name] + sign * step}
            y = by_image(
                lambda x, b: regions.roi_warp(x, b, 0.25, SIZE),
                moved["p2"],
                moved["boxes"],
            )
            ends.append((y**2).sum() / 2)
        slope = (ends[1] - ends[0]) / 2
        assert abs(slope) > 1e-5
        np.testing.assert_allclose((found[of] * step).sum(), slope, rtol=1e-2)


def test_targets(given, found):
    for i in range(2):
        for r, roi in enumerate(given["boxes"][i]):
            k = given["index"][i, r]
            mask, box = given["masks"][i, k], given["boxes"][i, k]
            expected = regions.mask_target(mask, box, roi, (4, 4))
            clear = abs(expected - 0.5) > 1e-4
            target = found["targets"][i, r]
            np.testing.assert_array_equal(target[clear], (expected >= 0.5)[clear])
