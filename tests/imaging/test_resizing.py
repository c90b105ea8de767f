import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from kseg.imaging import letterbox, resize, resize_nearest
from kseg.imaging.resizing import magnified_size
from tests.reference import resizing as oracle

GOLDEN = Path(__file__).parent.parent / "golden" / "resize.json"
RNG = np.random.default_rng(0)


def noise(*shape):
    return RNG.integers(0, 256, shape, np.uint8)


def test_by_hand():
    # Centres at -0.25, 0.25, 0.75, 1.25; the outer two are clamped.
    # 0.25 of the way from 0 to 100 is 25, 0.75 is 75.
    image = np.array([[0, 100]], np.uint8)
    assert resize(image, (1, 4)).tolist() == [[0, 25, 75, 100]]
    assert resize_nearest(image, (1, 4)).tolist() == [[0, 0, 100, 100]]
    # Halves go up: (0 + 1) / 2 is 1.
    assert resize(np.array([[0], [1]], np.uint8), (1, 1)).tolist() == [[1]]


def test_golden_values():
    for case in json.loads(GOLDEN.read_text())["cases"]:
        image = np.array(case["input"], np.uint8)
        size = tuple(case["size"])
        np.testing.assert_array_equal(resize(image, size), case["bilinear"])
        np.testing.assert_array_equal(
            resize_nearest(image[..., 0], size), case["nearest"]
        )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((1, 1), (3, 5)),
        ((5, 7), (5, 7)),
        ((5, 7), (7, 5)),
        ((9, 4), (2, 13)),
        ((13, 11), (1, 1)),
        ((3, 17), (20, 6)),
    ],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_equals_the_oracle(before, after, channels):
    image = noise(*before, channels)
    np.testing.assert_array_equal(resize(image, after), oracle.resize(image, after))
    labels = RNG.integers(0, 1000, before)
    out = resize_nearest(labels, after)
    assert out.dtype == labels.dtype
    np.testing.assert_array_equal(out, oracle.nearest(labels, after))


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_the_javascript_of_the_documentation_gives_the_golden_values(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "numerics.md").read_text("utf-8")
    script = page.split("```js\n")[1].split("```")[0]
    script += f"""
    const cases = JSON.parse(require("fs").readFileSync({str(GOLDEN)!r})).cases;
    console.log(JSON.stringify(cases.map(({{input, size}}) => {{
      const shape = [input.length, input[0].length, input[0][0].length];
      return [...resize(Uint8Array.from(input.flat(2)), ...shape, ...size)];
    }})));"""
    (tmp_path / "golden.js").write_text(script)
    out = subprocess.run(["node", tmp_path / "golden.js"], capture_output=True)
    cases = json.loads(GOLDEN.read_text())["cases"]
    expected = [np.ravel(case["bilinear"]).tolist() for case in cases]
    assert json.loads(out.stdout) == expected, out.stderr


def test_without_a_channel_axis():
    image = noise(6, 9)
    np.testing.assert_array_equal(
        resize(image, (4, 5)), resize(image[..., None], (4, 5))[..., 0]
    )


def test_the_same_size_changes_nothing_and_white_stays_white():
    image = noise(31, 17, 3)
    np.testing.assert_array_equal(resize(image, (31, 17)), image)
    assert (resize(np.full((7, 5), 255, np.uint8), (50, 33)) == 255).all()


def test_within_one_of_real_bilinear():
    cv2 = pytest.importorskip("cv2")
    image = noise(40, 60, 3)
    for size in ((63, 41), (80, 120), (27, 33)):
        exact = cv2.resize(
            image.astype(np.float64), size[::-1], interpolation=cv2.INTER_LINEAR
        )
        assert np.abs(resize(image, size) - exact).max() <= 0.75


@pytest.mark.parametrize(
    ("before", "size", "where"),
    [
        ((10, 20), (40, 40), (10, 0, 20, 40)),
        ((20, 10), (40, 40), (0, 10, 40, 20)),
        ((10, 10), (30, 50), (0, 10, 30, 30)),
        ((7, 5), (16, 9), (1, 0, 13, 9)),  # 7 * 9 / 5 = 12.6
        ((1, 1000), (8, 8), (3, 0, 1, 8)),  # at least one pixel
        ((6, 8), (6, 8), (0, 0, 6, 8)),
    ],
)
def test_letterbox(before, size, where):
    image = noise(*before, 3)
    out, (top, left, height, width) = letterbox(image, size)
    assert out.shape == (*size, 3) and (top, left, height, width) == where
    inside = out[top : top + height, left : left + width]
    np.testing.assert_array_equal(inside, resize(image, (height, width)))
    assert out.sum(dtype=int) == inside.sum(dtype=int)


@pytest.mark.parametrize("function", [resize, resize_nearest, letterbox])
@pytest.mark.parametrize(
    ("shape", "size"), [((0, 4, 3), (2, 2)), ((4, 4), (0, 2)), ((4,), (2, 2))]
)
def test_bad_sizes(function, shape, size):
    with pytest.raises(ValueError, match="Received: shape="):
        function(np.zeros(shape, np.uint8), size)


def test_only_uint8_is_interpolated():
    with pytest.raises(ValueError, match="dtype=float32. Apply an Intensity"):
        resize(np.zeros((2, 2), np.float32), (4, 4))


@pytest.mark.parametrize(
    ("shown", "expected"), [((40, 20), (20, 10)), ((3, 1), (2, 1)), ((1, 40), (1, 20))]
)
def test_part_of_a_tile_has_a_pixel_at_least(shown, expected):
    assert magnified_size(shown, (40, 40), (20, 20)) == expected
