"""kseg.train.labels.label_maps: SegNet's four, over a set and image by image."""

from types import SimpleNamespace

import numpy as np
import pytest

from kseg.data import open_dataset
from kseg.imaging import read_mask
from kseg.metrics import boundary_f1
from kseg.train.evaluation import evaluate
from tests.data.folders import image, labels, write


class Shifted:
    """A network that knows the labels, but shifts them one column to the right."""

    metadata = {"instances": None}

    def __init__(self, dataset):
        self.targets = iter([dataset.target(i) for i in range(len(dataset))])

    def predict(self, image, tta=False):
        shifted = np.roll(next(self.targets), 1, axis=1)
        shifted[:, 0] = 0
        return SimpleNamespace(labels=np.where(shifted == 255, 0, shifted))


@pytest.fixture
def dataset(tmp_path):
    for i, size in enumerate(((30, 40), (60, 80))):
        mask = labels(size)
        mask[0] = 255
        write(tmp_path / "images" / f"{i}.png", image(i, size))
        write(tmp_path / "masks" / f"{i}.png", mask)
    write(tmp_path / "images" / "2.png", image(2))
    write(tmp_path / "masks" / "2.png", labels() * 0)
    (tmp_path / "classes.txt").write_text("a\nb\nc\nabsent\n")
    return open_dataset(tmp_path)


def test_four_scores(dataset):
    evaluation = evaluate(Shifted(dataset), dataset)
    scores = evaluation.scores
    # 2 columns wrong in an image: of 29 x 40, of 59 x 80; none of 20 x 30.
    wrong, pixels = 2 * 29 + 2 * 59, 29 * 40 + 59 * 80 + 20 * 30
    assert scores["pixel_accuracy"] == pytest.approx(1 - wrong / pixels)
    assert scores["score"] == scores["mean_iou"] < scores["mean_accuracy"] < 1
    network = Shifted(dataset)
    of_class = [
        boundary_f1(dataset.target(i), network.predict(None).labels, 4)
        for i in range(3)
    ]
    # The third image has no boundary, and no image has the fourth class.
    first, second, third = (row["boundary_f1"] for row in evaluation.rows)
    assert first == pytest.approx(of_class[0][:3].mean())
    assert second == pytest.approx(of_class[1][:3].mean()) and np.isnan(third)
    assert scores["boundary_f1"] == pytest.approx((first + second) / 2)
    np.testing.assert_allclose(
        scores["class_boundary_f1"], (of_class[0] + of_class[1]) / 2
    )


def test_boundaries_may_be_left_out(dataset):
    evaluation = evaluate(Shifted(dataset), dataset, boundary=False)
    assert "mean_iou" in evaluation.scores and "boundary_f1" not in evaluation.scores
    assert evaluation.rows[0].keys() == {"name", "score"}


def test_classes_are_matched_by_name(dataset, tmp_path):
    """The same data with its classes in another order has the same scores."""
    in_order = evaluate(Shifted(dataset), dataset).scores
    network = Shifted(dataset)
    for path in (tmp_path / "masks").iterdir():
        mask = read_mask(path)
        write(path, np.array([2, 0, 1, *[255] * 253], np.uint8)[mask])
    (tmp_path / "classes.txt").write_text("b\nc\na\nabsent\n")
    network.metadata = {"classes": ["a", "b", "c", "absent"]}
    again = evaluate(network, open_dataset(tmp_path)).scores
    np.testing.assert_equal(again, in_order)
    network.metadata = {"classes": ["a", "b", "c", "other"]}
    with pytest.raises(ValueError, match="classes .*other. .*data with .*absent"):
        evaluate(network, open_dataset(tmp_path))
