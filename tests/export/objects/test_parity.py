"""Matching by overlap and class, the limits, and a NaN."""

import numpy as np
import pytest

from kseg.data import Objects
from kseg.data.reading.annotation import Object
from kseg.errors import ExportError
from kseg.export.flatbuffer.quantize import FORMATS
from kseg.export.objects.parity import (
    TOLERANCE,
    ObjectParity,
    _mask_ap,
    compare,
    match,
    require,
)

GOOD = ObjectParity(4, 20, 20, 20, 1.0, 0.01, 1e-4, 1e-5, 0.002, 0.5, 0.5)


def objects(boxes, classes, count=None):
    boxes = np.array(boxes, np.float32).reshape(-1, 4)
    count = np.int32(len(boxes) if count is None else count)
    return {"boxes": boxes, "classes": np.array(classes, np.int32), "count": count}


def pairs(one, other):
    return sorted(zip(*(i.tolist() for i in match(one, other)), strict=True))


def test_ranks_play_no_part():
    boxes = [[0, 0, 10, 10], [20, 20, 30, 40], [50, 0, 60, 9]]
    one, other = objects(boxes, [1, 1, 2]), objects(boxes[::-1], [2, 1, 1])
    assert pairs(one, other) == [(0, 2), (1, 1), (2, 0)]


def test_the_largest_overlap_comes_first():
    # The second box of one fits the first of the other best, the first less well.
    one = objects([[0, 0, 10, 8], [0, 0, 10, 10]], [1, 1])
    other = objects([[0, 0, 10, 10.5], [0, 0, 10, 6]], [1, 1])
    assert pairs(one, other) == [(0, 1), (1, 0)]


def test_other_classes_small_overlaps_and_padding_are_no_pairs():
    box = [0, 0, 10, 10]
    assert pairs(objects([box], [1]), objects([box], [2])) == []
    assert pairs(objects([box], [1]), objects([[0, 0, 10, 4.9]], [1])) == []
    assert pairs(objects([box], [1]), objects([[0, 0, 10, 5]], [1])) == [(0, 0)]
    assert pairs(objects([box], [1]), objects([box], [1], count=0)) == []
    assert pairs(objects([], []), objects([], [])) == []
    # A box without area, as padding is.
    assert pairs(objects([[0, 0, 0, 0]], [0]), objects([[0, 0, 0, 0]], [0])) == []


def test_each_object_is_taken_once():
    box = [0, 0, 10, 10]
    assert len(pairs(objects([box], [1]), objects([box, box], [1, 1]))) == 1


@pytest.mark.parametrize("quantize", FORMATS)
def test_what_agrees_passes(quantize):
    unknown = GOOD._replace(keras_mask_ap=None, mask_ap=None)
    for parity in (GOOD, unknown, GOOD._replace(mask_ap=0.6)):
        require(parity, TOLERANCE[quantize], quantize)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"box_error": 0.11}, "a box is off by 0.11 pixels, over 0.1"),
        ({"box_error": float("nan")}, "a box is off by nan"),
        ({"mask_error": 0.002}, "a mask is off by 0.002, over 0.001"),
        ({"score_error": 0.002}, "a score is off by 0.002, over 0.001"),
        ({"agreement": 0.9}, r"90.00 % of the objects agree .*, under 99.90 %"),
        ({"agreement": float("nan")}, "nan % of the objects"),
        ({"mask_ap": 0.48}, "mask AP is lower by 0.0200, over 0.001"),
    ],
)
def test_what_differs_is_refused_with_its_figure(change, message):
    with pytest.raises(ExportError, match=message):
        require(GOOD._replace(**change), TOLERANCE["float32"], "float32")


@pytest.mark.parametrize("quantize", ["float16", "dynamic", "int8"])
def test_rounded_formats_are_judged_by_what_they_find(quantize):
    moved = GOOD._replace(box_error=3.0, mask_error=0.4, score_error=0.2)
    require(moved, TOLERANCE[quantize], quantize)
    with pytest.raises(ExportError, match="mask AP is lower by 0.0110"):
        require(moved._replace(mask_ap=0.489), TOLERANCE[quantize], quantize)
    with pytest.raises(ExportError, match="of the objects agree"):
        require(moved._replace(agreement=0.7), TOLERANCE[quantize], quantize)


