"""COCO's scores: equal to pycocotools on the same files, and by hand."""

import json

import cv2
import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from kseg.data.formats.coco import list_coco, read_coco
from kseg.metrics import CocoScores
from kseg.metrics.objects import coco_entries
from kseg.show.coco_json import write_json
from tests.objects import detections, random_pair, truth

# pycocotools' twelve numbers, in its order.
STATS = ("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large")
STATS += ("ar1", "ar10", "ar100", "ar_small", "ar_medium", "ar_large")
KINDS = {"bbox": "box", "segm": "mask"}


def official(true_file, found_file, kind):
    """The twelve numbers of pycocotools' own summary."""
    true = COCO(str(true_file))
    run = COCOeval(true, true.loadRes(str(found_file)), kind)
    run.evaluate()
    run.accumulate()
    run.summarize()
    return run.stats


def blob(rng, size):
    """An outline of a few points with hundredths, as annotators leave it."""
    height, width = size
    middle = rng.uniform((8, 8), (height - 8, width - 8))
    angles = np.sort(rng.uniform(0, 2 * np.pi, 9))
    radii = rng.uniform(0.4, 1.1, 9) * rng.choice([6, 20, 50])
    ys = (middle[0] + radii * np.sin(angles)).clip(0, height).round(2)
    xs = (middle[1] + radii * np.cos(angles)).clip(0, width).round(2)
    return np.stack([xs, ys], axis=1)


def annotation_file(root, rng, images=6, size=(120, 160)):
    """A COCO folder with polygons, a crowd, and category ids with gaps."""
    found = {"images": [], "annotations": [], "categories": []}
    found["categories"] = [{"id": k, "name": f"c{k}"} for k in (3, 7, 12)]
    (root / "annotations").mkdir(parents=True)
    (root / "images").mkdir()
    for n in range(images):
        key, name = 100 - 7 * n, f"{n:03d}.png"
        cv2.imwrite(str(root / "images" / name), np.zeros(size, np.uint8))
        found["images"].append(
            {"id": key, "file_name": name, "height": size[0], "width": size[1]}
        )
        for _ in range(6):
            ring = blob(rng, size)
            low, high = ring.min(0), ring.max(0)
            crowd = rng.random() < 0.1
            area = cv2.contourArea(ring.astype(np.float32))
            drawn = [ring.ravel().tolist()]
            if crowd:
                mask = np.zeros((*size,), np.uint8)
                mask[int(low[1]) : int(high[1]), int(low[0]) : int(high[0])] = 1
                flat = np.flatnonzero(np.diff(mask.ravel("F"), prepend=0, append=0))
                counts = np.diff([0, *flat, mask.size]).tolist()
                drawn = {"size": list(size), "counts": counts}
            found["annotations"].append(
                {
                    "id": len(found["annotations"]) + 1,
                    "image_id": key,
                    "category_id": int(rng.choice([3, 7, 12])),
                    "segmentation": drawn,
                    "bbox": [*low, *(high - low).round(2)],
                    "area": round(float(area), 4),
                    "iscrowd": int(crowd),
                }
            )
    path = root / "annotations" / "instances.json"
    path.write_text(json.dumps(found))
    return path


def noisy(rng, true):
    """Detections near the truth, with masks that miss parts."""
    size = np.array([*true.size] * 2)
    kept = np.flatnonzero(rng.random(len(true)) < 0.8)
    kept = np.concatenate([kept, kept[::2]])
    frames = (true.frames[kept] + rng.integers(-3, 4, (len(kept), 4))).clip(0, size)
    frames[:, 2:] = np.maximum(frames[:, 2:], frames[:, :2] + 1).clip(0, size[:2])
    labels = true.classes[kept].copy()
    labels[rng.random(len(kept)) < 0.2] = 1
    scores = rng.random(len(kept)).round(2)
    found = detections(frames, labels, scores, true.size)
    masks = tuple((rng.random(m.shape) < 0.9).astype(np.uint8) for m in found.masks)
    jitter = rng.uniform(-0.5, 0.5, found.boxes.shape).astype(np.float32)
    return type(found)(
        found.size, found.boxes + jitter, found.scores, found.classes, frames, masks
    )


