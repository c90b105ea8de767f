"""What is written is read back, and nothing is written that could not be read."""

import zipfile

import numpy as np
import pytest

from kseg import bundle
from kseg.errors import BundleError
from tests.bundle import small


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5])
def test_round_trip(tmp_path, channels):
    path = tmp_path / "deep" / "net.tflite"
    network, given = small.network(channels=channels), small.golden(channels=channels)
    complete = bundle.write(path, network, small.metadata(channels=channels), given)
    flatbuffer, read, (image, labels) = bundle.read(path)
    assert flatbuffer == network
    assert read == complete
    assert read["format_version"] == 2 and read["flatbuffer_bytes"] == len(network)
    np.testing.assert_array_equal(image, given[0])
    np.testing.assert_array_equal(labels, given[1])


def test_the_flatbuffer_comes_first_and_the_rest_is_an_ordinary_zip(tmp_path):
    path = tmp_path / "net.tflite"
    small.write(path)
    assert path.read_bytes().startswith(small.network())
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.read("labels.txt") == b"background\nnucleus\n"
        assert {m.compress_type for m in archive.infolist()} == {zipfile.ZIP_STORED}
        assert archive.namelist()[-1] == "sha256.txt"


def test_the_same_arguments_give_the_same_bytes(tmp_path):
    for name in ("one.tflite", "two.tflite"):
        small.write(tmp_path / name)
    one, two = sorted(tmp_path.iterdir())
    assert one.read_bytes() == two.read_bytes()


def test_what_is_written_again_is_of_this_version(tmp_path):
    path = tmp_path / "net.tflite"
    first = {**small.write(path), "format_version": 1}
    complete = bundle.write(path, small.network(), first, small.golden())
    assert complete["format_version"] == 2
    assert next(iter(complete)) == "format_version"


def test_a_part_of_a_network_has_no_golden_pair(tmp_path):
    path = tmp_path / "net-features.tflite"
    said = small.metadata(part="features")
    complete = bundle.write(path, b"\x1c\0\0\0TFL3 anything", said, None)
    assert complete["golden"] == {}
    with zipfile.ZipFile(path) as archive:
        names = {"metadata.json", "labels.txt", "sha256.txt"}
        assert set(archive.namelist()) == names


@pytest.mark.parametrize(
    "changes, match",
    [
        ({"task": None}, "expected task to be"),
        ({"input": {}}, "expected input.name to be a text"),
        ({"mask_threshold": float("nan")}, "no JSON: NaN"),
        ({"mask_threshold": 1.5}, "mask_threshold to be a number from 0 to 1"),
        ({"classes": ["a"]}, "labels under 1"),
        ({"classes": []}, "classes to be 1 to 256 names"),
    ],
)
def test_refuses_metadata_that_it_could_not_read(tmp_path, changes, match):
    with pytest.raises(BundleError, match=match):
        small.write(tmp_path / "net.tflite", **changes)
    assert list(tmp_path.iterdir()) == []


def test_refuses_what_does_not_belong_together(tmp_path):
    path, (image, labels) = tmp_path / "net.tflite", small.golden()
    network, said = small.network(), small.metadata()
    for other, pair, match in (
        (network, (image, labels.astype(int)), "golden labels must be uint8"),
        (network, (image[..., 0], labels), "golden image must be uint8 of rank 3"),
        (network, (image[:, :0], labels), "golden image must be uint8 of rank 3"),
        (network, (image[:5], labels), "golden.png must be a PNG of 10 x 6"),
        (network, (image, labels[:5]), "golden_labels.png must be a PNG of 10 x 6"),
        (small.network(7), (image, labels), "expected an input 'image' of uint8"),
        (b"nothing", (image, labels), "flatbuffer_bytes to be a whole number from 8"),
        (b"no network", (image, labels), "its network cannot be read"),
    ):
        with pytest.raises(BundleError, match=match):
            bundle.write(path, other, said, pair)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "output, stride", [((256, 256), 32), ((20, 388), 16), ((4, 4), 4), ((None, 40), 32)]
)
def test_default_stride(output, stride):
    assert bundle.default_stride(output) == stride