def test_the_lines_of_a_report():
    first, second = GOOD._replace(detections=21, agreement=0.987).lines()
    assert "4 images: 20 of its 20 objects (21 in the file)" in first
    assert "agreement 98.70 %" in first and "of a box 0.01 pixels (mean 0.002)" in first
    assert second == "mask AP 0.5000, Keras 0.5000"
    assert len(GOOD._replace(mask_ap=None).lines()) == 1


@pytest.mark.parametrize(("threshold", "expected"), [(0.4, 1.0), (0.5, 0.1)])
def test_masks_are_scored_at_the_networks_own_threshold(threshold, expected):
    one = Object(1, np.ones((8, 8), np.uint8), (4, 4), np.float32([4, 4, 12, 12]))
    truth = Objects.from_objects([one], (16, 16))
    output = objects([[4, 4, 12, 12]], [1]) | {"scores": np.ones(1, np.float32)}
    output["masks"] = np.full((1, 8, 8), 0.9, np.float32)
    output["masks"][0, :, 4:] = 0.45  # half of it: an IoU of 0.5 is one hit of ten
    ap = _mask_ap([output], [truth], (16, 16), 1, threshold)
    assert ap == pytest.approx(expected, abs=0.01)


def test_what_is_at_its_limit_passes():
    at = ObjectParity(4, 20, 20, 20, 0.75, 0.5, 0.25, 0.125, 0.1, 0.75, 0.5)
    limits = {"box_error": 0.5, "mask_error": 0.25, "score_error": 0.125}
    limits |= {"agreement": 0.75, "mask_ap_drop": 0.25}
    require(at, limits, "int8")
    for key, limit in limits.items():
        tighter = limit + (1e-4 if key == "agreement" else -1e-4)
        with pytest.raises(ExportError):
            require(at, {**limits, key: tighter}, "int8")


class Fixed:
    """A network that gives the same for every image, as a file or as Keras."""

    def __init__(self, boxes, classes, scores, count=None, masks=None, rows=None):
        found = objects(boxes, classes, count)
        scores = np.array(scores, np.float32)
        masks = np.ones((len(scores), 2, 2)) if masks is None else masks
        self.found = {**found, "scores": scores, "masks": np.float32(masks)}

    def __call__(self, image):
        return {name: value[None] for name, value in self.found.items()}

    predict_on_batch = __call__


IMAGES = [np.zeros((32, 48, 3), np.uint8)] * 2
BOXES = [[0, 0, 8, 8], [16, 16, 24, 32]]


def test_figures_by_hand():
    keras = Fixed(BOXES, [1, 2], [0.9, 0.5])
    moved = [[0, 0, 8, 9], [16, 18, 24, 32]]
    file = Fixed(moved, [1, 2], [0.8, 0.5], masks=np.full((2, 2, 2), 0.75))
    found = compare(file, keras, IMAGES)
    assert found.images == 2
    assert (found.keras_detections, found.detections, found.matched) == (4, 4, 4)
    assert found.agreement == 1
    assert found.box_error == 2 and found.mean_box_error == 3 / 8
    assert found.mask_error == 0.25
    assert found.score_error == pytest.approx(0.1)
    assert found.mask_ap is None and found.keras_mask_ap is None


def test_agreement_is_the_share_of_the_scores_without_padding():
    keras = Fixed(BOXES, [1, 1], [0.75, 0.25])
    # Of its two rows one is padding, whatever its score is.
    file = Fixed(BOXES, [1, 1], [0.75, 9.0], count=1)
    found = compare(file, keras, IMAGES)
    assert (found.keras_detections, found.detections, found.matched) == (4, 2, 2)
    assert found.agreement == pytest.approx(1.5 / 1.75)
    nothing = Fixed([], [], [], masks=np.zeros((0, 2, 2)))
    assert compare(nothing, nothing, IMAGES).agreement == 1
    assert compare(nothing, keras, IMAGES).agreement == 0


def truth():
    mask = np.ones((8, 8), np.uint8)
    return [Objects.from_objects([Object(1, mask, (0, 0))], (32, 48))] * 2


def test_all_detections_of_a_network_that_gives_many_are_scored():
    far = [[24, 40, 32, 48]] * 120
    many = Fixed([*far, BOXES[0]], [1] * 121, [0.9] * 120 + [0.5])
    few = Fixed(BOXES[:1], [1], [0.9])
    found = compare(many, few, IMAGES, truth())
    assert found.keras_mask_ap > 0.5 and 0 < found.mask_ap < 0.1
