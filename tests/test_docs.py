"""Documentation: links lead somewhere, Python compiles, commands and recipes exist."""

import re
from pathlib import Path

import pytest
import typer

from kseg import cli
from kseg.recipes import RECIPES

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#]+)", text):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_of_the_library_that_are_named_are_there(page):
    named = r"`((?:kseg|tests|benchmarks|tools)/[\w/]+(?:\.py|/))`"
    for target in re.findall(named, page.read_text("utf-8")):
        assert (ROOT / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_blocks_compile(page):
    for block in re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
        if ">>>" not in block:
            compile(block, str(page), "exec")


def test_every_page_is_reachable_from_the_readme():
    readme = (ROOT / "README.md").read_text("utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert f"docs/{page.name}" in readme, page.name


def test_every_recipe_is_in_the_page_about_training():
    text = (ROOT / "docs/training.md").read_text("utf-8")
    for name, module in RECIPES.items():
        assert f"\n| [`{name}`](../{module.replace('.', '/')}.py) |" in text, name


def test_every_benchmark_is_in_the_list_of_contributing():
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    for path in (ROOT / "benchmarks").glob("*.py"):
        assert f"`{path.name}`" in text, path.name


COMMANDS = typer.main.get_command(cli.app).commands
OPTIONS = {
    name: {option for parameter in command.params for option in parameter.opts}
    for name, command in COMMANDS.items()
}


def commands(text):
    """Lines that run kseg, of a page, with what a backslash continues."""
    text = re.sub(r" *\\\n *", " ", text)
    for line in re.findall(r"^(?: {4}|\$ )(kseg .*)$|`(kseg [^`]*)`", text, re.M):
        yield "".join(line).replace("\n", " ").partition("  #")[0]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_their_options_exist(page):
    for line in commands(page.read_text("utf-8")):
        _, *words = line.split()
        if words == ["--help"]:
            continue
        assert words[0] in COMMANDS, line
        wrong = {word for word in words if word.startswith("--")}
        assert wrong - OPTIONS[words[0]] <= {"--help"}, line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_scripts_exist(page):
    text = page.read_text("utf-8")
    for path in re.findall(r"python ((?:benchmarks|tools)/\w+\.py)", text):
        assert (ROOT / path).is_file(), path


def test_commands_are_found():
    """A pattern that finds nothing would let the tests above pass."""
    found = list(commands((ROOT / "docs/unet.md").read_text("utf-8")))
    assert any(line.startswith("kseg train unet --data dsb2018") for line in found)
    assert any(line.endswith("--out runs/nuclei") for line in found)
