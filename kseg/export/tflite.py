"""One ``.tflite`` bundle from a trained network: converted, audited, compared."""

import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np

from kseg import bundle
from kseg.data import Objects
from kseg.errors import ExportError
from kseg.export.checks import (
    check_arguments,
    check_size,
    check_writable,
    uint8_images,
    unwritable,
)
from kseg.export.flatbuffer.audit import Audit, audit
from kseg.export.flatbuffer.float_parts import float_layers
from kseg.export.flatbuffer.runtimes import full_name
from kseg.export.labels.parity import Parity
from kseg.export.machine import enough_memory
from kseg.export.metadata import with_facts
from kseg.export.objects.parity import ObjectParity
from kseg.export.sides import SIDES, task_of
from kseg.export.two_files import write_two_files


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
    parity: Parity | ObjectParity

    def __str__(self) -> str:
        checked = self.audit
        islands = _listed(checked.float_ops) if self.quantization == "int8" else ""
        lines = [
            f"{self.path}: {self.quantization}, {self.bytes / 1e6:.2f} MB, "
            f"{checked.multiply_adds / 1e9:.2f} GMAC, {checked.partitions} XNNPACK "
            f"partition{'s' * (checked.partitions != 1)}, runs from "
            f"{full_name(checked.oldest_runtime)}",
            f"  operators: {_listed(checked.ops)}"
            + (f"; in floating point: {islands}" if islands else ""),
        ]
        lines += [f"  {line}" for line in self.parity.lines()]
        return "\n".join(lines)


@enough_memory()
def to_tflite(
    model: keras.Model,
    path: str | os.PathLike,
    *,
    size: tuple[int, int] | None = None,
    quantize: str = "float32",
    output: str | None = None,
    calibration: Iterable[np.ndarray] | None = None,
    check: tuple[Sequence[np.ndarray], Sequence[np.ndarray | Objects] | None]
    | None = None,
    gives: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    tolerance: Mapping[str, float] | None = None,
    split: bool = False,
) -> ExportReport:
    """Write a bundle: batch 1, raw uint8 (1, H, W, C) in, results out.

    The file is converted from a SavedModel with builtin operators only, audited
    (`kseg.export.flatbuffer.audit`), and compared with Keras on real images. If any of
    it fails, nothing is written and an old file at ``path`` stays.

    Args:
        model: From images (B, H, W, C), 0..255, to (B, H', W', K), K <= 256, logits or
            the probabilities of a softmax or a sigmoid; or
            an instance network, to a dict of ``boxes`` (B, D, 4), ``scores`` (B, D),
            ``classes`` (B, D), ``masks`` (B, D, m, m) and ``count`` (B,). Trained in
            any dtype policy.
        path: The ``.tflite`` file; missing folders are made.
        size: (H, W); None is the size that the model was built for.
        quantize: ``"float32"``, ``"float16"``, ``"dynamic"`` (int8 weights) or
            ``"int8"`` (int8 weights and values); see
            `kseg.export.flatbuffer.quantize.convert`.
        output: ``"labels"``, uint8 (1, H', W'), the default; or ``"logits"``, float32
            (1, H', W', K), for GPU and browser runtimes whose arg-max is not to be
            trusted. An instance network has but ``"instances"``, its dict.
        calibration: For ``"int8"``: images uint8 (H, W, C), prepared as in training;
            100 varied ones are plenty.
        check: ``(images, truths or None)`` to compare on; the images uint8 (H, W, C);
            of each image the label map, (H, W) or (H', W'), or for an instance network
            ``kseg.data.Objects`` of size (H, W). None: the calibration images.
        gives: ``"logits"``, ``"probabilities"`` or ``"independent"``: what the channels
            are, where the last layer does not tell, as that of a network of one channel
            without a sigmoid; see `kseg.models.parts.class_logits`.
        metadata: As docs/export.md lists it; sizes, format, operators and figures of
            the check are filled in, and names and colours where it has none.
        tolerance: Replaces entries of
            ``kseg.export.labels.parity.TOLERANCE[quantize]``, or
            ``kseg.export.objects.parity.TOLERANCE[quantize]``.
        split: Of an instance network, write NAME-features.tflite and
            NAME-regions.tflite beside the file too: what a GPU takes, and the rest.

    Returns:
        What was written and how it compared.

    Raises:
        ExportError: Images of another size, no images, a layer that does not convert,
            a broken rule, too large a difference, or a path that cannot be written.
        ValueError: An argument is not one of the above.
    """
    side = SIDES[task_of(model)]
    output = output or side.OUTPUTS[0]
    tolerance = dict(tolerance or {})
    check_arguments(quantize, output, side.OUTPUTS, tolerance, side.TOLERANCE)
    check_writable(Path(path))
    model = side.fixed(model, size, gives or (metadata or {}).get("gives"))
    check_size(model)
    later = _later_layers(model) if split else ()
    calibration, images, truths = _images(model, quantize, calibration, check)
    side.check_truths(truths, images, model)
    named = side.named(model, metadata or {})
    described = with_facts(named, model, quantize, side.output_facts(model, output))

    flatbuffer = _converted(side, model, output, quantize, calibration)
    audited = audit(flatbuffer)
    parity = side.compare(flatbuffer, model, images, truths, described)
    limits = {**side.TOLERANCE[quantize], **tolerance}
    side.require(parity, limits, quantize)

    described |= {
        "oldest_runtime": audited.oldest_runtime,
        "ops": audited.ops,
        "check": parity._asdict(),
    }
    golden = side.golden(flatbuffer, images[0], described)
    try:
        if split:
            described |= write_two_files(path, flatbuffer, later, described, images[0])
        bundle.write(path, flatbuffer, described, golden)
    except OSError as error:
        raise ExportError(unwritable(path, error.strerror or error)) from error
    return ExportReport(Path(path), quantize, len(flatbuffer), audited, parity)


def _later_layers(model) -> set[str]:
    """Names of the layers that the second of two files begins with."""
    later = set.union(*float_layers(model))
    if not later:
        raise ValueError(
            "Expected split=True with a network of which a GPU takes but a part. "
            f"Received: {model.name}, all of which it takes. Leave split out."
        )
    return later


def _images(model, quantize, calibration, check):
    """Calibration images, check images and their truths, in lists of the right side."""
    shape = model.input_shape[1:]
    calibration = uint8_images(
        () if calibration is None else calibration, shape, "calibration"
    )
    images, truths = (calibration, None) if check is None else check
    images = uint8_images(images, shape, "check")
    if not images or (quantize == "int8" and not calibration):
        raise ExportError(
            "Expected images: calibration for int8, and check (or calibration) to "
            f"compare with Keras. Received: {len(calibration)} calibration and "
            f"{len(images)} check images."
        )
    return calibration, images, truths


def _converted(side, model, output, quantize, calibration) -> bytes:
    try:
        with tempfile.TemporaryDirectory() as folder:
            return side.convert(model, folder, output, quantize, calibration)
    except ExportError:  # a ValueError too
        raise
    except OSError as error:
        raise ExportError(
            "The folder for temporary files cannot be written: "
            f"{error.strerror or error}. Free some space in "
            f"{tempfile.tempdir or 'one of them'}, or name another folder in the "
            "environment: TMPDIR=FOLDER."
        ) from error
    except (ValueError, TypeError) as error:
        size = "x".join(map(str, model.input_shape[1:3]))
        raise ExportError(
            f"The network cannot be traced for images of {size}: {error}"
        ) from error


def _listed(ops: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in ops.items())
