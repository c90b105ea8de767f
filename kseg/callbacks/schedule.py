"""The learning rate over a training, by epochs or by the clock."""

import time

import keras

from kseg.train.schedules import Factor


class Schedule(keras.callbacks.Callback):
    """Learning rate ``peak * factor(progress)``, set before each step.

    With ``minutes`` progress is the time used, so that a slower machine makes fewer
    steps but still goes through the whole schedule; training stops when the time is
    over.

    Args:
        peak: Learning rate where the factor is 1.
        steps_per_epoch: Steps of one epoch.
        factor: A function of `kseg.train.schedules`.
        epochs: Length of the training in epochs, or None if ``minutes`` is given.
        minutes: Length of the training in minutes of wall clock.
        seconds: Time that an interrupted run had used already.

    Raises:
        ValueError: Not exactly one of ``epochs`` and ``minutes`` is given.
    """

    def __init__(
        self,
        peak: float,
        steps_per_epoch: int,
        factor: Factor,
        *,
        epochs: int | None = None,
        minutes: float | None = None,
        seconds: float = 0.0,
    ):
        super().__init__()
        if (epochs is None) == (minutes is None):
            raise ValueError(
                "Expected either epochs or minutes. Received: "
                f"epochs={epochs}, minutes={minutes}."
            )
        self.peak = peak
        self.steps_per_epoch = steps_per_epoch
        self.factor = factor
        self.epochs = epochs
        self.minutes = minutes
        self.seconds = seconds
        self._epoch = 0
        self._resumed_at = time.monotonic()
        self._set = None

    def elapsed(self) -> float:
        """Seconds of training so far, those before an interruption included."""
        return self.seconds + time.monotonic() - self._resumed_at

    def progress(self, batch: int) -> float:
        """Share of the training that is done, in [0, 1]."""
        if self.minutes is not None:
            return min(1.0, self.elapsed() / (60 * self.minutes))
        return min(1.0, (self._epoch + batch / self.steps_per_epoch) / self.epochs)

    def rate(self, progress: float) -> float:
        """The learning rate at a share of the training."""
        return self.peak * self.factor(progress)

    def on_train_begin(self, logs=None):
        self._resumed_at = time.monotonic()
        self._set = None

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        rate = self.rate(self.progress(batch))
        if rate != self._set:  # on JAX, asking for the model costs time
            self.model.optimizer.learning_rate = self._set = rate

    def on_train_batch_end(self, batch, logs=None):
        if self.minutes is not None and self.progress(batch) >= 1:
            self.model.stop_training = True

    def on_epoch_end(self, epoch, logs=None):
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)
