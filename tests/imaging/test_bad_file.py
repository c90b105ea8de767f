import pytest

from kseg.errors import DataError
from kseg.imaging.bad_file import BadFile, decoding


def test_any_error_of_a_decoder_becomes_that_of_its_file():
    with pytest.raises(
        BadFile, match=r"a\.tif: is odd \(IndexError: list\) index\)\. "
    ):
        with decoding("a.tif", "is odd"):
            raise IndexError("list)\n  index")


def test_an_error_of_ours_stays_as_it_is():
    error = DataError("already said")
    with pytest.raises(DataError) as caught:
        with decoding("a.tif"):
            raise error
    assert caught.value is error
