"""A network with its dropout active: samples instead of one answer."""

import contextlib

import keras
import numpy as np

from kseg.layers.walk import walk


@keras.saving.register_keras_serializable(package="kseg")
class MonteCarloDropout(keras.layers.Layer):
    """Call a network with its dropout active and all else as in inference.

    Each call draws another set of units to drop. Batch norms use their moving
    statistics, and keep them.

    Args:
        network: A functional ``keras.Model`` with at least one ``keras.layers.Dropout``
            of a rate above 0. Its other layers must not act otherwise in training,
            but for batch norms.

    Input shape:
        The network's.

    Output shape:
        The network's.

    Raises:
        ValueError: The network has no dropout, so that all samples would be equal.

    Reference:
        Gal and Ghahramani, ICML 2016; Kendall et al., "Bayesian SegNet", BMVC 2017.
    """

    def __init__(self, network: keras.Model, **kwargs):
        super().__init__(**kwargs)
        self.network = network
        if not self._dropouts():
            raise ValueError(
                "Expected a network with dropout, to draw samples from. Received: "
                f"{network.name}, which has none. Train it with dropout, such as "
                "kseg.models.SegNet(dropout=0.5)."
            )

    def call(self, inputs):
        norms = self._of_kind(keras.layers.BatchNormalization)
        active = [norm for norm in norms if norm.trainable]
        # A batch norm that is not trainable is in inference mode whatever the rest is.
        for norm in active:
            norm.trainable = False
        try:
            return self.network(inputs, training=True)
        finally:
            for norm in active:
                norm.trainable = True

    def compute_output_shape(self, input_shape):
        return self.network.compute_output_shape(input_shape)

    @contextlib.contextmanager
    def seeded(self, seed: int):
        """Draw from ``seed`` on, inside of a ``with``; afterwards as if nothing was.

        Args:
            seed: At least 0. Each dropout gets a stream of its own from it.

        Raises:
            ValueError: ``seed`` is negative.
        """
        if seed < 0:
            raise ValueError(f"seed must be at least 0. Received: seed={seed}.")
        states = [layer.seed_generator.state for layer in self._dropouts()]
        before = [keras.ops.convert_to_numpy(state) for state in states]
        streams = np.random.SeedSequence(seed).generate_state(len(states))
        try:
            for state, stream in zip(states, streams >> 1, strict=True):
                # Below 2**31, because JAX and TensorFlow hold seeds in different ints.
                state.assign(np.array([stream, 0]))
            yield
        finally:
            for state, value in zip(states, before, strict=True):
                state.assign(value)

    def get_config(self):
        network = keras.saving.serialize_keras_object(self.network)
        return {**super().get_config(), "network": network}

    @classmethod
    def from_config(cls, config):
        network = keras.saving.deserialize_keras_object(config["network"])
        return cls(**{**config, "network": network})

    def _dropouts(self):
        dropouts = self._of_kind(keras.layers.Dropout)
        return [layer for layer in dropouts if layer.rate > 0]

    def _of_kind(self, kind):
        return [layer for layer in walk(self.network) if isinstance(layer, kind)]
