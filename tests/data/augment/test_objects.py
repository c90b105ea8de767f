import numpy as np
import pytest

from kseg.data.augment.objects import ObjectAugment, View, paint
from kseg.data.objects import Objects

QUIET = {"brightness": 0.0, "contrast": 0.0}


def scene(size=(24, 36), seed=0):
    """An image whose gray value is ten times the id of the object there."""
    cells = np.random.default_rng(seed).integers(0, 9, (size[0] // 6, size[1] // 6))
    ids = np.kron(cells, np.ones((6, 6), np.int32))
    order = np.searchsorted(np.unique(np.append(ids, 0)), ids)
    return (10 * order[..., None]).astype(np.uint8), Objects.from_ids(ids)


def views(augment, image, size, magnification=1.0, count=40):
    for seed in range(count):
        yield augment.draw((seed, 7), image.shape[:2], size, magnification)[0]


def test_the_same_seed_draws_the_same_and_choices_do_not_move_others():
    everything = ObjectAugment(turn=True, blur=1.0, noise=0.1, gamma=0.2)
    first = everything.draw((3, 4), (24, 36), (16, 16), None)
    assert first == everything.draw((3, 4), (24, 36), (16, 16), None)
    assert first != everything.draw((3, 5), (24, 36), (16, 16), None)
    config = everything.get_config() | {"gamma": 0.0, "brightness": 0.0}
    view, changes = ObjectAugment(**config).draw((3, 4), (24, 36), (16, 16), None)
    assert view == first[0] and changes["gamma"] == changes["brightness"] == 1
    assert changes["contrast"] == first[1]["contrast"] != 1


def test_objects_move_with_their_pixels():
    image, instances = scene()
    augment = ObjectAugment(turn=True, scale=(1, 1), min_visible=0.0, **QUIET)
    drawn = set()
    for view in views(augment, image, (13, 17)):
        seen, visible = augment.look(view, image, instances)
        assert seen.shape[:2] == view.inner == visible.size
        assert max(view.inner[0] - 13, view.inner[1] - 17) <= 0
        values = np.unique(seen[seen > 0])
        assert len(values) == len(visible)
        expected = np.searchsorted(np.append(0, values), seen[..., 0])
        np.testing.assert_array_equal(visible.to_ids(), expected)
        drawn.add((view.turns, view.flip))
    assert len(drawn) == 8


def test_scale_is_relative_to_the_fit_or_to_the_pixels():
    image, _ = scene()
    augment = ObjectAugment(flip=False, scale=(0.5, 2.0), **QUIET)
    for magnification, unit in ((None, 12 / 36), (1.0, 1.0), (0.5, 0.5)):
        scales = []
        for view in views(augment, image, (12, 12), magnification, 200):
            y1, x1, y2, x2 = view.window
            scales.append(view.inner[1] / (x2 - x1) / unit)
            assert 0 <= view.offset[0] <= 12 - view.inner[0]
            assert view.inner[0] == 12 or (y1, y2) == (0, 24)
        assert 0.45 < min(scales) < 0.6 and 1.7 < max(scales) < 2.2
        assert np.median(scales) == pytest.approx(1, abs=0.15)


def test_what_is_left_too_small_a_part_of_is_dropped():
    ids = np.zeros((8, 12), np.int32)
    ids[1:3, 1:3], ids[4:8, 2:6] = 1, 2  # the second is cut to 3 of its 4 columns
    instances, view = (
        Objects.from_ids(ids),
        View(0, False, (0, 0, 8, 5), (8, 5), (0, 0)),
    )
    image = np.zeros((8, 12, 3), np.uint8)
    for share, boxes in ((0.75, [[1, 1, 3, 3], [4, 2, 8, 5]]), (0.76, [[1, 1, 3, 3]])):
        augment = ObjectAugment(min_visible=share)
        assert augment.look(view, image, instances)[1].boxes.tolist() == boxes


def test_pasted_objects_cover_what_is_behind_them():
    image, instances = scene(seed=1)
    other, others = scene(seed=2)
    other[other > 0] += 100
    augment = ObjectAugment(copy_paste=1.0, min_visible=0.0)
    view = View(0, False, (0, 0, 24, 36), (24, 36), (0, 0))
    for seed in range(5):
        found, left, pasted = augment.paste(
            (seed, 1), image, instances, other, others, view
        )
        assert 0 < len(pasted) < len(others)
        assert (found >= 100)[..., 0].sum() == pasted.areas.sum()
        np.testing.assert_array_equal(pasted.to_ids() > 0, found[..., 0] >= 100)
        np.testing.assert_array_equal(
            left.to_ids() > 0, (found[..., 0] > 0) & (found[..., 0] < 100)
        )


def test_which_images_are_pasted_from():
    augment = ObjectAugment(copy_paste=0.5)
    found = [augment.pastes((seed, 0), 7) for seed in range(300)]
    share = np.mean([index is not None for index in found])
    assert 0.4 < share < 0.6 and {*found} == {None, *range(7)}
    assert {ObjectAugment().pastes((s, 0), 7) for s in range(20)} == {None}


def test_paint():
    instances = Objects.from_ids(np.array([[1, 1, 0, 0], [1, 1, 0, 2]]))
    drawn = paint(instances, (4, 8), (1, 2), (6, 11))
    expected = np.zeros((6, 11), bool)
    expected[1:5, 2:6] = expected[3:5, 8:10] = True
    np.testing.assert_array_equal(drawn, expected)
    assert paint(instances, (1, 1), (0, 0), (1, 1)).tolist() == [[True]]


@pytest.mark.parametrize(
    "wrong",
    [
        {"scale": (0, 1)}, {"scale": (2, 1)}, {"scale": (1,)}, {"copy_paste": 1.5},
        {"min_visible": -0.1}, {"noise": -1}, {"blur": float("inf")},
    ],
)  # fmt: skip
def test_bad_arguments(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} must be"):
        ObjectAugment(**wrong)


def test_off_moves_and_changes_nothing():
    image, instances = scene()
    augment = ObjectAugment.off()
    view, changes = augment.draw((1, 2), (24, 36), (24, 36), 1.0)
    assert view == View(0, False, (0, 0, 24, 36), (24, 36), (0, 0))
    assert changes == {
        "blur": 0, "gamma": 1, "contrast": 1, "brightness": 1, "noise": 0
    }  # fmt: skip
    np.testing.assert_array_equal(augment.look(view, image, instances)[0], image)
