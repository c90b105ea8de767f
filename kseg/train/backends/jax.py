"""Training on JAX: batches in NumPy and cv2, no TensorFlow anywhere.

`kseg.train.backends.tensorflow` has the same names.
"""

import contextlib
import os

import keras

from kseg.data.pipeline.arrays.labels import label_batches
from kseg.data.pipeline.arrays.objects import object_batches

__all__ = [
    "be_deterministic",
    "errors",
    "feed",
    "label_batches",
    "logs",
    "mixed_precision",
    "object_batches",
    "out_of_memory",
]

FLAG = "--xla_gpu_deterministic_ops=true"

errors = contextlib.nullcontext  # those of the pipeline come as they are


def feed(batches, steps: int) -> tuple[dict, list[keras.callbacks.Callback]]:
    """What ``fit`` is given of the batches, and the callbacks that they need."""
    start = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: batches.start(epoch)
    )
    return {"x": batches}, [start]


def be_deterministic() -> None:
    """Make every operation of this process give the same bits each time.

    Raises:
        ValueError: It is too late for it: XLA reads its flags at its start.
    """
    import jax  # an extra's, which is there where Keras runs on it

    if jax.default_backend() == "gpu" and FLAG not in os.environ.get("XLA_FLAGS", ""):
        raise ValueError(
            "Expected XLA's operations to be deterministic, for --deterministic. "
            f"Received: a GPU without that flag. Start again with XLA_FLAGS={FLAG} in "
            "the environment."
        )


def mixed_precision() -> str:
    """The policy that every device of JAX has."""
    return "mixed_bfloat16"


def out_of_memory(error: Exception) -> bool:
    """Whether an error says that there is no memory left."""
    return isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error)


def logs(path, say) -> list[keras.callbacks.Callback]:
    """None: those of TensorBoard are written by TensorFlow."""
    return []
