"""What a person sees of a training."""

from collections.abc import Callable

import keras
from rich import progress

from kseg.callbacks.schedule import Schedule


class Progress(keras.callbacks.Callback):
    """A line after each epoch, and on a terminal a bar over the whole training.

    Args:
        schedule: The `Schedule`, which knows how much is done.
        say: Prints a line.
    """

    def __init__(self, schedule: Schedule, say: Callable[[str], None]):
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
