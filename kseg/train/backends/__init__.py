"""What of a training depends on Keras's backend: a module each, with the same names."""

from importlib import import_module
from types import ModuleType

import keras

BACKENDS = ("tensorflow", "jax")


def current() -> ModuleType:
    """The module of the backend that Keras runs on.

    Raises:
        ValueError: There is none.
    """
    name = keras.backend.backend()
    if name not in BACKENDS:
        raise ValueError(
            f"Expected Keras on {' or '.join(BACKENDS)}, to train. Received: {name}. "
            "Set KERAS_BACKEND before Python starts."
        )
    return import_module(f"{__name__}.{name}")
