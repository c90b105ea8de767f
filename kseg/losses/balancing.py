"""Class weights from how often classes occur. NumPy only."""

from collections.abc import Iterable

import numpy as np

# The class_weighting of segnet_train.prototxt and segnet_basic_train.prototxt in the
# SegNet tutorial, in the order of its classes: Sky, Building, Pole, Road, Pavement,
# Tree, SignSymbol, Fence, Car, Pedestrian, Bicyclist. It does not follow from the
# formula of ``median_frequency_weights`` on CamVid's training maps (Pavement 1.0,
# SignSymbol 3.85 there): say which of the two a result was trained with.
SEGNET_CAMVID_WEIGHTS = (
    *(0.2595, 0.1826, 4.5640, 0.1417, 0.9051, 0.3826),
    *(9.6446, 1.8418, 0.6823, 6.2478, 7.3614),
)


def median_frequency_weights(pixels_per_class, image_pixels_per_class=None):
    """Median-frequency balancing: ``weight[c] = median(freq) / freq[c]``.

    ``freq[c] = pixels_per_class[c] / image_pixels_per_class[c]``: the share of the
    class in the images that have it (Eigen & Fergus). Without the second argument the
    share in the pixels of all classes: a class that few images have then weighs more.

    Args:
        pixels_per_class: (K,) pixels of each class, at least 0.
        image_pixels_per_class: (K,) pixels of all images in which the class occurs, or
            None.

    Returns:
        (K,) float64 weights. A class without a pixel has weight 0 and no part in the
        median: there is nothing to weigh.

    Raises:
        ValueError: counts that are negative, of different lengths, larger than their
            images, or all 0.

    Example:
        Shares 0.8, 0.2 and 0.1 in the images that have the class; the median is 0.2.

        >>> median_frequency_weights([80, 20, 5], [100, 100, 50]).tolist()
        [0.25, 1.0, 2.0]

    Reference:
        Eigen and Fergus, Predicting Depth, Surface Normals and Semantic Labels with a
        Common Multi-Scale Convolutional Architecture, ICCV 2015, section 6.3;
        Badrinarayanan et al., SegNet, PAMI 2017, section 3.
    """
    pixels = _counts("pixels_per_class", pixels_per_class)
    if not pixels.any():
        raise ValueError(
            "pixels_per_class must have a pixel of at least one class; are all labels "
            f"the ignore label? Received: pixels_per_class={pixels_per_class}"
        )
    totals = np.full_like(pixels, pixels.sum())
    if image_pixels_per_class is not None:
        totals = _counts("image_pixels_per_class", image_pixels_per_class)
        if totals.shape != pixels.shape or (totals < pixels).any():
            raise ValueError(
                "image_pixels_per_class must hold, for each class, the pixels of the "
                "images that have it: as many numbers as pixels_per_class, none "
                f"smaller. Received: pixels_per_class={pixels_per_class}, "
                f"image_pixels_per_class={image_pixels_per_class}"
            )
    present = pixels > 0
    frequency = pixels[present] / totals[present]
    weights = np.zeros(pixels.shape)
    weights[present] = np.median(frequency) / frequency
    return weights


def dataset_class_weights(dataset) -> np.ndarray:
    """Median-frequency weights of a data set's label maps, each read once.

    Args:
        dataset: a ``kseg.data.Dataset`` of label maps, or what has its ``target(i)``,
            ``class_names``, ``ignore_label`` and length.

    Returns:
        (K,) float64, as ``median_frequency_weights`` with both counts: ignored pixels
        are no class, but part of the images in which a class occurs.

    Raises:
        DataError: a mask cannot be used; names the file.
        ValueError: every pixel is ignored.
    """
    maps = (dataset.target(i) for i in range(len(dataset)))
    counts = count_class_pixels(maps, len(dataset.class_names), dataset.ignore_label)
    return median_frequency_weights(*counts)


def count_class_pixels(label_maps: Iterable, num_classes: int, ignore_label=255):
    """The two counts that ``median_frequency_weights`` takes, in one pass.

    Args:
        label_maps: label maps, (H, W) integers each; any sizes.
        num_classes: K.
        ignore_label: the id that is no class, or None. Its pixels belong to no class
            but to the size of their image.

    Returns:
        pixels_per_class (K,) and image_pixels_per_class (K,), int64.

    Raises:
        ValueError: a label outside 0..K-1 that is not the ignore label.

    Example:
        >>> pixels, image_pixels = count_class_pixels([[[0, 0, 1]], [[0, 255]]], 2)
        >>> pixels.tolist(), image_pixels.tolist()
        ([3, 1], [5, 3])
    """
    pixels = np.zeros(num_classes, "int64")
    image_pixels = np.zeros(num_classes, "int64")
    for index, labels in enumerate(label_maps):
        labels = np.asarray(labels).ravel()
        counted = labels if ignore_label is None else labels[labels != ignore_label]
        if counted.size and not 0 <= counted.min() <= counted.max() < num_classes:
            raise ValueError(
                f"Labels must be 0..{num_classes - 1} or the ignore label "
                f"{ignore_label}. Received: labels from {counted.min()} to "
                f"{counted.max()} in label map {index}"
            )
        of_image = np.bincount(counted, minlength=num_classes)
        pixels += of_image
        image_pixels += (of_image > 0) * labels.size
    return pixels, image_pixels


def _counts(name, values):
    counts = np.asarray(values, dtype="float64")
    if counts.ndim != 1 or not np.isfinite(counts).all() or (counts < 0).any():
        raise ValueError(
            f"{name} must be a list of counts of at least 0. Received: {name}={values}"
        )
    return counts
