"""The bundle: what goes in comes out, and damage of every kind is named."""

import zipfile

import cv2
import numpy as np
import pytest

from kseg import bundle
from kseg.errors import BundleError
from tests.bundle.rewriting import members_of, rewrite

FLATBUFFER = b"\x1c\0\0\0TFL3" + bytes(range(256)) * 4


def metadata(height=6, width=10, channels=3):
    return {
        "name": "unet",
        "task": "semantic",
        "input": {"size": [height, width], "channels": channels},
        "output": {"size": [height, width]},
        "classes": ["background", "nucleus"],
    }


def golden(height=6, width=10, channels=3):
    rng = np.random.default_rng(1)
    image = rng.integers(0, 256, (height, width, channels), np.uint8)
    return image, rng.integers(0, 2, (height, width), np.uint8)


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "net.tflite"
    bundle.write(path, FLATBUFFER, metadata(), golden())
    return path


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5])
def test_round_trip(tmp_path, channels):
    path = tmp_path / "deep" / "net.tflite"
    given = golden(channels=channels)
    complete = bundle.write(path, FLATBUFFER, metadata(channels=channels), given)
    flatbuffer, read, (image, labels) = bundle.read(path)
    assert flatbuffer == FLATBUFFER
    assert read == complete
    assert read["format_version"] == 2 and read["flatbuffer_bytes"] == len(FLATBUFFER)
    np.testing.assert_array_equal(image, given[0])
    np.testing.assert_array_equal(labels, given[1])


def test_the_flatbuffer_comes_first_and_the_rest_is_an_ordinary_zip(written):
    assert written.read_bytes().startswith(FLATBUFFER)
    with zipfile.ZipFile(written) as archive:
        assert archive.testzip() is None
        assert archive.read("labels.txt") == b"background\nnucleus\n"
        assert {m.compress_type for m in archive.infolist()} == {zipfile.ZIP_STORED}


def test_the_same_arguments_give_the_same_bytes(written, tmp_path):
    bundle.write(tmp_path / "again.tflite", FLATBUFFER, metadata(), golden())
    assert (tmp_path / "again.tflite").read_bytes() == written.read_bytes()


def test_every_truncation_is_an_error(written):
    data = written.read_bytes()
    cut = written.with_name("cut.tflite")
    for length in [0, 3, 100, len(FLATBUFFER), *range(len(FLATBUFFER) + 1, len(data))]:
        cut.write_bytes(data[:length])
        with pytest.raises(BundleError, match=r"cut\.tflite"):
            bundle.read(cut)


def test_a_changed_weight_is_an_error(written):
    data = bytearray(written.read_bytes())
    data[500] ^= 1
    written.write_bytes(data)
    with pytest.raises(BundleError, match="altered or damaged"):
        bundle.read(written)


def test_a_changed_archive_is_an_error(written):
    data = bytearray(written.read_bytes())
    data[data.index(b'"semantic"') + 1] ^= 1
    written.write_bytes(data)
    with pytest.raises(BundleError, match="without readable kseg metadata"):
        bundle.read(written)


def test_not_a_bundle(tmp_path):
    with pytest.raises(BundleError, match="No such file"):
        bundle.read(tmp_path / "none.tflite")
    (tmp_path / "plain.tflite").write_bytes(FLATBUFFER)
    with pytest.raises(BundleError, match="without readable kseg metadata"):
        bundle.read(tmp_path / "plain.tflite")
    (tmp_path / "text.tflite").write_text("hello")
    with pytest.raises(BundleError, match="is not a kseg bundle"):
        bundle.read(tmp_path / "text.tflite")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("a.txt", "hello")
    with pytest.raises(BundleError, match="is not a kseg bundle"):
        bundle.read(tmp_path / "other.zip")


@pytest.mark.parametrize("name", ["metadata.json", "golden.png", "sha256.txt"])
def test_a_member_that_has_not_its_checksum_is_an_error(written, name):
    members = members_of(written)
    other = members[name].replace(b"nucleus", b"nuclear")
    other = other if other != members[name] else other[1:]
    rewrite(written, FLATBUFFER, members | {name: other}, sums=False)
    with pytest.raises(BundleError, match="altered or damaged: the sha256 of its"):
        bundle.read(written)
    rewrite(written, FLATBUFFER, members | {"sha256.txt": None}, sums=False)
    with pytest.raises(BundleError, match=r"net\.tflite"):
        bundle.read(written)


def test_a_file_of_version_1_has_no_checksums_and_is_read(written):
    _, complete, golden = bundle.read(written)
    first = complete | {"format_version": 1}
    members = members_of(written) | {"metadata.json": first, "sha256.txt": None}
    rewrite(written, FLATBUFFER, members, sums=False)
    again = bundle.read(written)
    assert again.metadata == first
    np.testing.assert_array_equal(again.golden[1], golden[1])


def test_what_is_written_again_is_of_this_version(written):
    _, complete, golden = bundle.read(written)
    first = {**complete, "format_version": 1}
    assert bundle.write(written, FLATBUFFER, first, golden)["format_version"] == 2


