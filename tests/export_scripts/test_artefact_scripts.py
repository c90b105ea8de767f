"""The scripts of export/: short, without logic, and in their page."""

import ast
import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import kseg
from kseg import bundle, recipes
from kseg.export.release.table import read_table

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "export"
SCRIPTS = sorted(FOLDER.glob("*.py"))
PUBLISHED = ("unet-nuclei", "mask-rcnn-nuclei")

every_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda s: s.stem)


def artefact(script):
    return runpy.run_path(str(script))["ARTEFACT"]


def test_the_scripts_are_found():
    names = {"unet_nuclei", "mask_rcnn_nuclei", "unet_mobile_camvid"}
    assert {script.stem for script in SCRIPTS} == names | {"segnet_basic_camvid"}


@every_script
def test_it_is_short_and_without_logic(script):
    text = script.read_text("utf-8")
    assert len(text.splitlines()) < 40
    docstring, *imports, assignment, guard = ast.parse(text).body
    assert all(isinstance(node, ast.ImportFrom) for node in imports)
    assert ast.unparse(assignment).startswith("ARTEFACT = Artefact(")
    assert [ast.unparse(node) for node in guard.body] == ["main(ARTEFACT, __file__)"]
    for heading in ("Command   python export/", "Time      ", "Expected  "):
        assert f"\n    {heading}" in ast.literal_eval(docstring.value)


@every_script
def test_what_it_says_holds_together(script):
    found = artefact(script)
    assert found.name == script.stem.replace("_", "-")
    assert f"python export/{script.name} --data {found.data}\n" in script.read_text()
    recipe = recipes.get(found.recipe)
    assert ("mask_ap" in found.scores) == (recipe.task == "instances")
    assert found.sample == (found.name in PUBLISHED)
    # What is trained on must not be what is scored.
    assert found.splits[0] not in found.splits[1:]


@every_script
def test_its_help(script, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [str(script), "--help"])
    runpy.run_path(str(script), run_name="__main__")
    said = capsys.readouterr().out
    assert all(option in said for option in ("--data", "--run", "--minutes", "--out"))


def rows():
    """The cells of the page's table."""
    lines, start, end = read_table(FOLDER / "README.md")
    return [line.strip("| ").split(" | ") for line in lines[start:end]]


def test_rows_are_of_scripts_and_their_commands_name_them():
    cells = rows()
    names = {script.stem.replace("_", "-") for script in SCRIPTS}
    assert set(PUBLISHED) <= {row[0] for row in cells} <= names
    for name in {row[0] for row in cells}:
        own = [row for row in cells if row[0] == name]
        assert [row[1] for row in own] == ["float32", "float16", "dynamic", "int8"]
        command = re.match(r"`python (export/\w+\.py) --data ([A-Z0-9]+)", own[0][7])
        assert (ROOT / command[1]).stem.replace("_", "-") == name
        assert artefact(ROOT / command[1]).data == command[2]


def test_what_is_expected_is_what_the_table_has():
    for name, _, size, scores, *_ in [row for row in rows() if row[1] == "int8"]:
        text = (FOLDER / f"{name.replace('-', '_')}.py").read_text("utf-8")
        expected = re.search(r"int8 of ([\d.]+) MB, (\w+) ([\d.]+) on", text)
        assert f"{int(size.replace(',', '')) / 1e6:.1f}" == expected[1]
        scores = dict(score.split() for score in scores.split(", "))
        assert f"{float(scores[expected[2]]):.2f}" == expected[3]


def test_links_of_the_page_lead_somewhere():
    text = (FOLDER / "README.md").read_text("utf-8")
    targets = re.findall(r"\]\(([^)#]+)", text)
    assert len(targets) > 5
    assert all((FOLDER / target).exists() for target in targets)
    assert all((ROOT / name).is_file() for name in re.findall(r"export/\w+\.py", text))


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_bundle_gives_here_what_it_gave_at_home(name):
    path = FOLDER / "bundles" / f"{name}-int8.tflite"
    assert bundle.read(path).metadata["quantization"] == "int8"
    kseg.load(path).self_check()


@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
def test_make_artefacts_runs_the_scripts_of_free_data():
    command = ["make", "-n", "-o", ".venv/.installed", "artefacts", "DATA=a b"]
    # A make that runs the tests would have this one add lines of its own.
    variables = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    done = subprocess.run(
        command, cwd=ROOT, env=variables, capture_output=True, text=True, check=True
    )
    lines = [line.split("export/")[1] for line in done.stdout.splitlines()]
    scripts = [f"{name.replace('-', '_')}.py" for name in PUBLISHED]
    assert [line.strip() for line in lines] == [f'{s} --data "a b"' for s in scripts]
