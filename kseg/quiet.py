"""Silence the messages that native libraries write past Python's own streams."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Drop what is written to the process' standard error while the block runs.

    TensorFlow's C++ code logs there at import and in the converter, whatever the log
    level. An error of the block is raised as always, and Python's own messages before
    and after it are kept.
    """
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # no standard error, as in a service
        yield
        return
    sink = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(sink, 2)
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
        os.close(sink)
