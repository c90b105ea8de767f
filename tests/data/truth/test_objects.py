import numpy as np

from kseg.data.truth.objects import far_pieces


def test_far_pieces():
    pieces = np.zeros((20, 40), np.int32)
    pieces[2:5, 2:5] = pieces[2:5, 9:12] = 3  # 4 pixels between them
    pieces[10:12, 2:5] = pieces[10:12, 10:12] = 7  # 5 pixels
    pieces[15, 20] = pieces[16, 21] = 9  # touch at a corner
    assert far_pieces(pieces) == [7]
    assert far_pieces(pieces * 0) == []
