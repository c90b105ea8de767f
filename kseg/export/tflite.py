"""One ``.tflite`` bundle from a trained network: converted, audited, compared."""

import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np

import kseg
from kseg import bundle
from kseg.errors import ExportError
from kseg.export import saved_model
from kseg.export.audit import Audit, audit
from kseg.export.checks import (
    check_arguments,
    check_labels,
    check_writable,
    uint8_images,
    unwritable,
)
from kseg.export.parity import TOLERANCE, FileNetwork, Parity, compare, require
from kseg.export.quantize import convert


class ExportReport(NamedTuple):
    """What was written and how it was checked; ``print`` it.

    Attributes:
        path: The bundle.
        quantization: Its format.
        bytes: Size of the network in it, without metadata.
        audit: Its operators and the oldest runtime that takes them.
        parity: The comparison with Keras.
    """

    path: Path
    quantization: str
    bytes: int
    audit: Audit
    parity: Parity

    def __str__(self) -> str:
        checked, parity = self.audit, self.parity
        islands = _listed(checked.float_ops) if self.quantization == "int8" else ""
        lines = [
            f"{self.path}: {self.quantization}, {self.bytes / 1e6:.2f} MB, "
            f"{checked.multiply_adds / 1e9:.2f} GMAC, {checked.partitions} XNNPACK "
            f"partition{'s' * (checked.partitions != 1)}, runs from "
            f"{_runtime(checked.oldest_runtime)}",
            f"  operators: {_listed(checked.ops)}"
            + (f"; in floating point: {islands}" if islands else ""),
            f"  against Keras on {parity.images} images: {100 * parity.agreement:.2f} "
            f"% of the labels agree, largest logit error {parity.max_error:.3g} of "
            f"{parity.max_logit:.3g}",
        ]
        if parity.mean_iou is not None:
            lines.append(
                f"  mean IoU {parity.mean_iou:.4f}, Keras {parity.keras_mean_iou:.4f}"
            )
        return "\n".join(lines)


def to_tflite(
    model: keras.Model,
    path: str | os.PathLike,
    *,
    size: tuple[int, int] | None = None,
    quantize: str = "float32",
    output: str = "labels",
    calibration: Iterable[np.ndarray] | None = None,
    check: tuple[Sequence[np.ndarray], Sequence[np.ndarray] | None] | None = None,
    metadata: Mapping[str, Any] | None = None,
    tolerance: Mapping[str, float] | None = None,
) -> ExportReport:
    """Write a bundle: batch 1, raw uint8 (1, H, W, C) in, label map or logits out.

    The file is converted from a SavedModel with builtin operators only, audited
    (`kseg.export.audit`), and compared with Keras on real images. If any of it fails,
    nothing is written and an old file at ``path`` stays.

    Args:
        model: From images (B, H, W, C), 0..255, to logits (B, H', W', K), K <= 256,
            trained in any dtype policy.
        path: The ``.tflite`` file; missing folders are made.
        size: (H, W); None is the size that the model was built for.
        quantize: ``"float32"``, ``"float16"``, ``"dynamic"`` (int8 weights) or
            ``"int8"`` (int8 weights and values); see `kseg.export.quantize.convert`.
        output: ``"labels"``, uint8 (1, H', W'), or ``"logits"``, float32
            (1, H', W', K), for GPU and browser runtimes whose arg-max is not to be
            trusted.
        calibration: For ``"int8"``: images uint8 (H, W, C), prepared as in training;
            100 varied ones are plenty.
        check: ``(images, label maps or None)`` to compare on; the images uint8
            (H, W, C), the label maps (H, W) or (H', W'). None: the calibration images.
        metadata: As docs/export.md lists it; sizes, format, operators and figures of
            the check are filled in, and names and colours where it has none.
        tolerance: Replaces entries of ``kseg.export.parity.TOLERANCE[quantize]``.

    Returns:
        What was written and how it compared.

    Raises:
        ExportError: Images of another size, no images, a layer that does not convert,
            a broken rule, too large a difference, or a path that cannot be written.
        ValueError: An argument is not one of the above.
    """
    check_arguments(quantize, output, tolerance)
    check_writable(Path(path))
    model = saved_model.fixed(model, size)
    if None in model.input_shape[1:3]:
        raise ExportError(
            f"The model takes images of any size {model.input_shape[1:3]}, a .tflite "
            "file has one: pass size=(height, width)."
        )
    shape = model.input_shape[1:]
    calibration = uint8_images(
        () if calibration is None else calibration, shape, "calibration"
    )
    images, labels = (calibration, None) if check is None else check
    images = uint8_images(images, shape, "check")
    if not images or (quantize == "int8" and not calibration):
        raise ExportError(
            "Expected images: calibration for int8, and check (or calibration) to "
            f"compare with Keras. Received: {len(calibration)} calibration and "
            f"{len(images)} check images."
        )
    check_labels(labels, images, model.output_shape[1:3])
    named = _named(model, metadata or {})

    with tempfile.TemporaryDirectory() as folder:
        _write_saved_model(model, folder, output)
        flatbuffer = convert(folder, quantize, calibration)
    audited = audit(flatbuffer)
    parity = compare(flatbuffer, model, images, labels, named["ignore_label"])
    require(parity, {**TOLERANCE[quantize], **(tolerance or {})})

    facts = _facts(model, named, quantize, output, audited, parity)
    golden = (images[0], FileNetwork(flatbuffer)(images[0])[1])
    try:
        bundle.write(path, flatbuffer, {**named, **facts}, golden)
    except OSError as error:
        raise ExportError(unwritable(path, error.strerror or error)) from error
    return ExportReport(Path(path), quantize, len(flatbuffer), audited, parity)


