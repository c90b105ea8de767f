"""The four number formats of a ``.tflite`` file.

Static int8 is made by TensorFlow's converter, dynamic int8 by
`kseg.export.flatbuffer.dynamic`.
ai-edge-quantizer was measured beside both (docs/export.md): the same size, slower, and
fewer labels as in float32.
"""

import os
import warnings
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from kseg.errors import ExportError
from kseg.export.flatbuffer import float_parts
from kseg.export.flatbuffer.dynamic import int8_convolutions

FORMATS = ("float32", "float16", "dynamic", "int8")


def convert(
    saved_model: str | os.PathLike,
    quantize: str,
    calibration: Sequence[np.ndarray] = (),
    float_layers: tuple[set[str], set[str]] | None = None,
) -> bytes:
    """Convert a SavedModel of one signature to a flatbuffer of builtin operators.

    - ``float32``: weights and values as in training.
    - ``float16``: weights stored as float16; half the size, computed in float32 on a
      CPU.
    - ``dynamic``: weights of convolutions int8, their input quantised as it comes,
      for each image; dense, transposed and depthwise convolution layers stay float.
    - ``int8``: weights and values int8, with ranges from calibration images.

    Weights are int8 with one scale per output channel.

    Args:
        saved_model: The folder, with static shapes.
        quantize: One of these.
        calibration: For ``int8``, images uint8 (H, W, C) like those of use: a value
            outside of the range seen in them is clipped.
        float_layers: For ``int8``, layers that stay float, of
            `kseg.export.flatbuffer.float_parts.float_layers`; None: none.

    Returns:
        The flatbuffer, not audited yet.

    Raises:
        ExportError: TensorFlow cannot convert it.
    """
    converter = tf.lite.TFLiteConverter.from_saved_model(str(saved_model))
    # Without TensorFlow's own operators, which only runtimes linked for it have.
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    if quantize in ("float16", "int8"):
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if quantize == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if quantize == "int8":
        converter.representative_dataset = lambda: (
            {"image": image[None]} for image in calibration
        )
        converter._experimental_calibrate_only = float_layers is not None
    try:
        with warnings.catch_warnings():
            # TensorFlow's own interpreter, which calibrates, says that it is outdated.
            warnings.simplefilter("ignore", UserWarning)
            flatbuffer = converter.convert()
            if quantize == "int8" and float_layers is not None:
                flatbuffer = float_parts.quantize(flatbuffer, *float_layers)
    except (OSError, MemoryError, tf.errors.ResourceExhaustedError):
        raise  # not the network's fault
    except Exception as error:  # The converter raises Exception's direct subclasses.
        raise ExportError(
            f"TensorFlow cannot convert the network to {quantize}: {_reason(error)}"
        ) from error
    return int8_convolutions(flatbuffer) if quantize == "dynamic" else flatbuffer


def _reason(error: Exception) -> str:
    """Of the long report, the lines that name the operators, or the first."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    named = [line for line in lines if line.startswith(("TF Select ops", "Custom ops"))]
    return " ".join(named or lines[:1] or [type(error).__name__])
