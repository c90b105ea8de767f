import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kseg.predict.labels.tiling import Geometry, plan, predict_tiles, reflect
from tests.reference import tiling as reference


def pooled_sum(tiles, stride, reach):
    """A network of known reach: cells of ``stride`` pixels, then a window of cells.

    Outside of the tile it sees zeros, as a network with same padding does.
    """
    count, height, width, _ = tiles.shape
    cells = tiles[..., 0].astype(np.int64)
    cells = cells.reshape(count, height // stride, stride, width // stride, stride)
    cells = cells.max(axis=(2, 4))
    window = np.pad(cells, ((0, 0), (reach, reach), (reach, reach)))
    total = sum(
        (1 + dy + 3 * dx)
        * window[:, dy : dy + cells.shape[1], dx : dx + cells.shape[2]]
        for dy in range(2 * reach + 1)
        for dx in range(2 * reach + 1)
    )
    return total.repeat(stride, axis=1).repeat(stride, axis=2)


def assemble(image, network, geometry, **options):
    result = np.full(image.shape[:2], -1, np.int64)
    seen = np.zeros(image.shape[:2], int)
    for rows, columns, output in predict_tiles(image, network, geometry, **options):
        result[rows, columns] = output
        seen[rows, columns] += 1
    np.testing.assert_array_equal(seen, 1)
    return result


def test_reflect_by_hand():
    assert reflect(-5, 7, 3).tolist() == [1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2]
    assert reflect(-2, 3, 1).tolist() == [0, 0, 0, 0, 0]


@given(st.integers(1, 9), st.integers(-40, 40), st.integers(0, 40))
def test_reflect_is_a_walk_that_turns_at_the_ends(size, start, length):
    expected = [reference.mirror(p, size) for p in range(start, start + length)]
    assert reflect(start, start + length, size).tolist() == expected


def test_plan_by_hand():
    # The paper's tile: 572 in, 388 out, 92 lost; 384 is the nearest multiple of 16.
    assert plan(388, 572, 388, 92, None, 16) == [(-92, 0, 388)]
    assert plan(500, 572, 388, 92, None, 16) == [(-156, 0, 256), (100, 256, 500)]
    # Same padding, margin 32 of 256: 192 to keep, of which two tiles need 160.
    assert plan(300, 256, 256, 0, 32, 16) == [(-48, 0, 160), (112, 160, 300)]


@given(
    size=st.integers(1, 300),
    stride=st.sampled_from([1, 2, 4, 16]),
    cells=st.integers(1, 8),
    lost=st.integers(0, 9),
    margin=st.integers(0, 40),
)
def test_plan_covers_the_axis_and_keeps_the_margin(size, stride, cells, lost, margin):
    output = cells * stride
    tile = output + 2 * lost
    try:
        places = plan(size, tile, output, lost, margin, stride)
    except ValueError as error:
        assert "smaller margin" in str(error)
        assert tile - 2 * margin < 3 * stride
        return
    kept = [pixel for _, start, stop in places for pixel in range(start, stop)]
    assert kept == list(range(size))
    for start, keep_start, keep_stop in places:
        assert (start + lost) % stride == 0
        assert keep_start - start >= max(lost, margin)
        assert start + tile - keep_stop >= max(lost, margin)


@settings(max_examples=40, deadline=None)
@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    stride=st.sampled_from([1, 2, 4]),
    reach=st.integers(0, 2),
    rows=st.integers(0, 5),
    columns=st.integers(0, 5),
    batch=st.integers(1, 3),
    seed=st.integers(0, 9),
)
def test_result_equals_the_whole_image_for_every_tile_size(
    height, width, stride, reach, rows, columns, batch, seed
):
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 1), np.uint8)
    margin = (reach + 1) * stride - 1
    smallest = (2 * (reach + 1) + 1) * stride
    tile = (smallest + rows * stride, smallest + columns * stride)

    def network(tiles):
        assert len(tiles) <= batch
        return pooled_sum(tiles, stride, reach)

    found = assemble(
        image, network, Geometry(tile, tile, (0, 0), stride), margin=margin, batch=batch
    )
    expected = reference.whole(
        image, lambda t: pooled_sum(t, stride, reach), margin, stride
    )
    np.testing.assert_array_equal(found, expected)


