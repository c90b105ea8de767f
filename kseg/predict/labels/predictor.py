"""A trained network with what its numbers mean, for images of any size."""

import os
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from kseg.errors import BundleError
from kseg.predict.golden import NO_GOLDEN
from kseg.predict.labels.monte_carlo import mean_and_uncertainty
from kseg.predict.labels.network import KerasNetwork
from kseg.predict.labels.result import Result
from kseg.predict.labels.separate import object_classes, separate
from kseg.predict.labels.tiling import predict_tiles
from kseg.predict.labels.tta import average, probabilities_of
from kseg.predict.objects.network import KerasObjects
from kseg.predict.objects.predictor import ObjectPredictor
from kseg.predict.prepare import prepare, read

_NO_PROBABILITIES = (
    "Expected a network that gives logits, to return probabilities. "
    "Received: a bundle that gives label maps. Export it with logits."
)


class Predictor:
    """A network with what its numbers mean.

    Args:
        network: As `kseg.predict.labels.network` describes.
        metadata: Of the bundle or run (docs/prediction.md).
        golden: ``(image, labels)`` of a bundle, for `self_check`.

    Attributes:
        metadata: Sizes, classes, colours and rules.
    """

    def __init__(self, network, metadata: dict[str, Any], golden=None):
        self.metadata = metadata
        self._network = network
        self._golden = golden

    @classmethod
    def from_model(
        cls, model, metadata: dict[str, Any]
    ) -> "Predictor | ObjectPredictor":
        """Wrap a Keras model that is in memory.

        Args:
            model: A ``keras.Model``.
            metadata: What its numbers mean.

        Returns:
            A `Predictor`; where the metadata's ``task`` is "instances", an
            `ObjectPredictor`.
        """
        if metadata.get("task") == "instances":
            return ObjectPredictor(KerasObjects(model), metadata)
        return cls(KerasNetwork(model, metadata), metadata)

    def read(self, path: str | os.PathLike) -> np.ndarray:
        """Read an image file as this network takes it.

        Args:
            path: PNG, JPEG or TIFF.

        Returns:
            (H, W, C) uint8, after the metadata's intensity rule.

        Raises:
            DataError: The file is no image, or has other channels; it is named.
        """
        return read(path, self.metadata)

    def predict(
        self,
        image: np.ndarray,
        *,
        tta: bool = False,
        margin: int | None = None,
        tile: tuple[int, int] | None = None,
        probabilities: bool = False,
        samples: int | None = None,
        seed: int = 0,
    ) -> Result:
        """Segment an image of any size.

        Args:
            image: (H, W, C) or (H, W): uint8, float in 0..255, or any type that the
                metadata's intensity rule turns into uint8. Gray is repeated for a
                network of more channels; RGB becomes gray for one of one.
            tta: Average over flips and quarter turns, up to 8 times slower; over the
                image and its mirror image where the metadata's ``turns`` is false.
            margin: Pixels next to a tile's edge that are not trusted; None is the
                network's own, see `kseg.predict.labels.tiling.predict_tiles`.
            tile: (height, width) of the tiles, for a Keras network without a fixed
                size; None is the size of training.
            probabilities: Also return them: 4 bytes per pixel and class.
            samples: Average the probabilities of so many runs with dropout active, at
                least 2, and return their uncertainty; `samples` times as slow.
            seed: Of the samples.

        Returns:
            A `Result`.

        Raises:
            ValueError: The image, margin or tile does not fit the network;
                probabilities are asked of a bundle that gives label maps, or samples
                of a network without dropout or together with `tta`.
        """
        network = self._network if tile is None else self._network.with_tile(tile)
        if probabilities and not network.scores:
            raise ValueError(_NO_PROBABILITIES)
        classes = len(self.metadata["classes"])
        rule = self.metadata.get("instances")
        image = prepare(image, self.metadata)
        labels = np.empty(image.shape[:2], np.uint8)
        shape = (*labels.shape, classes)
        shares = np.empty(shape, np.float32) if probabilities else None
        doubt = np.empty(labels.shape, np.float32) if samples is not None else None
        options = {"margin": margin, "batch": network.batch}
        turns = self.metadata.get("turns", True)
        views = partial(average, turns=turns) if tta else None
        with _runner(network, classes, views, samples, seed) as run:
            for rows, columns, found in predict_tiles(
                image, run, network.geometry, **options
            ):
                if found.dtype == np.uint8:
                    labels[rows, columns] = found
                    continue
                labels[rows, columns] = found[..., :classes].argmax(-1)
                if shares is not None:
                    shares[rows, columns] = found[..., :classes]
                if doubt is not None:
                    doubt[rows, columns] = found[..., classes]
        return Result(
            labels,
            separate(labels, rule) if rule else None,
            shares,
            object_classes(rule) if rule else (),
            doubt,
        )

    def self_check(self) -> float:
        """Predict the bundle's golden image and compare with what it gave at home.

        Returns:
            The share of pixels that agree. Kernels differ between processors in the
            last bit, so it can be a little below 1.

        Raises:
            BundleError: There is no golden image (only bundles have one), or fewer
                than 99 % of the pixels agree.
        """
        if self._golden is None:
            raise BundleError(NO_GOLDEN)
        image, expected = self._golden
        found = self._network(image[None])[0]
        if found.dtype != np.uint8:
            found = found.argmax(-1)
        share = float(np.mean(found == expected))
        if share < 0.99:
            raise BundleError(
                "Expected at least 99 % of the golden label map's pixels. Received: "
                f"{100 * share:.2f} %. This runtime computes the network wrongly: "
                "update ai-edge-litert, or export the network again."
            )
        return share


@contextmanager
def _runner(network, classes, views, samples, seed):
    """What gives a batch of tiles its probabilities, or label maps."""
    if samples is None:
        yield partial(_run, network, classes, views)
        return
    if views is not None:
        raise ValueError(
            "Expected samples or tta, not both. Received: "
            f"samples={samples}, tta=True. Leave one out."
        )
    with network.sampling(seed) as sample:
        # As many channels as classes, and the uncertainty behind them.
        yield partial(
            mean_and_uncertainty, sample, num_classes=classes, samples=samples
        )


def _run(network, classes, views, tiles):
    """Probabilities of a batch of tiles, or the label maps of one that gives those."""
    if views is not None:
        return views(network, tiles, classes)
    result = network(tiles)
    return probabilities_of(result, classes) if network.scores else result
