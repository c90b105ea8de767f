"""kseg.train.interrupts: a signal ends a training at once, and cuts no write."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from kseg.train import interrupts
from kseg.train.run import Run
from tests.train.test_loop import run_tiny

KILLED = """
import os, signal, sys
from kseg import callbacks
from tests.train.test_loop import run_tiny
name, place = sys.argv[2:]
def send():
    os.kill(os.getpid(), getattr(signal, name))
def on_batch(self, batch, logs=None):
    if self.model.optimizer.iterations == self.params["steps"] + 2:
        send()
if place == "epoch":
    callbacks.StopOnNaN.on_train_batch_end = on_batch
else:  # while the checkpoint of epoch 2 is written
    from kseg import files
    rename = files.os.replace
    def replace(a, b):
        if "epoch_000002" in str(b):
            send()
        rename(a, b)
    files.os.replace = replace
try:
    run_tiny(sys.argv[1], say=print)
except KeyboardInterrupt:
    sys.exit(130)
"""


def send(number):
    os.kill(os.getpid(), number)


@pytest.mark.parametrize(
    "number, raised",
    [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)],
)
def test_a_signal_ends_the_block_and_handlers_come_back(number, raised):
    before = [signal.getsignal(n) for n in interrupts.SIGNALS]
    with pytest.raises(raised) as error, interrupts.handled():
        send(number)
        pytest.fail("it went on")
    if raised is SystemExit:
        assert error.value.code == 143
    assert [signal.getsignal(n) for n in interrupts.SIGNALS] == before
    interrupts.check()  # nothing is left of it


def test_what_is_written_is_not_cut():
    done = []
    with pytest.raises(KeyboardInterrupt), interrupts.handled():
        with interrupts.whole():
            with interrupts.whole():
                send(signal.SIGINT)
                done.append("inner")
            done.append("outer")
        done.append("behind")
    assert done == ["inner", "outer"]


def test_an_error_in_a_write_is_not_hidden_by_a_signal():
    with pytest.raises(OSError, match="full"), interrupts.handled():
        with interrupts.whole():
            send(signal.SIGINT)
            raise OSError("full")


def test_an_exception_that_got_lost_is_raised_again():
    """As where Python calls back from C, or in a ``__del__``."""
    with pytest.raises(KeyboardInterrupt), interrupts.handled():
        try:
            send(signal.SIGINT)
        except KeyboardInterrupt:
            pass
        interrupts.check()


def test_other_threads_leave_signals_alone():
    before, seen = signal.getsignal(signal.SIGTERM), []

    def train():
        with interrupts.handled():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=train)
    thread.start()
    thread.join()
    assert seen == [before]


@pytest.mark.parametrize(
    "name, place, code, epoch",
    [("SIGINT", "epoch", 130, 1), ("SIGTERM", "checkpoint", 143, 2)],
)
def test_a_training_says_how_to_go_on_and_does(name, place, code, epoch, tmp_path):
    out = tmp_path / "run"
    command = [sys.executable, "-c", KILLED, out, name, place]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == code, done.stderr[-2000:]
    assert f"The same command goes on after epoch {epoch}: {out}" in done.stdout
    assert "Traceback" not in done.stderr
    assert Run(out).last()[1]["epoch"] == epoch
    assert not [path for path in out.rglob(".*")]
    assert run_tiny(out).last()[1]["epoch"] == 3
