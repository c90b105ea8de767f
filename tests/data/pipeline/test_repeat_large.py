"""repeat_large: larger images come more often, the same file is read once."""

import numpy as np

from kseg.data import Dataset, Item, repeat_large
from kseg.data.pipeline.cache import CachedReader
from kseg.imaging import Intensity, write_png


def dataset_of(sizes, folder):
    items = []
    for i, size in enumerate(sizes):
        for part, dtype in (("images", np.uint8), ("masks", np.uint16)):
            write_png(folder / part / f"{i}.png", np.full(size, i, dtype))
        image, mask = (folder / part / f"{i}.png" for part in ("images", "masks"))
        items.append(Item(str(i), image, mask))
    return Dataset(
        kind="instances",
        items=tuple(items),
        class_names=("background", "nucleus"),
        palette=((0, 0, 0), (255, 0, 0)),
        channels=3,
        intensity=Intensity(),
    )


def test_an_image_comes_as_often_as_the_root_of_its_area(tmp_path):
    # Areas in crops: 1/4, 1, 4, 9, and 2.25, whose root 1.5 rounds to the even 2.
    sizes = [(16, 16), (32, 32), (64, 64), (32, 288), (48, 48)]
    repeated = repeat_large(dataset_of(sizes, tmp_path), (32, 32))
    names = [item.name for item in repeated.items]
    assert names == ["0", "1", "2", "2", "3", "3", "3", "4", "4"]
    assert repeated.image(4).shape == (32, 288, 3)


def test_an_item_that_comes_twice_is_kept_once(tmp_path):
    repeated = repeat_large(dataset_of([(64, 64)], tmp_path), (32, 32))
    reader = CachedReader(repeated, 100)
    assert reader.read(0)[0] is reader.read(1)[0]
