import pytest

from kseg.data import open_dataset
from kseg.errors import DataError
from tests.data.folders import image, label_folder, labels, write, write_list

NAMES = [f"n{i:02}" for i in range(20)]


def names(root, split, **options):
    return [item.name for item in open_dataset(root, split=split, **options).items]


def test_a_drawn_split_covers_all_and_is_the_same_everywhere(tmp_path):
    label_folder(tmp_path, NAMES)
    train, val = names(tmp_path, "train"), names(tmp_path, "val")
    assert sorted(train + val) == NAMES and train == sorted(train)
    assert val == ["n05", "n06", "n07", "n15"]  # the least of sha256("0:n00"), ...
    assert names(tmp_path, None) == NAMES
    assert names(tmp_path, "val", seed=1) != val
    assert len(names(tmp_path, "val", val_fraction=0.5)) == 10


@pytest.mark.parametrize(("fraction", "count"), [(0.01, 1), (0.99, 4)])
def test_both_parts_hold_an_image(tmp_path, fraction, count):
    label_folder(tmp_path)
    assert len(names(tmp_path, "val", val_fraction=fraction)) == count


@pytest.mark.parametrize("fraction", [0, 1, -0.5])
def test_a_fraction_that_is_none(tmp_path, fraction):
    label_folder(tmp_path)
    with pytest.raises(ValueError, match=f"val_fraction={fraction}"):
        open_dataset(tmp_path, split="val", val_fraction=fraction)


def test_lists_state_the_order(tmp_path):
    label_folder(tmp_path)
    write_list(tmp_path, "train", "c", " a.png ", "")
    write_list(tmp_path, "val", "b")
    write_list(tmp_path, "dim", "e")
    assert names(tmp_path, "train") == ["c", "a"]
    assert names(tmp_path, "val") == ["b"]
    assert names(tmp_path, "dim") == ["e"]


def test_lists_of_pairs_of_paths(tmp_path):
    label_folder(tmp_path, ("a b", "c", "d/c"))
    write_list(
        tmp_path,
        "train",
        "/home/x/images/d/c.png /home/x/masks/d/c.png",
        "/c.jpg /c.png",
        "a b.png",
    )
    assert names(tmp_path, "train") == ["d/c", "c", "a b"]
    write_list(tmp_path, "val", "/x/images/e.png /x/masks/e.png", "/x/c.png")
    with pytest.raises(DataError, match=r"'/x/images/e\.png', .* 2 such lines"):
        open_dataset(tmp_path, split="val")


def test_lists_beside_the_folders(tmp_path):
    label_folder(tmp_path)
    (tmp_path / "train.txt").write_text("a\nb\n")
    (tmp_path / "val.txt").write_text("c\n")
    (tmp_path / "notes.txt").write_text("not a list\n")
    assert names(tmp_path, "train") == ["a", "b"]
    with pytest.raises(DataError, match="of train, val. Received: split='notes'"):
        open_dataset(tmp_path, split="notes")


def test_names_with_dots_keep_them(tmp_path):
    label_folder(tmp_path, ("a.1", "a.2"))
    write_list(tmp_path, "val", "a.2")
    assert names(tmp_path, "val") == ["a.2"]


def test_folders_are_splits(tmp_path):
    for name in ("train/a", "train/b", "val/a", "test/c"):
        write(tmp_path / "images" / f"{name}.png", image())
        write(tmp_path / "masks" / f"{name}.png", labels())
    assert names(tmp_path, "train") == ["train/a", "train/b"]
    assert names(tmp_path, "val") == ["val/a"]
    assert names(tmp_path, "test") == ["test/c"]


def test_a_draw_leaves_the_test_images_out(tmp_path):
    label_folder(tmp_path)
    write_list(tmp_path, "test", "a", "e")
    drawn = names(tmp_path, "train") + names(tmp_path, "val")
    assert sorted(drawn) == ["b", "c", "d"]


def test_one_list_without_the_other(tmp_path):
    label_folder(tmp_path)
    write_list(tmp_path, "train", "a", "b")
    with pytest.raises(DataError, match=r"no val\.txt .*Write splits/val\.txt"):
        open_dataset(tmp_path, split="val")


def test_too_few_to_draw_from(tmp_path):
    label_folder(tmp_path, "a")
    with pytest.raises(DataError, match="2 images or more .*Received: 1"):
        open_dataset(tmp_path, split="train")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            ["a", "x", "y"],
            "'x', which the data folder does not hold, 2 such lines in all",
        ),
        (["a", "b", "a"], "lists 'a' twice"),
        (["", " "], "lists no images"),
    ],
)
def test_bad_lists(tmp_path, lines, message):
    label_folder(tmp_path)
    path = write_list(tmp_path, "val", *lines)
    with pytest.raises(DataError, match=message) as caught:
        open_dataset(tmp_path, split="val")
    assert str(caught.value).startswith(str(path))


def test_a_list_that_is_no_text(tmp_path):
    label_folder(tmp_path)
    write_list(tmp_path, "val").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(DataError, match=r"val\.txt: expected a text file"):
        open_dataset(tmp_path, split="val")


