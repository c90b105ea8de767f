"""Pictures of validation results."""

from collections.abc import Callable
from typing import Any

import keras

from kseg.callbacks.average import WeightAverage


class Previews(keras.callbacks.Callback):
    """Write a picture grid of validation results every few epochs.

    One that cannot be written is said, and the training goes on.

    Args:
        run: The `kseg.train.run.Run`; pictures go to its ``previews`` folder.
        draw: Writes the picture: ``draw(model, path)``.
        average: The `WeightAverage`, whose results are shown.
        say: Prints a line.
        every: Epochs between two pictures.
    """

    def __init__(
        self,
        run,
        draw: Callable[[keras.Model, Any], None],
        average: WeightAverage,
        say: Callable[[str], None] = print,
        every: int = 5,
    ):
        super().__init__()
        self.run = run
        self.draw = draw
        self.average = average
        self.say = say
        self.every = every

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self.every == 0 or self.model.stop_training:
            path = self.run.path / "previews" / f"epoch_{epoch + 1:04d}.png"
            with self.average.applied():
                try:
                    self.draw(self.model, path)
                except OSError as error:
                    self.say(f"No picture {path}: {error}")
