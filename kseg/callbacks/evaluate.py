"""Scores of whole images in the logs of any ``fit``."""

from typing import Any

import keras

from kseg.checks import check_whole
from kseg.predict import describe_model, from_model
from kseg.train.evaluation import evaluate


class Evaluate(keras.callbacks.Callback):
    """Score the network as `kseg.train.evaluation.evaluate` does, and log it as
    ``val_...``.

    For a ``fit`` of one's own; `kseg train` has `Score`, which keeps the best network
    of a run. The scores are numbers of a whole set, such as ``val_mask_ap`` and
    ``val_mean_iou``: give this callback before those that read the logs, such as
    ``keras.callbacks.CSVLogger``.

    Args:
        dataset: A `kseg.data.Dataset`.
        metadata: Of the network, as `kseg.predict.from_model` takes it; None: what the
            model tells of itself, `kseg.predict.describe_model`.
        every: Epochs from one score to the next; the last epoch is scored, too.

    Raises:
        ValueError: ``every`` is not a whole number from 1.
    """

    def __init__(
        self, dataset, metadata: dict[str, Any] | None = None, *, every: int = 1
    ):
        super().__init__()
        check_whole(every=every)
        self.dataset = dataset
        self.metadata = metadata
        self.every = every

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self.every and epoch + 1 < self.params["epochs"]:
            return
        model = self.model
        predictor = from_model(model, self.metadata or describe_model(model))
        scores = evaluate(predictor, self.dataset, boundary=False, quick=True).scores
        if logs is not None:
            numbers = {k: v for k, v in scores.items() if isinstance(v, (int, float))}
            logs.update({f"val_{name}": value for name, value in numbers.items()})
