"""A bundle and a Keras model that give objects, behind one call.

Both have ``batch`` (images per call) and ``size`` (H, W) and are called with (N, H, W,
C) uint8, N at most ``batch``. They return a dict of ``boxes`` (N, D, 4), (y1, x1, y2,
x2) in pixels, ``scores`` (N, D), ``classes`` (N, D), ``masks`` (N, D, m, m) and
``count`` (N,). Any network with this output will do. One that has ``mask_threshold``
says from which probability on a pixel is an object's, where the metadata does not.
"""

from contextlib import nullcontext
from typing import Any

import numpy as np

from kseg.errors import BundleError
from kseg.predict.labels.network import signature_of
from kseg.quiet import quiet_stderr

MASK_THRESHOLD = 0.5
OUTPUTS = ("boxes", "scores", "classes", "masks", "count")


class TFLiteObjects:
    """A bundle's flatbuffer in the LiteRT interpreter. Not safe across threads.

    Args:
        flatbuffer: The network's bytes.
        metadata: The bundle's; ``output`` names each of the outputs.
        threads: CPU threads of the runtime; None is all of this machine's.

    Raises:
        BundleError: The runtime refuses the network, or its tensors are not what the
            metadata says.
    """

    batch = 1

    def __init__(
        self, flatbuffer: bytes, metadata: dict[str, Any], threads: int | None = None
    ):
        self.size = tuple(metadata["input"]["size"])
        self._input = metadata["input"]["name"]
        try:
            self._names = {name: metadata["output"][name] for name in OUTPUTS}
        except KeyError as error:
            raise BundleError(
                f"Expected metadata with output.{error.args[0]}, the name of that "
                "output. Received: none. Export the network again."
            ) from error
        names = list(self._names.values())
        self._run = signature_of(flatbuffer, metadata, names, threads)

    def __call__(self, images: np.ndarray) -> dict[str, np.ndarray]:
        found = self._run(**{self._input: images})
        return {name: found[own] for name, own in self._names.items()}


class KerasObjects:
    """A Keras model that maps (N, H, W, C) in 0..255 to a dict of the outputs.

    Args:
        model: A ``keras.Model`` of one input of fixed size, such as
            ``kseg.models.MaskRCNN``.
    """

    batch = 4

    def __init__(self, model):
        self._model = model
        self._traced: set[int] = set()
        self.size = tuple(model.input_shape[1:3])
        self.mask_threshold = getattr(model, "mask_threshold", MASK_THRESHOLD)

    def __call__(self, images: np.ndarray) -> dict[str, np.ndarray]:
        # TensorFlow's cost estimator complains of crops when it sees a batch size anew.
        new = len(images) not in self._traced
        self._traced.add(len(images))
        with quiet_stderr() if new else nullcontext():
            found = self._model.predict_on_batch(images)
        return {name: np.asarray(found[name]) for name in OUTPUTS}


def arguments(model) -> dict[str, Any]:
    """What a Keras model was built from, where it says so."""
    try:
        return model.get_config()
    except NotImplementedError:
        return {}
