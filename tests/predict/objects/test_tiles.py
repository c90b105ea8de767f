import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kseg.imaging import resize
from kseg.predict.objects.tiles import cover, cut, tile_starts


@given(st.integers(1, 60), st.integers(1, 20), st.data())
def test_tiles_cover_and_share(size, tile, data):
    overlap = data.draw(st.integers(0, tile - 1))
    starts = tile_starts(size, tile, overlap)
    assert starts[0] == 0 and starts[-1] == max(0, size - tile)
    gaps = np.diff(starts)
    assert (gaps > 0).all() and (gaps <= tile - overlap).all()
    if len(starts) > 1:  # one fewer would not do
        assert size > (len(starts) - 1) * (tile - overlap) + overlap


def test_tiles_of_an_image():
    tiles = cover((20, 9), (10, 12), 2)
    assert tiles == [(0, 0, 10, 9), (5, 0, 15, 9), (10, 0, 20, 9)]
    image = np.arange(1, 181, dtype=np.uint8).reshape(20, 9, 1)
    pixels, place = cut(image, tiles[1], (10, 12), (10, 12))
    assert pixels.shape == (10, 12, 1) and place == (0, 0, 10, 9)
    np.testing.assert_array_equal(pixels[:, :9], image[5:15])
    assert not pixels[:, 9:].any()


def test_a_tile_is_magnified_for_the_network():
    image = np.arange(1, 181, dtype=np.uint8).reshape(20, 9, 1)
    pixels, place = cut(image, (5, 0, 15, 9), (10, 12), (20, 36))
    assert pixels.shape == (20, 36, 1) and place == (0, 0, 20, 27)
    np.testing.assert_array_equal(pixels[:, :27], resize(image[5:15], (20, 27)))
    assert not pixels[:, 27:].any()


def test_what_is_thin_is_a_row_of_a_shrunk_tile():
    image = np.full((1, 30, 1), 7, np.uint8)
    pixels, place = cut(image, (0, 0, 1, 30), (40, 40), (10, 10))
    assert place == (0, 0, 1, 8) and (pixels[0, :8] == 7).all()
