"""kseg.data.skip_bad: a bad file is left out, and named."""

import pytest

from kseg import data
from kseg.data.skip_bad import drop_bad
from kseg.errors import DataError


def test_bad_files_are_left_out_and_listed(tmp_path):
    train = data.sample("train")
    folder = tmp_path / "data"
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True)
    for item in train.items[:3]:
        (folder / "images" / item.image.name).write_bytes(item.image.read_bytes())
        (folder / "masks" / item.mask.name).write_bytes(item.mask.read_bytes())
    broken = folder / "images" / train.items[1].image.name
    broken.write_bytes(broken.read_bytes()[:100])
    dataset = data.open_dataset(folder, format="dsb2018", split=None)
    good, problems = drop_bad(dataset)
    assert len(good) == 2
    assert len(problems) == 1 and broken.name in problems[0]
    with pytest.raises(DataError, match="at least one usable image"):
        drop_bad(dataset.subset([train.items[1].name]))
