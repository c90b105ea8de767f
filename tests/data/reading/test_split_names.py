import pytest

from kseg.data.reading.split_names import (
    looks_like_split,
    split_in,
    split_named,
    split_of,
    unlike,
)


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train", "train"),
        ("Training", "train"),
        ("train2017", "train"),
        ("train_set", "train"),
        ("TRAIN", "train"),
        ("Val", "val"),
        ("valid", "val"),
        ("validation", "val"),
        ("val2017", "val"),
        ("Validation Images", "val"),
        ("testing", "test"),
        ("test2014", "test"),
        ("trainval", None),
        ("trains", None),
        ("values", None),
        ("contest", None),
        ("my_train", None),
        ("train12345", None),
        ("", None),
    ],
)
def test_names_of_splits(name, split):
    assert split_named(name) == split


@pytest.mark.parametrize(
    ("name", "split", "looks"),
    [
        ("my_train-v2", "train", True),
        ("TrainImages", "train", True),
        ("trainA", "train", True),
        ("01.validation", "val", True),
        ("train_and_val", None, True),
        ("dev", None, True),
        ("site_eval", None, True),
        ("trainval", None, False),
        ("contest_1", None, False),
        ("values", None, False),
    ],
)
def test_names_that_speak_of_splits(name, split, looks):
    assert split_in(name) == split
    assert looks_like_split(name) == looks


def test_the_first_folder_that_is_a_split_counts():
    assert split_of("Train/a") == "train" and split_of("cam/val2017/b/c") == "val"
    assert split_of("test/train/a") == "test"
    assert split_of("a/train") is None and split_of("train") is None


def test_names_in_our_words_stay_apart():
    assert unlike(["train2017", "val2017"]) == ["train", "val"]
    assert unlike(["person_train", "person_valid", "x"]) == ["train", "val", "x"]
    assert unlike(["train2014", "train2017"]) == ["train2014", "train2017"]
