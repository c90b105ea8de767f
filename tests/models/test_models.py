"""Every public network is in MODELS, with its task and its parameters."""

import inspect

import keras
import pytest

import kseg.models
from kseg.models import MODELS, ObjectNetwork


def test_every_network_is_listed():
    public = {name for name in kseg.models.__all__ if name[0].isupper()}
    assert public - {"MODELS", "ObjectNetwork"} == set(MODELS)
    for name, network in MODELS.items():
        assert network.__name__ == name and network is getattr(kseg.models, name)


@pytest.mark.parametrize("name", MODELS)
def test_the_parameters_of_the_default_configuration(name):
    with keras.StatelessScope(initialize_variables=False):  # takes no memory
        model = MODELS[name]()
    assert model.count_params() == MODELS[name].default_parameters


@pytest.mark.parametrize("name", MODELS)
def test_the_task(name):
    network = MODELS[name]
    finds_objects = inspect.isclass(network) and issubclass(network, ObjectNetwork)
    assert network.task == ("instances" if finds_objects else "semantic")
