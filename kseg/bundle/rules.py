"""The rules of a bundle, ``rules.json``: what its metadata may say, key by key.

One file for the three readers: page and app have copies of it (``python -m
tools.copy_rules``) and judge by them as this module does. A rule of a list is an object
of

- ``key``: where the value is; ``when``: values of other keys under which the rule
  holds; ``says``: what is expected, in words;
- ``is``: "text", "whole", "number", "truth", "object", "list" or "null"; or ``one_of``:
  some texts;
- ``from`` and ``to`` of numbers, ``least`` and ``most`` elements of lists, ``each`` of
  which has a rule of its own; ``only`` these keys, or just these ``keys`` by their
  rules, in objects, or ``values`` by one rule;
- ``default``: the value of a key that is missing (without it the key must be there),
  and, where ``null`` is true, of null;
- or, of a value that was checked before, ``holds``: a formula, as ``["<", a, b]``, of
  numbers and of keys.

Where a key's parent is null or missing, its rules do not matter.
"""

import copy
import json
import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

RULES = json.loads(Path(__file__).with_name("rules.json").read_text("utf-8"))
LIMITS = RULES["limits"]

Fail = Callable[[str, str, Any], None]
_MISSING = object()


class _Unfit(Exception):
    pass


def apply(rules: Iterable[dict[str, Any]], values: dict[str, Any], fail: Fail) -> None:
    """Check values by rules, in order, and put what they default to in their places.

    Whole numbers that are written as fractions (``6.0``) become whole.

    Args:
        rules: One of the lists of ``RULES``, but "tensors".
        values: What keys are looked up in; it is changed.
        fail: Is called with key, expectation and value, and raises.
    """
    for rule in rules:
        if not applies(rule, values):
            continue
        *path, last = rule["key"].split(".")
        parent = _find(values, path)
        if not isinstance(parent, dict):
            continue
        value = parent.get(last, _MISSING)
        if "holds" in rule:
            known = value is not _MISSING and value is not None
            if known and not evaluate(rule["holds"], values):
                fail(rule["key"], rule["says"], value)
        elif value is _MISSING or (value is None and rule.get("null")):
            if "default" not in rule:
                fail(rule["key"], rule["says"], None)
            parent[last] = copy.deepcopy(rule["default"])
        else:
            fitting = _judged(rule, value)
            if fitting is _MISSING:
                fail(rule["key"], rule["says"], value)
            parent[last] = fitting


def applies(rule: dict[str, Any], values: dict[str, Any]) -> bool:
    """Whether other values are those under which a rule holds."""
    return all(
        _find(values, key.split(".")) == wanted
        for key, wanted in rule.get("when", {}).items()
    )


def evaluate(formula: Any, values: dict[str, Any]) -> Any:
    """The value of a formula: a number, a key, or [operation, formula...]."""
    if isinstance(formula, str):
        return _find(values, formula.split("."))
    if not isinstance(formula, list):
        return formula
    name, *operands = formula
    return _OPERATIONS[name](*(evaluate(operand, values) for operand in operands))


def _find(values, path):
    for step in path:
        if isinstance(values, list) and step.isdigit():
            values = values[int(step)]
        elif isinstance(values, dict):
            values = values.get(step)
        else:
            return None
    return values


def _flat(*operands):
    for operand in operands:
        yield from operand if isinstance(operand, list) else (operand,)


_OPERATIONS = {
    "+": lambda a, b: a + b,
    "*": lambda *factors: math.prod(factors),
    "/": lambda a, b: a / b,
    "floor": math.floor,
    "min": lambda *operands: min(_flat(*operands)),
    "max": lambda *operands: max(_flat(*operands)),
    "length": len,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "=": lambda a, b: a == b,
    "and": lambda *operands: all(operands),
}


def _judged(rule, value):
    """The value as readers take it; `_MISSING` where the rule does not allow it."""
    try:
        return _fitting(rule, value)
    except _Unfit:
        return _MISSING


def _fitting(rule, value):
    """The value as readers take it; `_Unfit` where it is none that the rule allows."""
    if "one_of" in rule:
        return _need(value, value in rule["one_of"])
    return _KINDS[rule["is"]](rule, value)


def _need(value, fits):
    if not fits:
        raise _Unfit
    return value


def _text(rule, value):
    # Half a pair of surrogates is no character: it cannot be printed.
    return _need(
        value,
        isinstance(value, str) and value == value.encode(errors="ignore").decode(),
    )


def _number(rule, value):
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    _need(value, number and math.isfinite(value))
    low, high = rule.get("from", -math.inf), rule.get("to", math.inf)
    return _need(value, low <= value <= high)


def _whole(rule, value):
    return int(_need(value, _number(rule, value) == int(value)))


def _object(rule, value):
    _need(value, isinstance(value, dict))
    _need(value, "only" not in rule or set(value) <= set(rule["only"]))
    if "keys" in rule:
        _need(value, set(rule["keys"]) <= set(value))
        return value | {k: _fitting(r, value[k]) for k, r in rule["keys"].items()}
    if "values" in rule:
        each = rule["values"]
        return {
            key: None if one is None and each.get("null") else _fitting(each, one)
            for key, one in value.items()
        }
    return value


def _list(rule, value):
    _need(value, isinstance(value, list))
    _need(value, rule["least"] <= len(value) <= rule["most"])
    return [_fitting(rule["each"], one) for one in value]


_KINDS = {
    "text": _text,
    "truth": lambda rule, value: _need(value, isinstance(value, bool)),
    "number": _number,
    "whole": _whole,
    "object": _object,
    "list": _list,
    "null": lambda rule, value: _need(value, value is None),
}