@pytest.mark.parametrize("seed", [0, 1])
def test_equal_to_pycocotools_on_the_files(tmp_path, seed):
    """From a COCO folder through kseg's reader, and straight from the files."""
    rng = np.random.default_rng(seed)
    path = annotation_file(tmp_path, rng)
    listing = list_coco(tmp_path)
    dataset = read_coco(tmp_path, listing.items)
    scores = CocoScores(3, category_ids=dataset.category_ids[1:])
    for i, item in enumerate(dataset.items):
        true = dataset.objects(i)
        scores.update(true, noisy(rng, true), item.record.image_id)
    found = scores.result()
    assert 0.1 < found["box_ap"] < 0.9 and 0.1 < found["mask_ap50"] < 1
    for kind, name in KINDS.items():
        results = tmp_path / f"{kind}.json"
        write_json(results, scores.results(kind))
        stats = official(path, results, kind)
        for stat, expected in zip(STATS, stats, strict=True):
            value = found[f"{name}_{stat}"]
            assert value == expected or (np.isnan(value) and expected == -1), stat


def test_by_hand():
    """One of two objects found at IoU 1, one wrong detection below it."""
    size = (50, 60)
    true = truth([(0, 0, 20, 20), (30, 30, 50, 50)], [1, 1], size)
    found = detections([(0, 0, 20, 20), (0, 40, 10, 60)], [1, 1], [0.9, 0.8], size)
    scores = CocoScores(1)
    scores.update(true, found)
    result = scores.result()
    # Precision 1 at the recalls 0 to 0.5: 51 of 101.
    for name in ("box", "mask"):
        assert result[f"{name}_ap"] == pytest.approx(51 / 101)
        assert result[f"{name}_ap_small"] == pytest.approx(51 / 101)
        assert result[f"{name}_ar1"] == result[f"{name}_ar1000"] == 0.5
        assert np.isnan(result[f"{name}_ap_large"])
        assert result[f"{name}_ap_per_class"] == pytest.approx([51 / 101])


def test_ar_1000_sees_beyond_a_hundred():
    """The one that is right is the 150th by score."""
    boxes = [(0, 0, 4, 4)] * 149 + [(10, 10, 20, 20)]
    found = detections(boxes, [1] * 150, np.linspace(1, 0.1, 150), (30, 30))
    scores = CocoScores(1, kinds=["bbox"])
    scores.update(truth([(10, 10, 20, 20)], [1], (30, 30)), found)
    result = scores.result()
    assert (result["box_ar100"], result["box_ar1000"]) == (0, 1)
    assert not any(name.startswith("mask") for name in result)


def test_ap_sees_as_many_as_it_is_told():
    """150 objects, all found: 100 reach the recalls up to 2/3, 67 of 101."""
    boxes = [(y, x, y + 2, x + 2) for y in range(0, 30, 2) for x in range(0, 20, 2)]
    found = detections(boxes, [1] * 150, np.linspace(1, 0.1, 150), (30, 30))
    for most, expected in ((100, 67 / 101), (200, 1)):
        scores = CocoScores(1, kinds=["segm"], max_detections=most)
        scores.update(truth(boxes, [1] * 150, (30, 30)), found)
        result = scores.result()
        assert result["mask_ap"] == pytest.approx(expected)
        assert result["mask_ar100"] == pytest.approx(2 / 3)
        assert result["mask_ar_small"] == pytest.approx(min(1, most / 150))


def test_proposals_are_compared_without_classes():
    size = (30, 30)
    true = truth([(0, 0, 9, 9), (10, 10, 20, 20)], [2, 3], size)
    found = detections([(0, 0, 9, 9), (10, 10, 20, 20)], [1, 1], [0.9, 0.8], size)
    of_class, alone = CocoScores(3), CocoScores(3, class_agnostic=True)
    for scores in (of_class, alone):
        scores.update(true, found)
    assert of_class.result()["mask_ar100"] == 0
    result = alone.result()
    assert (result["mask_ar1"], result["mask_ar10"]) == (0.5, 1)
    assert "mask_ap_per_class" not in result


