"""COCO's run lengths against pycocotools, and damaged ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco_mask

from kseg.data.reading.run_lengths import decode_rle


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from([(20, 30), (1, 1), (200, 170)]))
def test_run_lengths_are_decoded_as_pycocotools_does(seed, size):
    generator = np.random.default_rng(seed)
    mask = (generator.random(size) < generator.random()).astype(np.uint8)
    code = coco_mask.encode(np.asfortranarray(mask))
    text = {**code, "counts": code["counts"].decode()}
    for one in (code, text):
        np.testing.assert_array_equal(decode_rle(one, size), mask)
    flat = mask.T.ravel()
    changes = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff([0, *changes, flat.size]).tolist()
    runs = runs if flat[0] == 0 else [0, *runs]
    np.testing.assert_array_equal(
        decode_rle({"size": size, "counts": runs}, size), mask
    )


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.text(max_size=12), st.lists(st.integers(), max_size=4), st.none()))
def test_damaged_run_lengths_are_no_mask(counts):
    found = decode_rle({"size": [2, 2], "counts": counts}, (2, 2))
    assert found is None or found.shape == (2, 2)


@pytest.mark.parametrize(
    "code", [None, [], {"size": [2, 3], "counts": [6]}, {"counts": [4]}, {"size": 4}]
)
def test_no_run_lengths(code):
    assert decode_rle(code, (2, 2)) is None
