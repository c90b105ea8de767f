"""From references to boxes in numbers, and back: by hand, loops, inverse, TFLite."""

import math

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from hypothesis import given, settings
from hypothesis import strategies as st

from kseg.export import audit
from kseg.ops import assign_levels, clip_boxes, decode_boxes, encode_boxes
from tests.reference import boxes as reference

RNG = np.random.default_rng(0)
WEIGHTS = (10.0, 10.0, 5.0, 5.0)
ODD_WEIGHTS = (1.0, 2.0, 3.0, 4.0)


def boxes(*shape):
    start, sides = RNG.uniform(-20, 90, (*shape, 2)), RNG.uniform(0.5, 60, (*shape, 2))
    return np.concatenate([start, start + sides], -1)


def test_example_of_the_docstring():
    deltas = encode_boxes([[2.0, 0, 6, 8]], [[0.0, 0, 4, 4]], (1, 1, 1, 1))
    np.testing.assert_allclose(deltas, [[0.5, 0.5, 0, math.log(2)]], rtol=1e-6)


@pytest.mark.parametrize("means", [(0, 0, 0, 0), (0.1, -0.2, 0.3, 0)])
@pytest.mark.parametrize("weights", [WEIGHTS, ODD_WEIGHTS])
def test_equal_the_oracles(weights, means):
    found, references = boxes(6), boxes(6)
    deltas = encode_boxes(found, references, weights, means)
    pairs = list(zip(found, references, strict=True))
    expected = [reference.encode(b, r, weights, means) for b, r in pairs]
    np.testing.assert_allclose(deltas, expected, rtol=1e-12)
    deltas = RNG.normal(0, 9, (6, 4))
    pairs = list(zip(deltas, references, strict=True))
    expected = [reference.decode(d, r, weights, 1.5, means) for d, r in pairs]
    decoded = decode_boxes(deltas, references, weights, 1.5, means)
    np.testing.assert_allclose(decoded, expected, rtol=1e-12, atol=1e-12)


def test_default_weights_and_limit_are_those_of_detectron():
    same = np.array([[0, 0, 16, 16]], "float32")
    deltas = encode_boxes([[8.0, 0, 24, 32]], same)
    np.testing.assert_allclose(deltas, [[5, 5, 0, 5 * math.log(2)]], rtol=1e-6)
    decoded = decode_boxes([[0.0, 0, 1e9, 5 * 4.0]], same)
    height, width = 1000, 16 * math.exp(4)
    expected = [[8 - height / 2, 8 - width / 2, 8 + height / 2, 8 + width / 2]]
    np.testing.assert_allclose(decoded, expected, rtol=1e-6)


side = st.floats(0.125, 1000, width=32)
place = st.floats(-1000, 1000, width=32)


@given(st.tuples(place, place, side, side), st.tuples(place, place, side, side))
@settings(max_examples=40, deadline=None)
def test_decoding_inverts_encoding(found, start):
    found, start = (
        np.array([[y, x, y + h, x + w]], "float32") for y, x, h, w in (found, start)
    )
    deltas = encode_boxes(found, start)
    decoded = decode_boxes(deltas, start, max_log_scale=math.inf)
    # Coordinates up to 2000, a move of up to 2000, rounded a few times each.
    np.testing.assert_allclose(decoded, found, atol=4e-3)
    again = encode_boxes(found.astype("float64"), start)
    exact = decode_boxes(again, start, max_log_scale=math.inf)
    np.testing.assert_allclose(exact, found, atol=1e-10)


def test_numbers_of_a_box_do_not_depend_on_place_and_scale():
    found, references = boxes(5), boxes(5)
    expected = encode_boxes(found, references)
    moved = encode_boxes(3 * found + 7, 3 * references + 7)
    np.testing.assert_allclose(moved, expected, rtol=1e-9, atol=1e-9)


