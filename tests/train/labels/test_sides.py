"""kseg.train.labels.sides: label maps, or objects parted from them."""

from dataclasses import replace

from kseg import data
from kseg.train.labels import id_maps, label_maps
from kseg.train.labels.sides import side_of


def test_by_the_kind_of_the_data():
    objects = data.sample("val")
    assert side_of(objects) is id_maps
    assert side_of(replace(objects, kind="labels")) is label_maps
