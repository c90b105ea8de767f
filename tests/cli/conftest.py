"""What the tests of the commands share: a small recipe, and a folder of images."""

import pytest

from kseg import recipes
from tests.nuclei_folder import write_nuclei


@pytest.fixture(scope="module")
def tiny_recipe():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(recipes.RECIPES, "tiny", "tests.tiny_recipe")
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Eight images to train on and two to validate on, as a user would have them."""
    return write_nuclei(tmp_path_factory.mktemp("nuclei"))
