"""Pooling with indices and unpooling: loops, TensorFlow's argmax, gradients, TFLite."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from kseg.ops import max_pool_with_indices, max_unpool
from tests.reference import pooling as reference

ROOT = Path(__file__).resolve().parents[3]
RNG = np.random.default_rng(0)
# Even, odd, a single row, a single pixel, an empty batch.
SHAPES = [(2, 4, 6, 3), (1, 5, 7, 4), (2, 1, 6, 2), (3, 1, 1, 2), (0, 3, 5, 2)]
DTYPES = ["float32", "float64", "float16", "bfloat16"]


def values(shape, distinct=9):
    """Few different values, half of them below 0: most windows have ties."""
    return RNG.integers(-distinct // 2, distinct // 2 + 1, shape).astype("float32")


def both(x):
    """Pool and unpool to the size that it had."""
    pooled, indices = max_pool_with_indices(x)
    return max_unpool(pooled, indices, keras.ops.shape(x)[1:3])


@pytest.fixture(params=["tensorflow", "other"])
def backend(request, monkeypatch):
    """Run a test with native kernels and with the form of the other backends."""
    monkeypatch.setattr(keras.backend, "backend", lambda: request.param)


def test_examples_of_the_docstrings():
    x = tf.constant([[1.0, 5, 2], [3, 5, 2]])[None, ..., None]
    pooled, indices = max_pool_with_indices(x)
    np.testing.assert_array_equal(pooled[0, ..., 0], [[5, 2]])
    np.testing.assert_array_equal(indices[0, ..., 0], [[1, 0]])
    y = max_unpool(pooled, indices, (2, 3))
    np.testing.assert_array_equal(y[0, ..., 0], [[0, 5, 2], [0, 0, 0]])


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_equal_the_oracles(backend, shape, dtype):
    x = values(shape)
    expected, places = reference.max_pool_with_indices(x)
    pooled, indices = max_pool_with_indices(tf.cast(x, dtype))
    assert pooled.dtype == indices.dtype == dtype
    np.testing.assert_array_equal(tf.cast(pooled, "float32"), expected)
    np.testing.assert_array_equal(tf.cast(indices, "float32"), places)
    y = max_unpool(-3 * pooled, indices, shape[1:3])
    assert y.dtype == dtype
    expected = reference.max_unpool(-3 * expected, places, shape[1:3])
    np.testing.assert_array_equal(tf.cast(y, "float32"), expected)


@pytest.mark.parametrize("scale", [1e-30, 1e-3, 1e30])
def test_tells_neighbouring_numbers_of_any_size_apart(scale):
    low = np.float32(scale)
    x = np.array([low, np.nextafter(low, np.float32(np.inf)), low, low])
    for k in range(4):
        pooled, indices = max_pool_with_indices(np.roll(x, k).reshape(1, 2, 2, 1))
        assert pooled[0, 0, 0, 0] == x[1] and indices[0, 0, 0, 0] == (1 + k) % 4


@pytest.mark.parametrize("shape", SHAPES[:4])
def test_equal_max_pool_with_argmax_and_scatter(shape):
    """TensorFlow's own operators, forward and backward, with ties."""
    x, upstream = values(shape), RNG.normal(size=shape).astype("float32")

    def theirs(x):
        pooled, argmax = tf.nn.max_pool_with_argmax(
            x, 2, 2, "SAME", include_batch_in_index=True
        )
        places = tf.reshape(argmax, (-1, 1))
        flat = tf.scatter_nd(
            places, tf.reshape(pooled**2, (-1,)), (x.shape.num_elements(),)
        )
        return tf.reshape(flat, x.shape)

    def ours(x):
        pooled, indices = max_pool_with_indices(x)
        return max_unpool(pooled**2, indices, x.shape[1:3])

    found = []
    for f in (theirs, ours):
        with tf.GradientTape() as tape:
            t = tf.constant(x)
            tape.watch(t)
            y = f(t)
        found.append((y, tape.gradient(y, t, upstream)))
    for a, b in zip(*found, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("shape", SHAPES)
def test_gradients_go_to_the_first_maximum_and_come_from_it(shape):
    x = values(shape).astype("float64")
    pooled, indices = reference.max_pool_with_indices(x)
    for_pooled, for_map = RNG.normal(size=pooled.shape), RNG.normal(size=shape)
    with tf.GradientTape(persistent=True) as tape:
        t = [tf.constant(a) for a in (x, pooled, indices)]
        tape.watch(t)
        y = max_pool_with_indices(t[0])
        z = max_unpool(t[1], t[2], shape[1:3])
    expected = reference.max_unpool(for_pooled, indices, shape[1:3])
    np.testing.assert_array_equal(tape.gradient(y[0], t[0], for_pooled), expected)
    expected = reference.gather(for_map, indices)
    np.testing.assert_array_equal(tape.gradient(z, t[1], for_map), expected)
    # Indices neither give nor take a gradient.
    assert not np.any(tape.gradient(y[1], t[0]))
    assert not np.any(tape.gradient(z, t[2], for_map))


def test_gradients_equal_finite_differences():
    """float64; values 1 apart, so that no step changes an index."""
    x = tf.constant(RNG.permutation(90).reshape(1, 5, 9, 2).astype("float64"))
    analytic, numeric = tf.test.compute_gradient(lambda x: both(x) ** 2, [x])
    assert np.ptp(numeric[0]) > 10
    np.testing.assert_allclose(analytic[0], numeric[0], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("shape", [(2, 6, 4, 3), (1, 5, 7, 4)])
def test_unpooling_keeps_each_maximum_in_place(shape):
    x = RNG.permutation(np.prod(shape)).reshape(shape) + 1.0
    y = both(x).numpy()
    kept = y != 0
    np.testing.assert_array_equal(y[kept], x[kept])
    ends = ((0, 0), (0, shape[1] % 2), (0, shape[2] % 2), (0, 0))
    largest, pooled = np.pad(x, ends), np.pad(kept, ends)
    for r, s in reference.POSITIONS:
        window = [largest[:, a::2, b::2] for a, b in reference.POSITIONS]
        np.testing.assert_array_equal(
            pooled[:, r::2, s::2], largest[:, r::2, s::2] == np.max(window, axis=0)
        )


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_the_same_in_a_graph_and_under_xla(jit_compile, dtype):
    x = tf.cast(values((2, 5, 6, 3)), dtype)

    def forward_and_backward(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = both(x)
        return y, tape.gradient(y, x, x)

    compiled = tf.function(forward_and_backward, jit_compile=jit_compile)
    for a, b in zip(compiled(x), forward_and_backward(x), strict=True):
        np.testing.assert_array_equal(tf.cast(a, "float32"), tf.cast(b, "float32"))


def test_in_a_graph_of_unknown_size():
    spec = tf.TensorSpec((None, None, None, 3), "float32")
    compiled = tf.function(both, input_signature=[spec])
    for shape in [(2, 4, 6, 3), (1, 5, 7, 3), (1, 1, 2, 3)]:
        x = values(shape)
        np.testing.assert_array_equal(compiled(x), both(x))


ON_JAX = """
import tests.no_tensorflow
import sys
import jax
import numpy as np
from kseg.ops import max_pool_with_indices, max_unpool, pack_indices, unpack_indices

given = np.load(sys.argv[1] + "/given.npz")


def both(x):
    pooled, indices = max_pool_with_indices(x)
    return max_unpool(pooled, indices, x.shape[1:3]), indices


y, backward, indices = jax.vjp(jax.jit(both), given["x"], has_aux=True)
packed = pack_indices(indices)
np.savez(
    sys.argv[1] + "/found.npz",
    y=y,
    gradient=backward(given["upstream"])[0],
    packed=packed,
    unpacked=unpack_indices(packed, 3),
)
"""


def test_the_same_on_jax_without_tensorflow(tmp_path):
    x, upstream = values((2, 5, 6, 3)), values((2, 5, 6, 3))
    np.savez(tmp_path / "given.npz", x=x, upstream=upstream)
    done = subprocess.run(
        [sys.executable, "-c", ON_JAX, str(tmp_path)],
        env={**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found = np.load(tmp_path / "found.npz")
    pooled, indices = reference.max_pool_with_indices(x)
    expected = reference.max_unpool(pooled, indices, (5, 6))
    np.testing.assert_array_equal(found["y"], expected)
    gathered = reference.gather(upstream, indices)
    expected = reference.max_unpool(gathered, indices, (5, 6))
    np.testing.assert_array_equal(found["gradient"], expected)
    np.testing.assert_array_equal(found["packed"], reference.pack_indices(indices))
    np.testing.assert_array_equal(found["unpacked"], indices)


def test_sizes_that_halve_to_the_map_pass_and_others_do_not():
    x = np.zeros((1, 3, 4, 2), "float32")
    for size in [(6, 8), (5, 8), (6, 7), (5, 7)]:
        assert max_unpool(x, x, size).shape == (1, *size, 2)
    for size in [(4, 8), (7, 8), (6, 6), (6, 9), (8, 6)]:
        with pytest.raises(ValueError, match="rounded up.*Received: size="):
            max_unpool(x, x, size)


def test_numpy_ints_are_checked_as_ints_are():
    x = np.ones((1, 2, 2, 1), "float32")
    with pytest.raises(ValueError, match=r"rounded up.*Received: size=\(5, 4\)"):
        max_unpool(x, x, np.array([5, 4]))
    for size in (np.array([3, 4]), (tf.constant(3), np.int32(4))):
        assert max_unpool(x, x, size).shape == (1, 3, 4, 1)


@pytest.mark.parametrize(
    "size", [(4, 4, 1), (4,), 4, "44", (4.0, 4), (None, 4), (tf.constant(4.0), 4)]
)
def test_refuses_what_is_no_size(size):
    x = np.ones((1, 2, 2, 1), "float32")
    with pytest.raises(ValueError, match="must be .height, width.* Received: size="):
        max_unpool(x, x, size)


def test_refuses_other_shapes():
    x = np.zeros((1, 3, 4, 2), "float32")
    for f in (max_pool_with_indices, lambda x: max_unpool(x, x)):
        with pytest.raises(ValueError, match="must be .B, H, W, C.. Received: x.shape"):
            f(x[0])
    for indices in (x[0], x[:, :2], x[..., :1]):
        with pytest.raises(ValueError, match="one index for each value.*Received"):
            max_unpool(x, indices)
