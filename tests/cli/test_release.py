"""The command line of the scripts of export/."""

from pathlib import Path

import pytest

from kseg.cli.release import main
from kseg.export.release.artefact import Artefact

TINY = Artefact(
    name="tiny-nuclei",
    recipe="tiny",
    data="NUCLEI",
    splits=("some", "val", "val"),
    scores=("objects_50",),
    training={"epochs": 3},
    sample=True,
)


def given(monkeypatch, *options, script="/somewhere/export/tiny_nuclei.py"):
    """What `release` is given where the script is called so."""
    seen = {}

    def release(artefact, out, **rest):
        seen.update(rest, artefact=artefact, out=out)

    monkeypatch.setattr("kseg.export.release.release.release", release)
    main(TINY, script, [str(option) for option in options])
    return seen


def test_with_data_the_artefact_goes_beside_the_script(monkeypatch):
    seen = given(monkeypatch, "--data", "nuclei", "--minutes", 2.5)
    assert seen["artefact"] is TINY and seen["out"] == Path("/somewhere/export")
    assert (seen["data"], seen["run"], seen["minutes"]) == (Path("nuclei"), None, 2.5)


def test_without_data_it_replaces_nothing_that_is_published(monkeypatch):
    assert given(monkeypatch)["out"] == Path("artefacts")
    named = given(monkeypatch, "--out", "mine", "--run", "runs/one")
    assert named["out"] == Path("mine") and named["run"] == Path("runs/one")


def test_an_error_is_one_sentence(monkeypatch, capsys):
    def release(*_, **__):
        raise ValueError("Expected a run or minutes, not both.")

    monkeypatch.setattr("kseg.export.release.release.release", release)
    with pytest.raises(SystemExit):
        main(TINY, "export/tiny_nuclei.py", [])
    assert capsys.readouterr().err == "Error: Expected a run or minutes, not both.\n"
