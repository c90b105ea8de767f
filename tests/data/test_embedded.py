from pathlib import Path

import numpy as np
import pytest

from kseg.data import check_data, sample
from kseg.data.embedded import FOLDER
from kseg.errors import DataError


def test_sizes_and_counts():
    for split, images, nuclei in (("train", 64, 1649), ("val", 16, 439)):
        dataset = sample(split)
        assert (dataset.kind, len(dataset)) == ("instances", images)
        counts = []
        for i in range(images):
            assert dataset.image(i).shape == (256, 256, 3)
            ids = dataset.target(i)
            assert ids.shape == (256, 256)
            np.testing.assert_array_equal(np.unique(ids), np.arange(ids.max() + 1))
            counts.append(int(ids.max()))
        assert sum(counts) == nuclei and min(counts) >= 3


def test_nuclei_are_brighter_than_the_background():
    for split in ("train", "val"):
        dataset = sample(split, channels=1)
        for i in range(len(dataset)):
            image, inside = dataset.image(i)[..., 0], dataset.target(i) > 0
            assert image[inside].mean() > image[~inside].mean() + 1


def test_train_and_val_share_nothing():
    train, val = sample("train"), sample("val")
    names = [{item.name for item in part.items} for part in (train, val)]
    assert not names[0] & names[1]
    assert len(names[0] | names[1]) == 80


def test_nothing_is_wrong_with_it_and_it_is_small():
    assert check_data(FOLDER) == []
    files = [file for file in FOLDER.rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) < 4e6
    readme = (FOLDER / "README.md").read_text("utf-8")
    assert "CC0" in readme and "BBBC038v1" in readme


def test_unknown_split():
    with pytest.raises(DataError, match="of train, val. Received: split='test'"):
        sample("test")


def test_it_is_in_the_package():
    import kseg

    assert FOLDER.parent.parent == Path(kseg.__file__).parent
