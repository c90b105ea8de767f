"""One operation as a ``.tflite`` file of its own: converted, audited, run."""

import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from kseg.export import audit
from kseg.ops import lowering


def convert(function, folder, **specs) -> bytes:
    """Convert a function.

    Args:
        function: Of tensors by keyword, to a dict of tensors.
        folder: Where to write the SavedModel.
        specs: For each argument its static shape, float32, or a ``tf.TensorSpec``.

    Returns:
        The file.
    """
    specs = {
        name: spec if isinstance(spec, tf.TensorSpec) else tf.TensorSpec(spec)
        for name, spec in specs.items()
    }
    module = tf.Module()
    module.f = tf.function(lambda given: function(**given), input_signature=[specs])
    with lowering("tflite"):
        tf.saved_model.save(module, str(folder), signatures=_by_name(module.f, specs))
    return tf.lite.TFLiteConverter.from_saved_model(str(folder)).convert()


def as_tflite(function, folder, **specs):
    """``convert`` a function, audit the file and return what runs it.

    Returns:
        A function of arrays by keyword to a dict of arrays.
    """
    content = convert(function, folder, **specs)
    audit(content)
    return Interpreter(model_content=content).get_signature_runner()


def _by_name(f, specs):
    @tf.function
    def serve(**given):
        return f(given)

    named = {n: tf.TensorSpec(s.shape, s.dtype, n) for n, s in specs.items()}
    return serve.get_concrete_function(**named)
