import numpy as np
import pytest

from kseg.show.grid import grid


def test_grid_keeps_the_shape_of_pictures():
    wide = np.full((10, 20, 3), 50, np.uint8)
    tall = np.full((20, 10), 150, np.uint8)
    canvas = grid([[wide, tall]], cell=(40, 40), gap=5)
    assert canvas.shape == (50, 95, 3)
    assert (canvas[15:35, 5:45] == 50).all()
    assert (canvas[5:15, 5:45] == 255).all()
    assert (canvas[5:45, 60:80] == 150).all()
    titled = grid([[wide, tall]], ("one", "two"), cell=(40, 40), gap=5)
    np.testing.assert_array_equal(titled[-50:], canvas)
    assert titled[:-50].min() < 100


@pytest.mark.parametrize(
    "rows", [[], [[]], [[np.zeros((2, 2))], [np.zeros((2, 2))] * 2]]
)
def test_a_grid_of_uneven_rows_is_refused(rows):
    rows = [[picture.astype(np.uint8) for picture in row] for row in rows]
    with pytest.raises(ValueError, match="as many pictures"):
        grid(rows)
