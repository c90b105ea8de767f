"""kseg.callbacks.previews: a picture every few epochs, of the averaged network."""

from types import SimpleNamespace

import numpy as np

from kseg.callbacks import Previews, WeightAverage
from tests.callbacks.models import one_weight


def test_a_picture_every_few_epochs_and_at_the_end(tmp_path):
    drawn = []

    def draw(model, path):
        drawn.append((model.get_weights()[0].item(), path.relative_to(tmp_path)))

    model = one_weight(7.0)
    average = WeightAverage(0.9, [np.full((1, 1), 3.0, "float32")])
    previews = Previews(SimpleNamespace(path=tmp_path), draw, average, every=2)
    for callback in (average, previews):
        callback.set_model(model)
        callback.on_train_begin()
    for epoch in range(3):
        model.stop_training = epoch == 2
        previews.on_epoch_end(epoch)
    names = [path.as_posix() for _, path in drawn]
    assert names == ["previews/epoch_0002.png", "previews/epoch_0003.png"]
    assert [weight for weight, _ in drawn] == [3.0, 3.0]


def test_a_picture_that_cannot_be_written_is_said_and_no_more(tmp_path):
    def draw(model, path):
        raise OSError("no space left")

    model, said = one_weight(7.0), []
    average = WeightAverage(0.9, [np.full((1, 1), 3.0, "float32")])
    run = SimpleNamespace(path=tmp_path)
    previews = Previews(run, draw, average, said.append, every=1)
    for callback in (average, previews):
        callback.set_model(model)
        callback.on_train_begin()
    previews.on_epoch_end(0)
    assert "epoch_0001.png: no space left" in said[0]
    assert model.get_weights()[0].item() == 7.0
