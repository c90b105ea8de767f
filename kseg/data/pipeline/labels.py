"""From a data set to batches: seeded, resumable, parallel, with clear errors.

The order of the steps: the epoch's order (cheap, and fixed by the seed), read and
augment one image (in parallel, the order kept), batch, prefetch. Reading comes before
augmenting in one step, so that what is cached is what the files hold.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import tensorflow as tf

from kseg.data.augment.labels import Augment
from kseg.data.dataset import Dataset
from kseg.data.pipeline.cache import CachedReader
from kseg.data.pipeline.encoders import Encoder, as_they_are
from kseg.data.pipeline.endless import endless_epochs
from kseg.data.pipeline.tiles import count_tiles, cut_tiles
from kseg.data.sides import SIDES
from kseg.errors import DataError


def make_pipeline(
    dataset: Dataset,
    *,
    size: tuple[int, int],
    batch_size: int,
    augment: Augment | None = None,
    target: str = "labels",
    border_width: float | None = None,
    weight_map: Mapping | None = None,
    output_size: tuple[int, int] | None = None,
    training: bool = True,
    seed: int = 0,
    start_epoch: int = 0,
    cache_mb: float = 1024,
) -> tf.data.Dataset:
    """Batches of ``(image, labels)`` or ``(image, labels, weights)`` for ``model.fit``.

    In training it never ends: give ``fit`` its ``steps_per_epoch``. Each image
    gives one crop an epoch, mirrored where the image is the smaller one. The order of
    epoch e is drawn from (seed, e), the augmentation of each crop from (seed, e,
    place), so a run continued at ``start_epoch`` sees what it would have seen.
    Otherwise it ends after one pass, in order, without augmentation: images are cut
    into tiles in which every pixel counts once (``kseg.data.pipeline.tiles``), the
    others being ``dataset.ignore_label`` with weight 0. All images are then read once
    at the start, to count the tiles.

    Args:
        dataset: What ``kseg.data.open_dataset`` or ``kseg.data.sample`` returns.
        size: Height and width of the crops or tiles, in pixels.
        batch_size: Crops in a batch. Every batch of training is full.
        augment: For training; None crops at random and changes nothing else.
        target: ``"labels"``: the label map, or of objects 1 against
            background (0). Id maps only: ``"border"``: background 0, interior 1,
            border 2 all around; ``"contact"``: border only where objects touch;
            ``"ridge"``: the U-Net paper's, cells 1 with gaps between them.
        border_width: Of ``"border"`` and ``"contact"``, in pixels; None is 1 and 2.
        weight_map: Arguments of ``unet_weight_map``, such as
            ``{"w0": 10, "sigma": 5}``, to give weights too; objects only.
        output_size: Height and width of what the network returns, where that is its
            input's centre; None is ``size``.
        training: Endless, shuffled and augmented, or one pass in order.
        seed: 0 or more; the same seed gives the same batches.
        start_epoch: The first epoch to give, counted from 0.
        cache_mb: Decoded images are kept in memory up to so many MB.

    Returns:
        A ``tf.data.Dataset`` of uint8 ``(B, h, w, channels)``, uint8 ``(B, p, q)``
        and, with ``weight_map``, float32 ``(B, p, q)``.

    Raises:
        ValueError: An argument is out of range or does not fit the data set.
        DataError: The data set is empty or, not in training, a file is bad. In
            training a bad file ends the iteration with an error of TensorFlow's: see
            ``data_errors``.
    """
    output_size = size if output_size is None else output_size
    _check_sizes(size, output_size, batch_size)
    if not len(dataset):
        raise DataError("The data set has no images: nothing to make batches of")
    if seed < 0 or start_epoch < 0:
        raise ValueError(
            "seed and start_epoch must be 0 or more. "
            f"Received: seed={seed}, start_epoch={start_epoch}"
        )
    encode = SIDES[dataset.kind].make_encoder(target, border_width, weight_map)
    encode = _in_graph(encode, weight_map is not None)
    reader = CachedReader(dataset, cache_mb)
    load = _loader(reader, tf.as_dtype(SIDES[dataset.kind].TARGET_TYPE))
    if training:
        augment = augment or Augment.off()
        crop = _cropper(load, augment, encode, size, output_size, dataset.channels)
        order = endless_epochs(len(dataset), batch_size, seed, start_epoch)
        crops = order.map(crop, num_parallel_calls=tf.data.AUTOTUNE)
        batches = crops.batch(batch_size, drop_remainder=True)
    else:
        count = sum(count_tiles(s, output_size) for s in reader.sizes())
        tile = _tiler(load, encode, size, output_size, dataset)
        order = tf.data.Dataset.range(len(dataset))
        tiles = order.map(tile, num_parallel_calls=tf.data.AUTOTUNE).unbatch()
        # Keras warns after each pass over data whose length it does not know.
        tiles = tiles.apply(tf.data.experimental.assert_cardinality(count))
        batches = tiles.batch(batch_size)
    return batches.prefetch(2).with_options(options())


@contextmanager
def data_errors() -> Iterator[None]:
    """Raise the ``DataError`` that named a file, where TensorFlow reports it.

    An error inside ``tf.data`` comes out of ``fit`` wrapped in TensorFlow's own. Use:
    ``with data_errors(): model.fit(...)``.

    Raises:
        DataError: A file of the pipeline could not be used. Other errors pass as
            they are.
    """
    try:
        yield
    except tf.errors.OpError as error:
        text = re.search(r"\[DataError:\] \[(.*?)\]\n\s*\[\[", error.message)
        if text is None:
            raise
        # TensorFlow prints a string with the escapes of a literal.
        raise DataError(ast.literal_eval(f'"{text[1]}"')) from None


def check_problem(problem: tf.Tensor) -> tf.Operation:
    """Fail with this text, if there is any, in the way that ``data_errors`` reads."""
    return tf.debugging.Assert(tf.equal(problem, ""), ["DataError:", problem])


def _check_sizes(size, output_size, batch_size) -> None:
    pairs = all(len(s) == 2 and min(s) >= 1 for s in (size, output_size))
    if not pairs or any(o > s for o, s in zip(output_size, size, strict=True)):
        raise ValueError(
            "size and output_size must be two positive numbers, height and width in "
            "pixels, the output no larger than the input. "
            f"Received: size={size}, output_size={output_size}"
        )
    if batch_size < 1:
        raise ValueError(
            f"batch_size must be 1 or more. Received: batch_size={batch_size}"
        )


def _loader(reader: CachedReader, target_type: tf.DType) -> Callable:
    """The function from an index to an image and its target, as tensors."""
    types = (tf.uint8, target_type, tf.string)

    def read(index):
        # An error raised here would be logged with a traceback: its text is passed on
        # and checked in the graph.
        try:
            return *reader.read(index), ""
        except DataError as error:
            nothing = np.zeros((1, 1, 1), np.uint8)
            return nothing, nothing[0].astype(target_type.as_numpy_dtype), str(error)

    def load(index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        image, target, problem = tf.numpy_function(read, [index], types)
        with tf.control_dependencies([check_problem(problem)]):
            image = tf.ensure_shape(image, (None,) * 3)
        return image, tf.ensure_shape(target, (None,) * 2)

    return load


def _in_graph(encode: Encoder, weighted: bool) -> Callable:
    """An encoder of arrays for tensors inside ``tf.data``; the shape is kept."""
    if encode is as_they_are:
        return encode
    types = (tf.uint8, tf.float32) if weighted else (tf.uint8,)

    def encoded(labels: tf.Tensor) -> tuple[tf.Tensor, ...]:
        maps = tf.numpy_function(encode, [labels], types)
        return tuple(tf.ensure_shape(one, labels.shape) for one in maps)

    return encoded


def _cropper(load, augment, encode, size, output_size, channels) -> Callable:
    top, left = ((s - o) // 2 for s, o in zip(size, output_size, strict=True))

    @tf.autograph.experimental.do_not_convert
    def crop(index: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, ...]:
        image, target = load(index)
        params = augment.sample(seed, tf.shape(image)[:2], size)
        image = tf.cast(tf.round(augment.apply_image(params, image)), tf.uint8)
        # Borders and weights look around: they are made before the centre is cut.
        maps = encode(augment.apply_labels(params, target))
        return tf.broadcast_to(image, (*size, channels)), *(
            m[top : top + output_size[0], left : left + output_size[1]] for m in maps
        )

    return crop


def _tiler(load, encode, size, output_size, dataset) -> Callable:
    @tf.autograph.experimental.do_not_convert
    def tile(index: tf.Tensor) -> tuple[tf.Tensor, ...]:
        image, target = load(index)
        blanks = (dataset.ignore_label, 0.0)
        maps = list(zip(encode(target), blanks, strict=False))
        image, *maps = cut_tiles(image, maps, size, output_size)
        shape = (tf.shape(image)[0], *size, dataset.channels)
        image = tf.ensure_shape(tf.broadcast_to(image, shape), (None, *shape[1:]))
        return image, *(tf.ensure_shape(m, (None, *output_size)) for m in maps)

    return tile


def options() -> tf.data.Options:
    """Elements in their order; images side by side and not threads within one."""
    chosen = tf.data.Options()
    chosen.deterministic = True
    # Threads within one operation only add work.
    chosen.threading.max_intra_op_parallelism = 1
    return chosen
