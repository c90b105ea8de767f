"""kseg.train.evaluation: what is asked arrives at the side of the network."""

from types import SimpleNamespace

import pytest

from kseg.train import Evaluation, best_threshold, evaluate
from kseg.train.sides import SIDES


@pytest.fixture(params=SIDES)
def predictor(request, monkeypatch):
    """A network of each task; what its side is told."""
    told = {}

    def takes(name, gives):
        def function(predictor, dataset, **options):
            told[name] = (dataset, options)
            return gives

        monkeypatch.setattr(SIDES[request.param], name, function)

    takes("evaluate", Evaluation({"score": 1.0}))
    takes("best_threshold", (0.3, 0.9))
    return SimpleNamespace(metadata={"task": request.param}, told=told)


def test_an_evaluation(predictor):
    assert evaluate(predictor, "data").scores == {"score": 1.0}
    expected = {"tta": False, "boundary": True, "quick": False}
    expected |= {"score_threshold": None, "progress": iter}
    assert predictor.told["evaluate"] == ("data", expected)
    given = {"tta": True, "boundary": False, "quick": True}
    given |= {"score_threshold": 0.2, "progress": list}
    evaluate(predictor, "data", **given)
    assert predictor.told["evaluate"] == ("data", given)


def test_a_threshold(predictor):
    assert best_threshold(predictor, "data", iou=0.7, tta=True) == (0.3, 0.9)
    expected = {"iou": 0.7, "tta": True, "progress": iter}
    assert predictor.told["best_threshold"] == ("data", expected)
