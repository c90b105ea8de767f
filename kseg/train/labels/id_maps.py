"""Label maps that are parted into objects, from data with objects.

`kseg.train.labels.label_maps` has the same names for data with label maps.
"""

import numpy as np

from kseg.metrics import IdMapScores, confusion_matrix, semantic_scores
from kseg.train.scores import Evaluation


def target(recipe):
    """What `kseg.data.make_pipeline` makes of the objects.

    Raises:
        ValueError: The recipe learns label maps only.
    """
    separation = recipe.separation
    if separation is None:
        raise ValueError(
            "Expected label maps, which are what this recipe learns. Received: masks "
            "of single objects. Use `kseg train unet`, or read the masks as label maps "
            "with --format folder."
        )
    return {
        "target": separation.target,
        "border_width": separation.border_width,
        "weight_map": separation.weight_map,
    }


def classes(dataset):
    """Names and colours of what the network tells apart: not the objects' classes."""
    names, palette = dataset.class_names, dataset.palette
    one = names[1] if len(names) == 2 else "object"
    colours = [list(palette[0]), list(palette[1]), [255, 255, 255]]
    return ["background", one, "border"], colours


def rule(recipe):
    """How objects are told apart."""
    return dict(recipe.separation.rule)


def loss(recipe):
    """The function from a data set to the loss."""
    return recipe.separation.loss


def score(predictor, dataset, tta, boundary, progress) -> Evaluation:
    """The foreground as a label map of two classes, and the objects.

    Raises:
        ValueError: The network has no rule that parts its label map.
    """
    if not predictor.metadata.get("instances"):
        raise ValueError(
            "Expected a network that gives objects, to score it on instance masks. "
            "Received: one whose metadata has no instance rule. Use a run or a "
            "bundle that was trained on instance masks, or label maps as data."
        )
    objects = IdMapScores()
    pixels = np.zeros((2, 2), np.int64)
    counts = []
    for i in progress(range(len(dataset))):
        true = dataset.target(i)
        result = predictor.predict(dataset.image(i), tta=tta)
        objects.update(true, result.instances)
        foreground = (true > 0).astype(np.uint8), (result.labels > 0).astype(np.uint8)
        pixels += confusion_matrix(*foreground, 2, None)
        counts.append((len(np.unique(true[true > 0])), int(result.instances.max())))
    scores = objects.result()
    at = {t: int(np.argmin(abs(scores["thresholds"] - t))) for t in (0.5, 0.7)}
    rows = [
        {
            "name": item.name,
            "score": float(scores["per_image_score"][i, at[0.5]]),
            "foreground_iou": float(scores["per_image_foreground_iou"][i]),
            "objects": counts[i][0],
            "found": counts[i][1],
        }
        for i, item in enumerate(dataset.items)
    ]
    of_set = {
        "score": float(scores["score"][at[0.5]]),
        "foreground_iou": scores["foreground_iou"],
        "mean_iou": semantic_scores(pixels)["mean_iou"],
        "objects_50": float(scores["score"][at[0.5]]),
        "objects_70": float(scores["score"][at[0.7]]),
        "objects_mean": scores["mean_score"],
        "image_foreground_iou": scores["image_foreground_iou"],
        "image_objects_50": float(scores["image_score"][at[0.5]]),
        "image_objects_70": float(scores["image_score"][at[0.7]]),
        "image_objects_mean": scores["image_mean_score"],
    }
    return Evaluation(of_set, rows)
