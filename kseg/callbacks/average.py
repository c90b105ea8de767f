"""A moving average of the weights."""

import contextlib

import keras
import numpy as np


class WeightAverage(keras.callbacks.Callback):
    """Keep a moving average of all weights, which scores better than the last ones.

    ``a += (1 - d) (w - a)`` after each step t, with ``d = min(momentum, (1 + t) / (10
    + t))``: early on the average forgets quickly, so that a short training is not
    averaged with its own beginning.

    Args:
        momentum: d after the first steps, in [0, 1). 0 keeps no average: the weights
            themselves are scored, at no cost.
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
        if self.momentum:
            values = self._values or self.model.get_weights()
            self._average = [keras.Variable(value, trainable=False) for value in values]

    def on_train_batch_end(self, batch, logs=None):
        if not self.momentum:
            return
        model = self.model
        t = int(model.optimizer.iterations)
        share = 1 - min(self.momentum, (1 + t) / (10 + t))
        for average, weight in zip(self._average, model.weights, strict=True):
            average.assign_add(share * (weight - average))

    def values(self) -> list[np.ndarray]:
        """The average, as ``model.get_weights`` gives the weights; empty without."""
        return [keras.ops.convert_to_numpy(value) for value in self._average]

    @contextlib.contextmanager
    def applied(self):
        """Put the average into the model for a while."""
        if not self.momentum:
            yield
            return
        own = self.model.get_weights()
        self.model.set_weights(self.values())
        try:
            yield
        finally:
            self.model.set_weights(own)
