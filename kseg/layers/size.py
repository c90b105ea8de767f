"""A check of the image's size, for networks that leave it open."""

import keras

from kseg.checks import check_whole


@keras.saving.register_keras_serializable(package="kseg")
class RequireMultiple(keras.layers.Layer):
    """Pass images on, and refuse those whose size is no multiple of ``multiple``.

    A network that halves its maps n times and joins them again needs sides divisible by
    2**n. Without this layer a wrong size ends deep inside the network, in an error
    about two maps that cannot be concatenated. It adds no operation to the graph.

    Args:
        multiple: What height and width must be divisible by, at least 1.

    Input shape:
        (B, H, W, C), any dtype. A side unknown when the graph is traced passes.

    Output shape:
        As the input.

    Raises:
        ValueError: ``multiple`` is below 1; when called, for an illegal size.
    """

    def __init__(self, multiple: int, **kwargs):
        super().__init__(**kwargs)
        check_whole(multiple=multiple)
        self.multiple = multiple

    def call(self, inputs):
        self._check(inputs.shape)
        return inputs

    def compute_output_shape(self, input_shape):
        # Keras calls this alone where it builds a graph.
        self._check(input_shape)
        return input_shape

    def _check(self, shape):
        height, width = shape[1:3]
        for axis, size in (("height", height), ("width", width)):
            if size is not None and (size == 0 or size % self.multiple):
                below = size // self.multiple * self.multiple
                legal = [n for n in (below, below + self.multiple) if n > 0]
                raise ValueError(
                    f"The image's {axis} must be a multiple of {self.multiple}. "
                    f"Received: {axis}={size}. Crop or pad it to "
                    f"{' or '.join(map(str, legal))}."
                )

    def get_config(self):
        config = super().get_config()
        config.update({"multiple": self.multiple})
        return config
