import numpy as np
import pytest

from kseg.data import open_dataset
from kseg.errors import DataError
from tests.data.folders import image, label_folder, labels, stage1_folder, write

RED, BLUE, BLACK = (255, 0, 0), (0, 0, 255), (0, 0, 0)


def colours(*stripes):
    return np.array(stripes, np.uint8)[labels(classes=len(stripes))]


def open_folder(root, **options):
    return open_dataset(root, format="folder", **options)


def test_classes_are_what_the_masks_hold(tmp_path):
    dataset = open_folder(label_folder(tmp_path))
    assert dataset.class_names == ("background", "class 1", "class 2")
    assert dataset.mask_values == "ids" and len(dataset.palette) == 3
    assert "labels up to 2" in dataset.notes[0]


def test_255_beside_other_labels_is_to_ignore(tmp_path):
    mask = labels()
    mask[0] = 255
    dataset = open_folder(label_folder(tmp_path, mask=mask))
    assert len(dataset.class_names) == 3 and dataset.mask_values == "ids"


def test_only_0_and_255_is_binary_and_said(tmp_path):
    dataset = open_folder(label_folder(tmp_path, mask=labels(classes=2) * 255))
    assert dataset.class_names == ("background", "foreground")
    assert "binary, and 255 is class 1" in dataset.notes[0]
    np.testing.assert_array_equal(dataset.target(0), labels(classes=2))


def test_one_colour_a_class(tmp_path):
    label_folder(tmp_path, "ab", colours(RED, BLACK, BLUE))
    write(tmp_path / "masks" / "b.png", colours(BLACK, BLACK))
    dataset = open_folder(tmp_path)
    assert dataset.class_names == ("#000000", "#0000ff", "#ff0000")
    assert dataset.palette == (BLACK, BLUE, RED)
    assert dataset.target(0)[0, [0, 15, 29]].tolist() == [2, 0, 1]
    assert not dataset.target(1).any()


def test_classes_txt(tmp_path):
    label_folder(tmp_path)
    (tmp_path / "classes.txt").write_text("sky\nroad, wet\n\ncar 4\n")
    dataset = open_dataset(tmp_path)
    assert dataset.class_names == ("sky", "road, wet", "car 4")
    assert dataset.notes == ()


def test_classes_txt_with_colours(tmp_path):
    label_folder(tmp_path, mask=colours(RED, BLACK, BLUE))
    lines = "ground 0 0 0\nblue car,0,0,255\nred car 255 0 0\n"
    (tmp_path / "classes.txt").write_text(lines)
    dataset = open_dataset(tmp_path)
    assert dataset.class_names == ("ground", "blue car", "red car")
    assert dataset.target(0)[0, [0, 15, 29]].tolist() == [2, 0, 1]


@pytest.mark.parametrize("factor", [1, 255])
def test_two_named_classes_of_0_and_1_or_0_and_255(tmp_path, factor):
    label_folder(tmp_path, mask=labels(classes=2) * np.uint8(factor))
    (tmp_path / "classes.txt").write_text("background\ncell\n")
    dataset = open_dataset(tmp_path)
    np.testing.assert_array_equal(dataset.target(0), labels(classes=2))


def test_two_named_classes_and_255_to_ignore(tmp_path):
    mask = labels(classes=2)
    label_folder(tmp_path, mask=mask * np.uint8(255))
    mask[0] = 255
    write(tmp_path / "masks" / "e.png", mask)
    (tmp_path / "classes.txt").write_text("background\ncell\n")
    assert (open_dataset(tmp_path).target(4)[0] == 255).all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "1 to 255 classes. Received: 0"),
        (
            "crack\n",
            "the background and one class or more. Received: one name, 'crack'",
        ),
        ("crack 255 0 0\n", "Received: one name, 'crack'. Write the background above"),
        ("a\nb\na\n", "a different name"),
        ("a 0 0 0\nb\n", "behind each name or behind none"),
        ("a 0 0 0\nb 0 0 0\n", "a different colour"),
        ("a 0 0 256\n", "of 0 to 255. Received: 'a 0 0 256'"),
        ("\n".join(map(str, range(256))), "1 to 255 classes. Received: 256"),
    ],
)
def test_bad_classes_txt(tmp_path, text, message):
    label_folder(tmp_path)
    (tmp_path / "classes.txt").write_text(text)
    with pytest.raises(DataError, match=rf"classes\.txt: .*{message}"):
        open_dataset(tmp_path)


