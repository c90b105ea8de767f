"""From a data set's label maps or ids to what a network learns."""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import tensorflow as tf

from kseg.data.pipeline.targets import (
    border_labels,
    contact_labels,
    foreground_labels,
    ridge_labels,
    separate,
)
from kseg.data.pipeline.weight_map import unet_weight_map


def make_encoder(
    kind: str, target: str, border_width: float | None, weight_map: Mapping | None
) -> Callable[[tf.Tensor], tuple[tf.Tensor, ...]]:
    """The function from a data set's target to ``(labels,)`` or ``(labels, weights)``.

    Args:
        kind: ``"labels"`` (label maps) or ``"instances"`` (instance ids).
        target: ``"labels"``; for instances also ``"border"``, ``"contact"`` and
            ``"ridge"``.
        border_width: Of ``"border"`` and ``"contact"``, in pixels; None is 1 and 2.
        weight_map: Arguments of ``unet_weight_map``, or None for no weights. Weights
            of ``"ridge"`` are those of the cells that the ridges leave.

    Returns:
        A function of ``(H, W)`` labels or ids; gives uint8 and float32 ``(H, W)``.

    Raises:
        ValueError: The target or the weights cannot be made from this kind of data,
            or their arguments are out of range.
    """
    width = {} if border_width is None else {"width": border_width}
    instances = {
        "labels": foreground_labels,
        "border": partial(_in_graph, partial(border_labels, **width), tf.uint8),
        "contact": partial(_in_graph, partial(contact_labels, **width), tf.uint8),
        "ridge": ridge_labels,
    }
    labels = instances if kind == "instances" else {"labels": tf.identity}
    if target not in labels or (kind != "instances" and weight_map is not None):
        raise ValueError(
            f'For data of the kind "{kind}" target is one of {sorted(labels)}'
            + ("" if kind == "instances" else ", and there is no weight map")
            + f". Received: target={target!r}, weight_map={weight_map}. Borders, "
            "ridges and weight maps are made from instance ids"
        )
    # Bad arguments are found here and not in the first batch.
    bordered = {"border": border_labels, "contact": contact_labels}
    if target in bordered:
        bordered[target](np.zeros((1, 1), np.int32), **width)
    if weight_map is None:
        return lambda ids: (labels[target](ids),)
    unet_weight_map(np.zeros((1, 1), np.int32), **weight_map)

    def encode(ids: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        cells = separate(ids) if target == "ridge" else ids
        weigh = partial(unet_weight_map, **weight_map)
        return labels[target](ids), _in_graph(weigh, tf.float32, cells)

    return encode


def _in_graph(function: Callable, dtype: tf.DType, ids: tf.Tensor) -> tf.Tensor:
    """Call a function of arrays from inside ``tf.data``; the shape is kept."""
    result = tf.numpy_function(function, [ids], dtype)
    return tf.ensure_shape(result, ids.shape)
