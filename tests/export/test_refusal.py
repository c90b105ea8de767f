"""What is beyond its limit is refused with a way on, and the way leads on."""

import ast
import math
import re

import numpy as np
import pytest

from kseg.cli import main
from kseg.errors import ExportError
from kseg.export import to_tflite
from kseg.export.flatbuffer.quantize import FORMATS
from kseg.export.refusal import FINER, Figure, refuse_beyond


def said(figures, quantize, **tolerance):
    with pytest.raises(ExportError) as raised:
        refuse_beyond(figures, tolerance, quantize, 7)
    return str(raised.value)


def test_all_that_failed_is_named_and_nothing_else():
    figures = [
        Figure("error", 0.5, "the error is too large"),
        Figure("share", 0.9, "the share is too small", at_least=True),
        Figure("drop", 0.1, "the drop is too large"),
    ]
    refuse_beyond(figures, {"error": 0.5, "share": 0.9, "drop": 0.1}, "int8", 7)
    text = said(figures, "float32", error=0.49, share=0.91, drop=0.2)
    assert "on 7 images: the error is too large; the share is too small. " in text
    assert "drop" not in text


@pytest.mark.parametrize("quantize", FORMATS)
def test_only_what_can_help_is_advised(quantize):
    text = said([Figure("error", 0.5, "x")], quantize, error=0.1)
    assert ("more images" in text) == (quantize == "int8")
    assert ("a finer format" in text) == (quantize != "float32")
    assert FINER.get(quantize, "") in text
    assert "tolerance={'error': 0.5" in text and "--tolerance error=0.5" in text


@pytest.mark.parametrize("quantize", ["float32", "float16"])
def test_of_a_nan_no_tolerance_helps(quantize):
    figures = [Figure("error", math.nan, "x"), Figure("share", math.nan, "y", True)]
    text = said(figures, quantize, error=math.inf, share=0.0)
    assert "tolerance" not in text and "look whether model.predict gives one" in text
    assert ("or choose float32" in text) == (quantize == "float16")


@pytest.mark.parametrize(
    "value", [0.0, 1e-9, 0.1, 0.123456, 0.9999999, 1.0, 12.345, 99.99, 4321.0]
)
@pytest.mark.parametrize("at_least", [True, False])
def test_the_limit_that_is_advised_is_kept_and_not_far(value, at_least):
    figure = Figure("x", value, "", at_least)
    limit = figure.as_limit()
    assert figure.keeps(limit)
    assert abs(limit - value) <= max(0.11 * value, 1e-4)


def tolerance_of(raised):
    return ast.literal_eval(re.search(r"tolerance=({.*?})", str(raised.value))[1])


@pytest.mark.parametrize("quantize", ["float32", "float16"])
def test_the_tolerance_that_is_advised_works(same, tmp_path, quantize):
    model, images, labels = same
    given = {"size": (32, 48), "check": (images[:4], labels[:4]), "quantize": quantize}
    path, tight = tmp_path / "net.tflite", {"logit_error": 0.0, "agreement": 1.0}
    with pytest.raises(ExportError) as raised:
        to_tflite(model, path, tolerance=tight, **given)
    advised = tolerance_of(raised)
    assert advised
    to_tflite(model, path, tolerance={**tight, **advised}, **given)


def test_more_images_and_a_finer_format_work(same, tmp_path):
    model, images, labels = same
    given = {"size": (32, 48), "check": (images[:4], labels[:4])}
    dark, path = np.zeros_like(images[:2]), tmp_path / "net.tflite"
    with pytest.raises(ExportError) as raised:
        to_tflite(model, path, quantize="int8", calibration=dark, **given)
    said = str(raised.value)
    assert "Calibrate with more images like those of use, or choose a" in said
    to_tflite(model, path, quantize="int8", calibration=[*dark, *images], **given)
    for finer in FINER["int8"].replace(" or ", ", ").split(", "):
        to_tflite(model, path, quantize=finer, calibration=dark, **given)
    as_it_is = {"quantize": "int8", "calibration": dark, **given}
    to_tflite(model, path, tolerance=tolerance_of(raised), **as_it_is)


def test_a_limit_that_is_no_number_is_one_sentence(tmp_path, capsys):
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(SystemExit):
        main(["export", str(tmp_path), "--tolerance", "agreement"])
    assert "such as --tolerance agreement=0.9" in capsys.readouterr().err
