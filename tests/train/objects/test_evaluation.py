"""kseg.train.objects.evaluation: scores over a data set."""

import json

import cv2
import numpy as np
import pytest

from kseg.data import open_dataset
from kseg.predict.objects.predictor import ObjectPredictor
from kseg.train.evaluation import best_threshold, evaluate
from tests.data.folders import ids, image, write
from tests.predict.fake_objects import FakeNetwork

SIZE = (32, 48)
METADATA = {
    "name": "pieces",
    "task": "instances",
    "input": {"size": list(SIZE), "channels": 3, "resize": "tile"},
    "tiling": {"margin": 6, "stride": 1},
    "classes": ["background", "nucleus"],
    "score_threshold": 0.5,
}


def pieces(size, boxes):
    """Rectangles of a gray value, that is, a score."""
    picture = np.zeros(size, np.uint8)
    for (y1, x1, y2, x2), value in boxes:
        picture[y1:y2, x1:x2] = value
    return picture


@pytest.fixture
def dataset(tmp_path):
    """Three images; in the second, larger than a tile, an invention and a miss."""
    found = [
        (SIZE, [((2, 2, 10, 10), 90), ((2, 20, 10, 30), 80)]),
        ((40, 90), [((5, 30, 25, 60), 90), ((30, 70, 38, 80), 60), ((2, 2, 8, 8), 30)]),
        ((20, 20), []),
    ]
    true = [
        found[0][1],
        [((5, 30, 25, 60), 1), ((2, 2, 8, 8), 1), ((30, 2, 38, 9), 1)],
        [],
    ]
    for n, ((size, boxes), objects) in enumerate(zip(found, true, strict=True)):
        write(tmp_path / "images" / f"{n}.png", pieces(size, boxes))
        mask = np.zeros(size, np.uint16)
        for k, ((y1, x1, y2, x2), _) in enumerate(objects, 1):
            mask[y1:y2, x1:x2] = k
        write(tmp_path / "masks" / f"{n}.png", mask)
    return open_dataset(tmp_path, format="dsb2018")


def predictor(batch=2, **kwargs):
    return ObjectPredictor(FakeNetwork(SIZE, batch), METADATA | kwargs)


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_the_scores_of_a_set(dataset, batch):
    evaluation = evaluate(predictor(batch), dataset)
    scores = evaluation.scores
    # At 0.5: three right, one invented, two missed; at 0.3 one of those is found.
    assert scores["objects_50"] == scores["objects_70"] == pytest.approx(3 / 6)
    assert scores["best_threshold"] == 0.15
    assert scores["best_objects_50"] == pytest.approx(4 / 6)
    assert scores["score"] == scores["mask_ap"] == scores["mask_ap50"]
    assert scores["box_ap"] == scores["mask_ap"] and scores["max_detections"] == 100
    rows = evaluation.rows
    assert [row["name"] for row in rows] == ["0", "1", "2"]
    assert [row["score"] for row in rows] == pytest.approx([1, 1 / 4, 1])
    assert [(row["objects"], row["found"]) for row in rows] == [(2, 2), (3, 2), (0, 0)]
    entries = evaluation.results["segm"]
    assert len(entries) == len(evaluation.results["bbox"]) == 5
    assert {entry["image_id"] for entry in entries} == {"0", "1"}
    json.dumps(evaluation.results)


def test_another_threshold(dataset):
    assert evaluate(predictor(), dataset, score_threshold=0.25).scores[
        "objects_50"
    ] == pytest.approx(4 / 6)
    low = evaluate(predictor(score_threshold=0.25), dataset).scores
    assert low["objects_50"] == pytest.approx(4 / 6) and low["score_threshold"] == 0.25


def test_the_quick_scores_are_the_same_numbers(dataset):
    quick = evaluate(predictor(), dataset, quick=True)
    every = evaluate(predictor(), dataset).scores
    assert quick.scores == {name: every[name] for name in quick.scores}
    assert "box_ap" not in quick.scores and "pq" not in quick.scores
    assert quick.results.keys() == {"segm"}


def test_the_best_threshold_in_one_pass(dataset):
    network = predictor(1)
    shown = []

    def progress(indices):
        for i in indices:
            shown.append(i)
            yield i

    assert best_threshold(network, dataset, progress=progress) == (
        0.15,
        pytest.approx(4 / 6),
    )
    assert shown == [0, 1, 2]
    assert sum(network._network.calls) == 1 + 6 + 1
    # No detection is exact enough for an IoU of 1 but these, which are.
    assert best_threshold(network, dataset, iou=1.0)[1] == pytest.approx(4 / 6)


def coco(folder, split, names, label, key=1):
    """An annotation file of one image with a rectangle of 8 x 8."""
    write(folder / "images" / f"{split}.png", pieces(SIZE, [((2, 2, 10, 10), 90)]))
    annotation = {
        **{"id": 5, "image_id": key, "iscrowd": 0, "area": 64},
        **{"category_id": 10 * (1 + names.index(label)), "bbox": [2, 2, 8, 8]},
        "segmentation": [[2, 2, 10, 2, 10, 10, 2, 10]],
    }
    image = {"id": key, "file_name": f"{split}.png", "height": 32, "width": 48}
    categories = [{"id": 10 * k, "name": name} for k, name in enumerate(names, 1)]
    found = {
        "images": [image],
        "categories": categories,
        "annotations": [annotation],
    }
    (folder / "annotations").mkdir(exist_ok=True)
    path = folder / "annotations" / f"instances_{split}.json"
    path.write_text(json.dumps(found))


