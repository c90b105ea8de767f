"""Training on TensorFlow: batches by ``tf.data``.

`kseg.train.backends.jax` has the same names.
"""

import keras
import tensorflow as tf

from kseg import data


def label_batches(dataset: data.Dataset, *, augmentation, **options) -> tf.data.Dataset:
    """Crops of images and of label maps, without end.

    Args:
        dataset: The images.
        augmentation: Arguments of `kseg.data.Augment`, the others being off.
        **options: Of `kseg.data.make_pipeline`.
    """
    augment = data.Augment.off(**augmentation)
    return data.make_pipeline(dataset, augment=augment, **options)


def object_batches(
    dataset: data.Dataset, *, augmentation, **options
) -> tf.data.Dataset:
    """Images with objects, without end.

    Args:
        dataset: The images.
        augmentation: Arguments of `kseg.data.ObjectAugment`, the others being off.
        **options: Of `kseg.data.make_object_pipeline`.
    """
    augment = data.ObjectAugment.off(**augmentation)
    return data.make_object_pipeline(dataset, augment=augment, **options)


def feed(batches, steps: int) -> tuple[dict, list[keras.callbacks.Callback]]:
    """What ``fit`` is given of the batches, and the callbacks that they need."""
    return {"x": batches, "steps_per_epoch": steps}, []


def be_deterministic() -> None:
    """Make every operation of this process give the same bits each time."""
    tf.config.experimental.enable_op_determinism()


def mixed_precision() -> str:
    """The policy that is fast here: bfloat16 has instructions on CPUs, not float16."""
    gpus = tf.config.list_physical_devices("GPU")
    return "mixed_float16" if gpus else "mixed_bfloat16"


def out_of_memory(error: Exception) -> bool:
    """Whether an error says that there is no memory left."""
    return isinstance(error, MemoryError | tf.errors.ResourceExhaustedError)


def logs(path, say) -> list[keras.callbacks.Callback]:
    """What writes TensorBoard's logs, where it is installed.

    Args:
        path: The folder of the logs.
        say: Prints a line.
    """
    try:
        import tensorboard  # noqa: F401 -- Keras' callback needs it and says so late
    except ImportError:
        say("No TensorBoard logs: `pip install tensorboard` writes them next time")
        return []
    return [keras.callbacks.TensorBoard(path, write_graph=False)]


errors = data.data_errors  # those of the pipeline, as what they were in it
