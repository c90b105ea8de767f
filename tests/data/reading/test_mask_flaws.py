from pathlib import Path

import numpy as np
import pytest

from kseg.data.reading.mask_flaws import (
    ignored_most,
    listed,
    missing_classes,
    refuse_one_value,
    share,
    two_whites,
)
from kseg.data.reading.mask_survey import Values
from kseg.imaging.bad_file import BadFile

ROOT = Path("DIR")


def of(values, counts=None, **options):
    counts = np.array(counts or [1] * len(values))
    path = options.pop("path", Path("m.png"))
    return Values(path, np.array(values), counts, counts, **options)


def test_one_value():
    refuse_one_value(ROOT, [of([0]), of([3])])
    refuse_one_value(ROOT, [of([300])])  # said by its number
    with pytest.raises(BadFile, match="DIR: .*2 masks of which every pixel is 3"):
        refuse_one_value(ROOT, [of([3]), of([3])])
    with pytest.raises(BadFile, match="every pixel is #00ff00"):
        refuse_one_value(ROOT, [of([0xFF00], coloured=True)])


def test_two_whites():
    assert two_whites([of([0, 1]), of([0, 255], bits=1)]) == ()
    files = [of([0, 255], path=Path("a.png")), of([0, 1], path=Path("b.png")), of([1])]
    (flaw,) = two_whites(files)
    assert str(flaw).startswith(
        "b.png: expected 0 and 255, as a.png holds. Received: 0"
    )
    assert "0 and 1, in 2 files" in flaw.what


def test_most_is_ignored():
    assert ignored_most(ROOT, of([0, 1, 255], [9, 5, 5])) == ()
    (flaw,) = ignored_most(ROOT, of([0, 1, 255], [9, 5, 6]))
    assert "Received: 30 % of all pixels" in flaw.what


def test_classes_that_no_mask_holds():
    assert missing_classes(ROOT, "ab", [True, True]) == ()
    (flaw,) = missing_classes(ROOT, "abc", [True, False, False])
    assert "none with b or c" in flaw.what


def test_words():
    assert listed([1]) == "1" and listed([1, 2, 3], "or") == "1, 2 or 3"
    assert listed(range(99)) == "0, 1, 2, 3, 4, 5, 6, 7, ... and 98"
    assert share(1, np.array([1, 2])) == "33 %"
