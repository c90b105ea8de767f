"""Anchors against detectron2's, Faster R-CNN's, and loops."""

import numpy as np
import pytest

from kseg.ops import make_anchors, make_pyramid_anchors
from tests.reference import anchors as reference

RATIOS = (0.5, 1.0, 2.0)


def swapped(boxes):
    """(x1, y1, x2, y2) as others write them to (y1, x1, y2, x2), or back."""
    return np.asarray(boxes)[:, [1, 0, 3, 2]]


def test_the_vector_of_detectron2():
    """tests/modeling/test_anchor_generator.py, the anchors of the first place."""
    anchors = make_anchors((32, 64), (0.25, 1, 4), 4, (2, 3))
    assert anchors.shape == (2 * 3 * 6, 4) and anchors.dtype == "float32"
    expected = [
        [-32, -8, 32, 8],
        [-16, -16, 16, 16],
        [-8, -32, 8, 32],
        [-64, -16, 64, 16],
        [-32, -32, 32, 32],
        [-16, -64, 16, 64],
    ]
    np.testing.assert_array_equal(swapped(anchors[:6]), expected)
    # The next place is the next column, then comes the next row.
    np.testing.assert_array_equal(anchors[6:12], anchors[:6] + [0, 4, 0, 4])
    np.testing.assert_array_equal(anchors[18:24], anchors[:6] + [4, 0, 4, 0])


def test_rounded_at_the_base_they_are_those_of_faster_r_cnn():
    """lib/transform/anchors.py of MNC; its last pixel is inside the box."""
    anchors = make_anchors((128, 256, 512), RATIOS, 16, (1, 1), offset=0.5, base=16)
    inclusive = [
        [-84, -40, 99, 55],
        [-56, -56, 71, 71],
        [-36, -80, 51, 95],
        [-176, -88, 191, 103],
        [-120, -120, 135, 135],
        [-80, -168, 95, 183],
        [-360, -184, 375, 199],
        [-248, -248, 263, 263],
        [-168, -344, 183, 359],
    ]
    expected = np.array(inclusive) + [0, 0, 1, 1]
    np.testing.assert_array_equal(swapped(anchors), expected)


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (4, 2)])
@pytest.mark.parametrize("offset", [0.0, 0.5])
def test_equals_the_oracle(shape, offset):
    arguments = ((20, 50), (0.3, 1, 2.7), 8, shape, offset)
    expected = reference.make_anchors(*arguments)
    np.testing.assert_allclose(make_anchors(*arguments), expected, rtol=1e-6, atol=1e-5)


def test_half_sides_rounded_as_torchvision_has_them():
    """Halves go to even: half of 33 is 16, half of 35 is 18. Rows and columns may be
    apart by different numbers of pixels."""
    anchors = make_anchors(
        (33, 35), (1,), (61, 56), (2, 3), half_sides="rounded"
    ).reshape(2, 3, 2, 4)
    assert anchors[0, 0].tolist() == [[-16, -16, 16, 16], [-18, -18, 18, 18]]
    assert (anchors[1, 2] - anchors[0, 0]).tolist() == [[61, 112, 61, 112]] * 2
    for size, shape in ((32, (4, 7)), (50, (3, 2))):
        image = (shape[0] * 8 + 3, shape[1] * 8 + 7)
        stride = (image[0] // shape[0], image[1] // shape[1])
        expected = reference.as_torchvision(size, RATIOS, image, shape)
        anchors = make_anchors((size,), RATIOS, stride, shape, half_sides="rounded")
        np.testing.assert_array_equal(anchors, expected)


def test_area_and_ratio():
    y1, x1, y2, x2 = make_anchors((10, 30), (0.5, 2), 4, (1, 1)).T
    np.testing.assert_allclose((y2 - y1) * (x2 - x1), [100, 100, 900, 900], rtol=1e-6)
    np.testing.assert_allclose((y2 - y1) / (x2 - x1), [0.5, 2, 0.5, 2], rtol=1e-6)


def test_a_map_without_places():
    assert make_anchors((32,), RATIOS, 4, (0, 7)).shape == (0, 4)


def test_the_pyramid_of_the_paper():
    strides = (4, 8, 16, 32, 64)
    shapes = [(1024 // s, 512 // s) for s in strides]
    levels = make_pyramid_anchors((32, 64, 128, 256, 512), RATIOS, strides, shapes)
    assert [len(x) for x in levels] == [3 * h * w for h, w in shapes]
    # As many as detectron2 has at 1024x1024, and half.
    assert sum(map(len, levels)) == 261888 // 2
    for level, stride in zip(levels, strides, strict=True):
        expected = make_anchors((8 * stride,), RATIOS, stride, (1, 1))
        np.testing.assert_array_equal(level[:3], expected)
        last = level[-3:] - level[:3]
        np.testing.assert_array_equal(last[:, 0], 1024 - stride)
        np.testing.assert_array_equal(last[:, 1], 512 - stride)


def test_several_sizes_of_a_level():
    levels = make_pyramid_anchors([(4, 5), 8], (1,), (4, 8), [(1, 2), (1, 1)], 0.5)
    np.testing.assert_array_equal(levels[0], make_anchors((4, 5), (1,), 4, (1, 2), 0.5))
    np.testing.assert_array_equal(levels[1], make_anchors((8,), (1,), 8, (1, 1), 0.5))
    levels = make_pyramid_anchors([128], RATIOS, (16,), [(1, 2)], 0.5, 16)
    expected = make_anchors((128,), RATIOS, 16, (1, 2), 0.5, 16)
    np.testing.assert_array_equal(levels[0], expected)
    levels = make_pyramid_anchors([33], (1,), [(3, 4)], [(1, 2)], half_sides="rounded")
    assert levels[0].tolist() == [[-16, -16, 16, 16], [-16, -12, 16, 20]]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (((), RATIOS, 4, (1, 1)), "at least one size.*sizes=()"),
        (((32,), (), 4, (1, 1)), "one ratio.*ratios=()"),
        (((32, 0), RATIOS, 4, (1, 1)), r"above 0.*sizes=\(32, 0\)"),
        (((32,), (-1,), 4, (1, 1)), r"above 0.*ratios=\(-1,\)"),
        (((32,), RATIOS, 0, (1, 1)), "above 0.*stride=0"),
        (((32,), RATIOS, 4, (1, 1), 0, 0), "above 0.*base=0"),
        (((32,), RATIOS, 4, (1, -1)), r"\(H, W\).*shape=\(1, -1\)"),
        (((32,), RATIOS, 4, (1, 1, 3)), r"\(H, W\).*shape=\(1, 1, 3\)"),
        (((32,), RATIOS, 4, (1, 1), 2), "offset must be in .*offset=2"),
        (((32,), RATIOS, (4, 0), (1, 1)), r"above 0.*stride=\(4, 0\)"),
        (((32,), RATIOS, 4, (1, 1), 0, None, "floor"), "'exact', 'rounded'.*'floor'"),
    ],
)
def test_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        make_anchors(*arguments)


def test_refuses_levels_that_do_not_fit():
    with pytest.raises(ValueError, match="2 sizes, 1 strides, 1 shapes"):
        make_pyramid_anchors((32, 64), RATIOS, (4,), [(1, 1)])
