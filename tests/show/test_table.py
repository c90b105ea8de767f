import csv

import numpy as np
import pytest

from kseg.predict.labels.result import Result
from kseg.show.table import write_csv


def objects(channels):
    ids = np.zeros((4, 6), np.int32)
    ids[1:3, 1:4] = 1
    ids[3, 5] = 2
    image = None if channels is None else np.full((4, 6, channels), 9, np.uint8)
    return Result((ids > 0).astype(np.uint8), ids, object_classes=(1,)).objects(image)


def test_a_row_per_object(tmp_path):
    path = tmp_path / "sub" / "objects.csv"
    assert write_csv(path, objects(1), ["background", "nucleus, round"]) == 2
    assert path.read_text().splitlines() == [
        "id,class,area,centre_y,centre_x,y1,x1,y2,x2,mean_intensity",
        '1,"nucleus, round",6,2.00,2.50,1,1,3,4,9.00',
        '2,"nucleus, round",1,3.50,5.50,3,5,4,6,9.00',
    ]


@pytest.mark.parametrize("channels", [None, 2])
def test_columns_follow_the_channels(tmp_path, channels):
    path = tmp_path / "objects.csv"
    write_csv(path, objects(channels), ["a", "b"])
    with open(path, newline="") as stream:
        rows = list(csv.DictReader(stream))
    light = [name for name in rows[0] if name.startswith("mean")]
    assert light == [f"mean_intensity_{c + 1}" for c in range(channels or 0)]
    assert all(rows[0][name] == "9.00" for name in light)


def test_no_object_leaves_the_header(tmp_path):
    empty = np.zeros((2, 2), np.int32)
    found = Result(empty.astype(np.uint8), empty).objects(np.zeros((2, 2)))
    assert write_csv(tmp_path / "o.csv", found, ["a"]) == 0
    assert len((tmp_path / "o.csv").read_text().splitlines()) == 1