def parted(root, *places):
    """An image and its mask at each place."""
    for i, place in enumerate(places):
        write(root / "images" / f"{place}.png", image(i))
        write(root / "masks" / f"{place}.png", labels())
    return root


@pytest.mark.parametrize(
    ("train", "val"),
    [
        ("train2017", "val2017"),
        ("training", "validation"),
        ("Train", "Val"),
        ("TRAIN", "valid"),
        ("train_set", "val_set"),
        ("cam/train", "cam/val"),
    ],
)
def test_other_names_of_splits(tmp_path, train, val):
    parted(tmp_path, f"{train}/a", f"{train}/x/b", f"{val}/c")
    assert names(tmp_path, "train") == sorted([f"{train}/a", f"{train}/x/b"])
    assert names(tmp_path, "val") == [f"{val}/c"]
    assert names(tmp_path, "valid") == [f"{val}/c"]
    assert names(tmp_path, val) == [f"{val}/c"]


@pytest.mark.parametrize(
    ("train", "val"), [("Train", "Validation"), ("training", "valid")]
)
def test_other_names_of_lists(tmp_path, train, val):
    label_folder(tmp_path)
    (tmp_path / f"{train}.txt").write_text("a\nb\n")
    write_list(tmp_path, val, "c")
    assert names(tmp_path, "train") == ["a", "b"]
    assert names(tmp_path, "val") == ["c"]


def test_two_lists_of_one_split(tmp_path):
    label_folder(tmp_path)
    write_list(tmp_path, "training", "a")
    write_list(tmp_path, "train_set", "b")
    with pytest.raises(DataError, match="one list of the split 'train'. Received: tra"):
        names(tmp_path, "train")
    write_list(tmp_path, "train", "c")  # the split's own name counts before others
    write_list(tmp_path, "val", "d")
    assert names(tmp_path, "train") == ["c"]


@pytest.mark.parametrize(
    ("places", "listed"),
    [
        (("my_train/a", "my_train/b", "my_val/c"), "my_train, my_val"),
        (("trainA/a", "trainA/b", "valA/c"), "trainA, valA"),
        (("old/train1/a", "old/train1/b", "c"), "., old/train1"),
        (("dev/a", "dev/b", "rest/c"), "dev, rest"),
    ],
)
def test_no_draw_from_folders_that_look_like_splits(tmp_path, places, listed):
    parted(tmp_path, *places)
    for split in ("train", "val"):
        with pytest.raises(DataError, match=f"folders {listed}, which look like spli"):
            names(tmp_path, split)


def test_what_is_advised_where_folders_look_like_splits(tmp_path):
    parted(tmp_path, "my_train/a", "my_train/b", "my_val/c")
    assert names(tmp_path, "my_train") == ["my_train/a", "my_train/b"]
    assert names(tmp_path, "my_val") == ["my_val/c"]
    write_list(tmp_path, "train", "my_train/a", "my_train/b")
    write_list(tmp_path, "val", "my_val/c")
    assert names(tmp_path, "train") == ["my_train/a", "my_train/b"]
    for part in ("images", "masks"):
        for split in ("train", "val"):
            (tmp_path / part / f"my_{split}").rename(tmp_path / part / split)
    for file in (tmp_path / "splits").iterdir():
        file.unlink()
    assert names(tmp_path, "val") == ["val/c"]


@pytest.mark.parametrize(
    "places",
    [
        ("a/1", "a/2", "b/3"),
        ("contest/1", "trainval/2", "values/3"),
        ("site_test/1", "site_test/2"),  # all of them: nothing is parted
        ("x/1", "y/2", "test/3"),  # the split "test" is left out
    ],
)
def test_other_folders_are_drawn_from(tmp_path, places):
    parted(tmp_path, *places)
    drawn = names(tmp_path, "train") + names(tmp_path, "val")
    assert sorted(drawn) == [place for place in places if not place.startswith("test/")]


def test_an_image_in_two_splits_by_lists(tmp_path):
    label_folder(tmp_path)
    write_list(tmp_path, "train", "a", "b")
    write_list(tmp_path, "val", "c", "b.png")
    for split in ("train", "val"):
        with pytest.raises(DataError, match="images that .* does not name. Rec.*: 'b'"):
            names(tmp_path, split)
    write_list(tmp_path, "val", "c")
    write_list(tmp_path, "test", "a")
    with pytest.raises(DataError, match="images that .* does not name. Received: 'a'"):
        names(tmp_path, "train")
    assert names(tmp_path, "val") == ["c"]


def test_an_image_in_two_splits_by_a_list_and_a_folder(tmp_path):
    parted(tmp_path, "train/a", "train/b", "val/c")
    write_list(tmp_path, "val", "train/b")
    with pytest.raises(DataError, match=r"val\.txt: .*'train/b' in train and in val"):
        names(tmp_path, "train")
    # What is advised:
    write_list(tmp_path, "train", "train/a")
    assert names(tmp_path, "train") == ["train/a"]
    assert names(tmp_path, "val") == ["train/b"]


def test_splits_around_the_folders_of_images_and_masks(tmp_path):
    for split in ("Train", "valid"):
        label_folder(tmp_path / split, "ab")
    assert names(tmp_path, "train") == ["train/a", "train/b"]
    assert names(tmp_path, "val") == ["val/a", "val/b"]
