"""Which form is traced: chosen, left again, refused, noticed under XLA."""

import keras
import pytest
import tensorflow as tf

from kseg.ops import lowering, roi_align
from kseg.ops.lowering import current_form
from tests.reference.regions import odd_boxes, values


def test_the_form_of_this_backend_and_of_xla():
    assert current_form() == "kernels"
    forms = []

    def trace():
        forms.append(current_form())
        return tf.zeros(())

    tf.function(trace)(), tf.function(trace, jit_compile=True)()
    assert forms == ["kernels", "portable"]
    with lowering("tflite"):
        tf.function(trace, jit_compile=True)()
    assert forms[-1] == "tflite"


def test_of_several_the_inner_one_counts():
    with lowering("tflite"), lowering("portable"):
        assert current_form() == "portable"
    assert current_form() == "kernels"


def test_forms_are_left_again_and_others_refused(monkeypatch):
    x, boxes = values(1, 9, 13, 2), odd_boxes(2)[None]
    kernels = []
    real = tf.image.crop_and_resize
    monkeypatch.setattr(
        tf.image, "crop_and_resize", lambda *a: kernels.append(1) or real(*a)
    )
    with lowering("tflite"):
        with pytest.raises(KeyError), lowering("kernels"):
            raise KeyError
        roi_align(x, boxes, 0.25, (3, 2))
    assert not kernels
    roi_align(x, boxes, 0.25, (3, 2))
    assert kernels
    with pytest.raises(ValueError, match="one of .*Received: 'onnx'"), lowering("onnx"):
        pass
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ValueError, match="TensorFlow backend. Received: backend 'jax'"):
        with lowering("tflite"):
            pass
