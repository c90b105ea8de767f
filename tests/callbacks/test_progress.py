"""kseg.callbacks.progress: a line an epoch, with what a person follows."""

from kseg.callbacks import Progress, Schedule
from kseg.train.schedules import constant
from tests.callbacks.models import one_weight


def test_a_line_after_each_epoch():
    said = []
    progress = Progress(Schedule(0.1, 1, constant(), epochs=1), said.append)
    progress.set_model(one_weight())
    progress.model.stop_training = True
    progress.on_train_begin()
    progress.on_train_batch_end(0, {"loss": 0.5})
    progress.on_epoch_end(2, {"loss": 0.5, "val_mean_iou": 0.25, "val_other": 1.0})
    progress.close()
    assert said == ["epoch 3: loss 0.5000, val_mean_iou 0.2500 (0 s)"]
