"""What a prediction gives back, the same for a run, a .keras file and a bundle."""

from dataclasses import dataclass

import numpy as np

# Pixels measured at a time: the index arrays of a large image would not fit.
BAND = 2**20


@dataclass(frozen=True)
class Result:
    """The result of predicting one image of H x W pixels.

    Attributes:
        labels: (H, W) uint8, the most probable class of each pixel.
        instances: (H, W) int32, 0 background and 1..N the objects; None where the
            network's metadata has no instance rule.
        probabilities: (H, W, K) float32, sum 1; None unless asked for.
        object_classes: The classes that an object can have.
        uncertainty: (H, W) float32, the variance of each class's probability over
            samples, mean over the classes; None unless samples were asked for.
    """

    labels: np.ndarray
    instances: np.ndarray | None = None
    probabilities: np.ndarray | None = None
    object_classes: tuple[int, ...] = ()
    uncertainty: np.ndarray | None = None

    def objects(self, image: np.ndarray | None = None) -> dict[str, np.ndarray]:
        """Measure every object: one pass over the pixels.

        Args:
            image: (H, W, C) or (H, W), for the mean intensity.

        Returns:
            Arrays by name, row n - 1 for object n:
            ``areas`` (N,) int64, pixels; ``boxes`` (N, 4) float32, (y1, x1, y2, x2)
            half-open pixels; ``centres`` (N, 2) float64, (y, x), where the centre of
            the first pixel is at 0.5; ``classes`` (N,) uint8, the most frequent of
            the object classes; with ``image`` also ``mean_intensity`` (N, C) float64.

        Raises:
            ValueError: There is no instance map, or the image has another size.
        """
        if self.instances is None:
            raise ValueError(
                "Expected a result with instances. Received: a label map only. Give "
                "the network's metadata an 'instances' rule, as `kseg train` does for "
                "instance masks."
            )
        if image is not None:
            image = np.asarray(image)
            image = image[..., None] if image.ndim == 2 else image
            if image.shape[:2] != self.instances.shape:
                raise ValueError(
                    f"Expected the image of this result, {self.instances.shape}. "
                    f"Received: {image.shape[:2]}."
                )
        return _measure(self.instances, self.labels, image, self.object_classes)


def _measure(ids, labels, image, object_classes):
    count = int(ids.max(initial=0))
    area = np.zeros(count, np.int64)
    sums = np.zeros((2, count))
    low = np.full((2, count), np.iinfo(np.int64).max)
    high = np.full((2, count), -1)
    votes = np.zeros((max(1, len(object_classes)), count))
    channels = 0 if image is None else image.shape[2]
    light = np.zeros((channels, count))
    step = max(1, BAND // ids.shape[1])
    for top in range(0, ids.shape[0], step):
        band = slice(top, top + step)
        places = np.nonzero(ids[band])
        index = ids[band][places] - 1
        area += np.bincount(index, minlength=count)
        for axis, place in enumerate((places[0] + top, places[1])):
            sums[axis] += np.bincount(index, place, count)
            np.minimum.at(low[axis], index, place)
            np.maximum.at(high[axis], index, place)
        for row, class_id in enumerate(object_classes):
            votes[row] += np.bincount(index, labels[band][places] == class_id, count)
        for channel in range(channels):
            values = image[band, :, channel][places]
            light[channel] += np.bincount(index, values, count)
    found = {
        "areas": area,
        "boxes": np.concatenate([low, high + 1]).T.astype(np.float32),
        "centres": (sums / area).T + 0.5,
        "classes": np.take(object_classes or (0,), votes.argmax(0)).astype(np.uint8),
    }
    if image is not None:
        found["mean_intensity"] = (light / area).T
    return found
