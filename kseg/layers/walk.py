"""All layers of a model, those of models inside of it too."""

from collections.abc import Iterator

import keras


def walk(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """The layers of a model, each model among them followed by its own layers.

    Args:
        model: Any model.

    Yields:
        The layers, in the order of ``model.layers``.
    """
    for layer in model.layers:
        yield layer
        if isinstance(layer, keras.Model):
            yield from walk(layer)
