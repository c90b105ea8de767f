"""A weighted sum of losses."""

import keras
import numpy as np


@keras.saving.register_keras_serializable(package="kseg")
class Sum(keras.losses.Loss):
    """``sum_k weight_k loss_k``: several losses on one output.

    Each loss gets the same labels, logits and sample weights, and reduces by its own
    rule; nothing is divided again.

    Args:
        losses: list of ``keras.losses.Loss``, each reducing to one number.
        weights: a number for each loss; None is 1 for each.
        name: name in Keras' logs.

    Raises:
        ValueError: no loss, something that is no loss, a loss that does not reduce,
            or another number of weights than of losses.

    Example:
        At logits of 0 and two classes: log 2 + 2 * 0.5.

        >>> from kseg.losses import CrossEntropy, Dice
        >>> loss = Sum([CrossEntropy(), Dice(smooth=0.0)], weights=[1.0, 2.0])
        >>> round(float(loss([[[0, 1]]], [[[[0.0, 0.0], [0.0, 0.0]]]])), 4)
        1.6931
    """

    def __init__(self, losses, weights=None, name="sum"):
        super().__init__(name=name, reduction="sum")
        self.losses = list(losses)
        if not self.losses:
            raise ValueError("losses must hold at least one loss. Received: losses=[]")
        for loss in self.losses:
            if not isinstance(loss, keras.losses.Loss) or loss.reduction in (
                None,
                "none",
            ):
                raise ValueError(
                    "losses must be keras.losses.Loss objects that reduce to one "
                    f"number (reduction other than None). Received: {loss!r}"
                )
        weights = [1.0] * len(self.losses) if weights is None else list(weights)
        if len(weights) != len(self.losses) or not np.isfinite(weights).all():
            raise ValueError(
                "weights must hold one finite number for each loss. "
                f"Received: weights={weights} for {len(self.losses)} losses"
            )
        self.weights = [float(weight) for weight in weights]

    def __call__(self, y_true, y_pred, sample_weight=None):
        terms = (loss(y_true, y_pred, sample_weight) for loss in self.losses)
        return sum(w * term for w, term in zip(self.weights, terms, strict=True))

    def call(self, y_true, y_pred):
        return self(y_true, y_pred)

    def get_config(self):
        serialize = keras.saving.serialize_keras_object
        return {
            "losses": [serialize(loss) for loss in self.losses],
            "weights": self.weights,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config):
        revive = keras.saving.deserialize_keras_object
        return cls(**{**config, "losses": [revive(x) for x in config["losses"]]})