@pytest.mark.parametrize(
    "text, message",
    [
        ("{", "is not JSON"),
        ("[]", "has no format_version"),
        ('{"format_version": 3}', "Install a newer kseg"),
        ('{"format_version": 1}', "must have 'name'"),
    ],
)
def test_bad_metadata(tmp_path, text, message):
    path = tmp_path / "net.tflite"
    path.write_bytes(FLATBUFFER)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("metadata.json", text)
    with pytest.raises(BundleError, match=message):
        bundle.read(path)


def test_refuses_to_write_what_it_could_not_read(tmp_path):
    path = tmp_path / "net.tflite"
    image, labels = golden()
    with pytest.raises(BundleError, match="must have 'task'"):
        bundle.write(path, FLATBUFFER, {**metadata(), "task": None}, (image, labels))
    with pytest.raises(BundleError, match=r"input\.size"):
        bundle.write(path, FLATBUFFER, {**metadata(), "input": {}}, (image, labels))
    with pytest.raises(BundleError, match="golden labels must be uint8"):
        bundle.write(path, FLATBUFFER, metadata(), (image, labels.astype(int)))
    with pytest.raises(BundleError, match="golden image must be uint8 of rank 3"):
        bundle.write(path, FLATBUFFER, metadata(), (image[..., 0], labels))
    with pytest.raises(BundleError, match="of the input's size"):
        bundle.write(path, FLATBUFFER, metadata(height=7), (image, labels))
    assert list(tmp_path.iterdir()) == []


def test_a_golden_picture_of_another_size_is_an_error(written):
    members = members_of(written)
    png = cv2.imencode(".png", np.zeros((3, 3), np.uint8))[1].tobytes()
    rewrite(written, FLATBUFFER, members | {"golden.png": png})
    with pytest.raises(BundleError, match="golden image must be of the input's size"):
        bundle.read(written)


@pytest.mark.parametrize(
    "output, stride", [((256, 256), 32), ((20, 388), 16), ((4, 4), 4), ((None, 40), 32)]
)
def test_default_stride(output, stride):
    assert bundle.default_stride(output) == stride


def found_objects(count=2):
    """As a network of at most three objects gives them."""
    rng = np.random.default_rng(2)
    return {
        "boxes": rng.uniform(0, 6, (3, 4)).astype("float32"),
        "scores": np.array([0.9, 1 / 3, 0], "float32"),
        "classes": np.array([1, 2, 0], "int32"),
        "count": np.int32(count),
        "mask_sums": np.array([100.125, 1e-7, 0.0]),
    }


def of_instances(**changes):
    return {**metadata(), "task": "instances", **changes}


def test_golden_objects_round_trip(tmp_path):
    paths = [tmp_path / "net.tflite", tmp_path / "again.tflite"]
    for path in paths:
        bundle.write(path, FLATBUFFER, of_instances(), (golden()[0], found_objects()))
    assert paths[0].read_bytes() == paths[1].read_bytes()
    _, complete, (image, objects) = bundle.read(paths[0])
    files = {"image": "golden.png", "instances": "golden_instances.json"}
    assert complete["golden"] == files and complete["format_version"] == 2
    np.testing.assert_array_equal(image, golden()[0])
    for name, value in found_objects().items():
        np.testing.assert_array_equal(objects[name], value)
        assert objects[name].dtype == value.dtype
    with zipfile.ZipFile(paths[0]) as archive:
        assert set(archive.namelist()) == {
            *files.values(),
            "metadata.json",
            "labels.txt",
            "sha256.txt",
        }


def test_golden_objects_may_be_none(tmp_path):
    none = {
        name: value[:0] for name, value in found_objects().items() if name != "count"
    }
    none["count"] = np.int32(0)
    path = tmp_path / "net.tflite"
    bundle.write(path, FLATBUFFER, of_instances(), (golden()[0], none))
    assert bundle.read(path).golden[1]["boxes"].shape == (0, 4)


@pytest.mark.parametrize(
    "objects, match",
    [
        (golden()[1], "golden objects must be boxes, scores"),
        ({"boxes": np.zeros((1, 4))}, r"Received: \['boxes'\]"),
        ({**found_objects(), "boxes": np.zeros((2, 4))}, r"'boxes': \(2, 4\)"),
        (found_objects(count=4), "a count within"),
    ],
)
def test_golden_objects_that_do_not_fit_are_refused(tmp_path, objects, match):
    with pytest.raises(BundleError, match=match):
        pair = (golden()[0], objects)
        bundle.write(tmp_path / "net.tflite", FLATBUFFER, of_instances(), pair)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "old, new, match",
    [
        (b'"scores"', b'"Scores"', "golden objects cannot be read: KeyError"),
        (b'"count": 2', b'"count": 9', "a count within"),
        (b'"count": 2', b'"count": 1099511627776', "cannot be read: OverflowError"),
        (b'{"boxes": [', b'{"boxes": {', "golden objects cannot be read"),
    ],
)
def test_altered_golden_objects_are_an_error(tmp_path, old, new, match):
    path = tmp_path / "net.tflite"
    bundle.write(path, FLATBUFFER, of_instances(), (golden()[0], found_objects()))
    members = members_of(path)
    name = "golden_instances.json"
    assert old in members[name]
    changed = members[name].replace(old, new)
    rewrite(path, FLATBUFFER, members | {name: changed})
    with pytest.raises(BundleError, match=match):
        bundle.read(path)