CATS = ["background", "cat", "dog"]


def test_classes_in_another_order_are_matched_by_name(tmp_path):
    """The network's only object is its class 1, cat; here that is the second."""
    coco(tmp_path, "val", ["dog", "cat"], "cat")
    data = open_dataset(tmp_path)
    evaluation = evaluate(predictor(classes=CATS), data)
    assert evaluation.scores["mask_ap_per_class"] == pytest.approx(
        [1, np.nan], nan_ok=True
    )
    assert evaluation.results["segm"][0]["category_id"] == 20


def test_other_names_are_refused(tmp_path):
    coco(tmp_path, "val", ["truck", "house"], "truck")
    data = open_dataset(tmp_path)
    message = "classes cat, dog. Received: data with truck, house"
    for score in (evaluate, best_threshold):
        with pytest.raises(ValueError, match=message):
            score(predictor(classes=CATS), data)
    # Names that a network without any was given say nothing.
    nameless = predictor(classes=["background", "class 1", "class 2"])
    assert evaluate(nameless, data).scores["mask_ap"] == pytest.approx(1)


def test_one_class_may_be_called_otherwise(tmp_path):
    coco(tmp_path, "val", ["cell"], "cell")
    assert evaluate(predictor(), open_dataset(tmp_path)).scores[
        "mask_ap"
    ] == pytest.approx(1)


def test_of_two_files_that_count_alike_names_are_the_ids(tmp_path):
    for split in ("train", "val"):
        coco(tmp_path, split, ["cell"], "cell", key=1)
    evaluation = evaluate(predictor(), open_dataset(tmp_path))
    ids = [entry["image_id"] for entry in evaluation.results["segm"]]
    assert ids == ["train/train", "val/val"]
    assert evaluation.scores["mask_ap"] == pytest.approx(1)


def test_coco_keeps_its_ids(tmp_path):
    (tmp_path / "annotations").mkdir()
    picture = pieces(SIZE, [((2, 2, 10, 10), 90)])
    write(tmp_path / "images" / "a.png", picture)
    annotation = {
        **{"id": 5, "image_id": 77, "category_id": 12, "iscrowd": 0, "area": 64},
        **{"bbox": [2, 2, 8, 8], "segmentation": [[2, 2, 10, 2, 10, 10, 2, 10]]},
    }
    found = {
        "images": [{"id": 77, "file_name": "a.png", "height": 32, "width": 48}],
        "categories": [{"id": 12, "name": "cell"}],
        "annotations": [annotation],
    }
    (tmp_path / "annotations" / "instances.json").write_text(json.dumps(found))
    evaluation = evaluate(predictor(), open_dataset(tmp_path))
    entry = evaluation.results["bbox"][0]
    assert (entry["image_id"], entry["category_id"]) == (77, 12)
    assert evaluation.scores["mask_ap"] == pytest.approx(1)


def test_data_that_do_not_fit_are_refused(tmp_path, dataset):
    with pytest.raises(ValueError, match="2 classes"):
        evaluate(predictor(classes=["background", "cell", "debris"]), dataset)
    folder = tmp_path / "maps"
    write(folder / "images" / "a.png", image(0))
    write(folder / "masks" / "a.png", (ids() > 0).astype(np.uint8))
    for score in (evaluate, best_threshold):
        with pytest.raises(ValueError, match="one of label maps"):
            score(predictor(), open_dataset(folder))


def test_a_bad_file_is_named(dataset):
    cv2.imwrite(str(dataset.items[1].mask), np.zeros((3, 3), np.uint16))
    with pytest.raises(ValueError, match=r"1\.png"):
        evaluate(predictor(), dataset)


def test_a_network_of_one_class_object_on_data_of_many(tmp_path):
    """Objects of any class count, and categories are left out of the results."""
    boxes = [((4, 6, 16, 18), 90), ((8, 24, 20, 42), 80)]
    write(tmp_path / "images" / "a.png", pieces(SIZE, boxes))
    lines = []
    for kind, ((y1, x1, y2, x2), _) in enumerate(boxes):
        corners = [(x1, y1), (x2, y1), (x2, y2), (x1, y2)]
        places = (f"{x / SIZE[1]:.6f} {y / SIZE[0]:.6f}" for x, y in corners)
        lines.append(f"{kind} {' '.join(places)}\n")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.txt").write_text("".join(lines))
    (tmp_path / "data.yaml").write_text("names:\n  0: cat\n  1: dog\n")
    data = open_dataset(tmp_path)
    assert data.class_names == ("background", "cat", "dog")
    network = predictor(classes=["background", "object"])
    evaluation = evaluate(network, data)
    assert evaluation.scores["mask_ap"] == evaluation.scores["objects_50"] == 1
    assert {entry["category_id"] for entry in evaluation.results["segm"]} == {1}
    assert best_threshold(network, data)[1] == 1
    with pytest.raises(ValueError, match="Received: data with cat, dog"):
        evaluate(predictor(), data)  # of nuclei
