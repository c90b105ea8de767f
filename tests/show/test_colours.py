import numpy as np

from kseg.show.colours import CYCLE, colour_table, object_colours, to_rgb


def test_neighbours_differ_also_where_colours_repeat():
    colours = object_colours(np.arange(2 * CYCLE)).astype(int)
    assert (abs(np.diff(colours, axis=0)).sum(1) > 60).all()
    np.testing.assert_array_equal(colours[:CYCLE], colours[CYCLE:])
    assert colour_table(5).shape == (6, 3) and not colour_table(5)[0].any()


def test_a_picture_is_a_copy_of_three_channels():
    image = np.arange(24, dtype=np.uint8).reshape(3, 4, 2)
    picture = to_rgb(image)
    np.testing.assert_array_equal(picture, np.stack([image[..., 0]] * 3, axis=-1))
    assert to_rgb(image[..., 0]).shape == (3, 4, 3)
    rgb = np.zeros((3, 4, 3), np.uint8)
    to_rgb(rgb)[:] = 9
    assert not rgb.any()
