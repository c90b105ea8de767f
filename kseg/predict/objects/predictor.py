"""A trained network that gives objects, for images of any size."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from kseg.imaging import letterbox
from kseg.predict.golden import check_objects
from kseg.predict.interface import BasePredictor
from kseg.predict.objects.detections import Detections
from kseg.predict.objects.network import MASK_THRESHOLD
from kseg.predict.objects.seams import merge_tiles
from kseg.predict.objects.tiles import cover, cut
from kseg.predict.objects.tta import fuse, views
from kseg.predict.prepare import prepare


class ObjectPredictor(BasePredictor):
    """A network that finds objects; see `BasePredictor`.

    Args:
        network: As `kseg.predict.objects.network` describes.
        metadata: Of the bundle or run (docs/prediction.md).
        golden: Of a bundle, for `self_check`: an image, and a dict of ``boxes``,
            ``classes`` and ``count`` that the network gave for it.
    """

    @property
    def size(self) -> tuple[int, int]:
        """(H, W) of the input in pixels; of an image that is magnified, fewer."""
        return self._network.size

    @property
    def batch(self) -> int:
        """Images that `predict_batch` does best with."""
        return self._network.batch

    def predict(
        self,
        image: np.ndarray,
        *,
        score_threshold: float | None = None,
        margin: int | None = None,
        tta: bool = False,
    ) -> Detections:
        """Find the objects of an image of any size.

        Args:
            image: As `kseg.predict.Predictor.predict` takes it.
            score_threshold: Objects below it are left out; 0 keeps all that the
                network gives; None is the metadata's.
            margin: Half of the image's pixels that neighbouring tiles share at least,
                for a network that sees tiles; None is the metadata's.
            tta: Find them in the mirrored image, too (and turned, where the metadata's
                ``turns`` says that up is like down), and take the mean, see
                `kseg.predict.objects.tta`: two times, or eight times, as slow.

        Returns:
            The objects in pixels of the image, the highest score first.

        Raises:
            ValueError: The image or the margin does not fit the network, or the score
                threshold is outside 0 to 1.
        """
        options = {"score_threshold": score_threshold, "margin": margin, "tta": tta}
        return self.predict_batch([image], **options)[0]

    def predict_batch(
        self,
        images: Sequence[np.ndarray],
        *,
        score_threshold: float | None = None,
        margin: int | None = None,
        tta: bool = False,
    ) -> list[Detections]:
        """Find the objects of several images, which share the network's batches.

        Args:
            images: Of any sizes.
            score_threshold, margin, tta: Of `predict`.

        Returns:
            The objects of each.

        Raises:
            ValueError: As `predict`.
        """
        if score_threshold is None:
            score_threshold = self.metadata.get("score_threshold", 0.5)
        if not 0 <= score_threshold <= 1:
            raise ValueError(
                f"Expected a score threshold from 0 to 1. Received: {score_threshold}."
            )
        margin = self._margin(margin)
        images = [prepare(image, self.metadata) for image in images]
        # Unless it is known: photographs have an up.
        turns = self.metadata.get("turns", False)
        shown = [views(image, turns) if tta else [image] for image in images]
        detections = self._find([view for group in shown for view in group], margin)
        results = ([next(detections) for _ in group] for group in shown)
        if tta:
            results = (fuse(of_views) for of_views in results)
        else:
            results = (of_view[0] for of_view in results)
        return [result.above(score_threshold) for result in results]

    def describe_check(self, agreement: float) -> str:
        return f"the same objects as at the export, boxes within {agreement:.2f} pixels"

    def _compare(self, output, golden):
        first = {name: values[0] for name, values in output.items()}
        return check_objects(first, golden)

    def _margin(self, margin):
        """Pixels; None for a network that sees images whole."""
        if self.metadata["input"].get("resize", "letterbox") == "letterbox":
            if margin is not None:
                raise ValueError(
                    "Expected no margin: this network sees an image whole, not in "
                    f"tiles. Received: margin={margin}. Leave it out."
                )
            return None
        if margin is None:
            margin = self.metadata.get("tiling", {}).get("margin", 0)
        if not 0 <= 2 * margin < min(self._tile):
            raise ValueError(
                "Expected a margin of 0 or more, under half of a tile. Received: "
                f"margin={margin}, tiles of {self._tile}."
            )
        return margin

    def _detections(self, output, size, place) -> Detections:
        """What the network gave for an image of this size, see `Detections`."""
        own = getattr(self._network, "mask_threshold", MASK_THRESHOLD)
        threshold = self.metadata.get("mask_threshold", own)
        return Detections.from_output(output, size, place=place, threshold=threshold)

    @property
    def _tile(self):
        """(h, w) of a tile in pixels of the image."""
        magnification = self.metadata["input"].get("magnification", 1)
        return tuple(max(1, int(n / magnification)) for n in self._network.size)

    def _find(self, images, margin) -> Iterator[Detections]:
        """The objects of each image, none left out."""
        size = self._network.size
        if margin is None:
            inputs = (letterbox(image, size) for image in images)
            outputs = self._run(inputs)
            for image in images:
                output, place = next(outputs)
                yield self._detections(output, image.shape[:2], place)
            return
        own = self._tile
        plans = [cover(image.shape[:2], own, margin) for image in images]
        inputs = (
            cut(image, tile, own, size)
            for image, tiles in zip(images, plans, strict=True)
            for tile in tiles
        )
        outputs = self._run(inputs)
        for image, tiles in zip(images, plans, strict=True):
            parts = []
            for y1, x1, y2, x2 in tiles:
                output, place = next(outputs)
                part = self._detections(output, (y2 - y1, x2 - x1), place)
                parts.append(part.placed((y1, x1), image.shape[:2]))
            yield merge_tiles(parts, tiles, margin)

    def _run(self, inputs) -> Iterator[tuple[dict, Any]]:
        """What the network gives for each of (pixels, place), and the place."""
        while group := list(islice(inputs, self._network.batch)):
            outputs = self._network(np.stack([pixels for pixels, _ in group]))
            for i, (_, place) in enumerate(group):
                yield {name: value[i] for name, value in outputs.items()}, place
