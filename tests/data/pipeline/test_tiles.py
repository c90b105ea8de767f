import numpy as np
import pytest
import tensorflow as tf

from kseg.data.pipeline.tiles import count_tiles, cut_tiles

IGNORE = 255


def cut(image, labels, size, output_size):
    tiles, out = cut_tiles(
        tf.constant(image), [(tf.constant(labels), IGNORE)], size, output_size
    )
    return tiles.numpy(), out.numpy()


@pytest.mark.parametrize("shape", [(20, 33), (8, 8), (3, 50), (1, 1), (17, 9)])
@pytest.mark.parametrize(
    ("size", "output_size"), [((8, 8), (8, 8)), ((8, 12), (8, 12)), ((14, 11), (6, 4))]
)
def test_every_pixel_counts_once(shape, size, output_size):
    image = np.arange(shape[0] * shape[1], dtype=np.int32).reshape(*shape, 1)
    tiles, labels = cut(image, image[..., 0] + 1000, size, output_size)
    assert tiles.shape[1:] == (*size, 1) and labels.shape[1:] == output_size
    assert len(tiles) == len(labels) == count_tiles(shape, output_size)
    counted = np.sort(labels[labels != IGNORE])
    np.testing.assert_array_equal(counted, image.ravel() + 1000)
    # A tile's output is the centre of its input.
    top, left = ((s - o) // 2 for s, o in zip(size, output_size, strict=True))
    centre = tiles[:, top : top + output_size[0], left : left + output_size[1], 0]
    counts = labels != IGNORE
    np.testing.assert_array_equal(centre[counts] + 1000, labels[counts])


def test_by_hand():
    row = np.array([[1, 2, 3, 4, 5]], np.uint8)
    tiles, labels = cut(row[..., None], row, (1, 3), (1, 3))
    np.testing.assert_array_equal(tiles[:, 0, :, 0], [[1, 2, 3], [3, 4, 5]])
    np.testing.assert_array_equal(labels[:, 0], [[1, 2, 3], [IGNORE, 4, 5]])


def test_context_is_mirrored_at_the_edges():
    row = np.array([[1, 2, 3, 4]], np.uint8)
    tiles, _ = cut(row[..., None], row, (1, 6), (1, 2))
    np.testing.assert_array_equal(
        tiles[:, 0, :, 0], [[3, 2, 1, 2, 3, 4], [1, 2, 3, 4, 3, 2]]
    )


def test_maps_keep_their_types_and_blanks():
    image = tf.zeros((2, 3, 1), tf.uint8)
    maps = [(tf.ones((2, 3), tf.uint8), 255), (tf.ones((2, 3)), 0.0)]
    _, labels, weights = cut_tiles(image, maps, (4, 4), (4, 4))
    assert labels.dtype == tf.uint8 and weights.dtype == tf.float32
    inside = np.zeros((1, 4, 4), bool)
    inside[:, :2, :3] = True
    np.testing.assert_array_equal(labels, np.where(inside, 1, 255))
    np.testing.assert_array_equal(weights, inside)
