"""Ctrl-C and SIGTERM in a training: at once, but never in the middle of a write."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class _State:
    writing = 0  # how deep in `whole` blocks
    pending: int | None = None  # the signal that is yet to be heeded


def check() -> None:
    """Heed a signal that came in a `whole` block, or whose exception got lost.

    Raises:
        KeyboardInterrupt: Of Ctrl-C.
        SystemExit: Of SIGTERM.
    """
    if _State.pending is None or _State.writing:
        return
    number = _State.pending
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(128 + number)


@contextmanager
def whole() -> Iterator[None]:
    """A block that a signal does not cut: it is heeded behind it."""
    _State.writing += 1
    try:
        yield
    finally:
        _State.writing -= 1
    check()


@contextmanager
def handled() -> Iterator[None]:
    """Ctrl-C and SIGTERM end the block, where this thread may say so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def heed(number, frame):
        _State.pending = number
        check()

    before = {number: signal.signal(number, heed) for number in SIGNALS}
    try:
        yield
    finally:
        _State.pending = None
        for number, handler in before.items():
            signal.signal(number, handler)