def _write_saved_model(model: keras.Model, folder: str, output: str) -> None:
    try:
        saved_model.write(model, folder, batch=1, outputs=(output,))
    except (ValueError, TypeError) as error:
        size = "x".join(map(str, model.input_shape[1:3]))
        raise ExportError(
            f"The network cannot be traced for images of {size}: {error}"
        ) from error


def _named(model: keras.Model, given: Mapping[str, Any]) -> dict[str, Any]:
    """``given``, with names and colours where it has none."""
    classes, out = model.output_shape[-1], model.output_shape[1:3]
    shrinks = out != model.input_shape[1:3]
    stride = bundle.default_stride(out)
    named = {
        "name": model.name,
        "task": "semantic",
        # Valid convolutions bring a margin of their own.
        "tiling": {"margin": 0 if shrinks else 32, "stride": stride},
        "classes": [f"class {k}" for k in range(classes)],
        "palette": [[k * 255 // max(1, classes - 1)] * 3 for k in range(classes)],
        "ignore_label": 255,
        "instances": None,
        **given,
    }
    if len(named["classes"]) != classes:
        raise ExportError(
            f"Expected as many classes in metadata as the network has, {classes}. "
            f"Received: {named['classes']}."
        )
    return named


def _facts(model, named, quantize, output, audited, parity) -> dict[str, Any]:
    """What is so of this file, whatever the metadata of the run said."""
    size, out = model.input_shape[1:3], model.output_shape[1:3]
    return {
        "kseg_version": kseg.__version__,
        "quantization": quantize,
        "input": {
            "resize": "tile",
            **named.get("input", {}),
            "name": "image",
            "size": list(size),
            "channels": model.input_shape[-1],
            "dtype": "uint8",
        },
        "output": {
            "name": output,
            "kind": "label_map" if output == "labels" else "logits",
            "size": list(out),
            "offset": [(n - m) // 2 for n, m in zip(size, out, strict=True)],
            "dtype": "uint8" if output == "labels" else "float32",
        },
        "oldest_runtime": audited.oldest_runtime,
        "ops": audited.ops,
        "check": parity._asdict(),
    }


def _listed(ops: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in ops.items())


def _runtime(name: str) -> str:
    return name if name.startswith("LiteRT") else f"TensorFlow Lite {name}"
