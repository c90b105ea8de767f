"""A trained network with what its numbers mean, for images of any size."""

from collections.abc import Sequence
from contextlib import contextmanager
from functools import partial

import numpy as np

from kseg.predict.golden import check_labels
from kseg.predict.interface import BasePredictor
from kseg.predict.labels.monte_carlo import mean_and_uncertainty
from kseg.predict.labels.result import Result
from kseg.predict.labels.separate import object_classes, separate
from kseg.predict.labels.tiling import predict_tiles
from kseg.predict.labels.tta import average, probabilities_of
from kseg.predict.prepare import prepare

_NO_PROBABILITIES = (
    "Expected a network that gives logits, to return probabilities. "
    "Received: a bundle that gives label maps. Export it with logits."
)


class Predictor(BasePredictor):
    """A network that gives label maps; see `BasePredictor`.

    Args:
        network: As `kseg.predict.labels.network` describes.
        metadata: Of the bundle or run (docs/prediction.md).
        golden: ``(image, labels)`` of a bundle, for `self_check`.
    """

    batch = 1

    @property
    def size(self) -> tuple[int, int]:
        """(H, W) of a tile in pixels."""
        return self._network.geometry.tile

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
        views = None
        if tta:
            views = partial(average, turns=self.metadata.get("turns", True))
        image = prepare(image, self.metadata)
        maps = _Maps(image.shape[:2], classes, probabilities, samples is not None)
        options = {"margin": margin, "batch": network.batch}
        with _runner(network, classes, views, samples, seed) as run:
            for part in predict_tiles(image, run, network.geometry, **options):
                maps.put(*part)
        return maps.result(self.metadata.get("instances"))

    def predict_batch(self, images: Sequence[np.ndarray], **options) -> list[Result]:
        """Segment several images, one by one.

        Args:
            images: Of any sizes.
            **options: Of `predict`.

        Returns:
            The result of each.

        Raises:
            ValueError: As `predict`.
        """
        return [self.predict(image, **options) for image in images]

    def describe_check(self, agreement: float) -> str:
        return f"{100 * agreement:.2f} % of the labels agree with those of the export"

    def _compare(self, output, golden):
        return check_labels(output[0], golden)


class _Maps:
    """What becomes of an image, filled in tile by tile."""

    def __init__(self, size, classes, probabilities, uncertainty):
        self._classes = classes
        self.labels = np.empty(size, np.uint8)
        self.shares = np.empty((*size, classes), np.float32) if probabilities else None
        self.uncertainty = np.empty(size, np.float32) if uncertainty else None

    def put(self, rows, columns, output):
        """Label maps (h, w), or probabilities (h, w, K) and what follows them."""
        if output.dtype == np.uint8:
            self.labels[rows, columns] = output
            return
        shares = output[..., : self._classes]
        self.labels[rows, columns] = shares.argmax(-1)
        if self.shares is not None:
            self.shares[rows, columns] = shares
        if self.uncertainty is not None:
            self.uncertainty[rows, columns] = output[..., self._classes]

    def result(self, rule):
        return Result(
            self.labels,
            separate(self.labels, rule) if rule else None,
            self.shares,
            object_classes(rule) if rule else (),
            self.uncertainty,
        )


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
