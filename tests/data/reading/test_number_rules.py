"""Numbers: each kind of mask that people have, with what it must be read as."""

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from kseg.data.reading.mask_survey import survey
from kseg.data.reading.number_rules import of_numbers
from kseg.imaging.bad_file import BadFile
from tests.data.folders import write

ROOT = Path("DIR")
TWO = ("background", "crack")
THREE = ("background", "crack", "spall")


def box(value, size=(20, 30)):
    mask = np.zeros(size, np.uint8 if value < 256 else np.uint16)
    mask[5:12, 6:20] = value
    return mask


def disc(value=255, size=64, radius=15, line=cv2.LINE_8):
    mask = np.zeros((size, size), np.uint8)
    cv2.circle(mask, (size // 2, size // 2), radius, value, -1, line)
    return mask


def rule_of(folder, masks, names=None, indices=False):
    paths = []
    for i, mask in enumerate(masks):
        path = folder / f"{i}.png"
        if callable(mask):
            mask(path)
        elif mask.dtype in (np.uint8, np.uint16):
            write(path, mask)
        else:
            path = path.with_suffix(".tif")
            tifffile.imwrite(path, mask)
        paths.append(path)
    return of_numbers(ROOT, survey(paths), names, indices)


def one_bit(mask):
    return lambda path: Image.fromarray(mask).convert("1").save(path)


def of_jpeg(mask, quality):
    file = io.BytesIO()
    Image.fromarray(mask).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


@pytest.mark.parametrize("names", [None, TWO])
@pytest.mark.parametrize(
    ("values", "stored"),
    [
        ((0, 255), {0: 0, 255: 1}),
        ((0, 7), {0: 0, 7: 1}),
        ((0, 128), {0: 0, 128: 1}),
        ((1, 2), {1: 0, 2: 1}),
        ((0, 65535), {0: 0, 65535: 1}),
        ((0, 300), {0: 0, 300: 1}),
        ((0, 1), None),
    ],
)
def test_two_values_are_binary(tmp_path, values, stored, names):
    low, high = values
    mask = np.where(box(high) > 0, high, low).astype(box(high).dtype)
    rule = rule_of(tmp_path, [mask, np.full_like(mask, low)], names)
    assert rule.stored_labels == stored and rule.mask_values == "ids"
    assert len(rule.class_names) == 2 and rule.class_names == (
        names or rule.class_names
    )
    assert rule.flaws == ()
    assert (f"only {low} and {high}: binary" in rule.note) == (stored is not None)


@pytest.mark.parametrize("names", [None, TWO])
@pytest.mark.parametrize(
    ("masks", "whites", "said"),
    [
        ([box(1), box(255)], (1, 255), "Received: 0 and 255, in 1 files"),
        ([box(255), box(1), box(0)], (1, 255), "Received: 0 and 1, in 1 files"),
        ([one_bit(box(255)), box(255)], (255,), ""),
        ([one_bit(box(255)), box(1)], (1, 255), ""),
        ([box(65535), box(255)], (255, 65535), "Received: 0 and 255, in 1 files"),
        ([box(1).astype(np.float32), box(255)], (1, 255), "and 255, in 1 files"),
        ([box(1).astype(np.float32), box(1)], None, ""),
        ([box(1).astype(np.int32), box(1)], None, ""),
    ],
    ids=["8 bit", "empty", "1 bit 255", "1 bit 1", "16 bit", "float 255", "float 1",
         "int 1"],
)  # fmt: skip
def test_files_that_write_white_differently(tmp_path, masks, whites, said, names):
    rule = rule_of(tmp_path, masks, names)
    expected = whites and {0: 0} | dict.fromkeys(whites, 1)
    assert rule.stored_labels == expected
    assert len(rule.flaws) == bool(said)
    if said:
        assert said in str(rule.flaws[0])
        assert "both are read as class 1" in rule.flaws[0].what


def test_one_file_with_1_and_255_makes_255_ignore(tmp_path):
    both = box(1)
    both[0] = 255
    rule = rule_of(tmp_path, [both, box(255)], TWO)
    assert rule.stored_labels is None
    assert "more than with all classes but 0" in rule.flaws[0].what
    assert rule_of(tmp_path, [both, box(1), box(1)], TWO).flaws == ()


def test_more_classes_make_two_values_numbers(tmp_path):
    names = ("background", "a", "b", "c")
    rule = rule_of(tmp_path, [box(3)], names)
    assert rule.stored_labels is None and rule.class_names == names
    assert "none with a or b" in rule.flaws[0].what
    with pytest.raises(BadFile, match="0 and 255 alone.*3 classes are named: no class"):
        rule_of(tmp_path, [box(255)], THREE)
    rule = rule_of(tmp_path, [box(3)], indices=True)
    assert rule.stored_labels is None and len(rule.class_names) == 4
    with pytest.raises(BadFile, match="because the palette names classes"):
        rule_of(tmp_path, [box(255)], indices=True)


def test_the_cure_for_255_alone_works(tmp_path):
    assert rule_of(tmp_path, [box(255)], TWO).stored_labels == {0: 0, 255: 1}


@pytest.mark.parametrize("names", [None, THREE])
def test_255_that_is_seldom_beside_a_class(tmp_path, names):
    two = box(1)
    two[15:] = 2
    message = r"1\.png: .*0 and 255 alone, in 1 files, and 255 beside a class in "
    with pytest.raises(BadFile, match=f"{message}0"):
        rule_of(tmp_path, [two, box(255)], names)
    both = two.copy()
    both[0] = 255
    with pytest.raises(BadFile, match=f"{message}1"):
        rule_of(tmp_path, [two, box(255), both], names)
    assert rule_of(tmp_path, [both, box(255), both], names).stored_labels is None


def test_a_bad_file_proves_nothing(tmp_path):
    """It is refused when it is read; the others must not be read by what it holds."""
    bad = box(255)
    bad[0, :3] = 1, 2, 9
    with pytest.raises(BadFile, match="0 and 255 alone"):
        rule_of(tmp_path, [box(255), bad], THREE)
    assert rule_of(tmp_path, [bad], THREE).flaws == ()
    stored = {0: 0, 255: 1}
    assert rule_of(tmp_path, [box(255), box(128)], TWO).stored_labels == stored
    assert rule_of(tmp_path, [box(1), box(128)], TWO).stored_labels is None


def test_a_one_bit_mask_among_labels(tmp_path):
    labels = box(1)
    labels[15:] = 2
    for names in (THREE, None):
        with pytest.raises(BadFile, match=r"1\.png: .* 0\.png holds.*a 1-bit mask, wh"):
            rule_of(tmp_path, [labels, one_bit(box(255))], names)
    assert rule_of(tmp_path, [labels, one_bit(box(0))], THREE).stored_labels is None


@pytest.mark.parametrize("value", [0, 1, 255])
@pytest.mark.parametrize("names", [None, TWO, THREE])
def test_one_value_throughout(tmp_path, value, names):
    whole = np.full((5, 6), value, np.uint8)
    with pytest.raises(BadFile, match=f"2 masks of which every pixel is {value}"):
        rule_of(tmp_path, [whole, whole], names)


EDGES = {
    "anti-aliased": disc(line=cv2.LINE_AA),
    "small": disc(line=cv2.LINE_AA, radius=6),
    "blurred": cv2.GaussianBlur(disc(), (0, 0), 1),
    "resized": cv2.resize(disc(), (77, 77), interpolation=cv2.INTER_AREA),
    "cubic": cv2.resize(disc(), (90, 90), interpolation=cv2.INTER_CUBIC),
    "16 bit": disc(line=cv2.LINE_AA).astype(np.uint16) * 257,
} | {f"JPEG {q}": of_jpeg(disc(), q) for q in (20, 50, 75, 90, 95)}


@pytest.mark.parametrize("names", [None, TWO])
@pytest.mark.parametrize("kind", EDGES)
def test_smoothed_edges_are_cut_at_half(tmp_path, kind, names):
    mask = EDGES[kind]
    rule = rule_of(tmp_path, [mask] * 3, names)
    white = np.iinfo(mask.dtype).max
    assert rule.stored_labels == {v: int(v > white / 2) for v in range(white + 1)}
    assert rule.class_names == (names or ("background", "foreground"))
    assert (
        f"read as binary, what is above {white // 2} as class 1" in rule.flaws[0].what
    )


PICTURES = {
    "noise": np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8),
    "soft": cv2.GaussianBlur(disc(), (0, 0), 6),
    "labels with edge": np.maximum(disc(line=cv2.LINE_AA), box(1, (64, 64))),
}


@pytest.mark.parametrize("names", [None, TWO])
@pytest.mark.parametrize("kind", PICTURES)
def test_grays_that_are_neither(tmp_path, kind, names):
    with pytest.raises(BadFile, match="two values. Received: masks of .* grays from"):
        rule_of(tmp_path, [PICTURES[kind]] * 2, names)


def test_smoothed_edges_of_two_depths(tmp_path):
    masks = [EDGES["anti-aliased"], EDGES["16 bit"]]
    with pytest.raises(BadFile, match="two values. Received: masks of"):
        rule_of(tmp_path, masks)


def stripes(*values):
    return np.repeat(np.array(values, np.uint8), 10)[None].repeat(20, axis=0)


@pytest.mark.parametrize("values", [(0, 128, 255), (0, 100, 200), (0, 85, 170, 255)])
def test_a_gray_for_each_class_is_asked_about(tmp_path, values):
    with pytest.raises(BadFile, match="nobody can know.*its colour behind each name"):
        rule_of(tmp_path, [stripes(*values)])


@pytest.mark.parametrize("values", [(0, 1, 2), (0, 5, 7), (1, 2, 3), (0, 31, 4)])
def test_labels_to_the_largest(tmp_path, values):
    rule = rule_of(tmp_path, [stripes(*values)])
    assert len(rule.class_names) == max(values) + 1 and rule.stored_labels is None
    assert f"labels up to {max(values)}" in rule.note


def test_many_labels_without_gaps(tmp_path):
    mask = np.kron(np.arange(100).reshape(10, 10), np.ones((5, 5), int))
    assert len(rule_of(tmp_path, [mask.astype(np.uint8)]).class_names) == 100


def test_labels_that_were_resized_as_a_picture(tmp_path):
    mask = cv2.resize(disc(9), (100, 90), interpolation=cv2.INTER_LINEAR)
    with pytest.raises(BadFile, match="nobody can know whether they are classes"):
        rule_of(tmp_path, [mask])


def test_numbers_that_are_no_labels(tmp_path):
    with pytest.raises(BadFile, match=r"0\.png: .*of 0 to 255. Received: 0 to 300"):
        rule_of(tmp_path, [np.maximum(box(300), stripes(0, 1, 2))])
    negative = stripes(0, 1, 2).astype(np.int16) - 1
    with pytest.raises(BadFile, match=r"0\.tif: .*Received: -1 to 1"):
        rule_of(tmp_path, [negative])
    with pytest.raises(BadFile, match="Received: -1 to 0"):
        rule_of(tmp_path, [np.where(box(1) > 0, -1, 0).astype(np.int8)])
