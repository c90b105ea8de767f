import os

import numpy as np

from kseg.data.reading import mask_survey
from kseg.data.reading.mask_survey import survey, together
from tests.data.folders import png, write

RNG = np.random.default_rng(0)


def one(path):
    (values,) = survey([path])
    return values


def flat_by_hand(mask, value):
    rows, columns = mask.shape
    return sum(
        mask[y, x] == mask[y - 1, x] == mask[y, x - 1] == value
        for y in range(1, rows)
        for x in range(1, columns)
    )


def test_values_pixels_and_what_is_flat(tmp_path):
    mask = np.kron(RNG.integers(0, 4, (5, 6)), np.ones((3, 3), int)).astype(np.uint16)
    mask[mask == 3] = 40_000
    values = one(write(tmp_path / "a.png", mask))
    assert values.values.tolist() == [0, 1, 2, 40_000]
    for value, count, flat in zip(
        values.values, values.counts, values.flat, strict=True
    ):
        assert count == (mask == value).sum() and flat == flat_by_hand(mask, value)
    assert (values.bits, values.white, values.coloured) == (16, 65535, False)


def test_colours_are_codes(tmp_path):
    mask = np.zeros((4, 6, 3), np.uint8)
    mask[:2] = (255, 0, 1)
    values = one(write(tmp_path / "a.png", mask))
    assert values.coloured and values.values.tolist() == [0, 0xFF0001]
    assert values.counts.tolist() == [12, 12]


def test_a_palette_as_colours_and_as_grays(tmp_path):
    indices = np.array([[0, 1, 2, 3], [0, 1, 2, 3]])
    grays = bytes([9, 9, 9, 7, 7, 7, 9, 9, 9, 200, 200, 200])
    values = one(png(tmp_path / "a.png", indices, 8, 3, grays))
    assert values.values.tolist() == [0, 1, 2, 3] and values.is_gray()
    assert values.as_grays().values.tolist() == [7, 9, 200]
    assert values.as_grays().counts.tolist() == [2, 4, 2]
    assert values.as_colours().values.tolist() == [0x070707, 0x090909, 0xC8C8C8]
    red = bytes([0, 0, 0, 255, 0, 0, 0, 0, 0, 1, 1, 1])
    assert not one(png(tmp_path / "b.png", indices, 8, 3, red)).is_gray()
    gray = one(write(tmp_path / "c.png", np.array([[3, 5]], np.uint8)))
    assert gray.as_grays() is gray
    assert gray.as_colours().values.tolist() == [0x030303, 0x050505]


def test_together_adds_up(tmp_path):
    first = one(write(tmp_path / "a.png", np.array([[0, 0, 3]], np.uint8)))
    second = one(write(tmp_path / "b.png", np.array([[3, 3, 9]], np.uint8)))
    whole = together([first, second])
    assert whole.values.tolist() == [0, 3, 9] and whole.counts.tolist() == [2, 3, 1]


def test_what_lies_at_edges_only(tmp_path):
    mask = np.zeros((9, 9), np.uint8)
    mask[2:6, 2:6] = 5
    mask[7] = 6  # one row
    values = one(write(tmp_path / "a.png", mask))
    assert dict(zip(values.values.tolist(), values.ragged.tolist(), strict=True)) == {
        0: False, 5: False, 6: True
    }  # fmt: skip


def test_bad_files_are_left_out(tmp_path):
    (tmp_path / "a.png").write_bytes(b"no image")
    good = write(tmp_path / "b.png", np.zeros((2, 2), np.uint8))
    files = survey([tmp_path / "a.png", good, tmp_path / "none.png"])
    assert [file.path for file in files] == [good]


def test_a_file_is_read_again_when_it_has_changed(tmp_path, monkeypatch):
    path = write(tmp_path / "a.png", np.zeros((2, 2), np.uint8))
    read, reads = mask_survey.read_stored_mask, []
    monkeypatch.setattr(
        mask_survey, "read_stored_mask", lambda p: reads.append(p) or read(p)
    )
    assert one(path) is one(path) and len(reads) == 1
    write(path, np.ones((2, 2), np.uint8))
    os.utime(path, ns=(1, 1))
    assert one(path).values.tolist() == [1] and len(reads) == 2
