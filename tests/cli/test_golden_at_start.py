"""`kseg predict` and `kseg evaluate` begin with a bundle's golden image."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from kseg import bundle
from kseg.cli import main
from tests.predict import corner

LABELS = Path(__file__).parents[1] / "golden" / "tiny-int8.tflite"


@pytest.fixture
def picture(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.full((40, 60), 100, np.uint8))
    return tmp_path / "a.png"


def predict(network, picture, tmp_path):
    main(["predict", str(network), str(picture), "--out", str(tmp_path / "out")])


def test_a_machine_that_agrees(picture, tmp_path, capsys):
    predict(LABELS, picture, tmp_path)
    said = capsys.readouterr()
    assert "Golden image: 100.00 % of the labels agree" in said.out
    assert "Warning" not in said.err
    # A stand-in for a network that finds objects, with a golden image of its own.
    content = corner.write(tmp_path / "objects")
    predict(content, picture, tmp_path)
    assert (
        "the same objects as at the export, boxes within 0.00 pixels"
        in capsys.readouterr().out
    )


def test_a_machine_that_does_not_is_warned_of(picture, tmp_path, capsys):
    network = tmp_path / "other.tflite"
    shutil.copy(LABELS, network)
    flatbuffer, metadata, (image, labels) = bundle.read(network)
    classes = len(metadata["classes"])
    bundle.write(network, flatbuffer, metadata, (image, (labels + 1) % classes))
    predict(network, picture, tmp_path)
    said = capsys.readouterr()
    assert "Warning: the golden image" in said.err and "0.00 %" in said.err
    assert "Golden image:" not in said.out
    assert (tmp_path / "out" / "a_overlay.png").exists()
