"""Arguments and images of an export, refused before minutes of work."""

import keras
import numpy as np
import pytest

from kseg.errors import ExportError
from kseg.export.checks import (
    check_arguments,
    check_labels,
    check_size,
    check_writable,
    uint8_images,
)

TOLERANCE = {"float32": {"logits": 1e-3}, "int8": {"drop": 0.02}}


@pytest.mark.parametrize(
    ("quantize", "output", "given", "message"),
    [
        ("int4", "labels", {}, "quantize must be one of .*int4"),
        ("int8", "maps", {}, "output must be one of .*maps"),
        ("int8", "labels", {"logits": 1}, r"takes \['drop'\]. Received: \['logits'\]"),
    ],
)
def test_what_there_is_not(quantize, output, given, message):
    with pytest.raises(ValueError, match=message):
        check_arguments(quantize, output, ("labels", "logits"), given, TOLERANCE)
    check_arguments("int8", "labels", ("labels", "logits"), {"drop": 1}, TOLERANCE)


def test_a_network_for_any_size_needs_one():
    open_size, image = keras.Input((None, 32, 3)), keras.Input((32, 32, 3))
    check_size(keras.Model(image, image))
    with pytest.raises(ExportError, match=r"pass size=\(height, width\)"):
        check_size(keras.Model(open_size, open_size))


def test_a_path_that_cannot_be_written_and_one_that_can(tmp_path):
    check_writable(tmp_path / "new" / "folder" / "x.tflite")
    assert not (tmp_path / "new").exists()
    with pytest.raises(ExportError, match="it is a folder"):
        check_writable(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="file is not a folder"):
        check_writable(tmp_path / "file" / "x.tflite")


@pytest.mark.parametrize(
    "wrong", [np.zeros((4, 6, 3), np.float32), np.zeros((6, 4, 3), np.uint8), "x.png"]
)
def test_the_first_image_of_another_kind_is_named(wrong):
    good = np.zeros((4, 6, 3), np.uint8)
    assert len(uint8_images(iter([good, good]), (4, 6, 3), "check")) == 2
    with pytest.raises(ExportError, match=r"Received: check\[1\] of"):
        uint8_images([good, wrong], (4, 6, 3), "check")


def test_label_maps_of_the_image_or_of_the_output():
    images = [np.zeros((8, 8, 3), np.uint8)] * 2
    check_labels(None, images, (4, 4))
    check_labels([np.zeros((8, 8)), np.zeros((4, 4))], images, (4, 4))
    with pytest.raises(ExportError, match="2 images and 1 label maps"):
        check_labels([np.zeros((8, 8))], images, (4, 4))
    with pytest.raises(ExportError, match="Received: "):
        check_labels([np.zeros((8, 8)), np.zeros((8, 4))], images, (4, 4))
