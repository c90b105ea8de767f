"""Keeping what a backbone has learnt elsewhere."""

import keras

from kseg.layers.walk import walk


def freeze(image, maps: dict, stages: int, batch_norm: bool) -> None:
    """Exclude layers of a backbone from training.

    Args:
        image: The tensor that the backbone was called on.
        maps: What it returned.
        stages: 2 freezes all that ``maps["c2"]`` is computed from, 0 nothing.
        batch_norm: Freeze every batch norm: its weights stay, and it normalises by its
            moving statistics in training too.

    Raises:
        ValueError: ``stages`` is not an int from 0 to 5.

    Reference:
        He et al., ICCV 2017; detectron2's FREEZE_AT = 2 and FrozenBN.
    """
    if stages not in range(6):
        raise ValueError(
            f"Stages to freeze are counted from 0 to 5. Received: {stages!r}."
        )
    if stages:
        for layer in walk(keras.Model(image, maps[f"c{stages}"])):
            layer.trainable = False
    if batch_norm:
        for layer in walk(keras.Model(image, maps)):
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.trainable = False
