"""kseg.train.labels.evaluation: what has no scores has no threshold."""

import pytest

from kseg.train import best_threshold, evaluate
from tests.train.labels.test_label_maps import Shifted, dataset

__all__ = ["dataset"]


def test_a_threshold_of_scores_is_refused(dataset):
    network = Shifted(dataset)
    with pytest.raises(ValueError, match="a score threshold, and a network that gives"):
        evaluate(network, dataset, score_threshold=0.5)
    with pytest.raises(ValueError, match="gives objects with scores"):
        best_threshold(network, dataset)
