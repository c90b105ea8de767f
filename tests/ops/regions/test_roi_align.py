"""RoIAlign in its forms: by hand, against loops, gradients, odd boxes, TFLite."""

import numpy as np
import pytest
import tensorflow as tf

from kseg.export import audit
from kseg.ops import assign_levels, lowering, pyramid_roi_align, roi_align
from tests.convert import as_tflite, convert
from tests.reference import regions as reference
from tests.reference.regions import odd_boxes, ramp, values

RNG = np.random.default_rng(0)
FORMS = ["kernels", "tflite", "portable"]
# detectron2's own test: values 0 to 24 in rows of 5, box (1, 1, 3, 3).
ALIGNED = np.add.outer([4.5, 7, 9.5, 12], [0, 0.5, 1, 1.5])
SHAPE = (9, 13, 2)
SCALE, SIZE = 1 / 4, (3, 2)


@pytest.fixture(params=FORMS)
def form(request):
    with lowering(request.param):
        yield request.param


@pytest.mark.parametrize("aligned", [True, False])
def test_vectors_of_detectron2(form, aligned):
    box = np.array([[[1, 1, 3, 3]]], "float32")
    pooled = roi_align(ramp(), box, 1.0, 4, samples=1, aligned=aligned)
    expected = ALIGNED + (0 if aligned else 3)
    np.testing.assert_allclose(pooled[0, ..., 0], expected, rtol=1e-6)


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("samples", [1, 2, 3])
def test_1000_boxes_equal_the_oracle_forward_and_backward(form, aligned, samples):
    count = 1000 if samples == 2 else 100
    x, boxes = values(*SHAPE), odd_boxes(count)
    upstream = values(count, *SIZE, SHAPE[-1], seed=1)
    arguments = (SCALE, SIZE, samples, aligned)
    with tf.GradientTape() as tape:
        t = tf.constant(x[None])
        tape.watch(t)
        pooled = roi_align(t, boxes[None], *arguments)
    expected = reference.roi_align(x, boxes, *arguments)
    assert pooled.dtype == "float32" and np.count_nonzero(expected) > expected.size / 5
    np.testing.assert_allclose(pooled, expected, atol=1e-5)
    gradient = tape.gradient(pooled, t, upstream)[0]
    expected = reference.roi_align_gradient(upstream, SHAPE, boxes, *arguments)
    np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=1e-5 * samples * 9)


def test_boxes_that_overlap_all_have_a_gradient(form):
    """500 times the same crop: TensorFlow's own gradient loses some on a CPU."""
    x, box = values(1, 6, 7, 4), np.array([[[0.5, 0.5, 5, 6]]], "float32")
    gradients = []
    for count in (1, 500):
        with tf.GradientTape() as tape:
            t = tf.constant(x)
            tape.watch(t)
            pooled = roi_align(t, np.repeat(box, count, axis=1), 1.0, 7, samples=1)
        gradients.append(tape.gradient(pooled, t) / count)
    np.testing.assert_allclose(*gradients, rtol=1e-4, atol=1e-6)


def test_the_whole_image_is_a_bilinear_resize(form):
    x = values(2, 4, 6, 3)
    boxes = np.tile(np.array([[[0, 0, 8, 12]]], "float32"), (2, 1, 1))
    pooled = roi_align(x, boxes, 0.5, (8, 12), samples=1)
    np.testing.assert_allclose(pooled, tf.image.resize(x, (8, 12)), atol=1e-5)


def test_each_image_has_its_own_boxes(form):
    x, boxes = values(3, *SHAPE), odd_boxes(12).reshape(3, 4, 4)
    pooled = roi_align(x, boxes, SCALE, SIZE).numpy().reshape(3, 4, *SIZE, 2)
    for i in range(3):
        expected = reference.roi_align(x[i], boxes[i], SCALE, SIZE)
        np.testing.assert_allclose(pooled[i], expected, atol=1e-5)


@pytest.mark.parametrize("chunk", [1, 3, 7, 8])
def test_in_chunks_the_same(form, chunk):
    x, boxes = values(2, *SHAPE), odd_boxes(14).reshape(2, 7, 4)
    expected = roi_align(x, boxes, SCALE, SIZE)
    pooled = roi_align(x, boxes, SCALE, SIZE, chunk=chunk)
    np.testing.assert_allclose(pooled, expected, atol=1e-6)


def pyramid(batch=2):
    return [values(batch, *n, 3) for n in ((12, 16), (6, 8), (3, 4), (2, 2))]


STRIDES = (4, 8, 16, 32)


