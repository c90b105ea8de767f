"""A network that finds objects: a functional model with a loss of its own.

Training has no use for the detections: a step runs the trunk, and learns from what it
gives, on places or regions that the ground truth chooses. So the loss is no function of
the model's output, and this class says what Keras is to do instead.
"""

import keras
from keras import ops

from kseg.models.parts.at_size import in_float32


class ObjectNetwork(keras.Model):
    """A functional model from images to detections, trained by ``fit`` on a loss of its
    own.

    Subclasses call ``super().__init__`` with the tensors, name their ``TERMS``, and
    define ``terms``. What ``fit`` gives beside the images is handed to it as it is.
    ``call(images, training=True)`` returns the outputs of the trunk, which is all that
    ``terms`` needs. So it is no layer of another network; its functional parts are,
    such as ``trunk``, and ``keras.Model(network.input, ...)`` goes on from its output.

    Args:
        image: The KerasTensor of the input.
        detections: Dict of KerasTensors; ``kseg.export`` takes ``boxes`` (B, D, 4),
            ``scores`` (B, D), ``classes`` (B, D), ``masks`` (B, D, m, m) and ``count``
            (B,).
        trunk: ``keras.Model`` from the image to what ``terms`` is given.
        config: The arguments that ``type(self)(**config)`` builds the same network
            from; a ``keras.Model`` among them is saved with its layers. The network is
            rebuilt for another size by its ``input_shape``.
        seed: int, of the sampling in training.
        name: Of the model.

    Attributes:
        mask_threshold: From which probability on, 0..1, a pixel of a pasted mask is
            set. A network whose paper has another says so, and its files carry it.
    """

    task = "instances"
    mask_threshold = 0.5
    TERMS: tuple[str, ...] = ()

    def __init__(self, image, detections, *, trunk, config, seed, name):
        super().__init__(image, detections, name=name)
        self.trunk = trunk
        self._arguments = lambda: config  # Keras would track a dict
        self._seed = keras.random.SeedGenerator(seed)
        self._means = [keras.metrics.Mean(name=term) for term in self.TERMS]

    def terms(self, outputs, truth, seed, training: bool) -> dict:
        """The terms of the loss, whose sum it is.

        Args:
            outputs: What the trunk returned.
            truth: What the data set gives beside the images.
            seed: For ``kseg.ops.sample``.
            training: Whether to run heads in training mode.

        Returns:
            A scalar for each name of ``TERMS``.
        """
        raise NotImplementedError(f"{type(self).__name__} must define terms.")

    def __call__(self, inputs, *args, **kwargs):
        if isinstance(inputs, keras.KerasTensor):
            # The other network's graph would be drawn with detections, and in training
            # it would take the trunk's outputs for them.
            raise ValueError(
                f"{type(self).__name__} cannot be a layer of another network: in "
                "training it gives no detections. Use its functional parts, such as "
                "its trunk, or go on from its input and output."
            )
        return super().__call__(inputs, *args, **kwargs)

    def call(self, inputs, training=None, mask=None):
        if training:
            return self.trunk(inputs, training=True)
        return super().call(inputs, training=False, mask=mask)

    def compile(
        self,
        optimizer="rmsprop",
        loss=None,
        metrics=None,
        weighted_metrics=None,
        jit_compile="auto",
        **kwargs,
    ):
        """As ``keras.Model.compile``, but loss and metrics are the network's own.

        Args:
            optimizer: A Keras optimizer.
            loss: None.
            metrics: None. Scores of detections need whole images: see the callback
                ``kseg.callbacks.Evaluate``.
            weighted_metrics: None.
            jit_compile: "auto" does not compile by XLA on TensorFlow, where the kernels
                of this network are quicker; True does.
            **kwargs: Of ``keras.Model.compile``.

        Raises:
            ValueError: ``loss`` or metrics are given.
        """
        given = {"metrics": metrics, "weighted_metrics": weighted_metrics, "loss": loss}
        given = {key: value for key, value in given.items() if value is not None}
        if given:
            raise ValueError(
                f"{type(self).__name__} computes its loss itself, and detections are "
                "scored on whole images: with the callback kseg.callbacks.Evaluate. "
                f"Received: {given}. Leave it out."
            )
        if jit_compile == "auto" and keras.backend.backend() == "tensorflow":
            jit_compile = False
        super().compile(optimizer, jit_compile=jit_compile, **kwargs)

    def compile_from_config(self, config):
        config = keras.saving.deserialize_keras_object(config)
        self.compile(**config)
        if self.built:
            self.optimizer.build(self.trainable_variables)

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        if sample_weight is not None:
            raise ValueError(
                f"{type(self).__name__} takes no sample weights: give fit images and "
                "objects."
            )
        # In validation y_pred are detections.
        outputs = y_pred if training else self.trunk(x, training=False)
        # Validation draws the same regions each time: its losses can be compared.
        seed = self._seed if training else 0
        terms = self.terms(outputs, y, seed, training)
        for mean in self._means:
            mean.update_state(terms[mean.name])
        total = sum([terms[name] for name in self.TERMS])
        for extra in self.losses:
            total = total + ops.cast(extra, "float32")
        return total / _replicas()

    def get_config(self):
        config = {
            key: keras.saving.serialize_keras_object(value)
            if isinstance(value, keras.Model)
            else value
            for key, value in self._arguments().items()
        }
        return {**config, "name": self.name, "dtype": self.dtype_policy.name}

    def at_size(self, size, float32: bool = False):
        """See ``kseg.models.at_size``."""
        config = self.get_config()
        if size != self.input_shape[1:3]:
            if "input_shape" not in config:
                raise ValueError(
                    f"the config of {type(self).__name__} has no input_shape."
                )
            config["input_shape"] = (*size, self.input_shape[-1])
        if float32:
            config = {**in_float32(config), "dtype": "float32"}
        copy = type(self).from_config(config)
        copy.set_weights(self.get_weights())
        return copy

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        policy, before = config.pop("dtype"), keras.config.dtype_policy()
        for key, value in config.items():
            if isinstance(value, dict) and "class_name" in value:
                config[key] = keras.saving.deserialize_keras_object(
                    value, custom_objects=custom_objects
                )
        # Layers take the policy that they are made under.
        keras.config.set_dtype_policy(policy)
        try:
            return cls(**config)
        finally:
            keras.config.set_dtype_policy(before)


def _replicas() -> int:
    """By which Keras does not divide a loss that is computed here."""
    if keras.backend.backend() != "tensorflow":
        return 1
    from kseg.ops import native

    return native.replicas()
