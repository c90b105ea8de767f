"""What the tests of the commands share: a small recipe, and a folder of images."""

import pytest

from kseg import data, recipes


@pytest.fixture(scope="module")
def tiny_recipe():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(recipes.RECIPES, "tiny", "tests.tiny_recipe")
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Eight images to train on and two to validate on, as a user would have them."""
    folder = tmp_path_factory.mktemp("nuclei")
    for part in ("images", "masks", "splits"):
        (folder / part).mkdir()
    for split, count in (("train", 8), ("val", 2)):
        items = data.sample(split).items[:count]
        for item in items:
            for part, path in (("images", item.image), ("masks", item.mask)):
                (folder / part / path.name).write_bytes(path.read_bytes())
        names = "\n".join(item.name for item in items)
        (folder / "splits" / f"{split}.txt").write_text(names)
    return folder
