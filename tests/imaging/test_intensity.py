import json
import re

import numpy as np
import pytest

from kseg.imaging import Intensity, to_channels
from kseg.imaging.intensity import _percentiles


def test_none_is_the_image_itself():
    image = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    assert Intensity().apply(image) is image
    assert Intensity().apply(image[..., 0]).shape == (2, 4, 1)


def test_range_by_hand():
    # (value - 100) * 255 / 1000: 100 -> 0, 600 -> 127.5 (even: 128), 1100 -> 255
    image = np.array([[0, 100, 600, 1100, 65535]], np.uint16)
    rule = Intensity("range", low=100, high=1100)
    assert rule.apply(image)[..., 0].tolist() == [[0, 0, 128, 255, 255]]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.int32])
def test_percentile_of_each_channel(dtype):
    ramp = np.arange(101).reshape(1, 101, 1)
    image = np.concatenate([ramp, ramp * 2 + 10], axis=2).astype(dtype)
    out = Intensity("percentile", low=10, high=90).apply(image)
    expected = np.rint(np.clip((np.arange(101) - 10) / 80, 0, 1) * 255)
    for channel in range(2):
        assert np.abs(out[0, :, channel] - expected).max() <= 1
    assert out.dtype == np.uint8 and out[0, 10, 0] == 0 and out[0, 90, 1] == 255


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (37, 41)])
@pytest.mark.parametrize("percents", [(1, 99.8), (0, 100), (33.3, 50)])
def test_percentiles_from_a_histogram_are_those_of_numpy(shape, percents):
    values = np.random.default_rng(0).integers(0, 60000, shape)
    for dtype in (np.uint16, np.uint8, np.int32):
        found = _percentiles(values.astype(dtype), percents)
        expected = np.percentile(values.astype(dtype), percents)
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_the_histogram_in_parts():
    values = np.arange(4 * 2**21, dtype=np.uint32).reshape(2**12, -1).astype(np.uint16)
    np.testing.assert_allclose(_percentiles(values, (25, 75)), [16383.5, 49151.5], 1e-4)


def test_a_table_gives_what_floats_give():
    image = np.random.default_rng(0).integers(0, 60000, (20, 30, 2), np.uint16)
    rule = Intensity("range", low=300, high=50000)
    np.testing.assert_array_equal(rule.apply(image), rule.apply(image.astype(float)))


def test_default_percentiles():
    rule = Intensity("percentile")
    assert (rule.low, rule.high) == (1.0, 99.8)


def test_constant_nan_and_infinity():
    rule = Intensity("percentile", low=0, high=100)
    assert not rule.apply(np.full((3, 4), 7, np.uint16)).any()
    image = np.array([[0, 10, np.nan, np.inf, -np.inf]], np.float32)
    assert rule.apply(image)[..., 0].tolist() == [[0, 255, 0, 255, 0]]
    assert not rule.apply(np.full((2, 2), np.nan, np.float32)).any()


def test_channels_are_chosen_in_order():
    image = np.dstack([np.full((2, 3), value, np.uint8) for value in (1, 2, 3, 4)])
    out = Intensity(channels=[3, 0]).apply(image)
    assert out.shape == (2, 3, 2) and out[0, 0].tolist() == [4, 1]
    with pytest.raises(ValueError, match="channels \\(4,\\).*Received: 4 channels"):
        Intensity(channels=(4,)).apply(image)


@pytest.mark.parametrize(
    "rule",
    [
        Intensity(),
        Intensity("range", low=0, high=4095, channels=(2, 1)),
        Intensity("percentile", low=2, high=98),
    ],
)
def test_round_trip_through_json(rule):
    assert Intensity.from_dict(json.loads(json.dumps(rule.to_dict()))) == rule


def test_an_empty_mapping_is_none():
    assert Intensity.from_dict({}) == Intensity()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rule": "log"}, "of none, range, percentile. Received: rule='log'"),
        ({"rule": "none", "low": 1}, "takes no low and high"),
        ({"rule": "range"}, "low < high"),
        ({"rule": "range", "low": 5, "high": 5}, "low < high"),
        ({"rule": "percentile", "low": -1}, "between 0 and 100"),
        ({"rule": "percentile", "high": 101}, "between 0 and 100"),
        ({"channels": ()}, "at least one"),
        ({"channels": (-1,)}, "numbers from 0"),
    ],
)
def test_bad_rules(options, message):
    with pytest.raises(ValueError, match=message):
        Intensity(**options)


@pytest.mark.parametrize("shape", [(0, 4, 1), (4,), (1, 2, 3, 4)])
def test_bad_images(shape):
    with pytest.raises(ValueError, match="Received: shape="):
        Intensity().apply(np.zeros(shape, np.uint8))


def test_deep_images_need_a_rule():
    message = "dtype=uint16. Give an intensity rule.* --intensity percentile:1:99.8"
    with pytest.raises(ValueError, match=message):
        Intensity().apply(np.zeros((2, 2), np.uint16))


def test_gray_is_repeated_without_a_copy():
    gray = np.arange(6, dtype=np.uint8).reshape(2, 3, 1)
    out = to_channels(gray, 3)
    assert out.shape == (2, 3, 3) and np.shares_memory(out, gray)
    np.testing.assert_array_equal(out, np.repeat(gray, 3, axis=2))


def test_colours_become_gray():
    # 77 * 200 + 150 * 100 + 29 * 50 + 128 = 31978; 31978 >> 8 = 124
    image = np.array([[[200, 100, 50], [255, 255, 255], [9, 9, 9]]], np.uint8)
    assert to_channels(image, 1)[..., 0].tolist() == [[124, 255, 9]]
    assert to_channels(image, 3) is image


def test_other_channels_are_refused():
    with pytest.raises(ValueError, match="of 3 channels, or gray. Received: 5"):
        to_channels(np.zeros((2, 2, 5), np.uint8), 3)


@pytest.mark.parametrize("found, channels", [(4, 3), (2, 3), (4, 1)])
def test_the_options_that_an_error_names_are_a_remedy(found, channels):
    image = np.zeros((2, 2, found), np.uint8)
    with pytest.raises(ValueError) as caught:
        to_channels(image, channels)
    chosen = re.search(r"--use-channels ([\d,]+) ", str(caught.value))[1]
    rule = Intensity(channels=chosen.split(","))
    assert f"Intensity(channels={rule.channels})" in str(caught.value)
    assert to_channels(rule.apply(image), channels).shape == (2, 2, channels)
