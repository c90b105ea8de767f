"""An artefact of the tests' recipe, released once for all tests of the release."""

from contextlib import contextmanager

import pytest

from kseg import recipes
from kseg.export.release.artefact import Artefact
from kseg.export.release.release import release
from tests.nuclei_folder import write_nuclei

TINY = Artefact(
    name="tiny-nuclei",
    recipe="tiny",
    data="NUCLEI",
    splits=("some", "val", "val"),
    scores=("objects_50", "foreground_iou"),
    training={"epochs": 3},
    sample=True,
)
FORMATS = ["float32", "float16", "dynamic", "int8"]


@contextmanager
def known():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(recipes.RECIPES, "tiny", "tests.tiny_recipe")
        yield


@pytest.fixture(autouse=True)
def tiny_recipe():
    with known():
        yield


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """With a name of its own for the images to train on, and lists of two."""
    folder = write_nuclei(tmp_path_factory.mktemp("nuclei"), names=("some", "val"))
    for split in ("some", "val"):
        names = (folder / "splits" / f"{split}.txt").read_text().splitlines()
        (folder / "splits" / f"two_{split}.txt").write_text("\n".join(names[:2]))
    return folder


@pytest.fixture(scope="session")
def published(folder, tmp_path_factory):
    """A folder with the four bundles, their table and the run."""
    out = tmp_path_factory.mktemp("export")
    with known():
        release(TINY, out, data=folder)
    return out


def contents(folder):
    """All of a folder but the run in it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    found = {str(path.relative_to(folder)): path.read_bytes() for path in files}
    return {name: text for name, text in found.items() if name[:5] != "runs/"}
