import inspect

from kseg.bundle.rules import RULES
from kseg.bundle.sides import SIDES, side_of


def test_a_side_for_each_task_of_the_rules():
    (task,) = (rule for rule in RULES["metadata"] if rule["key"] == "task")
    assert list(SIDES) == task["one_of"]
    for name, side in SIDES.items():
        assert side_of({"task": name}) is side
        (golden,) = (r for r in RULES["metadata"] if r["key"] == f"golden.{side.KEY}")
        assert golden["when"] == {"task": name} and golden["default"] == side.FILE


def test_sides_have_the_same_functions():
    one, other = (
        {
            name: list(inspect.signature(function).parameters)
            for name, function in inspect.getmembers(side, inspect.isfunction)
            if function.__module__ == side.__name__ and not name.startswith("_")
        }
        for side in SIDES.values()
    )
    assert (
        one
        == other
        == {
            "to_file": ["result"],
            "from_file": ["content", "values", "path"],
        }
    )
