"""What `to_tflite` does for networks that find objects.

`kseg.export.labels.convert` has the same functions for networks that give a label map.
"""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from kseg.data import Objects
from kseg.errors import ExportError
from kseg.export.flatbuffer import float_parts, quantize
from kseg.export.metadata import complete
from kseg.export.objects import model as object_model
from kseg.export.objects import parity as object_parity
from kseg.export.objects import tiles as object_tiles
from kseg.predict.objects.network import TFLiteObjects, arguments
from kseg.predict.objects.open import describe_model

OUTPUTS, TOLERANCE = ("instances",), object_parity.TOLERANCE
CHECK_IMAGES = 48
fixed, require = object_model.fixed, object_parity.require
tiles = object_tiles.tiles


def check_truths(
    truths: Sequence[Objects] | None,
    images: Sequence[np.ndarray],
    model: keras.Model,
) -> None:
    """Raise `ExportError` for true objects that do not fit the images."""
    if truths is None:
        return
    if len(truths) != len(images):
        raise ExportError(
            "Expected the objects of each check image. Received: "
            f"{len(images)} images and objects of {len(truths)}."
        )
    for index, (image, one) in enumerate(zip(images, truths, strict=True)):
        size = getattr(one, "size", None)  # of an array a number
        if size != image.shape[:2]:
            received = size if isinstance(size, tuple) else type(one).__name__
            raise ExportError(
                f"Expected kseg.data.Objects of size {image.shape[:2]}, the objects "
                f"of check image {index} in its own pixels. Received: {received}."
            )


def named(model: keras.Model, given: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata of a `fixed` model: ``given``, and for the rest its own."""
    # What does not tell classes apart may be given any names.
    exact = "num_classes" in arguments(model)
    return complete(describe_model(model), given, exact=exact)


def convert(
    model: keras.Model,
    folder: str,
    output: str,
    number_format: str,
    calibration: Sequence[np.ndarray],
) -> bytes:
    """The flatbuffer of a `fixed` model, by way of a SavedModel in ``folder``."""
    object_model.write(model, folder, batch=1, form="tflite")
    layers = float_parts.float_layers(model)
    return quantize.convert(folder, number_format, calibration, layers)


def save(model: keras.Model, folder: str | os.PathLike) -> None:
    """Write a `fixed` model as a SavedModel of TensorFlow's kernels, for any batch."""
    object_model.write(model, folder, batch=None, form="kernels")


def compare(flatbuffer, model, images, truths, metadata):
    """The file against Keras, an ``ObjectParity``."""
    network, classes = TFLiteObjects(flatbuffer, metadata), len(metadata["classes"]) - 1
    threshold = metadata["mask_threshold"]
    return object_parity.compare(network, model, images, truths, classes, threshold)


def golden(
    flatbuffer: bytes, image: np.ndarray, metadata: Mapping[str, Any]
) -> tuple[np.ndarray, dict[str, Any]]:
    """An image, and the objects that the file finds in it."""
    network = TFLiteObjects(flatbuffer, metadata)
    detections = object_parity.outputs_for(image, network)
    sums = detections.pop("masks").sum(axis=(1, 2), dtype=np.float64)
    return image, {**detections, "mask_sums": sums}


def output_facts(model: keras.Model, output: str) -> dict[str, Any]:
    """``output`` in the metadata: the names of the signature's outputs, and sizes."""
    most, side = object_model.sizes(model)
    names = {name: name for name in object_model.OUTPUTS}
    return {"kind": output, **names, "detections": most, "mask_size": side}