def test_a_crowd_swallows_what_lies_in_it():
    size = (30, 30)
    true = truth([(0, 0, 20, 20), (22, 22, 28, 28)], [1, 1], size, crowd=[0])
    boxes = [(2, 2, 8, 8), (9, 9, 15, 15), (22, 22, 28, 28)]
    scores = CocoScores(1)
    scores.update(true, detections(boxes, [1] * 3, [0.9, 0.8, 0.7], size))
    assert scores.result()["box_ap"] == pytest.approx(1)
    assert scores.result()["mask_ap"] == pytest.approx(1)


def test_nothing_found_and_nothing_to_find(capsys):
    scores = CocoScores(2)
    assert np.isnan(scores.result()["box_ap"])
    nothing = detections([], [], [], (5, 5))
    scores.update(truth([], [], (5, 5)), nothing)
    assert np.isnan(scores.result()["mask_ap"])
    scores.update(truth([(0, 0, 3, 3)], [2], (5, 5)), nothing)
    result = scores.result()
    assert result["mask_ap"] == result["box_ar100"] == 0
    assert np.isnan(result["box_ap_per_class"][0])
    assert capsys.readouterr().out == ""  # pycocotools' chatter


def test_perfect_is_one():
    rng = np.random.default_rng(5)
    scores = CocoScores(3)
    for _ in range(4):
        true, _ = random_pair(rng)
        true = true.select(np.flatnonzero(~true.crowd))
        found = detections(true.frames, true.classes, np.ones(len(true)), true.size)
        scores.update(true, found)
    assert scores.result()["box_ap"] == pytest.approx(1)
    assert scores.result()["mask_ap"] == pytest.approx(1)


def test_each_file_is_of_one_kind():
    """With a bbox in it, pycocotools takes the box's area for that of the mask."""
    size = (100, 100)
    found = detections([(0, 0, 60, 60)], [1], [0.9], size)
    found.masks[0][20:, 10:] = 0
    scores = CocoScores(1)
    scores.update(truth([(70, 70, 80, 80)], [1], size), found)
    assert set(scores.results("segm")[0]) >= {"segmentation", "score"}
    assert "bbox" not in scores.results("segm")[0]
    assert "segmentation" not in scores.results("bbox")[0]


def test_entries_say_what_their_numbers_are():
    found = detections([(1, 2, 4, 8)], [2], [0.9], (10, 10))
    (entry,) = coco_entries(found, "a", (11, 22))
    assert entry["bbox"] == [2, 1, 6, 3] and entry["score"] == 0.9
    assert (entry["category_id"], entry["image_id"]) == (22, "a")
    (entry,) = coco_entries(found, 1, (11, 22), ("segm",))
    assert "bbox" not in entry and entry["segmentation"]["size"] == [10, 10]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_classes": 2, "category_ids": [1]}, "2 different category ids"),
        ({"num_classes": 2, "category_ids": [4, 4]}, "2 different category ids"),
        ({"num_classes": 0}, "0 different"),
        ({"num_classes": 1, "kinds": ["keypoints"]}, '"bbox" or "segm"'),
        ({"num_classes": 1, "kinds": []}, '"bbox" or "segm"'),
        ({"num_classes": 1, "max_detections": 0}, "1 or more"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        CocoScores(**arguments)


def test_images_that_do_not_fit_are_refused():
    scores = CocoScores(2)
    true, found = truth([], [], (5, 6)), detections([], [], [], (6, 5))
    with pytest.raises(ValueError, match=r"\(5, 6\) and \(6, 5\)"):
        scores.update(true, found)
    wrong = detections([(0, 0, 2, 2)], [3], [1], (5, 6))
    with pytest.raises(ValueError, match="found classes from 1 to 2"):
        scores.update(true, wrong)
    scores.update(true, detections([], [], [], (5, 6)), 4)
    with pytest.raises(ValueError, match="4 again"):
        scores.update(true, detections([], [], [], (5, 6)), 4)
