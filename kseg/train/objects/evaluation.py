"""Scores of a network that finds objects; see `kseg.train.evaluation`."""

from itertools import islice

from kseg.data.match_classes import match_classes
from kseg.metrics import ObjectScores, ScoreThreshold
from kseg.train.scores import Evaluation


def evaluate(
    predictor, dataset, *, tta, boundary, quick, score_threshold, progress
) -> Evaluation:
    """As `kseg.train.evaluate` has it."""
    if score_threshold is None:
        score_threshold = predictor.metadata.get("score_threshold", 0.5)
    dataset = match_classes(dataset, predictor.metadata["classes"])
    scores = ObjectScores(
        len(dataset.class_names) - 1,
        score_threshold=score_threshold,
        quick=quick,
        category_ids=dataset.category_ids and dataset.category_ids[1:],
    )
    image_ids = _image_ids(dataset)
    for i, detections in _detected(predictor, dataset, tta, progress):
        scores.update(dataset.objects(i), detections, image_ids[i])
    rows = [
        {"name": item.name, **row}
        for item, row in zip(dataset.items, scores.rows(), strict=True)
    ]
    results = {kind: scores.coco.results(kind) for kind in scores.coco.kinds}
    return Evaluation(scores.result(), rows, results)


def best_threshold(predictor, dataset, *, iou, tta, progress) -> tuple[float, float]:
    """As `kseg.train.best_threshold` has it."""
    dataset = match_classes(dataset, predictor.metadata["classes"])
    curve = ScoreThreshold(len(dataset.class_names) - 1, ious=(iou,))
    for i, detections in _detected(predictor, dataset, tta, progress):
        curve.update(dataset.objects(i), detections)
    return curve.best(iou)


def _detected(predictor, dataset, tta, progress):
    """Of each image its index and all detections, predicted batch by batch."""
    indices = iter(progress(range(len(dataset))))
    while group := list(islice(indices, predictor.batch)):
        images = [dataset.image(i) for i in group]
        detections = predictor.predict_batch(images, score_threshold=0, tta=tta)
        yield from zip(group, detections, strict=True)


def _image_ids(dataset) -> list[int | str]:
    """COCO's own, where there are some: its files then know the results. Names, where
    two files both count from 1."""
    ids = [getattr(item.record, "image_id", item.name) for item in dataset.items]
    if len(set(ids)) < len(ids):
        ids = [item.name for item in dataset.items]
    return ids
