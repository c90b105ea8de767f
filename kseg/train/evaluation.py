"""Scores of a network on a data set: one pass, image by image.

Label maps are scored by a confusion matrix over the whole set (papers' mean IoU) and,
image by image, by the boundary F1.
Networks that part a label map into objects are scored twice: the foreground as a label
map of two classes, and the objects by TP / (TP + FP + FN) at IoU 0.5 to 0.95, pooled
over all objects and as the mean of images. Networks that find objects with classes and
scores get those of COCO and others besides, `kseg.metrics.ObjectScores`.
"""

from collections.abc import Callable, Iterable

from kseg.train.scores import Evaluation
from kseg.train.sides import side_of


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
        quick: Of a network that finds objects compute only what training looks at:
            neither boxes, sizes, mAP^r nor PQ.
        score_threshold: Of such a network, from which on objects count where a score
            knows no scores; None is the metadata's.
        progress: Wraps the iteration, to show it.

    Returns:
        An `Evaluation`.

    Raises:
        DataError: An image or a mask cannot be used; names the file.
        ValueError: Objects, and a network without a rule that parts a label map; a
            score threshold, and a network without scores; a network that finds
            objects, and data without, or of other classes (`match_classes`).
    """
    return side_of(predictor.metadata).evaluate(
        predictor,
        dataset,
        tta=tta,
        boundary=boundary,
        quick=quick,
        score_threshold=score_threshold,
        progress=progress,
    )


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
        predictor: Of a network that finds objects.
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
    return side_of(predictor.metadata).best_threshold(
        predictor, dataset, iou=iou, tta=tta, progress=progress
    )
