"""Whether a ``.tflite`` file gives what the Keras model gives, on real images."""

import math
import os
import warnings
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import keras
import numpy as np
from ai_edge_litert.interpreter import Interpreter

from kseg.export.flatbuffer import parts as flatbuffer
from kseg.export.refusal import Figure, refuse_beyond
from kseg.layers.walk import walk
from kseg.metrics import confusion_matrix, semantic_scores

# What a file may differ by before it is refused. "logit_error" is a share of the
# largest logit. In other formats than float32 rounding moves logits far and labels
# little, and labels are judged; in float16 too: a processor that has float16 arithmetic
# computes such a file in it.
TOLERANCE = {
    "float32": {"logit_error": 1e-3, "agreement": 0.999, "mean_iou_drop": 0.001},
    "float16": {"logit_error": 1.0, "agreement": 0.98, "mean_iou_drop": 0.005},
    "dynamic": {"logit_error": 1.0, "agreement": 0.95, "mean_iou_drop": 0.01},
    "int8": {"logit_error": 1.0, "agreement": 0.95, "mean_iou_drop": 0.02},
}
# Of two equal pixels another may be the maximum of SegNet's pool, and its value lands
# beside its place: on up to 4 % of the pixels of a street scene, between Keras's own
# eager and graph mode, too. Of networks with layers that say so (depends_on_ties) this
# share of the pixels is judged.
USUAL = 0.95


class Parity(NamedTuple):
    """A file against Keras.

    Attributes:
        images: How many images they were compared on.
        max_error: The largest difference of a logit.
        logit_error: The one that is judged: the largest, or of a network that pools
            with indices that of 95 % of the pixels.
        max_logit: The largest absolute logit of Keras.
        agreement: The share of pixels with the same label, 0..1.
        keras_mean_iou: Mean IoU of Keras, 0..1; None without label maps, or where
            they hold nothing but ignored pixels.
        mean_iou: That of the file.
    """

    images: int
    max_error: float
    logit_error: float
    max_logit: float
    agreement: float
    keras_mean_iou: float | None
    mean_iou: float | None

    def lines(self) -> list[str]:
        """For a report."""
        lines = [
            f"against Keras on {self.images} images: {100 * self.agreement:.2f} % of "
            f"the labels agree, largest logit error {self.max_error:.3g} of "
            f"{self.max_logit:.3g}"
        ]
        if self.logit_error < self.max_error:
            lines[0] += (
                f" ({self.logit_error:.3g} for {100 * USUAL:.0f} % of the pixels)"
            )
        if self.mean_iou is not None:
            lines.append(
                f"mean IoU {self.mean_iou:.4f}, Keras {self.keras_mean_iou:.4f}"
            )
        return lines


