"""What MNC and FCIS train by is on JAX, without TensorFlow, what it is on TensorFlow.

One process for all of it: starting JAX is costly. Loops: test_rpn.py and others.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from tests.models.parts.jax_parts import as_arrays, example, loss_of_moves, outputs

ROOT = Path(__file__).resolve().parents[3]
ON_JAX = """
import tests.no_tensorflow
import sys
import jax
import numpy as np
from tests.models.parts.jax_parts import *

given = example()
found = as_arrays(jax.jit(outputs)(given))
gradient = jax.grad(lambda moves: loss_of_moves(given, moves))(given["deltas"])
assert "samples=2" in refusal() and "portable" in refusal()
assert "tensorflow" not in sys.modules
np.savez(sys.argv[1], gradient=gradient, **found)
"""


@pytest.fixture(scope="module")
def on_jax(tmp_path_factory):
    path = tmp_path_factory.mktemp("jax") / "found.npz"
    environment = {
        "KERAS_BACKEND": "jax",
        "JAX_PLATFORMS": "cpu",
        "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",  # compiles in half the time
    }
    done = subprocess.run(
        [sys.executable, "-c", ON_JAX, str(path)],
        env={**os.environ, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(np.load(path))


def test_the_same_numbers(on_jax):
    expected = as_arrays(outputs(example()))
    assert set(expected) == set(on_jax) - {"gradient"}
    for key, value in expected.items():
        assert value.any(), key
        np.testing.assert_allclose(on_jax[key], value, rtol=1e-4, atol=1e-4)
    assert expected["selected3"].min() >= 1


def test_the_same_gradient_of_the_deltas(on_jax):
    given = example()
    deltas = tf.constant(given["deltas"])
    with tf.GradientTape() as tape:
        tape.watch(deltas)
        loss = loss_of_moves(given, deltas)
    gradient = tape.gradient(loss, deltas)
    assert np.count_nonzero(gradient) > 20
    np.testing.assert_allclose(on_jax["gradient"], gradient, rtol=1e-3, atol=1e-3)
