"""The audit: what it reports of a good file and each thing that it refuses."""

import numpy as np
import pytest
import tensorflow as tf

from kseg.errors import ExportError
from kseg.export import audit


def converted(function, *shapes, dtype=tf.float32, **settings):
    """A flatbuffer of a function, by the converter as a user would call it."""
    specs = [tf.TensorSpec(shape, dtype) for shape in shapes]
    concrete = tf.function(function, input_signature=specs).get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete])
    for name, value in settings.items():
        setattr(converter, name, value)
    return converter


def with_tensorflow_ops(converter):
    converter.target_spec.supported_ops = [
        tf.lite.OpsSet.TFLITE_BUILTINS,
        tf.lite.OpsSet.SELECT_TF_OPS,
    ]
    return converter.convert()


def convolution(x, kernel=(3, 3, 2, 4)):
    return tf.nn.conv2d(x, tf.ones(kernel), 1, "SAME")


def test_a_good_file(tmp_path):
    path = tmp_path / "net.tflite"
    path.write_bytes(
        converted(lambda x: tf.nn.relu(convolution(x)), (1, 5, 7, 2)).convert()
    )
    found = audit(path)
    assert found.ops == {"CONV_2D": 1}
    assert found.float_ops == {"CONV_2D": 1}
    assert found.partitions == 1
    assert found.oldest_runtime == "2.16.1"
    assert found.multiply_adds == 5 * 7 * 4 * (3 * 3 * 2)
    assert audit(path.read_bytes() + b"anything appended") == found


def test_partitions_are_counted():
    # XNNPACK has no arg-max: one piece before it and one behind.
    def split(x):
        best = tf.argmax(convolution(x), -1, output_type=tf.int32)
        return convolution(tf.cast(best, tf.float32)[..., None] * 0.5, (3, 3, 1, 2))

    assert audit(converted(split, (1, 8, 8, 2)).convert()).partitions == 2


def test_float16_weights_are_no_partition():
    converter = converted(convolution, (1, 8, 8, 2))
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    found = audit(converter.convert())
    assert found.ops["DEQUANTIZE"] >= 1
    assert found.partitions == 1
    assert found.float_ops == {"CONV_2D": 1}


def test_a_flex_operator_is_refused():
    def crops(x):
        boxes = tf.constant([[0.0, 0.0, 0.5, 0.5]])
        return tf.image.crop_and_resize(x, boxes, [0], (2, 2))

    flatbuffer = with_tensorflow_ops(converted(crops, (1, 8, 8, 2)))
    with pytest.raises(ExportError, match=r"FlexCropAndResize is a TensorFlow \(Flex"):
        audit(flatbuffer)


def test_a_custom_operator_is_refused():
    converter = converted(lambda x: tf.math.erfinv(x), (1, 4))
    converter.allow_custom_ops = True
    with pytest.raises(ExportError, match="Erfinv is a custom operator"):
        audit(converter.convert())


def test_gather_nd_is_refused():
    flatbuffer = converted(
        lambda x: tf.gather_nd(x, tf.constant([[0, 1]])), (1, 4, 2)
    ).convert()
    with pytest.raises(ExportError, match="GATHER_ND"):
        audit(flatbuffer)


def test_int64_is_refused():
    flatbuffer = converted(lambda x: tf.argmax(x, -1), (1, 4, 3)).convert()
    with pytest.raises(ExportError, match="is INT64"):
        audit(flatbuffer)


def test_rank_5_is_refused():
    flatbuffer = converted(
        lambda x: tf.reshape(x, (1, 2, 2, 2, 2)) * 2.0, (1, 4, 4)
    ).convert()
    with pytest.raises(ExportError, match="has rank 5, over 4"):
        audit(flatbuffer)


def test_a_dynamic_shape_is_refused():
    flatbuffer = converted(convolution, (1, None, 8, 2)).convert()
    with pytest.raises(ExportError, match=r"dynamic shape \[1, -1, 8, 2\]"):
        audit(flatbuffer)


def test_a_batch_is_refused():
    flatbuffer = converted(convolution, (4, 8, 8, 2)).convert()
    with pytest.raises(ExportError, match="has a batch of 4, not 1"):
        audit(flatbuffer)


def test_every_violation_is_listed():
    flatbuffer = converted(
        lambda x: tf.argmax(tf.reshape(x, (2, 1, 2, 2, 2)), -1), (2, 8)
    ).convert()
    with pytest.raises(ExportError) as caught:
        audit(flatbuffer)
    for words in ("INT64", "rank 5", "a batch of 2"):
        assert words in str(caught.value)


def test_not_a_tflite_file(tmp_path):
    with pytest.raises(ExportError, match=r"none\.tflite cannot be read"):
        audit(tmp_path / "none.tflite")
    (tmp_path / "text.tflite").write_text("hello, I am no network")
    with pytest.raises(ExportError, match="bytes without TFL3"):
        audit(tmp_path / "text.tflite")
    flatbuffer = converted(convolution, (1, 8, 8, 2)).convert()
    with pytest.raises(ExportError, match="damaged|does not load"):
        audit(flatbuffer[: len(flatbuffer) // 2])


def test_the_oldest_runtime_by_operator_version():
    # Names as a runtime reports them; versions as TensorFlow 2.21 writes them.
    def dynamic(function, *shapes):
        converter = converted(function, *shapes)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        return converter.convert()

    def int8(function, shape):
        converter = converted(function, shape)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        data = np.linspace(0, 9, int(np.prod(shape)), dtype=np.float32).reshape(shape)
        converter.representative_dataset = lambda: ([data] for _ in range(2))
        return converter.convert()

    dense = tf.random.stateless_normal((64, 64), (1, 2))
    kernel = tf.random.stateless_normal((2, 2, 32, 32), (1, 2))

    def up(x):
        return tf.nn.conv2d_transpose(x, kernel, (1, 16, 16, 32), 2)

    assert audit(dynamic(lambda x: x @ dense, (1, 64))).oldest_runtime == "2.17.0"
    assert audit(int8(tf.sqrt, (1, 8, 8, 2))).oldest_runtime == "LiteRT 2.0.3"
    # Same operator version, but 2.16.1 has no kernel for int8 weights and float maps.
    assert audit(dynamic(up, (1, 8, 8, 32))).oldest_runtime == "2.17.0"
    assert audit(converted(up, (1, 8, 8, 32)).convert()).oldest_runtime == "2.16.1"
