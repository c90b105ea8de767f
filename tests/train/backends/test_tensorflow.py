"""kseg.train.backends.tensorflow, and what both backends have in common."""

import builtins
import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf

from kseg import data
from kseg.errors import DataError
from kseg.train import backends
from kseg.train.backends import jax, tensorflow

OPTIONS = {"size": (32, 48), "batch_size": 2, "seed": 1, "start_epoch": 0}


@pytest.fixture
def dataset():
    whole = data.sample("val")
    return whole.subset([item.name for item in whole.items[:4]])


def test_both_have_the_same_names():
    for name in jax.__all__:
        ours, theirs = getattr(tensorflow, name), getattr(jax, name)
        if name not in ("errors", "label_batches", "object_batches"):
            assert inspect.signature(ours) == inspect.signature(theirs)


def test_the_one_of_keras_is_taken(monkeypatch):
    assert backends.current() is tensorflow
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    assert backends.current() is jax
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(
        ValueError, match="tensorflow or jax, to train. Received: torch"
    ):
        backends.current()


@pytest.mark.parametrize("backend", [tensorflow, jax])
def test_batches_of_both_have_the_same_shapes(backend, dataset):
    batches = backend.label_batches(
        dataset, augmentation={"flip": True}, target="contact", **OPTIONS
    )
    images, labels = next(iter(batches))
    assert (images.shape, images.dtype) == ((2, 32, 48, 3), np.uint8)
    assert (labels.shape, labels.dtype) == ((2, 32, 48), np.uint8)
    batches = backend.object_batches(
        dataset, augmentation={"flip": True}, mask_size=14, max_instances=9, **OPTIONS
    )
    images, objects = next(iter(batches))
    assert images.shape == (2, 32, 48, 3) and objects["masks"].shape == (2, 9, 14, 14)
    fed, starts = backend.feed(batches, 2)
    assert fed["x"] is batches and all(hasattr(s, "on_epoch_begin") for s in starts)


def test_memory_that_is_out():
    shortage = tf.errors.ResourceExhaustedError(None, None, "no memory")
    assert tensorflow.out_of_memory(shortage) and tensorflow.out_of_memory(
        MemoryError()
    )
    assert jax.out_of_memory(RuntimeError("RESOURCE_EXHAUSTED: Out of memory"))
    for backend in (tensorflow, jax):
        assert not backend.out_of_memory(ValueError("no"))
        policy = keras.dtype_policies.DTypePolicy(backend.mixed_precision())
        assert policy.variable_dtype == "float32"


def test_a_bad_file_is_named_as_itself(dataset, monkeypatch):
    def fails(self, index):
        raise DataError("b.png is no image")

    monkeypatch.setattr(data.Dataset, "image", fails)
    for backend in (tensorflow, jax):
        batches = backend.label_batches(dataset, augmentation={}, **OPTIONS)
        with pytest.raises(DataError, match="^b.png is no image"), backend.errors():
            next(iter(batches))


def test_without_tensorboard_there_are_no_logs(tmp_path, monkeypatch):
    (callback,) = tensorflow.logs(tmp_path, print)
    assert isinstance(callback, keras.callbacks.TensorBoard)
    found, said = builtins.__import__, []

    def without(name, *args, **kwargs):
        if name == "tensorboard":
            raise ImportError(name)
        return found(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    assert tensorflow.logs(tmp_path, said.append) == []
    assert "pip install tensorboard" in said[0]


def test_on_a_gpu_of_jax_determinism_is_a_flag_of_xla(monkeypatch):
    jax.be_deterministic()  # on a CPU it is
    monkeypatch.setattr("jax.default_backend", lambda: "gpu")
    monkeypatch.delenv("XLA_FLAGS", raising=False)
    with pytest.raises(ValueError, match="XLA_FLAGS=--xla_gpu_deterministic_ops=true"):
        jax.be_deterministic()
    monkeypatch.setenv("XLA_FLAGS", f"--xla_dump_to=/tmp {jax.FLAG}")
    jax.be_deterministic()