def test_padding_gives_finite_numbers_and_gradients():
    """Boxes and references of zeros, reversed ones, one pixel, in float32."""
    odd = np.array([[0, 0, 0, 0], [9, 9, 3, 3], [2, 4, 3, 5]], "float32")
    found, references = tf.constant(odd[:, None]), tf.constant(odd[None])
    with tf.GradientTape() as tape:
        tape.watch([found, references])
        deltas = encode_boxes(found, references)
    assert deltas.shape == (3, 3, 4)
    for x in (deltas, *tape.gradient(deltas, [found, references])):
        assert np.isfinite(x).all()
    np.testing.assert_array_equal(encode_boxes(odd, odd), 0)
    huge = np.full((3, 4), 1e4, "float32")
    decoded = decode_boxes(huge, odd).numpy()
    assert np.isfinite(decoded).all()
    np.testing.assert_array_equal(decoded[0], 0)


def test_deltas_of_each_class_and_no_boxes():
    deltas, references = RNG.normal(size=(2, 5, 3, 4)), boxes(2, 5)
    decoded = decode_boxes(deltas, references[..., None, :])
    for k in range(3):
        expected = decode_boxes(deltas[:, :, k], references)
        np.testing.assert_array_equal(decoded[:, :, k], expected)
    assert decode_boxes(deltas[:0], references[:0, :, None]).shape == (0, 5, 3, 4)
    assert encode_boxes(references[:, :0], references[:, :0]).shape == (2, 0, 4)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_computed_in_float32(dtype):
    references = boxes(4).astype("float32")
    deltas = tf.cast(RNG.normal(size=(4, 4)), dtype)
    decoded = decode_boxes(deltas, references)
    assert decoded.dtype == encode_boxes(decoded, references).dtype == "float32"
    expected = decode_boxes(tf.cast(deltas, "float32"), references)
    np.testing.assert_array_equal(decoded, expected)


def test_gradients_equal_finite_differences():
    found, references = tf.constant(boxes(3)), tf.constant(boxes(3))
    deltas = tf.constant(RNG.normal(0, 2, (3, 4)))
    for f, x in ((encode_boxes, found), (decode_boxes, deltas)):
        analytic, numeric = tf.test.compute_gradient(f, [x, references], 1e-5)
        for a, b in zip(analytic, numeric, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_the_same_in_a_graph_and_under_xla(jit_compile):
    found, references = (boxes(2, 5).astype("float32") for _ in range(2))

    def there_and_back(found, references):
        deltas = encode_boxes(found, references)
        return deltas, decode_boxes(deltas, references)

    compiled = tf.function(there_and_back, jit_compile=jit_compile)
    expected = there_and_back(found, references)
    for a, b in zip(compiled(found, references), expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


def test_decoding_clipping_and_levels_convert_to_builtins(tmp_path):
    references = (40 * boxes(1, 9)).astype("float32")
    deltas = RNG.normal(0, 5, (1, 9, 4)).astype("float32")

    def decode(deltas, references):
        decoded = clip_boxes(decode_boxes(deltas, references), (900, 1200))
        return {"boxes": decoded, "levels": assign_levels(decoded)}

    module = tf.Module()
    spec = tf.TensorSpec((1, 9, 4), "float32")
    module.f = tf.function(decode, input_signature=[spec, spec])
    tf.saved_model.save(module, str(tmp_path), signatures=module.f)
    converter = tf.lite.TFLiteConverter.from_saved_model(str(tmp_path))
    content = converter.convert()
    audit(content)
    run = Interpreter(model_content=content).get_signature_runner()
    found, expected = (
        run(deltas=deltas, references=references),
        decode(deltas, references),
    )
    np.testing.assert_allclose(found["boxes"], expected["boxes"], rtol=1e-5, atol=1e-3)
    np.testing.assert_array_equal(found["levels"], expected["levels"])
    assert len(np.unique(found["levels"])) > 1


def test_refuses():
    one = np.zeros((1, 4), "float32")
    for weights in [(1, 1, 1), (1, 1, 0, 1), (1, 1, 1, float("nan"))]:
        for f in (encode_boxes, decode_boxes):
            with pytest.raises(ValueError, match="four numbers above 0. Received: wei"):
                f(one, one, weights)
    for f in (encode_boxes, decode_boxes):
        with pytest.raises(ValueError, match="means must be four.*Received: means="):
            f(one, one, means=(0, 0, 0))
