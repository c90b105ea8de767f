"""The optimizers of the recipes: AdamW without decay on biases, and Caffe's SGD."""

from collections.abc import Sequence

import keras
from keras import ops

from kseg.checks import check_at_least_0, check_share


@keras.saving.register_keras_serializable(package="kseg")
class AdamW(keras.optimizers.AdamW):
    """Keras's AdamW with the variables that do not decay in its config.

    What ``exclude_from_weight_decay`` is told is not saved in a ``.keras`` file: a
    training that is resumed would decay what it had spared.

    Args:
        learning_rate: A float or a ``keras.optimizers.schedules.LearningRateSchedule``.
        weight_decay: Share of a variable, times the learning rate, that a step takes.
        spare: Variables with one of these in their name do not decay.
        name: Name of the optimizer.
        **kwargs: What else ``keras.optimizers.AdamW`` takes.

    Reference:
        Loshchilov and Hutter, Decoupled Weight Decay Regularization, ICLR 2019.
    """

    def __init__(
        self,
        learning_rate=1e-3,
        weight_decay: float = 1e-2,
        spare: Sequence[str] = ("bias", "gamma", "beta"),
        name: str = "adamw",
        **kwargs,
    ):
        super().__init__(learning_rate, weight_decay, name=name, **kwargs)
        self.spare = tuple(spare)
        self.exclude_from_weight_decay(var_names=self.spare)

    def get_config(self):
        return {**super().get_config(), "spare": list(self.spare)}


@keras.saving.register_keras_serializable(package="kseg")
class CaffeSGD(keras.optimizers.Optimizer):
    """Caffe's SGD: coupled weight decay, biases at twice the rate and without decay.

    ``v <- momentum * v + r * (dL/dw + decay * w)``, ``w <- w - v``

    A variable's rate r and decay go by its name, as in the training files of FCN and
    SegNet (``lr_mult`` and ``decay_mult``):

        name                       r                                decay
        bias                       learning_rate * bias_multiplier  0
        beta (of a batch norm)     learning_rate                    0
        all others                 learning_rate                    weight_decay

    ``keras.optimizers.SGD`` differs in two things: its decay is decoupled (it bypasses
    the momentum: with momentum 0.99 it decays a hundredth as much), and every variable
    has the same rate.

    Args:
        learning_rate: A float or a ``keras.optimizers.schedules.LearningRateSchedule``.
            It enters v, as in Caffe: after a change the old steps run out unchanged.
        momentum: In [0, 1).
        weight_decay: Of the loss, ``weight_decay / 2 * |w|^2``; at least 0. It does not
            scale with the loss: a loss that is a mean of N pixels, trained N times as
            fast, needs a decay N times smaller than their sum does.
        bias_multiplier: Factor on the learning rate of biases, at least 0.
        name: Name of the optimizer.
        **kwargs: What else ``keras.optimizers.Optimizer`` takes, such as
            ``gradient_accumulation_steps`` (Caffe's iter_size).

    Raises:
        ValueError: An argument is outside these ranges.

    Example:
        A kernel of value 1 and no momentum, gradient 3: 1 - 0.1 * (3 + 0.5 * 1) = 0.65
        with ``CaffeSGD(0.1, 0.0, 0.5)``; a bias: 1 - 2 * 0.1 * 3 = 0.4.

    Reference:
        Jia et al., Caffe, 2014 (SGDSolver); Long et al., FCN, CVPR 2015, section 4.3.
    """

    def __init__(
        self,
        learning_rate,
        momentum: float = 0.9,
        weight_decay: float = 5e-4,
        bias_multiplier: float = 2.0,
        name: str = "caffe_sgd",
        **kwargs,
    ):
        check_share(momentum=momentum)
        check_at_least_0(weight_decay=weight_decay, bias_multiplier=bias_multiplier)
        # Keras would apply a weight_decay of its own, decoupled, beside this one.
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.momentum = momentum
        self.decay = weight_decay
        self.bias_multiplier = bias_multiplier

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self.velocities = self.add_optimizer_variables(variables, "velocity")
        # On TensorFlow the update is handed a variable without Keras's name.
        self.names = [variable.name for variable in variables]

    def update_step(self, gradient, variable, learning_rate):
        index, dtype = self._get_variable_index(variable), variable.dtype
        rate, gradient = ops.cast(learning_rate, dtype), ops.cast(gradient, dtype)
        if self.names[index] == "bias":
            rate = rate * ops.cast(self.bias_multiplier, dtype)
        elif self.names[index] != "beta":
            gradient = gradient + ops.cast(self.decay, dtype) * variable
        velocity = self.velocities[index]
        step = ops.cast(self.momentum, dtype) * velocity + rate * gradient
        self.assign(velocity, step)
        self.assign_sub(variable, step)

    def get_config(self):
        return {
            **super().get_config(),
            "momentum": self.momentum,
            "weight_decay": self.decay,
            "bias_multiplier": self.bias_multiplier,
        }
