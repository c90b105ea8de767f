"""What MNC and FCIS train by, on TensorFlow and on JAX alike: see test_on_jax.py."""

import keras
import numpy as np
from keras import ops

from kseg.layers import (
    ClassScores,
    DecodeBoxes,
    FrozenAffine,
    LogitOfTwo,
    Proposals,
    RoIAlign,
    RoIWarp,
    SelectDetections,
)
from kseg.models.parts.region_losses import box_loss, class_loss, mask_loss
from kseg.models.parts.regions import Regions, sample_regions
from kseg.models.parts.rpn import rpn_losses

SIZE, K = (41, 70), 3
PROPOSE = Proposals(
    *(SIZE, [(16, 32)], (0.5, 1, 2), (16,), (30, 20), (12, 9)),
    **dict(offset=0.5, base=16, min_size=6.0, gradient=True),
)
CODING = {"weights": (5.0, 5.0, 2.0, 2.0), "means": (0.1, 0.0, -0.1, 0.0)}
BANDS = ((0.1, 0.5, 0.85), (0.0, 0.1, 0.15))


def example():
    """Two images: three objects, and none."""
    rng = np.random.default_rng(0)
    anchors = len(PROPOSE.anchors[0])
    boxes = np.zeros((2, 3, 4), "float32")
    boxes[0] = [(2, 3, 15, 32), (10, 10, 41, 50), (20, 41, 33, 63)]
    near = boxes[:, [0, 0, 1, 2, 2]] + rng.normal(0, 2, (2, 5, 4))
    near[1] = (3, 4, 30, 40)
    return {
        "maps": rng.normal(size=(2, 3, 5, 12)).astype("float32"),
        "deltas": rng.normal(0, 0.4, (2, anchors, 4)).astype("float32"),
        "boxes": boxes,
        "classes": np.array([[1, 3, 2], [0, 0, 0]], "int32"),
        "masks": rng.random((2, 3, 6, 6)).astype("float32"),
        "features": rng.normal(size=(2, 6, 9, 2)).astype("float32"),
        "near": near.astype("float32"),
        "logits": rng.normal(size=(10, K + 1)).astype("float32"),
        "moves": rng.normal(0, 0.5, (10, 1, 4)).astype("float32"),
        "mask_logits": rng.normal(size=(10, 4, 3, 1)).astype("float32"),
    }


def outputs(given):
    """All that does not depend on what is drawn, or on its order."""
    truth = {key: given[key] for key in ("boxes", "classes", "masks")}
    objectness = LogitOfTwo()(given["maps"])
    rpn = rpn_losses(
        *([objectness], [given["deltas"]], PROPOSE.anchors),
        *(truth["boxes"], truth["classes"] > 0),
        **dict(seed=1, count=120, fraction=1.0, sigma=3.0, image_size=SIZE, each=True),
    )
    proposals, exists = PROPOSE([objectness], [given["deltas"]], training=True)
    # More than there are, so that all are drawn.
    drawn = sample_regions(
        *(proposals, exists, truth, 90, 1 / 3, 2), bands=BANDS, refill=True
    )
    regions = Regions(
        given["near"],
        np.array([[0, 0, 1, 2, 2], [0] * 5], "int32"),
        np.array([[1, 1, 3, 0, 0], [0] * 5], "int32"),
        np.ones((2, 5), "float32"),
    )
    scores = ClassScores()(given["logits"], np.ones((2, 5), "float32"))
    boxes = DecodeBoxes(SIZE, **CODING)(given["moves"], given["near"])
    selected = SelectDetections(4, 0.1, 0.3)(boxes, scores)
    affine = FrozenAffine()
    return {
        "rpn": ops.sum(rpn[0], axis=1) + 3 * ops.sum(rpn[1], axis=1),
        "proposals": proposals,
        "exists": exists,
        "drawn": ops.sum(drawn.boxes * drawn.weights[..., None], axis=1),
        "drawn_classes": -ops.sort(-drawn.classes, axis=1),
        "class_loss": class_loss(given["logits"], regions, each=True),
        "box_loss": box_loss(
            *(given["moves"], regions, truth, 5), sigma=1.0, each=True, **CODING
        ),
        "mask_loss": mask_loss(given["mask_logits"], regions, truth, each=True),
        "affine": affine(given["features"]),
        **{f"selected{i}": x for i, x in enumerate(selected)},
    }


def loss_of_moves(given, moves):
    """Of the box head, smooth, whose regions pass on a gradient of their own."""
    truth = {key: given[key] for key in ("boxes", "classes", "masks")}
    objectness = LogitOfTwo()(given["maps"])
    proposals, exists = PROPOSE([objectness], [moves])
    regions = sample_regions(
        *(proposals, exists, truth, 60, 0.5, 2), append_truth=False
    )
    warped = RoIWarp(3, 1 / 8)([given["features"], regions.boxes])
    warped = ops.reshape(warped, (2, 60, -1)) * regions.weights[..., None]
    return ops.sum(warped**2)


def refusal():
    """What RoIAlign says where the number of samples cannot depend on boxes."""
    try:
        RoIAlign(2, 1.0, samples=None)([np.ones((1, 3, 3, 1)), np.ones((1, 1, 4))])
    except ValueError as error:
        return str(error)
    return ""


def as_arrays(tensors):
    return {key: keras.ops.convert_to_numpy(x) for key, x in tensors.items()}
