"""Images as a network takes them; `Predictor`'s tests see the rest of it."""

import numpy as np
import pytest

from kseg.predict.prepare import as_read, prepare

GRAY = {"input": {"channels": 1}}
DEEP = {
    "input": {
        "channels": 3,
        "intensity": {"rule": "range", "low": 0, "high": 1000, "channels": None},
    }
}


def test_type_and_channels():
    image = np.full((3, 5), 100, np.uint8)
    assert prepare(image, GRAY).shape == (3, 5, 1)
    assert prepare(image[..., None] + 0.4, GRAY).tolist() == [[[100]] * 5] * 3
    deep = prepare(np.full((3, 5), 500, np.uint16), DEEP)
    assert deep.shape == (3, 5, 3) and deep.dtype == np.uint8
    assert np.unique(deep).tolist() == [128]


def test_a_rule_takes_uint8_as_a_file_holds_it_but_not_what_was_read():
    image = np.full((3, 5, 3), 200, np.uint8)
    assert np.unique(as_read(image, DEEP)).tolist() == [51]
    assert np.unique(prepare(image, DEEP)).tolist() == [200]


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((0, 4), np.uint8), "at least one pixel"),
        (np.zeros((2, 2, 2), np.uint8), "2 channels"),
        (np.full((2, 2), 300.0), "from 0 to 255"),
        (np.zeros((2, 2), np.uint16), "uint8"),
    ],
)
def test_what_does_not_fit_is_refused(image, message):
    with pytest.raises(ValueError, match=message):
        prepare(image, GRAY)
