"""What of a training depends on Keras's backend: a module each, with the same names."""

from importlib import import_module
from types import ModuleType

import keras


def current() -> ModuleType:
    """The module of the backend that Keras runs on."""
    own = keras.backend.backend() == "tensorflow"
    return import_module(f"{__name__}.{'tensorflow' if own else 'arrays'}")
