"""Callbacks of `model.fit`: schedules, scores, checkpoints and previews of a run."""

import contextlib
import math
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from rich import progress

from kseg.errors import RunError


class CosineSchedule(keras.callbacks.Callback):
    """Learning rate: linear warm-up, then half a cosine to zero, by epochs or by time.

    Loshchilov and Hutter, "SGDR", ICLR 2017, without restarts. With ``minutes`` the
    position on the curve is the time used, so that a slower machine makes fewer steps
    but still ends at a learning rate of zero; training stops when the time is over.

    Args:
        peak: Learning rate after the warm-up.
        steps_per_epoch: Steps of one epoch.
        epochs: Length of the training in epochs, or None if ``minutes`` is given.
        minutes: Length of the training in minutes of wall clock.
        warmup: Share of the training that the warm-up takes, in [0, 1).
        seconds: Time that an interrupted run had used already.

    Raises:
        ValueError: Not exactly one of ``epochs`` and ``minutes`` is given.
    """

    def __init__(
        self,
        peak: float,
        steps_per_epoch: int,
        *,
        epochs: int | None = None,
        minutes: float | None = None,
        warmup: float = 0.03,
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
        self.epochs = epochs
        self.minutes = minutes
        self.warmup = warmup
        self.seconds = seconds
        self._epoch = 0
        self._resumed_at = time.monotonic()

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
        if progress < self.warmup:
            # Never zero: the first step would be lost.
            return self.peak * max(progress / self.warmup, 0.01)
        cosine = (progress - self.warmup) / (1 - self.warmup)
        return self.peak * 0.5 * (1 + math.cos(math.pi * cosine))

    def on_train_begin(self, logs=None):
        self._resumed_at = time.monotonic()

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        self.model.optimizer.learning_rate = self.rate(self.progress(batch))

    def on_train_batch_end(self, batch, logs=None):
        if self.minutes is not None and self.progress(batch) >= 1:
            self.model.stop_training = True

    def on_epoch_end(self, epoch, logs=None):
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)


class StopOnNaN(keras.callbacks.Callback):
    """End with an error that says what to do when the loss is not a number."""

    def on_train_batch_end(self, batch, logs=None):
        loss = (logs or {}).get("loss")
        if loss is not None and not np.isfinite(loss):
            raise RunError(
                f"Expected a finite loss. Received: {loss} at step {batch} of the "
                "epoch. Lower the learning rate (--lr), or leave out "
                "--mixed-precision; the last checkpoint is kept."
            )


class WeightAverage(keras.callbacks.Callback):
    """Keep a moving average of all weights, which scores better than the last ones.

    ``a += (1 - d) (w - a)`` after each step t, with ``d = min(momentum, (1 + t) / (10
    + t))``: early on the average forgets quickly, so that a short training is not
    averaged with its own beginning.

    Args:
        momentum: d after the first steps, in [0, 1).
        values: The average of an interrupted run; arrays as ``model.get_weights``.

    Reference:
        Polyak and Juditsky, "Acceleration of stochastic approximation by averaging",
        1992; the warm-up is that of ``tf.train.ExponentialMovingAverage``.
    """

    def __init__(self, momentum: float, values: list[np.ndarray] | None = None):
        super().__init__()
        self.momentum = momentum
        self._values = values
        self._average: list[keras.Variable] = []

    def on_train_begin(self, logs=None):
        values = self._values or self.model.get_weights()
        self._average = [keras.Variable(value, trainable=False) for value in values]

    def on_train_batch_end(self, batch, logs=None):
        t = int(self.model.optimizer.iterations)
        share = 1 - min(self.momentum, (1 + t) / (10 + t))
        for average, weight in zip(self._average, self.model.weights, strict=True):
            average.assign_add(share * (weight - average))

    def values(self) -> list[np.ndarray]:
        """The average, as ``model.get_weights`` gives the weights."""
        return [keras.ops.convert_to_numpy(value) for value in self._average]

    @contextlib.contextmanager
    def applied(self):
        """Put the average into the model for a while."""
        own = self.model.get_weights()
        self.model.set_weights(self.values())
        try:
            yield
        finally:
            self.model.set_weights(own)


