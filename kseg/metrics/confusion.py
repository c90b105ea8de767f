"""A Keras metric's confusion matrix that grows batch by batch."""

import keras
import numpy as np
from keras import ops

from kseg.metrics.scores import mean_defined, scores_of

# Counts are two int32, low + _BASE * high: exact to 2**55 pixels on every backend,
# where one float32 stops counting at 2**24 and one int32 wraps at 2**31.
_BASE = 2**24


class ConfusionMetric(keras.metrics.Metric):
    """Accumulates the confusion matrix; ``score`` is the subclass's.

    ``update_state(y_true, y_pred)`` takes class ids (B, H, W) or (B, H, W, 1) of any
    dtype, and logits or probabilities (B, H, W, K), whose largest channel is the
    prediction (the lowest of equal ones), or predicted ids (B, H, W).
    """

    def __init__(self, num_classes, ignore_label=255, name=None, dtype=None):
        super().__init__(name=name, dtype=dtype)
        if num_classes < 2:
            raise ValueError(
                "num_classes must be at least 2, background among them. "
                f"Received: num_classes={num_classes}"
            )
        self.num_classes = int(num_classes)
        self.ignore_label = None if ignore_label is None else int(ignore_label)
        # One count for each pair of classes, then the pixels that fit in none.
        size = self.num_classes**2 + 1
        self._low = self._counter("low", size)
        self._high = self._counter("high", size)

    def update_state(self, y_true, y_pred, sample_weight=None):
        if sample_weight is not None:
            raise ValueError(
                f"{self.name} counts pixels, which have no weight: pass it to "
                "compile(metrics=[...]), not to weighted_metrics, and mark pixels to "
                "leave out with the ignore label. Received: sample_weight"
            )
        truth, predicted = self._ids(y_true, y_pred)
        k = self.num_classes
        fits = (truth >= 0) & (truth < k) & (predicted >= 0) & (predicted < k)
        codes = ops.where(fits, truth * k + predicted, k * k)
        if self.ignore_label is not None:
            codes = ops.where(truth == self.ignore_label, k * k + 1, codes)
        ones = ops.ones_like(codes)
        # The last segment holds the ignored pixels, and is dropped.
        counts = ops.segment_sum(ones, codes, num_segments=k * k + 2)[:-1]
        low = self._low + counts
        self._high.assign(self._high + low // _BASE)
        self._low.assign(low % _BASE)

    def result(self):
        counts = ops.cast(self._high, self.dtype) * float(_BASE)
        counts = counts + ops.cast(self._low, self.dtype)
        # A label outside the classes must not pass unseen: it makes every score NaN.
        wrong = ops.where(counts[-1] > 0, float("nan"), 0.0)
        matrix = ops.reshape(counts[:-1], (self.num_classes, self.num_classes))
        return self.score(matrix + ops.cast(wrong, matrix.dtype))

    def score(self, matrix):
        """The metric's value from the (K, K) matrix."""
        raise NotImplementedError

    @property
    def matrix(self):
        """The counts so far, (K, K) int64: rows truth, columns prediction."""
        low, high = (
            ops.convert_to_numpy(x).astype("int64") for x in (self._low, self._high)
        )
        counts = high * _BASE + low
        if counts[-1]:
            raise ValueError(
                f"Labels and predictions must be 0..{self.num_classes - 1}, or the "
                f"ignore label {self.ignore_label} in the truth. "
                f"Received: {counts[-1]} pixels outside"
            )
        return counts[:-1].reshape(self.num_classes, self.num_classes)

    def get_config(self):
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "ignore_label": self.ignore_label,
        }

    def _counter(self, name, size):
        return self.add_variable((size,), "zeros", dtype="int32", name=name)

    def _ids(self, y_true, y_pred):
        truth, predicted = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
        if len(truth.shape) == 4 and truth.shape[-1] == 1:
            truth = ops.squeeze(truth, axis=-1)
        if len(predicted.shape) == 4 and predicted.shape[-1] == self.num_classes:
            predicted = ops.argmax(predicted, axis=-1)
        elif len(predicted.shape) == 4 and predicted.shape[-1] == 1:
            predicted = ops.squeeze(predicted, axis=-1)
        pairs = zip(truth.shape, predicted.shape, strict=False)
        same = all(None in pair or pair[0] == pair[1] for pair in pairs)
        if len(truth.shape) != 3 or len(predicted.shape) != 3 or not same:
            raise ValueError(
                f"{self.name} needs labels (B, H, W) and logits (B, H, W, "
                f"{self.num_classes}) or predicted labels of the same size. "
                f"Received: y_true.shape={truth.shape}, y_pred.shape={y_pred.shape}"
            )
        return tuple(
            ops.reshape(ops.cast(ids, "int32"), (-1,)) for ids in (truth, predicted)
        )


class ClassMean(ConfusionMetric):
    """The mean over classes of one score of each class."""

    key = None  # of scores_of

    def __init__(
        self, num_classes, ignore_label=255, class_ids=None, name=None, dtype=None
    ):
        super().__init__(num_classes, ignore_label, name, dtype)
        self.class_ids = None if class_ids is None else [int(i) for i in class_ids]
        if class_ids is not None and (
            not self.class_ids or not set(self.class_ids) <= set(range(num_classes))
        ):
            raise ValueError(
                f"class_ids must be some of 0..{num_classes - 1}, or None for all. "
                f"Received: class_ids={class_ids}"
            )

    def score(self, matrix):
        of_class = scores_of(matrix, ops)[self.key]
        if self.class_ids is not None:
            of_class = ops.take(of_class, np.array(self.class_ids), axis=0)
        return mean_defined(of_class, ops)

    def get_config(self):
        return {**super().get_config(), "class_ids": self.class_ids}
