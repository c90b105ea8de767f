"""kseg.train.labels.id_maps: the scores of objects parted from a label map."""

from types import SimpleNamespace

import numpy as np
import pytest

from kseg.data import open_dataset
from kseg.train import evaluate
from kseg.train.labels import id_maps
from tests.data.folders import image, write
from tests.tiny_recipe import RECIPE

SIZE = (20, 30)


class Half:
    """A network that finds the first of two objects, and half of the second."""

    metadata = {"instances": {"method": "watershed"}}

    def __init__(self, dataset):
        self.dataset, self.index = dataset, -1

    def predict(self, image, tta=False):
        self.index += 1
        ids = self.dataset.target(self.index).copy()
        ids[10:, 12:16] = 0
        return SimpleNamespace(labels=(ids > 0).astype(np.uint8), instances=ids)


@pytest.fixture
def dataset(tmp_path):
    ids = np.zeros(SIZE, np.uint16)
    ids[2:6, 2:7], ids[12:16, 8:16] = 1, 2  # of 20 and 32 pixels
    for i in range(2):
        write(tmp_path / "images" / f"{i}.png", image(i, SIZE))
        write(tmp_path / "masks" / f"{i}.png", ids)
    return open_dataset(tmp_path, format="dsb2018")


def test_the_foreground_and_the_objects(dataset):
    evaluation = evaluate(Half(dataset), dataset)
    scores = evaluation.scores
    # Half of the second object is found: an IoU of 1/2 counts at 0.5, not at 0.7.
    assert scores["foreground_iou"] == pytest.approx(36 / 52)
    background = (600 - 52) / (600 - 52 + 16)
    assert scores["mean_iou"] == pytest.approx((36 / 52 + background) / 2)
    assert scores["score"] == scores["objects_50"] == pytest.approx(1.0)
    assert scores["objects_70"] == pytest.approx(2 / (2 + 2 + 2))
    assert [row["name"] for row in evaluation.rows] == ["0", "1"]
    assert [(row["objects"], row["found"]) for row in evaluation.rows] == [(2, 2)] * 2


def test_a_network_without_a_rule_is_refused(dataset):
    network = Half(dataset)
    network.metadata = {"instances": None}
    with pytest.raises(ValueError, match="no instance rule"):
        evaluate(network, dataset)


def test_what_is_learnt_is_the_recipes_separation(dataset):
    target = id_maps.target(RECIPE)
    assert target == {"target": "contact", "border_width": 1, "weight_map": None}
    assert id_maps.rule(RECIPE)["min_area"] == 15
    assert id_maps.classes(dataset)[0] == ["background", "nucleus", "border"]