@pytest.mark.parametrize("chunk", [None, 4])
def test_a_pyramid_equals_its_levels_one_by_one(form, chunk):
    features = pyramid()
    boxes, levels = odd_boxes(22).reshape(2, 11, 4), RNG.integers(0, 4, (2, 11))
    upstream = values(22, *SIZE, 3, seed=1)
    with tf.GradientTape() as tape:
        t = [tf.constant(x) for x in features]
        tape.watch(t)
        pooled = pyramid_roi_align(t, boxes, levels, STRIDES, SIZE, chunk=chunk)
    gradients = tape.gradient(pooled, t, upstream)
    levels = levels.ravel()
    for k, (x, stride) in enumerate(zip(features, STRIDES, strict=True)):
        on_level = (levels == k)[:, None, None, None]
        with tf.GradientTape() as tape:
            t = tf.constant(x)
            tape.watch(t)
            expected = roi_align(t, boxes, 1 / stride, SIZE)
        assert on_level.any()
        np.testing.assert_allclose(on_level * pooled, on_level * expected, atol=1e-5)
        expected = tape.gradient(expected, t, on_level * upstream)
        np.testing.assert_allclose(gradients[k], expected, atol=1e-4)


def test_a_pyramid_of_one_level_without_boxes_on_the_others(form):
    features, boxes = pyramid(1), odd_boxes(3)[None]
    levels = np.full((1, 3), 2)
    pooled = pyramid_roi_align(features, boxes, levels, STRIDES, SIZE)
    expected = roi_align(features[2], boxes, 1 / 16, SIZE)
    np.testing.assert_allclose(pooled, expected, atol=1e-6)


def test_nothing_to_pool(form):
    boxes = np.zeros((2, 0, 4), "float32")
    assert roi_align(values(2, *SHAPE), boxes, 1.0, SIZE).shape == (0, *SIZE, 2)
    assert roi_align(values(0, *SHAPE), boxes[:0], 1.0, 3).shape == (0, 3, 3, 2)
    five = np.zeros((0, 5, 4), "float32")
    assert roi_align(values(0, *SHAPE), five, 1.0, SIZE, chunk=2).shape[0] == 0
    for given, count in ((boxes, 0), (five, 0)):
        features, levels = pyramid(len(given)), np.zeros(given.shape[:2], "int32")
        pooled = pyramid_roi_align(features, given, levels, STRIDES, SIZE)
        assert pooled.shape == (count, *SIZE, 3)


def test_a_map_of_one_pixel_and_a_box_of_one(form):
    x = np.full((1, 1, 1, 1), 7, "float32")
    boxes = np.array([[[0, 0, 1, 1], [-9, -9, 9, 9], [5, 5, 6, 6]]], "float32")
    pooled = roi_align(x, boxes, 1.0, (1, 3), samples=1)[..., 0]
    np.testing.assert_array_equal(pooled, [[[7, 7, 7]], [[0, 7, 0]], [[0, 0, 0]]])
    pixel = np.array([[[2, 3, 3, 4]]], "float32")
    np.testing.assert_allclose(roi_align(ramp(), pixel, 1.0, 1, samples=1), 13)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_pools_to_0(form, wrong):
    boxes = np.tile(np.array([1, 1, 3, 3], "float32"), (1, 5, 1))
    for i in range(4):
        boxes[0, i, i] = wrong
    pooled = roi_align(ramp(), boxes, 1.0, 4)
    np.testing.assert_array_equal(pooled[:4], 0)
    assert pooled[4].numpy().min() > 4
    boxes[..., :2], boxes[..., 2:] = -3e38, 3e38
    np.testing.assert_array_equal(roi_align(ramp(), boxes, 1.0, 4), 0)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_rounds_once(dtype):
    """Boxes keep their fractions: bfloat16 has none above 128."""
    x = tf.cast(values(1, 40, 60, 3), dtype)
    boxes = np.array([[[300.3, 420.7, 601.2, 900.9], [3.3, 5.1, 9, 40]]], "float32")
    pooled = roi_align(x, boxes, 1 / 16, 7)
    with lowering("portable"):
        expected = roi_align(tf.cast(x, "float32"), boxes, 1 / 16, 7)
    assert pooled.dtype == dtype
    np.testing.assert_array_equal(pooled, tf.cast(expected, dtype))


def test_gradient_equals_finite_differences():
    boxes = np.array([[[0.5, 2, 9, 11], [-6, 4, 3, 25]]])
    x = tf.constant(RNG.normal(size=(1, 3, 4, 1)))
    analytic, numeric = tf.test.compute_gradient(
        lambda x: roi_align(x, boxes, SCALE, SIZE), [x]
    )
    assert numeric[0].dtype == "float64" and np.ptp(numeric[0]) > 0.1
    np.testing.assert_allclose(analytic[0], numeric[0], rtol=1e-6, atol=1e-7)


