"""kseg.train.scores: each evaluation has rows and results of its own."""

from kseg.train import Evaluation


def test_rows_are_not_shared():
    first, second = Evaluation({"score": 1.0}), Evaluation({"score": 0.5})
    first.rows.append({"name": "a"})
    first.results["segm"] = []
    assert second.rows == [] and second.results == {}
