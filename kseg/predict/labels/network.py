"""A bundle and a Keras model behind one call: uint8 tiles in, label maps or logits out.

Both have ``geometry``, ``batch`` (tiles per call), ``scores`` (whether the result is
logits) and are called with (N, t, t', C) uint8, N at most ``batch``. They return
(N, o, o', K) float32 logits, or (N, o, o') uint8 labels. ``with network.sampling(seed)
as sample`` gives a function like it, whose dropout is active, where there is any.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np

from kseg.errors import BundleError
from kseg.predict.labels.tiling import Geometry


class TFLiteNetwork:
    """A bundle's flatbuffer in the LiteRT interpreter. Not safe across threads.

    Args:
        flatbuffer: The network's bytes.
        metadata: The bundle's metadata.
        threads: CPU threads of the runtime; None is all of this machine's.

    Raises:
        BundleError: The runtime refuses the network, or its tensors are not what the
            metadata says.
    """

    batch = 1

    def __init__(
        self, flatbuffer: bytes, metadata: dict[str, Any], threads: int | None = None
    ):
        output = metadata["output"]
        self._input, self._output = metadata["input"]["name"], output["name"]
        self.scores = output["kind"] == "logits"
        self.geometry = _geometry(
            metadata, metadata["input"]["size"], output["size"], output["offset"]
        )
        self._run = signature_of(flatbuffer, metadata, [self._output], threads)

    def with_tile(self, tile: tuple[int, int]) -> "TFLiteNetwork":
        """Itself: a bundle has one size.

        Raises:
            ValueError: ``tile`` is another size.
        """
        if tuple(tile) != self.geometry.tile:
            raise ValueError(_other_tile(self.geometry.tile, tile))
        return self

    def sampling(self, seed: int) -> AbstractContextManager:
        """Nothing: a bundle has no dropout.

        Raises:
            ValueError: Always.
        """
        raise ValueError(
            "Expected a network with dropout, to draw samples from. Received: a "
            "bundle, which has none: export leaves it out. Use the run."
        )

    def __call__(self, tiles: np.ndarray) -> np.ndarray:
        return self._run(**{self._input: tiles})[self._output]


class KerasNetwork:
    """A Keras model that maps (N, H, W, C) in 0..255 to logits.

    Args:
        model: A ``keras.Model`` with one input and one output.
        metadata: Of the run; ``input.size`` is the tile of a model without a fixed
            size.
    """

    batch = 4
    scores = True

    def __init__(self, model, metadata: dict[str, Any]):
        self._model = model
        self._metadata = metadata
        self._sampler = None
        fixed = model.input_shape[1:3]
        size = zip(fixed, metadata["input"]["size"], strict=True)
        tile = tuple(n or m for n, m in size)
        output = model.compute_output_shape((1, *tile, model.input_shape[-1]))[1:3]
        # kseg crops labels centrally for networks with valid convolutions.
        offset = [(t - o) // 2 for t, o in zip(tile, output, strict=True)]
        self.geometry = _geometry(metadata, tile, output, offset)

    def with_tile(self, tile: tuple[int, int]) -> "KerasNetwork":
        """The same model on tiles of another size.

        Raises:
            ValueError: The model has a fixed size, and ``tile`` is another.
        """
        fixed = self._model.input_shape[1:3]
        if any(n not in (None, t) for n, t in zip(fixed, tile, strict=True)):
            raise ValueError(_other_tile(fixed, tile))
        sized = {"input": {**self._metadata["input"], "size": list(tile)}}
        return KerasNetwork(self._model, {**self._metadata, **sized})

    @contextmanager
    def sampling(self, seed: int) -> Iterator[Callable[[np.ndarray], np.ndarray]]:
        """The same network with its dropout active, inside of a ``with``.

        Args:
            seed: At least 0; the same seed gives the same samples.

        Yields:
            What is called as the network is, and draws another sample each time.

        Raises:
            ValueError: The network has no dropout, or the seed is negative.
        """
        if self._sampler is None:
            self._sampler = _sampler(self._model)
        with self._sampler.layers[-1].seeded(seed):
            yield self._sampler.predict_on_batch

    def __call__(self, tiles: np.ndarray) -> np.ndarray:
        # Compiled: 1.6 times as fast on a CPU as calling the model.
        return self._model.predict_on_batch(tiles)


def signature_of(
    flatbuffer: bytes,
    metadata: dict[str, Any],
    outputs: Sequence[str],
    threads: int | None = None,
):
    """The runtime with a bundle's flatbuffer in it, checked against its metadata.

    Args:
        flatbuffer: The network's bytes.
        metadata: The bundle's metadata.
        outputs: Names that the signature must have.
        threads: CPU threads of the runtime; None is all of this machine's.

    Returns:
        The signature: called with the input by its name, it gives a dict of outputs.

    Raises:
        BundleError: The runtime refuses the network, or its tensors are not what the
            metadata says.
    """
    from ai_edge_litert.interpreter import Interpreter

    taken = metadata["input"]
    try:
        interpreter = Interpreter(
            model_content=flatbuffer, num_threads=threads or os.cpu_count()
        )
        interpreter.allocate_tensors()
        run = interpreter.get_signature_runner()
        details = run.get_input_details()[taken["name"]]
        given = run.get_output_details()
        for name in outputs:
            given[name]
    except (ValueError, RuntimeError, KeyError) as error:
        raise BundleError(
            f"The LiteRT runtime cannot run this network: {error}. "
            "Install ai-edge-litert 2.2 or newer, or export the network again."
        ) from error
    expected = (1, *taken["size"], taken["channels"])
    if tuple(details["shape"]) != expected or details["dtype"] != np.uint8:
        raise BundleError(
            f"Expected an input of shape {expected}, uint8, as the metadata says. "
            f"Received: {tuple(details['shape'])}, {details['dtype'].__name__}. "
            "Export the network again."
        )
    return run


def _sampler(model):
    import keras

    from kseg.layers import MonteCarloDropout

    image = keras.Input(model.input_shape[1:])
    return keras.Model(image, MonteCarloDropout(model)(image))


def _other_tile(own, asked):
    return (
        f"Expected tiles of this network's own size, {own[0]}x{own[1]} pixels. "
        f"Received: tile={tuple(asked)}. Leave tile out."
    )


def _geometry(metadata, tile, output, offset):
    tiling = metadata.get("tiling", {})
    return Geometry(
        tuple(tile),
        tuple(output),
        tuple(offset),
        tiling.get("stride", 1),
        tiling.get("margin", 0),
    )
