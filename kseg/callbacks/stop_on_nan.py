"""Stop a training that has diverged."""

import keras
import numpy as np

from kseg.errors import RunError


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
