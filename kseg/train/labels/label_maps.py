"""Label maps from label maps.

`kseg.train.labels.id_maps` has the same names for data with objects.
"""

import numpy as np

from kseg.data.match_classes import match_classes
from kseg.metrics import BoundaryF1, confusion_matrix, semantic_scores
from kseg.train.scores import Evaluation


def target(recipe):
    """What `kseg.data.make_pipeline` makes of the masks."""
    return {"target": "labels"}


def classes(dataset):
    """Names and colours of what the network tells apart."""
    return list(dataset.class_names), [list(colour) for colour in dataset.palette]


def rule(recipe):
    """How objects are told apart: not at all."""
    return None


def loss(recipe):
    """The function from a data set to the loss."""
    return recipe.loss


def score(predictor, dataset, tta, boundary, progress) -> Evaluation:
    """The papers' scores, and with ``boundary`` the boundary F1."""
    named = predictor.metadata.get("classes", dataset.class_names)
    dataset = match_classes(dataset, named)
    names, ignore_label = dataset.class_names, dataset.ignore_label
    contours = BoundaryF1(len(names), ignore_label=ignore_label) if boundary else None
    total = np.zeros((len(names), len(names)), np.int64)
    rows = []
    for i in progress(range(len(dataset))):
        labels = predictor.predict(dataset.image(i), tta=tta).labels
        true = dataset.target(i)
        matrix = confusion_matrix(true, labels, len(names), ignore_label)
        total += matrix
        of_image = semantic_scores(matrix)
        rows.append({"name": dataset.items[i].name, "score": of_image["mean_iou"]})
        if contours:
            contours.update(true, labels)
    scores = semantic_scores(total)
    if contours:
        of_contours = contours.result()
        per_image = of_contours.pop("per_image_boundary_f1")
        for row, value in zip(rows, per_image, strict=True):
            row["boundary_f1"] = float(value)
        scores |= of_contours
    scores = {
        name: value.tolist() if isinstance(value, np.ndarray) else value
        for name, value in scores.items()
    }
    return Evaluation({"score": scores["mean_iou"], **scores}, rows)
