"""Functions from a data set's label maps or ids to what a network learns."""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from kseg.data.pipeline.labels_from_ids import (
    border_labels,
    contact_labels,
    cut_ridge,
    foreground_labels,
    ridge_labels,
)
from kseg.data.pipeline.weight_map import unet_weight_map

Encoder = Callable[[np.ndarray], tuple[np.ndarray, ...]]


def as_they_are(labels):
    """The encoder of label maps."""
    return (labels,)


def label_encoder(target: str, weight_map: Mapping | None) -> Encoder:
    """Label maps are learned as they are.

    Args:
        target: ``"labels"``.
        weight_map: None.

    Returns:
        A function from uint8 ``(H, W)`` labels to ``(labels,)``.

    Raises:
        ValueError: Another target, or weights: they are made from ids.
    """
    if target != "labels" or weight_map is not None:
        raise ValueError(
            'From label maps target is "labels", and there is no weight map. Received: '
            f"target={target!r}, weight_map={weight_map}. Borders, ridges and weight "
            "maps are made from ids of objects."
        )
    return as_they_are


def id_encoder(
    target: str, border_width: float | None, weight_map: Mapping | None
) -> Encoder:
    """What is learned from ids of objects.

    Args:
        target: ``"labels"``, ``"border"``, ``"contact"`` or ``"ridge"``.
        border_width: Of ``"border"`` and ``"contact"``, in pixels; None is 1 and 2.
        weight_map: Arguments of ``unet_weight_map``, or None for no weights. Weights
            of ``"ridge"`` are those of the cells that the ridges leave.

    Returns:
        A function from ``(H, W)`` ids to ``(labels,)`` or ``(labels, weights)``, uint8
        and float32 ``(H, W)``.

    Raises:
        ValueError: Another target, or arguments out of range.
    """
    width = {} if border_width is None else {"width": border_width}
    encoders = {
        "labels": foreground_labels,
        "border": partial(border_labels, **width),
        "contact": partial(contact_labels, **width),
        "ridge": ridge_labels,
    }
    if target not in encoders:
        raise ValueError(
            f"From ids of objects target is one of {sorted(encoders)}. Received: "
            f"target={target!r}."
        )
    # Bad arguments are found here and not in the first batch.
    encoders[target](np.zeros((1, 1), np.int32))
    if weight_map is None:
        return lambda ids: (encoders[target](ids),)
    weigh = partial(unet_weight_map, **weight_map)
    weigh(np.zeros((1, 1), np.int32))

    def encode(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        cells = cut_ridge(ids) if target == "ridge" else ids
        return encoders[target](ids), weigh(cells)

    return encode