def test_too_many_colours(tmp_path):
    label_folder(tmp_path, mask=image(0, channels=3))
    with pytest.raises(DataError, match=r"a\.png: expected at most 255 colours"):
        open_folder(tmp_path)


def test_instance_ids_are_no_labels(tmp_path):
    label_folder(tmp_path, mask=np.full((20, 30), 300, np.uint16))
    with pytest.raises(DataError, match=r"Received: 300 to 300\. .*\"dsb2018\""):
        open_folder(tmp_path)


def test_a_bad_mask_does_not_keep_the_others_from_being_read(tmp_path):
    label_folder(tmp_path)
    (tmp_path / "masks" / "a.png").write_bytes(b"no image")
    dataset = open_folder(tmp_path)
    assert len(dataset.class_names) == 3
    with pytest.raises(DataError, match=r"a\.png: cannot be decoded"):
        dataset.target(0)


def test_a_folder_for_each_image_is_another_format(tmp_path):
    with pytest.raises(DataError, match='format="dsb2018"'):
        open_folder(stage1_folder(tmp_path))


def test_the_cure_for_one_name_works(tmp_path):
    label_folder(tmp_path, mask=labels(classes=2) * np.uint8(255))
    (tmp_path / "classes.txt").write_text("crack\n")
    with pytest.raises(DataError, match="Write the background above it: it is class 0"):
        open_dataset(tmp_path)
    (tmp_path / "classes.txt").write_text("background\ncrack\n")
    dataset = open_dataset(tmp_path)
    assert dataset.class_names == ("background", "crack")
    np.testing.assert_array_equal(dataset.target(0), labels(classes=2))


@pytest.mark.parametrize("gray", [128, 254])
def test_a_gray_for_each_class(tmp_path, gray):
    """Values that nobody can know, then what the message advises."""
    label_folder(tmp_path, mask=np.uint8([0, gray, 255])[labels()])
    with pytest.raises(
        DataError, match=r"write classes.txt with its colour behind each"
    ):
        open_dataset(tmp_path)
    lines = f"ground 0 0 0\nroad {gray} {gray} {gray}\ncar 255 255 255\n"
    (tmp_path / "classes.txt").write_text(lines)
    np.testing.assert_array_equal(open_dataset(tmp_path).target(0), labels())
    (tmp_path / "classes.txt").write_text("ground\nroad\ncar\n")
    with pytest.raises(DataError, match="where each gray is a class, write its colour"):
        open_dataset(tmp_path).target(0)


def test_masks_of_16_bits_and_floats(tmp_path):
    import tifffile

    label_folder(tmp_path, "ab", mask=labels(classes=2).astype(np.uint16) * 65535)
    dataset = open_folder(tmp_path)
    np.testing.assert_array_equal(dataset.target(0), labels(classes=2))
    for name in "ab":
        (tmp_path / "masks" / f"{name}.png").unlink()
        path = tmp_path / "masks" / f"{name}.tif"
        tifffile.imwrite(path, labels(classes=2).astype(np.float32))
    dataset = open_folder(tmp_path)
    np.testing.assert_array_equal(dataset.target(1), labels(classes=2))


def test_many_names_for_numbers_with_gaps(tmp_path):
    label_folder(tmp_path, mask=np.uint8([0, 100, 200])[labels()])
    with pytest.raises(DataError, match="write a classes.txt of 201 names, one a line"):
        open_dataset(tmp_path)
    names = [f"k{i}" for i in range(201)]
    (tmp_path / "classes.txt").write_text("\n".join(names))  # what it advises
    dataset = open_dataset(tmp_path)
    np.testing.assert_array_equal(dataset.target(0), np.uint8([0, 100, 200])[labels()])
