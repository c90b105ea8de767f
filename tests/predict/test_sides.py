from types import SimpleNamespace

import pytest

from kseg.errors import BundleError
from kseg.predict import ObjectPredictor, Predictor, from_model
from kseg.predict.sides import from_network, task_of
from tests.predict.conftest import METADATA, unet_metadata
from tests.predict.corner import METADATA as OBJECTS


def test_the_metadata_choose_the_predictor(unet):
    network = SimpleNamespace(batch=3, size=(8, 9))
    found = from_network(network, OBJECTS)
    assert isinstance(found, ObjectPredictor)
    assert (found.batch, found.size) == (3, (8, 9))
    assert isinstance(from_network(network, METADATA), Predictor)
    labels = from_model(unet, unet_metadata() | {"task": "semantic"})
    assert isinstance(labels, Predictor)
    assert (labels.batch, labels.size) == (1, (16, 16))
    # Metadata that a user wrote by hand: label maps, where nothing is said.
    by_hand = {k: v for k, v in unet_metadata().items() if k != "task"}
    assert isinstance(from_model(unet, by_hand), Predictor)


def test_an_unknown_task_is_refused(unet):
    with pytest.raises(BundleError, match="semantic or instances.*'depth'.*newer kseg"):
        from_model(unet, METADATA | {"task": "depth"})


def test_a_model_tells_its_task(unet):
    assert task_of(unet) == "semantic"
    assert task_of(SimpleNamespace(task="instances")) == "instances"
