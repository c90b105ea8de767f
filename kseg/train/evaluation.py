"""Scores of a network on a data set: one pass, image by image.

Label maps are scored by a confusion matrix over the whole set (papers' mean IoU) and,
image by image, by the boundary F1.
Instance data are scored twice: the foreground as a label map of two classes, and the
objects by TP / (TP + FP + FN) at IoU 0.5 to 0.95, pooled over all objects and as the
mean of images. Networks that give objects with classes and scores get those of COCO and
others besides, `kseg.metrics.ObjectScores`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np

from kseg.data.match_classes import match_classes
from kseg.metrics import (
    BoundaryF1,
    IdMapScores,
    ObjectScores,
    ScoreThreshold,
    confusion_matrix,
    semantic_scores,
)


@dataclass
class Evaluation:
    """What `evaluate` found.

    Attributes:
        scores: Name to number, or to a list of numbers by class, over the whole set.
            ``score`` is the one that training maximises: ``mask_ap`` of a network that
            gives objects; of others the pooled instance score at IoU 0.5 for instance
            data, and the mean IoU for label maps.
        rows: Per image: ``name`` and its own scores.
        results: Of a network that gives objects what COCO's result files hold, by kind,
            ``"segm"`` and ``"bbox"``; image ids are the data set's, or names where it
            has none or has one twice.
    """

    scores: dict[str, Any]
    rows: list[dict[str, Any]] = field(default_factory=list)
    results: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def evaluate(
    predictor,
    dataset,
    *,
    tta: bool = False,
    boundary: bool = True,
    quick: bool = False,
    score_threshold: float | None = None,
    progress: Callable[[Iterable], Iterable] = iter,
) -> Evaluation:
    """Score a predictor on every image of a data set, at full size.

    Label maps get SegNet's four among others: ``pixel_accuracy`` (G),
    ``mean_accuracy`` (C), ``mean_iou`` and ``boundary_f1``.

    Args:
        predictor: What `kseg.load` returns.
        dataset: A `kseg.data.Dataset` with masks.
        tta: Average over flips and turns, as `Predictor.predict` does.
        boundary: Compute the boundary F1 of label maps, too: two distance transforms
            for each class in an image, where the rest costs one pass.
        quick: Of a network that gives objects compute only what training looks at:
            neither boxes, sizes, mAP^r nor PQ.
        score_threshold: Of such a network, from which on objects count where a score
            knows no scores; None is the metadata's.
        progress: Wraps the iteration, to show it.

    Returns:
        An `Evaluation`.

    Raises:
        DataError: An image or a mask cannot be used; names the file.
        ValueError: Instance data, and a network without an instance rule; a network
            that gives objects, and data without, or of other classes
            (`match_classes`).
    """
    if predictor.metadata.get("task") == "instances":
        if score_threshold is None:
            score_threshold = predictor.metadata.get("score_threshold", 0.5)
        dataset = match_classes(dataset, predictor.metadata["classes"])
        scores = ObjectScores(
            len(dataset.class_names) - 1,
            score_threshold=score_threshold,
            quick=quick,
            category_ids=dataset.category_ids and dataset.category_ids[1:],
        )
        return _score_objects(predictor, dataset, tta, scores, progress)
    if dataset.kind == "instances":
        if not predictor.metadata.get("instances"):
            raise ValueError(
                "Expected a network that gives objects, to score it on instance masks. "
                "Received: one whose metadata has no instance rule. Use a run or a "
                "bundle that was trained on instance masks, or label maps as data."
            )
        return _score_instances(predictor, dataset, tta, progress)
    contours = None
    if boundary:
        contours = BoundaryF1(
            len(dataset.class_names), ignore_label=dataset.ignore_label
        )
    return _score_labels(predictor, dataset, tta, contours, progress)


def best_threshold(
    predictor,
    dataset,
    *,
    iou: float = 0.5,
    tta: bool = False,
    progress: Callable[[Iterable], Iterable] = iter,
) -> tuple[float, float]:
    """The score from which on a network's objects should count: one pass over images.

    Args:
        predictor: Of a network that gives objects.
        dataset: Images with objects, not those that the score is then reported on.
        iou: Of the nuclei score TP / (TP + FP + FN) that is to be the best.
        tta: Of `evaluate`.
        progress: Wraps the iteration, to show it.

    Returns:
        The threshold, and the score there, see `kseg.metrics.ScoreThreshold`.

    Raises:
        DataError: An image or a mask cannot be used; names the file.
        ValueError: As `evaluate`.
    """
    dataset = match_classes(dataset, predictor.metadata["classes"])
    curve = ScoreThreshold(len(dataset.class_names) - 1, ious=(iou,))
    for i, found in _found_objects(predictor, dataset, tta, progress):
        curve.update(dataset.objects(i), found)
    return curve.best(iou)


def _score_labels(predictor, dataset, tta, contours, progress) -> Evaluation:
    classes = len(dataset.class_names)
    total = np.zeros((classes, classes), np.int64)
    rows = []
    for i in progress(range(len(dataset))):
        labels = predictor.predict(dataset.image(i), tta=tta).labels
        true = dataset.target(i)
        matrix = confusion_matrix(true, labels, classes, dataset.ignore_label)
        total += matrix
        of_image = semantic_scores(matrix)
        rows.append({"name": dataset.items[i].name, "score": of_image["mean_iou"]})
        if contours:
            contours.update(true, labels)
    scores = semantic_scores(total)
    if contours:
        found = contours.result()
        for row, value in zip(rows, found.pop("per_image_boundary_f1"), strict=True):
            row["boundary_f1"] = float(value)
        scores |= found
    scores = {
        name: value.tolist() if isinstance(value, np.ndarray) else value
        for name, value in scores.items()
    }
    return Evaluation({"score": scores["mean_iou"], **scores}, rows)


def _score_instances(predictor, dataset, tta, progress) -> Evaluation:
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
    found = objects.result()
    at = {t: int(np.argmin(abs(found["thresholds"] - t))) for t in (0.5, 0.7)}
    scores = {
        "score": float(found["score"][at[0.5]]),
        "foreground_iou": found["foreground_iou"],
        "mean_iou": semantic_scores(pixels)["mean_iou"],
        "objects_50": float(found["score"][at[0.5]]),
        "objects_70": float(found["score"][at[0.7]]),
        "objects_mean": found["mean_score"],
        "image_foreground_iou": found["image_foreground_iou"],
        "image_objects_50": float(found["image_score"][at[0.5]]),
        "image_objects_70": float(found["image_score"][at[0.7]]),
        "image_objects_mean": found["image_mean_score"],
    }
    rows = [
        {
            "name": item.name,
            "score": float(found["per_image_score"][i, at[0.5]]),
            "foreground_iou": float(found["per_image_foreground_iou"][i]),
            "objects": counts[i][0],
            "found": counts[i][1],
        }
        for i, item in enumerate(dataset.items)
    ]
    return Evaluation(scores, rows)


def _score_objects(predictor, dataset, tta, scores, progress) -> Evaluation:
    image_ids = _image_ids(dataset)
    for i, found in _found_objects(predictor, dataset, tta, progress):
        scores.update(dataset.objects(i), found, image_ids[i])
    rows = [
        {"name": item.name, **row}
        for item, row in zip(dataset.items, scores.rows(), strict=True)
    ]
    results = {kind: scores.coco.results(kind) for kind in scores.coco.kinds}
    return Evaluation(scores.result(), rows, results)


def _found_objects(predictor, dataset, tta, progress):
    """Of each image its index and all of its objects, predicted batch by batch."""
    indices = iter(progress(range(len(dataset))))
    while group := list(islice(indices, predictor.batch)):
        images = [dataset.image(i) for i in group]
        found = predictor.predict_batch(images, score_threshold=0, tta=tta)
        yield from zip(group, found, strict=True)


def _image_ids(dataset) -> list[int | str]:
    """COCO's own, where there are some: its files then know the results. Names, where
    two files both count from 1."""
    ids = [getattr(item.record, "image_id", item.name) for item in dataset.items]
    if len(set(ids)) < len(ids):
        ids = [item.name for item in dataset.items]
    return ids
