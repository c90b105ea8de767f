"""SavedModels: raw pixels in, at the size asked for, whole or not at all."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kseg.errors import ExportError
from kseg.export import to_saved_model


def test_the_signature_takes_raw_pixels_of_any_batch_and_size(same, tmp_path):
    model, images, _ = same
    to_saved_model(model, tmp_path / "net")
    serve = tf.saved_model.load(str(tmp_path / "net")).signatures["serve"]
    for batch in (images[:1], images[1:4, :16, :20]):
        found = serve(image=tf.constant(batch))
        expected = model.predict(batch.astype("float32"), verbose=0)
        np.testing.assert_allclose(found["logits"], expected, atol=1e-4)
        assert found["labels"].dtype == tf.uint8
        np.testing.assert_array_equal(found["labels"], expected.argmax(-1))


def test_an_old_folder_is_replaced_whole(same, tmp_path):
    model, _, _ = same
    path = tmp_path / "net"
    path.mkdir()
    (path / "old").write_text("")
    to_saved_model(model, path, size=(32, 48))
    assert not (path / "old").exists()
    serve = tf.saved_model.load(str(path)).signatures["serve"]
    assert serve.inputs[0].shape.as_list() == [None, 32, 48, 3]
    assert list(tmp_path.iterdir()) == [path]


def test_an_impossible_size_and_an_unwritable_folder(valid, same, tmp_path):
    with pytest.raises(ExportError, match="cannot be built for images of 62 x 76"):
        to_saved_model(valid[0], tmp_path / "net", size=(62, 76))
    with pytest.raises(ExportError, match="images of 30 x 48"):
        to_saved_model(same[0], tmp_path / "net", size=(30, 48))
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="cannot be written"):
        to_saved_model(same[0], tmp_path / "file" / "net")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_other_backends_are_told_what_to_do(same, monkeypatch, tmp_path):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ExportError, match="KERAS_BACKEND=tensorflow"):
        to_saved_model(same[0], tmp_path / "net")
