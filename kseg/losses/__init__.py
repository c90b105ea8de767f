"""Losses for semantic segmentation: logits against label maps.

Every loss is a function on tensors and a ``keras.losses.Loss`` for ``compile``. All
take integer labels (B, H, W), logits (B, H, W, K) and, where given, pixel weights
(B, H, W). What an ignored pixel, an absent class and a weight do is told in each
docstring and, side by side, in docs/losses_and_metrics.md.
"""

from kseg.losses.balancing import (
    SEGNET_CAMVID_WEIGHTS,
    count_class_pixels,
    dataset_class_weights,
    median_frequency_weights,
)
from kseg.losses.combined import Sum
from kseg.losses.jaccard import Lovasz, lovasz
from kseg.losses.overlap import Dice, Tversky, dice, tversky
from kseg.losses.pixelwise import CrossEntropy, Focal, cross_entropy, focal

__all__ = [
    "SEGNET_CAMVID_WEIGHTS",
    "CrossEntropy",
    "Dice",
    "Focal",
    "Lovasz",
    "Sum",
    "Tversky",
    "count_class_pixels",
    "cross_entropy",
    "dataset_class_weights",
    "dice",
    "focal",
    "lovasz",
    "median_frequency_weights",
    "tversky",
]
