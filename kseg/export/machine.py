"""What is wrong with the machine, not with the network: one sentence each."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf

from kseg.errors import ExportError


@contextmanager
def enough_memory() -> Iterator[None]:
    """Raise `ExportError` where memory does not suffice, of the processor or a GPU."""
    try:
        yield
    except (MemoryError, tf.errors.ResourceExhaustedError) as error:
        raise ExportError(
            f"The export ran out of memory: {_reason(error) or 'no more is given'}. "
            "Export at a smaller size, end what else runs, or take a machine with more."
        ) from error


@contextmanager
def files_of_tensorflow() -> Iterator[None]:
    """Raise ``OSError`` for a file that TensorFlow cannot write, as Python does."""
    try:
        yield
    except tf.errors.OpError as error:
        raise OSError(_reason(error)) from error


def _reason(error: Exception) -> str:
    """Of ``{{node ...}} /path/of/a/file; No space left [Op:SaveV2]`` the end."""
    text = re.sub(r"\s*\[Op:\w+\].*", "", str(error), flags=re.DOTALL)
    return text.rsplit("; ", 1)[-1].strip()
