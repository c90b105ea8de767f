"""Both sides of the export can be called without knowing which it is."""

import inspect
from types import SimpleNamespace

import keras
import pytest

from kseg.export.sides import SIDES, task_of
from kseg.models import UNet
from tests.models.tiny_rcnn import tiny

PACKAGES = tuple(side.__package__ for side in SIDES.values())


def interface(side):
    """Constants, and functions with their parameters, that a side has of its own."""
    public = {name: value for name, value in vars(side).items() if name[0] != "_"}
    return {
        name: inspect.isfunction(value) and list(inspect.signature(value).parameters)
        for name, value in public.items()
        if name.isupper() or getattr(value, "__module__", "").startswith(PACKAGES)
    }


def test_they_have_the_same_functions_and_parameters():
    first, *others = map(interface, SIDES.values())
    assert {"fixed", "convert", "compare", "require", "golden", "tiles"} <= set(first)
    assert all(other == first for other in others)


@pytest.mark.parametrize(
    "model, task",
    [
        (lambda: UNet(2, (18, 18, 3), base_filters=2, depth=1), "semantic"),
        (tiny, "instances"),
        (lambda: SimpleNamespace(task="instances"), "instances"),
    ],
)
def test_a_model_says_its_task(model, task):
    assert task_of(model()) == task


def test_a_model_of_the_users_that_gives_a_dict_gives_objects():
    image = keras.Input((8, 8, 3))
    assert task_of(keras.Model(image, {"boxes": image})) == "instances"