def test_boxes_have_no_gradient(form):
    boxes = tf.constant(odd_boxes(3)[None])
    with tf.GradientTape() as tape:
        tape.watch(boxes)
        pooled = roi_align(values(1, *SHAPE), boxes, SCALE, SIZE)
    assert tape.gradient(pooled, boxes) is None


@pytest.mark.parametrize("jit_compile", [False, True])
def test_the_same_in_a_graph_and_under_xla(jit_compile):
    """XLA has no crop_and_resize: that it compiles shows that the form was chosen."""
    features, boxes = pyramid(), odd_boxes(10).reshape(2, 5, 4)

    def forward_and_backward(features, boxes):
        with tf.GradientTape() as tape:
            tape.watch(features)
            levels = assign_levels(boxes, canonical_size=10) - 2
            y = pyramid_roi_align(features, boxes, levels, STRIDES, SIZE)
        return [y, *tape.gradient(y, features, y)]

    features = [tf.constant(x) for x in features]
    compiled = tf.function(forward_and_backward, jit_compile=jit_compile)
    expected = forward_and_backward(features, boxes)
    for a, b in zip(compiled(features, boxes), expected, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)


def test_in_a_graph_of_unknown_size(form):
    specs = [tf.TensorSpec((None, None, None, 2)), tf.TensorSpec((None, 3, 4))]
    compiled = tf.function(
        lambda x, boxes: roi_align(x, boxes, SCALE, SIZE, chunk=2), specs
    )
    for shape in [(2, 4, 6, 2), (1, 5, 7, 2), (3, 1, 2, 2)]:
        x, boxes = values(*shape), odd_boxes(3 * shape[0]).reshape(-1, 3, 4)
        expected = roi_align(x, boxes, SCALE, SIZE)
        np.testing.assert_allclose(compiled(x, boxes), expected, atol=1e-6)


@pytest.mark.parametrize("samples, chunk", [(1, None), (2, 4)])
def test_converts_to_builtins(tmp_path, samples, chunk):
    features, boxes = pyramid(1), odd_boxes(20)[None]
    boxes[0, 0] = np.nan

    def pool(boxes, **features):
        features = [features[f"p{k}"] for k in range(2, 6)]
        levels = assign_levels(boxes, canonical_size=10) - 2
        pooled = pyramid_roi_align(
            features, boxes, levels, STRIDES, SIZE, samples, chunk=chunk
        )
        return {"pooled": tf.reshape(pooled, (1, 20, -1)), "levels": levels}

    named = {f"p{k}": x for k, x in enumerate(features, 2)}
    shapes = {name: x.shape for name, x in named.items()}
    found = as_tflite(pool, tmp_path, boxes=boxes.shape, **shapes)(boxes=boxes, **named)
    expected = pool(boxes, **named)
    np.testing.assert_array_equal(found["levels"], expected["levels"])
    assert len(np.unique(found["levels"])) > 2
    np.testing.assert_allclose(found["pooled"], expected["pooled"], atol=1e-5)
    assert not found["pooled"][0, 0].any() and found["pooled"].any()


def test_in_tflite_a_chunk_waits_for_the_one_before(tmp_path):
    """Else all arithmetic is one piece, and what it needs is in memory at a time."""

    def pool(x, boxes):
        return {"y": tf.reshape(roi_align(x, boxes, SCALE, 2, chunk=4), (1, -1))}

    partitions = []
    for count in (4, 20):
        content = convert(
            pool, tmp_path / str(count), x=(1, *SHAPE), boxes=(1, count, 4)
        )
        partitions.append(audit(content).partitions)
    assert partitions[1] >= partitions[0] + 4


def test_refuses():
    x, boxes = values(1, *SHAPE), odd_boxes(2)[None]
    for wrong, message in [
        ({"features": x[0]}, "features must be .B, H, W, C.*Received"),
        ({"boxes": boxes[0]}, "boxes must be .B, R, 4.*Received"),
        ({"boxes": boxes[..., :3]}, "boxes must be .B, R, 4.*Received"),
        ({"scale": 0}, "scale or stride must be above 0.*Received"),
        ({"size": 0}, "size must be an int or .*Received: 0"),
        ({"size": (3, 2.5)}, "size must be an int or .*Received"),
        ({"size": (3, 2, 1)}, "size must be an int or .*Received"),
        ({"samples": 0}, "samples must be an int from 1.*Received: 0"),
        ({"chunk": 0}, "chunk must be an int from 1.*Received: 0"),
    ]:
        given = {"features": x, "boxes": boxes, "scale": SCALE, "size": SIZE, **wrong}
        with pytest.raises(ValueError, match=message):
            roi_align(**given)
    levels = np.zeros((1, 2), "int32")
    for features, strides in [([x], (4, 8)), ([], ())]:
        with pytest.raises(ValueError, match="its features and its stride.*Received"):
            pyramid_roi_align(features, boxes, levels, strides, SIZE)