@settings(max_examples=30, deadline=None)
@given(
    height=st.integers(1, 30),
    width=st.integers(1, 30),
    reach=st.integers(1, 3),
    rows=st.integers(1, 12),
    columns=st.integers(1, 12),
)
def test_valid_convolutions_need_no_other_margin(height, width, reach, rows, columns):
    image = np.random.default_rng(height).integers(0, 256, (height, width, 1), np.uint8)

    def valid(tiles):
        inner = slice(reach, -reach)
        return pooled_sum(tiles, 1, reach)[:, inner, inner]

    tile = (rows + 2 * reach, columns + 2 * reach)
    geometry = Geometry(tile, (rows, columns), (reach, reach), 1)
    expected = reference.whole(image, lambda t: pooled_sum(t, 1, reach), reach, 1)
    np.testing.assert_array_equal(assemble(image, valid, geometry), expected)


def test_an_image_that_fits_is_run_once_in_the_middle_of_its_tile():
    image = np.arange(20 * 30, dtype=np.uint16).reshape(20, 30, 1)
    seen = []

    def network(tiles):
        seen.append(tiles)
        return tiles[..., 0]

    geometry = Geometry((48, 64), (48, 64), (0, 0), 8, margin=16)
    result = assemble(image, network, geometry)
    np.testing.assert_array_equal(result, image[..., 0])
    assert len(seen) == 1
    # (48 - 20) / 2 = 14 and (64 - 30) / 2 = 17, down to multiples of 8.
    np.testing.assert_array_equal(seen[0][0, 8:28, 16:46], image)


def test_the_default_margin_is_of_each_axis_alone():
    image = np.zeros((32, 100, 1), np.uint8)
    calls = []
    geometry = Geometry((32, 32), (32, 32), (0, 0), 4, margin=8)
    assemble(image, lambda t: calls.append(t) or t[..., 0].astype(int), geometry)
    # One row of tiles, each keeping 16 of its 32 columns: ceil(100 / 16).
    assert len(calls) == 7
    calls.clear()
    assemble(
        image, lambda t: calls.append(t) or t[..., 0].astype(int), geometry, margin=8
    )
    assert len(calls) == 14


def test_trailing_axes_pass_through():
    image = np.random.default_rng(0).integers(0, 256, (9, 7, 3), np.uint8)
    geometry = Geometry((4, 4), (4, 4))
    parts = list(predict_tiles(image, lambda tiles: tiles * 1.5, geometry))
    whole = np.zeros((9, 7, 3))
    for rows, columns, output in parts:
        whole[rows, columns] = output
    np.testing.assert_array_equal(whole, image * 1.5)


@pytest.mark.parametrize(
    ("image", "options", "message"),
    [
        (np.zeros((0, 4, 1), np.uint8), {}, "at least one pixel"),
        (np.zeros((4, 4), np.uint8), {}, r"shape=\(4, 4\)"),
        (np.zeros((40, 4, 1), np.uint8), {"margin": 6}, "smaller margin"),
        (np.zeros((4, 4, 1), np.uint8), {"margin": -1}, "at least 0"),
        (np.zeros((4, 4, 1), np.uint8), {"batch": 0}, "batch"),
    ],
)
def test_bad_arguments_say_what_to_do(image, options, message):
    geometry = Geometry((16, 16), (16, 16), (0, 0), 8)
    with pytest.raises(ValueError, match=message):
        list(predict_tiles(image, lambda tiles: tiles[..., 0], geometry, **options))
