"""A full disk, a folder that is not there, too little memory: one sentence each."""

import resource
import tempfile
from contextlib import contextmanager

import keras
import numpy as np
import pytest
import tensorflow as tf

from kseg.errors import ExportError
from kseg.export import to_saved_model, to_tflite
from kseg.export.machine import enough_memory, files_of_tensorflow

IMAGES = list(np.random.default_rng(0).integers(0, 256, (2, 16, 24, 3), np.uint8))


@pytest.fixture(scope="module")
def model():
    """Of a megabyte."""
    image = keras.Input((16, 24, 3))
    x = keras.layers.Conv2D(96, 3, padding="same")(image)
    x = keras.layers.Conv2D(300, 3, padding="same")(x)
    return keras.Model(image, keras.layers.Conv2D(2, 1)(x))


@contextmanager
def full_disk(size=200_000):
    """No file can grow beyond ``size`` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def one_sentence(raised):
    text = str(raised.value)
    assert "\n" not in text and "{{" not in text and "[Op" not in text
    return text


def test_a_full_folder_for_temporary_files(model, tmp_path, monkeypatch):
    aside = tmp_path / "aside"
    aside.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(aside))
    with full_disk(), pytest.raises(ExportError) as raised:
        to_tflite(model, tmp_path / "net.tflite", check=(IMAGES, None))
    said = one_sentence(raised)
    assert said.startswith("The folder for temporary files cannot be written: File too")
    assert f"Free some space in {aside}, or" in said and "TMPDIR=" in said
    assert list(tmp_path.iterdir()) == [aside]
    # But for what TensorFlow's AutoGraph leaves until the process ends.
    assert not [path for path in aside.iterdir() if path.is_dir()]


def test_the_advice_works(model, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(ExportError, match="No such file.*TMPDIR=FOLDER") as raised:
        to_tflite(model, tmp_path / "net.tflite", check=(IMAGES, None))
    one_sentence(raised)
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    to_tflite(model, tmp_path / "net.tflite", check=(IMAGES, None))
    assert [path.name for path in tmp_path.iterdir()] == ["net.tflite"]


def test_a_full_folder_of_the_file(model, tmp_path):
    path = tmp_path / "net.tflite"
    path.write_bytes(b"old")
    with pytest.raises(ExportError, match="net.tflite cannot be written: ") as raised:
        # The network itself is written aside first.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("kseg.bundle.write", lambda *_: _write_much(tmp_path))
            to_tflite(model, path, check=(IMAGES, None))
    one_sentence(raised)
    assert path.read_bytes() == b"old"


def _write_much(folder):
    with full_disk(10), open(folder / "much", "wb", buffering=0) as stream:
        stream.write(bytes(10))
        stream.write(bytes(10))


def test_a_full_folder_of_a_saved_model(model, tmp_path):
    with full_disk(), pytest.raises(ExportError, match="net cannot be writ") as raised:
        to_saved_model(model, tmp_path / "net")
    assert "File too large" in one_sentence(raised)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "error, reason",
    [
        (MemoryError("std::bad_alloc"), "std::bad_alloc"),
        (MemoryError(), "no more is given"),
        (
            tf.errors.ResourceExhaustedError(
                None, None, "{{node x}} OOM when allocating tensor [Op:Conv2D] name: x"
            ),
            "OOM when allocating tensor.",
        ),
    ],
)
def test_too_little_memory(error, reason):
    with pytest.raises(ExportError, match=f"ran out of memory: .*{reason}"):
        with enough_memory():
            raise error


def test_memory_for_the_conversion(model, tmp_path, monkeypatch):
    monkeypatch.setattr(tf.lite.TFLiteConverter, "from_saved_model", _Fails)
    with pytest.raises(ExportError, match="ran out of memory: std::bad_alloc"):
        to_tflite(model, tmp_path / "net.tflite", check=(IMAGES, None))
    assert not list(tmp_path.iterdir())


class _Fails:
    """As a converter for which there is too little memory."""

    def __init__(self, *_):
        self.target_spec = tf.lite.TargetSpec()

    def convert(self):
        raise MemoryError("std::bad_alloc")


def test_other_errors_of_tensorflow_while_tracing_stay():
    with pytest.raises(OSError, match="^Read-only file system$"):
        with files_of_tensorflow():
            raise tf.errors.FailedPreconditionError(
                None, None, "/a/b; Read-only file system [Op:SaveV2]"
            )