class FileNetwork:
    """A flatbuffer in LiteRT that gives logits, whatever its output is.

    Args:
        content: The flatbuffer.
    """

    def __init__(self, content: bytes):
        graph = flatbuffer.read(content)[0]
        by_argmax = [op.inputs[0] for op in graph.ops if op.name == "ARG_MAX"]
        # A label map's logits are inside: what its arg-max reads.
        self._logits = by_argmax[-1] if by_argmax else graph.outputs[0]
        with warnings.catch_warnings():
            # It warns of the memory for all values; the arg-max's input is needed.
            warnings.simplefilter("ignore", UserWarning)
            self._interpreter = Interpreter(
                model_content=content,
                num_threads=os.cpu_count(),
                experimental_preserve_all_tensors=True,
            )
        self._interpreter.allocate_tensors()
        self._input = graph.inputs[0]
        self._output = graph.outputs[0]
        self._scale, self._zero = self._quantization()

    def __call__(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Logits (H', W', K) float32 and labels (H', W') uint8 of one image."""
        self._interpreter.set_tensor(self._input, image[None])
        self._interpreter.invoke()
        logits = self._interpreter.get_tensor(self._logits)[0].astype(np.float32)
        labels = self._interpreter.get_tensor(self._output)[0]
        if self._output == self._logits:
            labels = labels.argmax(-1).astype(np.uint8)
        return (logits - self._zero) * self._scale, labels

    def _quantization(self) -> tuple[float, int]:
        details = self._interpreter.get_tensor_details()
        logits = next(d for d in details if d["index"] == self._logits)
        scale, zero = logits["quantization"]
        return (scale, zero) if scale else (1.0, 0)


def compare(
    content: bytes,
    model: keras.Model,
    images: Sequence[np.ndarray],
    labels: Sequence[np.ndarray] | None = None,
    ignore_label: int = 255,
) -> Parity:
    """Run Keras and the file on the same images.

    Args:
        content: The flatbuffer.
        model: The network that it was made from, at the same size.
        images: uint8 (H, W, C), of that size; at least one.
        labels: Label maps (H, W) or of the output's size (H', W'), integer; larger
            ones are cropped centrally.
        ignore_label: Pixels of this label count nowhere.

    Returns:
        How far they differ.
    """
    network = FileNetwork(content)
    classes = model.output_shape[-1]
    largest, same, errors = 0.0, 0, []
    matrices = np.zeros((2, classes, classes), np.int64)
    for index, image in enumerate(images):
        expected = model.predict_on_batch(image[None].astype(np.float32))[0]
        logits, predicted = network(image)
        errors.append(np.abs(logits - expected).max(-1).ravel())
        largest = max(largest, float(np.abs(expected).max()))
        expected = expected.argmax(-1)
        same += np.count_nonzero(predicted == expected)
        if labels is not None:
            truth = _centre(labels[index], predicted.shape)
            for matrix, one in zip(matrices, (expected, predicted), strict=True):
                matrix += confusion_matrix(truth, one, classes, ignore_label)
    ious = [None, None]
    if labels is not None:
        ious = [_mean_iou(matrix) for matrix in matrices]
    errors = np.concatenate(errors)  # of each pixel; a NaN stays one in what follows
    ties = any(getattr(layer, "depends_on_ties", False) for layer in walk(model))
    judged = np.quantile(errors, USUAL, method="higher") if ties else errors.max()
    error = float(errors.max()), float(judged)
    return Parity(len(images), *error, largest, same / len(errors), *ious)


def require(parity: Parity, tolerance: Mapping[str, float], quantize: str) -> None:
    """Refuse a file that differs by more than ``tolerance``.

    Args:
        parity: From `compare`.
        tolerance: ``logit_error`` (share of the largest logit, at most), ``agreement``
            (at least) and ``mean_iou_drop`` (at most).
        quantize: The file's number format.

    Raises:
        ExportError: It differs by more; the message has each figure, its limit and
            what to do.
    """
    error = parity.logit_error / max(parity.max_logit, 1e-12)
    figures = [
        Figure(
            "logit_error",
            error,
            f"the logits differ by up to {error:.4g} of the largest one, over "
            f"{tolerance['logit_error']:.4g}",
        ),
        Figure(
            "agreement",
            parity.agreement,
            f"{100 * parity.agreement:.2f} % of the labels agree, under "
            f"{100 * tolerance['agreement']:.2f} %",
            at_least=True,
        ),
    ]
    if parity.mean_iou is not None:
        drop, limit = parity.keras_mean_iou - parity.mean_iou, "mean_iou_drop"
        text = f"mean IoU is lower by {drop:.4f}, over {tolerance[limit]}"
        figures.append(Figure(limit, drop, text))
    refuse_beyond(figures, tolerance, quantize, parity.images)


def _mean_iou(matrix: np.ndarray) -> float | None:
    mean = float(semantic_scores(matrix)["mean_iou"])
    return None if math.isnan(mean) else mean  # JSON has no NaN


def _centre(labels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    top, left = ((n - m) // 2 for n, m in zip(labels.shape, size, strict=True))
    return labels[top : top + size[0], left : left + size[1]]
