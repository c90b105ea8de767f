"""Scores of a network that gives a label map; see `kseg.train.evaluation`."""

from kseg.train.labels.sides import side_of
from kseg.train.scores import Evaluation


def evaluate(
    predictor, dataset, *, tta, boundary, quick, score_threshold, progress
) -> Evaluation:
    """As `kseg.train.evaluate` has it."""
    if score_threshold is not None:
        raise _no_scores("a score threshold")
    return side_of(dataset).score(predictor, dataset, tta, boundary, progress)


def best_threshold(predictor, dataset, *, iou, tta, progress) -> tuple[float, float]:
    """There is none: a label map has no scores."""
    raise _no_scores("the wish to find the best one")


def _no_scores(received: str) -> ValueError:
    return ValueError(
        "Expected a network that gives objects with scores, for a score threshold "
        f"(--score-threshold, --find-threshold). Received: {received}, and a network "
        "that gives label maps. Leave it out."
    )
