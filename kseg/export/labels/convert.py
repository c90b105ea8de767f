"""What `to_tflite` does for networks that give a label map.

`kseg.export.objects.convert` has the same functions for networks that find objects.
"""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from kseg.export.checks import check_labels
from kseg.export.flatbuffer import quantize
from kseg.export.labels import model as label_model
from kseg.export.labels import parity
from kseg.export.labels import tiles as label_tiles
from kseg.export.metadata import complete
from kseg.predict.labels.open import describe_model

OUTPUTS, TOLERANCE = label_model.OUTPUTS, parity.TOLERANCE
CHECK_IMAGES = 16
fixed, require = label_model.fixed, parity.require
tiles = label_tiles.tiles


def check_truths(
    truths: Sequence[np.ndarray] | None,
    images: Sequence[np.ndarray],
    model: keras.Model,
) -> None:
    """Raise `ExportError` for label maps that do not fit the images or the output."""
    check_labels(truths, images, model.output_shape[1:3])


def named(model: keras.Model, given: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata of a `fixed` model: ``given``, and for the rest its own."""
    return complete(describe_model(model, "logits"), given)


def convert(
    model: keras.Model,
    folder: str,
    output: str,
    number_format: str,
    calibration: Sequence[np.ndarray],
) -> bytes:
    """The flatbuffer of a `fixed` model, by way of a SavedModel in ``folder``."""
    label_model.write(model, folder, batch=1, outputs=(output,))
    return quantize.convert(folder, number_format, calibration)


def save(model: keras.Model, folder: str | os.PathLike) -> None:
    """Write a `fixed` model as a SavedModel of all outputs, for any batch."""
    label_model.write(model, folder, batch=None, outputs=OUTPUTS)


def compare(flatbuffer, model, images, truths, metadata) -> parity.Parity:
    """The file against Keras."""
    ignored = metadata["ignore_label"]
    return parity.compare(flatbuffer, model, images, truths, ignored)


def golden(
    flatbuffer: bytes, image: np.ndarray, metadata: Mapping[str, Any]
) -> tuple[np.ndarray, np.ndarray]:
    """An image, and the label map that the file gives for it."""
    return image, parity.FileNetwork(flatbuffer)(image)[1]


def output_facts(model: keras.Model, output: str) -> dict[str, Any]:
    """``output`` in the metadata."""
    size, out = model.input_shape[1:3], model.output_shape[1:3]
    return {
        "name": output,
        "kind": "label_map" if output == "labels" else "logits",
        "size": list(out),
        "offset": [(n - m) // 2 for n, m in zip(size, out, strict=True)],
        "dtype": "uint8" if output == "labels" else "float32",
    }
