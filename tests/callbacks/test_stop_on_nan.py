"""kseg.callbacks.stop_on_nan: a diverged loss says what to do."""

import pytest

from kseg.callbacks import StopOnNaN
from kseg.errors import RunError


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_diverged_loss_says_what_to_do(loss):
    with pytest.raises(RunError, match="--lr"):
        StopOnNaN().on_train_batch_end(3, {"loss": loss})


def test_a_finite_loss_passes():
    StopOnNaN().on_train_batch_end(3, {"loss": 1e6})
