"""Label maps or objects: each layer asks once, and both of its sides can do the same.

A layer that must know the task has ``kseg/LAYER/sides.py`` with ``SIDES``, a dict from
the task's name (in data: the kind's) to a module or class. Nothing else asks.
"""

import ast
import inspect
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "kseg"
CHOOSERS = sorted(PACKAGE.rglob("sides.py"))
MOST = 12

# What asks: a comparison or lookup of one of these, ...
WORDS = {"task", "kind"}
# ... a comparison with one of these, ...
TASKS = {"semantic", "instances"}
# ... and whether something is one of these.
TYPES = {"Objects", "Detections", "ObjectNetwork", "ObjectPredictor", "KerasObjects"}


def named(node):
    """The name that a node reads: of a variable, an attribute, or a key."""
    if isinstance(node, ast.Subscript):
        return node.slice.value if isinstance(node.slice, ast.Constant) else None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr == "get" and node.args:
            first = node.args[0]
            return first.value if isinstance(first, ast.Constant) else None
        return None
    return getattr(node, "attr", getattr(node, "id", None))


def asks(node):
    """Whether a node of a syntax tree asks for the task."""
    if isinstance(node, ast.Subscript | ast.Call) and named(node) == "task":
        return isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        values = {side.value for side in sides if isinstance(side, ast.Constant)}
        if values & TASKS:
            return True
        return any(named(side) in WORDS for side in sides) and bool(
            values & {"labels", None}
        )
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "isinstance":
        return bool({named(n) for n in ast.walk(node.args[1])} & TYPES)
    return False


def places(source):
    """The lines of a source that ask."""
    return sorted({n.lineno for n in ast.walk(ast.parse(source)) if asks(n)})


@pytest.mark.parametrize(
    "source",
    [
        'x = metadata["task"]',
        'if metadata.get("task") == "instances": pass',
        'if dataset.kind == "labels": pass',
        'if dataset.kind != "instances": pass',
        "if isinstance(result, Detections | None): pass",
        'x = "semantic" if y else z\nif t == "semantic": pass',
    ],
)
def test_the_walk_sees_what_asks(source):
    assert places(source)


@pytest.mark.parametrize(
    "source",
    ['metadata["task"] = task', "if dtype.kind in 'iu': pass", "task = SIDES[task]"],
)
def test_the_walk_sees_only_what_asks(source):
    assert not places(source)


def test_each_layer_asks_once():
    asked = {
        f"{path.relative_to(PACKAGE)}:{line}": path.relative_to(PACKAGE).parts[0]
        for path in sorted(PACKAGE.rglob("*.py"))
        for line in places(path.read_text("utf-8"))
    }
    layers = Counter(asked.values())
    often = [place for place, layer in asked.items() if layers[layer] > 1]
    assert not often, "\n".join(often)
    assert len(asked) <= MOST


# What one side alone has: used by the other or a test of it, or taken from elsewhere.
OWN = {
    "bundle": {"RULES"},
    "data": {"empty", "far_pieces", "FAR"},
    "predict": {"MASK_THRESHOLD", "OUTPUTS"},
}


def resolved(value):
    return import_module(value) if isinstance(value, str) else value


def public(side):
    """Name to parameters of what a side, a module or class, has to offer."""
    home = getattr(side, "__module__", side.__name__)
    return {
        name: tuple(inspect.signature(value).parameters)
        for name, value in vars(side).items()
        if not name.startswith("_")
        and callable(value)
        and getattr(value, "__module__", "").startswith(home)
    } | {name: None for name in vars(side) if name.isupper() and name[0] != "_"}


@pytest.mark.parametrize("path", CHOOSERS, ids=lambda path: path.parent.name)
def test_both_sides_offer_the_same(path):
    name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    sides = {k: resolved(v) for k, v in import_module(name).SIDES.items()}
    assert len(sides) > 1
    offers = [public(side) for side in sides.values()]
    assert offers[0]
    own = OWN.get(path.parent.name, set())
    for offer in offers:
        assert {k: v for k, v in offer.items() if k not in own} == {
            k: v for k, v in offers[0].items() if k not in own
        }
