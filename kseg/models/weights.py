"""Reading weights into a network, shared by the networks."""

import os
import warnings
import zipfile
from pathlib import Path

import keras


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
