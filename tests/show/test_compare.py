from types import SimpleNamespace

import cv2
import numpy as np

from kseg.predict.labels.result import Result
from kseg.show.compare import compare, compared, save_grid
from tests.objects import detections, truth

PALETTE = [[0, 0, 0], [200, 100, 0], [0, 0, 250]]


def test_compare_leaves_ignored_pixels_bare():
    image = np.full((4, 4, 1), 90, np.uint8)
    target = np.full((4, 4), 255, np.uint8)
    pictures = compare(image, target, Result(target * 0 + 1), {"palette": PALETTE})
    assert (pictures[0] == 90).all()
    assert (pictures[1] == 90).all()
    assert (pictures[2] != 90).any()


def test_save_grid_writes_a_row_for_each_image(tmp_path):
    image = np.zeros((8, 8, 3), np.uint8)
    labels = np.ones((8, 8), np.uint8)
    rows = [(image, labels, Result(labels))] * 2
    save_grid(rows, {"palette": PALETTE}, tmp_path / "grid.png")
    written = cv2.imread(str(tmp_path / "grid.png"))
    assert written.shape[1] == 3 * 262 + 6
    assert written.shape[0] > 2 * 262
    # Blue, green, red: the truth's and the result's colour, at an opacity of 0.35.
    mixed = [round(0.35 * value) for value in PALETTE[1][::-1]]
    assert written[150, 400].tolist() == written[150, 650].tolist() == mixed
    assert not written[150, 130].any()


def test_detections_are_compared_with_true_objects(tmp_path):
    image = np.full((40, 60, 3), 100, np.uint8)
    boxes = [(4, 4, 20, 20), (10, 30, 30, 50)]
    true, found = (
        truth(boxes, [1, 2], (40, 60)),
        detections(boxes[:1], [1], [0.9], (40, 60)),
    )
    metadata = {"task": "instances", "classes": ["background", "cell", "debris"]}
    pictures = compare(image, true, found, metadata)
    np.testing.assert_array_equal(pictures[0], image)
    assert (pictures[1][12, 12] != 100).any() and (pictures[1][20, 40] != 100).any()
    assert (pictures[2][12, 12] != 100).any() and (pictures[2][20, 40] == 100).all()
    save_grid([(image, true, found)], metadata, tmp_path / "grid.png")
    assert cv2.imread(str(tmp_path / "grid.png")).shape[1] > 700


def test_the_truth_of_an_image_is_what_its_task_compares():
    image = np.zeros((8, 8, 1), np.uint8)
    dataset = SimpleNamespace(
        image=lambda i: image + i, target=lambda i: ("map", i), objects=lambda i: i
    )
    for task, expected in (("semantic", ("map", 2)), ("instances", 2)):
        rows = compared(dataset, [2], lambda image: image.max(), {"task": task})
        assert [(row[0].max(), *row[1:]) for row in rows] == [(2, expected, 2)]
