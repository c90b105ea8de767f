"""kseg.files: what was there stays whole until the new one is complete."""

import pytest

from kseg.files import atomic_path, check_writable, sha256


def test_a_file_is_replaced(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with atomic_path(path) as temporary:
        assert temporary.suffix == ".txt"
        temporary.write_text("one")
        assert not path.exists()
    with atomic_path(path) as temporary:
        temporary.write_text("two")
        assert path.read_text() == "one"
    assert path.read_text() == "two"
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_is_replaced(tmp_path):
    path = tmp_path / "folder"
    for text in ("one", "two"):
        with atomic_path(path) as temporary:
            temporary.mkdir()
            (temporary / f"{text}.txt").write_text(text)
    assert [file.name for file in path.iterdir()] == ["two.txt"]
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError, match="half way"):
        with atomic_path(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError("half way")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_renamed_is_put_back(tmp_path, monkeypatch):
    path = tmp_path / "folder"
    path.mkdir()
    (path / "old.txt").write_text("old")

    def fail(*_):
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        with atomic_path(path) as temporary:
            temporary.mkdir()
            monkeypatch.setattr("kseg.files.os.replace", fail)
    assert (path / "old.txt").read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_block_that_writes_nothing_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        with atomic_path(tmp_path / "a.txt"):
            pass
    assert not list(tmp_path.iterdir())


def test_sha256():
    # The digest of no bytes, FIPS 180-4's well-known value.
    assert sha256(b"").startswith("e3b0c44298fc1c149afbf4c8996fb924")


def test_a_folder_that_cannot_be_written_into_is_found_out(tmp_path):
    check_writable(tmp_path / "new" / "folder")
    assert list((tmp_path / "new" / "folder").iterdir()) == []
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError):
        check_writable(tmp_path / "file" / "folder")
