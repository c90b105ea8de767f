"""docs/bundle_format.md against the rules, and against what is exported."""

import json
import re
from pathlib import Path

import pytest

from kseg import bundle
from kseg.bundle.rules import LIMITS, RULES
from tests.bundle import small

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "bundle_format.md").read_text("utf-8")
PUBLISHED = sorted((ROOT / "export" / "bundles").glob("*-nuclei-int8.tflite"))


def table(head):
    """The rows below a table's head, their cells."""
    after = PAGE.split(f"\n{head}\n", 1)[1].split("\n")[1:]
    rows = []
    for line in after:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line[1:-1].split("|")])
    return rows


def where(rule):
    return ", ".join(
        f"`{key}` = `{value}`" for key, value in rule.get("when", {}).items()
    )


def test_every_key_with_its_type_and_default():
    expected = [
        [
            f"`{rule['key']}`",
            where(rule),
            rule["says"],
            f"`{json.dumps(rule['default'])}`" if "default" in rule else "",
        ]
        for rule in RULES["metadata"]
        if "holds" not in rule
    ]
    rows = table("| key | where | what it must be | default | meaning |")
    assert [row[:4] for row in rows] == expected
    for row in rows:
        assert row[4] or row[0].startswith("`golden."), row


def test_what_must_hold_together():
    rules = [rule for rule in RULES["metadata"] if "holds" in rule] + RULES["network"]
    expected = [[f"`{rule['key']}`", where(rule), rule["says"]] for rule in rules]
    assert table("| value | where | must be |") == expected


def test_every_tensor():
    expected = [
        [
            rule["side"],
            where(rule),
            f"`{rule['name']}`",
            rule["type"],
            ", ".join(
                f"`{n}`" if isinstance(n, str) else str(n) for n in rule["shape"]
            ),
        ]
        for rule in RULES["tensors"]
    ]
    assert table("| side | where | name | type | shape |") == expected


def test_every_key_of_the_golden_objects():
    expected = [
        [f"`{rule['key'].removeprefix('golden_objects.')}`", rule["says"]]
        for rule in RULES["golden_objects"][1:]
    ]
    assert table("| key | what it must be |") == expected


def test_bounds_and_thresholds():
    for limit in [*LIMITS.values(), *RULES["golden"].values(), RULES["format_version"]]:
        assert re.search(rf"\b{limit}\b", PAGE), limit
    versions = [row[0] for row in table("| version | since | differs |")]
    assert versions == [str(n + 1) for n in range(RULES["format_version"])]


def test_every_member(tmp_path):
    rows = table("| member | content | bytes at most |")
    named = {row[0].strip("`") for row in rows}
    written = set()
    from tools.rewrite_bundle import members_of

    for task in ("semantic", "instances"):
        small.write(tmp_path / "net.tflite", task)
        written |= set(members_of(tmp_path / "net.tflite"))
    assert named == written


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.name)
def test_what_is_exported_is_on_the_page(path):
    assert small.unknown_keys(bundle.read(path).metadata) == set()


def test_what_is_not_on_the_page_is_found():
    said = {**small.metadata(), "mask_treshold": 0.4, "tiling": {"margins": 3}}
    assert small.unknown_keys(said) == {"mask_treshold", "tiling.margins"}


def test_the_page_is_where_the_others_point():
    for page in ("export", "web_demo", "android"):
        text = (ROOT / "docs" / f"{page}.md").read_text("utf-8")
        assert "(bundle_format.md" in text, page