class Score(keras.callbacks.Callback):
    """Score the network on the validation set and keep the best one.

    The score is that of `kseg.evaluation.evaluate`, on whole images.

    Args:
        run: The `kseg.runs.Run`.
        evaluate: Returns the scores of a model: ``evaluate(model) -> dict``.
        state: The state of the run; ``best_score`` is read and written.
        average: The `WeightAverage`, whose weights are scored and kept.
        schedule: The `CosineSchedule`. Scores are made after an epoch with which at
            least a twentieth of the training has passed since the last ones, and
            after the last: short epochs would be spent on scoring.
    """

    def __init__(
        self,
        run,
        evaluate: Callable[[keras.Model], dict[str, Any]],
        state: dict[str, Any],
        average: WeightAverage,
        schedule: CosineSchedule,
    ):
        super().__init__()
        self.run = run
        self.evaluate = evaluate
        self.state = state
        self.average = average
        self.schedule = schedule

    def on_epoch_end(self, epoch, logs=None):
        progress = self.schedule.progress(self.params["steps"])
        if progress < 1 and progress - self.state.get("scored_at", 0.0) < 0.05:
            return
        self.state["scored_at"] = progress
        with self.average.applied():
            scores = self.evaluate(self.model)
            # Not ">": where nothing can be scored all is NaN, and one is kept still.
            if not scores["score"] <= self.state["best_score"]:
                self.state["best_score"] = scores["score"]
                self.state["best_epoch"] = epoch + 1
                self.run.save_best(self.model)
        if logs is not None:
            logs.update({f"val_{name}": value for name, value in scores.items()})


class Checkpoint(keras.callbacks.Callback):
    """Write all that a resumed run needs, after every epoch.

    Args:
        run: The `kseg.runs.Run`.
        state: The state of the run, with ``history``; written with the weights.
        schedule: The `CosineSchedule`, which knows the time used.
        average: The `WeightAverage`.
    """

    def __init__(
        self,
        run,
        state: dict[str, Any],
        schedule: CosineSchedule,
        average: WeightAverage,
    ):
        super().__init__()
        self.run = run
        self.state = state
        self.schedule = schedule
        self.average = average

    def on_epoch_end(self, epoch, logs=None):
        self.state["epoch"] = epoch + 1
        self.state["seconds"] = self.schedule.elapsed()
        row = {"epoch": epoch + 1, "seconds": round(self.state["seconds"], 1)}
        row |= {name: float(value) for name, value in (logs or {}).items()}
        self.state["history"].append(row)
        self.run.save(self.model, self.state, self.average.values())


class Progress(keras.callbacks.Callback):
    """A line after each epoch, and on a terminal a bar over the whole training.

    Args:
        schedule: The `CosineSchedule`, which knows how much is done.
        say: Prints a line.
    """

    def __init__(self, schedule: CosineSchedule, say: Callable[[str], None]):
        super().__init__()
        self.schedule = schedule
        self.say = say
        self._bar = progress.Progress(
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.TaskProgressColumn(),
            progress.TimeElapsedColumn(),
            transient=True,
        )
        # Elsewhere a bar would leave one line of its own per refresh.
        self._bar.disable = not self._bar.console.is_terminal
        self._task = self._bar.add_task("training", total=1.0)

    def on_train_begin(self, logs=None):
        self._bar.start()

    def on_train_batch_end(self, batch, logs=None):
        self._bar.update(
            self._task,
            completed=self.schedule.progress(batch + 1),
            description=f"loss {(logs or {}).get('loss', float('nan')):.4f}",
        )

    def on_epoch_end(self, epoch, logs=None):
        shown = {
            name: value
            for name, value in (logs or {}).items()
            if name in ("loss", "val_score", "val_foreground_iou", "val_mean_iou")
        }
        text = ", ".join(f"{name} {value:.4f}" for name, value in shown.items())
        self._bar.stop()
        self.say(f"epoch {epoch + 1}: {text} ({self.schedule.elapsed():.0f} s)")
        if not self.model.stop_training:
            self._bar.start()

    def close(self):
        """Give the terminal back, also after an error or Ctrl-C."""
        self._bar.stop()


class Previews(keras.callbacks.Callback):
    """Write a picture grid of validation results every few epochs.

    Args:
        run: The `kseg.runs.Run`; pictures go to its ``previews`` folder.
        draw: Writes the picture: ``draw(model, path)``.
        average: The `WeightAverage`, whose results are shown.
        every: Epochs between two pictures.
    """

    def __init__(
        self,
        run,
        draw: Callable[[keras.Model, Any], None],
        average: WeightAverage,
        every: int = 5,
    ):
        super().__init__()
        self.run = run
        self.draw = draw
        self.average = average
        self.every = every

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self.every == 0 or self.model.stop_training:
            with self.average.applied():
                path = self.run.path / "previews" / f"epoch_{epoch + 1:04d}.png"
                self.draw(self.model, path)
