"""Bringing weights into a network: from a file, from arrays, from another network."""

import os
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np

from kseg.layers.walk import walk


def load_weights(model: keras.Model, path: str | os.PathLike) -> None:
    """Set all of the model's weights from a file.

    Args:
        model: The network.
        path: A ``.weights.h5`` file of ``save_weights`` or a ``.keras`` file of
            ``save``, of a network built with the same arguments.

    Raises:
        ValueError: The file is missing, is of another kind, is damaged, or was written
            by a network of other shapes.
    """
    path = Path(path)
    if not path.name.endswith((".weights.h5", ".keras")) or not path.is_file():
        raise ValueError(
            "weights must name an existing .weights.h5 or .keras file. "
            f"Received: weights={str(path)!r}."
        )
    try:
        with warnings.catch_warnings():
            # Keras warns where it leaves layers at their initial weights: refuse that.
            warnings.filterwarnings("error", message="Skipping nested container")
            model.load_weights(path)
    except (ValueError, OSError, KeyError, UserWarning, zipfile.BadZipFile) as error:
        raise ValueError(
            f"The weights in {path} are damaged, or were saved by a network built with "
            f"other arguments than this one. Keras says: {str(error).splitlines()[0]}"
        ) from error


def set_arrays(model: keras.Model, arrays: Mapping[str, np.ndarray]) -> None:
    """Set all of the model's weights from arrays named ``layer/variable``.

    Args:
        model: The network.
        arrays: By name, such as ``stem/kernel`` or ``stem_bn/moving_mean``, of any
            float type; more than the model has is allowed.

    Raises:
        ValueError: The model has a weight that is not there, or of another shape.
    """
    for layer in model.layers:
        for variable in layer.weights:
            name = f"{layer.name}/{variable.name}"
            found = arrays.get(name)
            if found is None or found.shape != tuple(variable.shape):
                raise ValueError(
                    f"Expected an array {name} of shape {tuple(variable.shape)}. "
                    f"Received: {'none' if found is None else found.shape}."
                )
            variable.assign(found)


def take_weights(model: keras.Model, other: keras.Model) -> list[str]:
    """Copy the weights of another network, layer by layer, by name and shape.

    Args:
        model: The network that receives them.
        other: The network that gives them.

    Returns:
        A line that counts what was taken, and one for each layer that was not.

    Raises:
        ValueError: Nothing fits.
    """
    theirs = {layer.name: layer.get_weights() for layer in walk(other)}
    lines, taken = [], 0
    for layer in walk(model):
        if isinstance(layer, keras.Model):
            continue  # its layers follow
        own = [w.shape for w in layer.get_weights()]
        if not own:
            continue
        given = [np.shape(w) for w in theirs.get(layer.name, [])]
        if given == own:
            layer.set_weights(theirs[layer.name])
            taken += 1
        else:
            lines.append(f"  not taken over: {layer.name} {own}, there {given}")
    if not taken:
        raise ValueError(
            f"Expected weights of a network with layers like {model.name}'s. Received: "
            f"those of {other.name}, of which no layer fits."
        )
    return [f"Took the weights of {taken} layers of {other.name}", *lines]
