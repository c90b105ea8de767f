"""Tiny Mask R-CNNs and images with objects, for the tests of this folder."""

import keras
import numpy as np
from keras import layers

from kseg.models.mask_rcnn import MaskRCNN

SHAPE = (64, 96, 3)


def backbone():
    """Five strided convolutions: {"c1": ..., "c5": ...} as kseg's backbones give."""
    image = x = keras.Input((None, None, 3))
    x = layers.Rescaling(1 / 127.5, offset=-1)(x)
    maps = {}
    for level in range(1, 6):
        conv = layers.Conv2D(
            16, 3, 2, "same", kernel_initializer="he_normal", name=f"conv{level}"
        )
        x = maps[f"c{level}"] = layers.ReLU()(conv(x))
    return keras.Model(image, maps, name="tiny_backbone")


TINY = dict(
    anchor_sizes=(8, 16, 32, 48, 64),
    candidates=(50, 40),
    proposals=(30, 20),
    rois=16,
    detections=5,
    canonical_size=32,
    channels=16,
    fc_filters=32,
    mask_filters=16,
)


def tiny(head="fpn", num_classes=2, **kwargs):
    """A Mask R-CNN of some thousand weights, seeded."""
    keras.utils.set_random_seed(0)
    chosen = {"backbone": backbone(), "head": head, **TINY}
    return MaskRCNN(num_classes, SHAPE, **{**chosen, **kwargs})


def unallocated(*args, build=MaskRCNN, **kwargs):
    """A network whose variables have a shape and no memory."""
    with keras.StatelessScope(initialize_variables=False):
        return build(*args, **kwargs)


def batch(objects=True):
    """Two images and their objects, of two classes: bright and dark rectangles."""
    rng = np.random.default_rng(0)
    images = rng.integers(100, 140, (2, *SHAPE)).astype("uint8")
    truth = {
        "boxes": np.zeros((2, 4, 4), "float32"),
        "classes": np.zeros((2, 4), "int32"),
        "masks": np.zeros((2, 4, 28, 28), "float32"),
    }
    placed = [
        (0, 0, (6, 8, 30, 40), 1),
        (0, 1, (34, 50, 60, 90), 2),
        (1, 0, (20, 10, 50, 34), 2),
    ]
    for image, place, box, kind in placed if objects else []:
        y1, x1, y2, x2 = box
        images[image, y1:y2, x1:x2] = 250 if kind == 1 else 5
        truth["boxes"][image, place] = box
        truth["classes"][image, place] = kind
        truth["masks"][image, place] = 1
    return images, truth
