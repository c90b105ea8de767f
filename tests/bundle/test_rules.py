"""The interpreter of the rules, and that the rules are sound."""

import inspect

import pytest

from kseg.bundle.rules import LIMITS, RULES, apply, evaluate
from kseg.imaging import Intensity
from kseg.predict.labels import separate
from kseg.predict.objects.network import MASK_THRESHOLD

LISTS = ("metadata", "network", "golden_objects")


class Refused(Exception):
    pass


def fail(key, says, value):
    raise Refused(key, says, value)


def judged(values, *rules):
    """The values after the rules, or the key that was refused."""
    try:
        apply([{"says": "it", **rule} for rule in rules], values, fail)
    except Refused as refused:
        return refused.args[0]
    return values


@pytest.mark.parametrize(
    "rule, good, bad",
    [
        ({"is": "text"}, ["", "é\0"], [1, None, True, [], "\udc00"]),
        ({"is": "truth"}, [True, False], [0, 1, None, "true"]),
        ({"is": "whole", "from": -1, "to": 3}, [-1, 3, 2.0], [4, -2, 0.5, True, "1"]),
        ({"is": "number", "to": 1}, [-1e300, 0.5, 1], [1.01, 1e999, True, None]),
        ({"is": "object"}, [{}, {"x": 1}], [[], None, "x"]),
        ({"is": "object", "only": ["x"]}, [{}, {"x": 1}], [{"y": 1}, {"x": 1, "y": 1}]),
        ({"is": "object", "values": {"is": "text"}}, [{}, {"x": "y"}], [{"x": 1}]),
        ({"one_of": ["a", "b"]}, ["a"], ["c", None, ["a"], 1]),
        ({"is": "null"}, [None], [0, ""]),
    ],
)
def test_kinds(rule, good, bad):
    for value in good:
        assert judged(
            {"k": value},
            {
                "key": "k",
                **rule,
                "null": value is None,
                **({"default": None} if value is None else {}),
            },
        ) == {"k": value}
    for value in bad:
        assert judged({"k": value}, {"key": "k", **rule}) == "k"


def test_lists_and_what_is_in_them():
    each = {"is": "object", "keys": {"n": {"is": "whole", "from": 0, "to": 9}}}
    rule = {"key": "k", "is": "list", "least": 1, "most": 2, "each": each}
    assert judged({"k": [{"n": 1.0, "x": 2}]}, rule) == {"k": [{"n": 1, "x": 2}]}
    for bad in ([], [{}], [{"n": 10}], [{"n": 1}] * 3, {}, [1]):
        assert judged({"k": bad}, rule) == "k"


def test_whole_numbers_become_whole():
    found = judged({"k": 6.0}, {"key": "k", "is": "whole"})
    assert type(found["k"]) is int


def test_missing_keys_and_nulls():
    number = {"key": "a.k", "is": "number"}
    assert judged({"a": {}}, number) == "a.k"
    assert judged({"a": {}}, number | {"default": 7}) == {"a": {"k": 7}}
    assert judged({"a": {"k": None}}, number | {"default": 7}) == "a.k"
    either = number | {"default": 7, "null": True}
    assert judged({"a": {"k": None}}, either) == {"a": {"k": 7}}
    # Where the parent is null or missing there is nothing to say.
    assert judged({"a": None}, number) == {"a": None}
    assert judged({}, number) == {}


def test_a_default_is_not_shared():
    rule = {"key": "k", "is": "object", "default": {}}
    judged({}, rule)["k"]["x"] = 1
    assert judged({}, rule) == {"k": {}}


def test_conditions():
    rule = {"key": "k", "when": {"a.b": "x"}, "is": "text"}
    assert judged({"a": {"b": "x"}, "k": 1}, rule) == "k"
    for other in ({"a": {"b": "y"}}, {"a": None}, {}, {"a": [1]}):
        assert judged({"k": 1, **other}, rule) == {"k": 1, **other}


def test_formulas():
    values = {"a": [3, 4, 5], "b": {"c": 2.5}, "n": None}
    for formula, expected in (
        (7, 7),
        ("a.1", 4),
        ("b.c", 2.5),
        (["+", "a.0", "b.c"], 5.5),
        (["*", 2, "a.0", "a.1"], 24),
        (["floor", ["/", "a.2", "b.c"]], 2),
        (["min", "a", 9], 3),
        (["max", 1, "a"], 5),
        (["length", "a"], 3),
        (["and", ["<", 1, 2], ["<=", 2, 2], ["=", 2, 2.0]], True),
        (["and", ["<", 2, 2], ["<=", 2, 2]], False),
    ):
        assert evaluate(formula, values) == expected, formula
    assert judged(values, {"key": "a", "holds": ["<", ["length", "a"], 3]}) == "a"
    assert judged(values, {"key": "n", "holds": ["<", 2, 1]}) == values


def keys_of(formula):
    if isinstance(formula, str):
        yield formula
    elif isinstance(formula, list):
        for operand in formula[1:]:
            yield from keys_of(operand)


def test_each_rule_comes_after_those_that_it_reads():
    known = set()
    for name in LISTS:
        for rule in RULES[name]:
            key = rule["key"]
            known |= {key} if "holds" not in rule else set()
            parent = key.rpartition(".")[0]
            assert parent in known | {"", "network"}, key
            for other in [*rule.get("when", {}), *keys_of(rule.get("holds", 0))]:
                other = other.removesuffix(".0").removesuffix(".1")
                assert other in known or other.startswith("network."), (key, other)


def test_rules_say_what_they_expect_and_know_no_other_words():
    words = set("key when says is one_of from to least most each only keys".split())
    words |= {"values", "default", "null", "holds"}
    for name in LISTS:
        for rule in RULES[name]:
            assert rule["says"] and set(rule) <= words, rule
            kinds = ("is" in rule) + ("one_of" in rule) + ("holds" in rule)
            assert kinds == 1, rule


def test_defaults_keep_the_rules():
    for rule in RULES["metadata"]:
        default = rule.get("default")
        if default is not None:
            bare = {k: v for k, v in rule.items() if k not in ("when", "default")}
            assert judged({"k": default}, bare | {"key": "k"}) == {"k": default}


def test_defaults_are_those_of_prediction():
    defaults = {
        rule["key"]: rule["default"]
        for rule in RULES["metadata"]
        if rule.get("default") is not None
    }

    def of(function):
        found = inspect.signature(function).parameters.values()
        return {p.name: p.default for p in found if p.default is not p.empty}

    water, pieces = of(separate.watershed_objects), of(separate.component_objects)
    rule = "instances."
    assert water == {k: defaults[rule + k] for k in ("interior", "border", "min_area")}
    assert list(pieces["classes"]) == defaults["instances.classes"]
    assert pieces["min_area"] == defaults["instances.min_area"]
    assert defaults["mask_threshold"] == MASK_THRESHOLD
    percentile = Intensity("percentile")
    assert percentile.low == defaults["input.intensity.low"]
    assert percentile.high == defaults["input.intensity.high"]


def test_limits_are_whole_numbers():
    assert all(isinstance(limit, int) and limit > 0 for limit in LIMITS.values())
