import numpy as np
import pytest

from kseg.show.colours import object_colours
from kseg.show.draw_objects import draw_objects, label_text
from kseg.show.overlay import overlay
from tests.objects import detections, truth

SIZE = (60, 80)
GRAY = np.full((*SIZE, 3), 100, np.uint8)


def bare(found, **options):
    return draw_objects(GRAY, found, labels=False, **options)


def test_inside_is_mixed_and_the_outline_is_opaque():
    found = detections([(10, 20, 30, 50)], [1], [0.9], SIZE)
    picture = bare(found, opacity=0.25)
    colour = object_colours([0])[0].astype(int)
    assert picture[20, 30].tolist() == np.rint(0.25 * colour + 75).tolist()
    for place in ((10, 20), (29, 49), (10, 49), (20, 20)):
        assert picture[place].tolist() == colour.tolist()
    assert picture[9, 30].tolist() == picture[30, 30].tolist() == [100, 100, 100]
    assert GRAY.max() == 100


def test_colours_are_those_of_the_id_map():
    boxes = [(0, 0, 20, 20), (10, 10, 40, 40), (5, 5, 50, 60)]
    found = detections(boxes, [1, 1, 2], [0.3, 0.9, 0.5], SIZE)
    whole = overlay(GRAY, found.to_ids(), opacity=1)
    np.testing.assert_array_equal(bare(found, opacity=1), whole)


def test_without_scores_the_smallest_lies_on_top():
    true = truth([(5, 5, 15, 15), (0, 0, 50, 60)], [1, 1], SIZE)
    picture = bare(true, opacity=1)
    assert picture[10, 10].tolist() == object_colours([0])[0].tolist()
    assert picture[40, 40].tolist() == object_colours([1])[0].tolist()


def test_a_box_and_a_mask_without_pixels():
    found = detections([(20, 20, 40, 50)], [1], [0.9], SIZE)
    found.masks[0][:] = 0
    np.testing.assert_array_equal(bare(found), GRAY)
    picture = bare(found, boxes=True)
    colour = object_colours([0])[0].tolist()
    assert picture[20, 20].tolist() == picture[39, 49].tolist() == colour
    assert picture[30, 30].tolist() == picture[40, 30].tolist() == [100, 100, 100]


def label_places(found, size, **options):
    """(top, left, bottom, right) of each label's plate, which no mask covers."""
    image = np.full((*size, 3), 100, np.uint8)
    for mask in found.masks:
        mask[:] = 0
    picture = draw_objects(image, found, **options)
    places = []
    for i in range(len(found)):
        hit = (picture == object_colours([i])[0]).all(-1)
        ys, xs = np.nonzero(hit)
        places.append((ys.min(), xs.min(), ys.max() + 1, xs.max() + 1))
    return picture, places


def test_a_label_stands_above_its_box_and_inside_the_picture():
    boxes = [(40, 30, 60, 90), (0, 100, 30, 140), (70, 190, 95, 200)]
    found = detections(boxes, [1, 1, 1], [0.9, 0.8, 0.7], (100, 200))
    picture, places = label_places(found, (100, 200), class_names=("", "cat"))
    assert places[0][2] == 40 and places[0][1] == 30
    assert places[1][0] == 0  # no room above
    assert places[2][3] == 200  # none to the right
    top, left, bottom, right = places[0]
    plate = picture[top:bottom, left:right].astype(int)
    # Readable: letters and plate differ strongly.
    assert np.ptp(plate @ (0.299, 0.587, 0.114)) > 100


def test_labels_of_neighbours_do_not_cover_each_other():
    boxes = [(60, 40 + 4 * i, 150, 140) for i in range(4)]
    found = detections(boxes, [1] * 4, [0.9, 0.8, 0.7, 0.6], (200, 300))
    _, places = label_places(found, (200, 300), class_names=("", "nucleus"))
    for i, a in enumerate(places):
        for b in places[:i]:
            apart = a[0] >= b[2] or b[0] >= a[2] or a[1] >= b[3] or b[1] >= a[3]
            assert apart, (a, b)


def test_labels_without_a_place_are_left_out():
    """Twenty on one spot of a picture with room for a few; the best stay."""
    scores = np.linspace(0.9, 0.1, 20)
    found = detections([(10, 10, 20, 20)] * 20, [1] * 20, scores, SIZE)
    for mask in found.masks:
        mask[:] = 0
    few = draw_objects(GRAY, found.select(range(12)))
    all_of_them = draw_objects(GRAY, found)
    colours = object_colours(range(20))
    seen = [(all_of_them == colour).all(-1).sum() > 20 for colour in colours]
    assert seen[:3] == [True] * 3 and not any(seen[12:])
    np.testing.assert_array_equal(few, all_of_them)


def test_what_a_label_says():
    names = ("background", "Straße", "voilà", "猫")
    assert label_text(2, names, [0.934], 0) == "voila 0.93"
    assert label_text(1, names, None, 0) == "Stra?e"
    assert label_text(3, names, None, 0) == "?"
    assert label_text(7, names, [0.5], 0) == "7 0.50"
    assert label_text(1, ["background", "cell"], [0.1, 0.5], 1) == "0.50"
    assert label_text(1, ["background", "cell"], None, 0) == "cell"


@pytest.mark.parametrize("channels", [None, 1, 4])
@pytest.mark.parametrize("size", [(1, 1), (3, 200), (9, 7)])
def test_small_pictures_of_any_channels(channels, size):
    shape = size if channels is None else (*size, channels)
    found = detections([(0, 0, *size)], [1], [1], size)
    picture = draw_objects(np.zeros(shape, np.uint8), found, ("", "a long name"))
    assert picture.shape == (*size, 3) and picture.any()
    empty = detections([], [], [], size)
    assert not draw_objects(np.zeros(shape, np.uint8), empty).any()


@pytest.mark.parametrize(
    ("size", "opacity", "message"),
    [((60, 81), 0.5, r"\(60, 80\)"), (SIZE, -0.1, "from 0 to 1")],
)
def test_bad_arguments_say_what_to_do(size, opacity, message):
    with pytest.raises(ValueError, match=message):
        draw_objects(GRAY, detections([], [], [], size), opacity=opacity)
