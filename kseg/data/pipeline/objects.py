"""From images with objects to batches of padded boxes, classes and masks.

Seeded, resumable and with clear errors, as ``kseg.data.pipeline.labels`` is.
"""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from kseg.data.augment.objects import ObjectAugment
from kseg.data.augment.photometric import change_pixels
from kseg.data.dataset import Dataset
from kseg.data.objects import Objects
from kseg.data.pipeline.cache import CachedReader
from kseg.data.pipeline.endless import endless_epochs
from kseg.data.pipeline.labels import check_problem, options
from kseg.data.pipeline.object_views import (
    CHANGES,
    Part,
    Seen,
    augmented,
    letterboxed,
    tile,
    tile_corners,
)
from kseg.data.pipeline.padded_objects import check_arguments, padder
from kseg.errors import DataError

_TYPES = (tf.uint8, tf.int32, tf.float32, tf.int32, tf.float32, tf.float32, tf.string)


def make_object_pipeline(
    dataset: Dataset,
    *,
    size: tuple[int, int],
    batch_size: int,
    resize: str = "letterbox",
    magnification: float = 1.0,
    max_instances: int = 100,
    mask_size: int = 56,
    augment: ObjectAugment | None = None,
    training: bool = True,
    seed: int = 0,
    start_epoch: int = 0,
    cache_mb: float = 1024,
) -> tf.data.Dataset:
    """Batches of ``(image, {"boxes", "classes", "masks"})`` for ``model.fit``.

    In training it never ends: give ``fit`` its ``steps_per_epoch``. The order of epoch
    e is drawn from (seed, e), the augmentation of each image from (seed, e, place), so
    a run continued at ``start_epoch`` sees what it would have seen. Otherwise it ends
    after one pass, in order, without augmentation.

    Crowds are left out, and boxes under a pixel wide or high; of more than
    ``max_instances`` objects those with the largest boxes stay.

    Args:
        dataset: Of the kind ``"instances"``.
        size: H and W of the images, in pixels.
        batch_size: Images in a batch. Every batch of training is full.
        resize: ``"letterbox"``: an image is fitted into ``size``, the rest is 0.
            ``"tile"``: it keeps its own pixels, as in microscopy, and is cropped; with
            ``training=False`` it is cut into tiles that cover it, the last along an
            axis moved back to end with the image, objects cut where the tiles end.
        magnification: Of the image's own pixels, for tiles: above 1 where objects are
            only a few pixels wide.
        max_instances: G.
        mask_size: m.
        augment: For training; None places at random and changes nothing else. Without
            training its ``min_visible`` counts for tiles; None is 0.1.
        training: Endless, shuffled and augmented, or one pass in order.
        seed: 0 or more; the same seed gives the same batches.
        start_epoch: The first epoch to give, counted from 0.
        cache_mb: Decoded images are kept in memory up to so many MB.

    Returns:
        A ``tf.data.Dataset`` of uint8 ``(B, H, W, channels)`` and a dict of padded
        objects: ``boxes`` float32 ``(B, G, 4)``, (y1, x1, y2, x2) in pixels of the
        image; ``classes`` int32 ``(B, G)``, 1 to K, 0 for padding; ``masks`` float32
        ``(B, G, m, m)``, ``kseg.data.pipeline.mask_crops.mask_crops`` in the frame of
        the box.

    Raises:
        ValueError: An argument is out of range, or the data set holds label maps.
        DataError: There are no images, or, for tiles without training, one is bad. In
            training a bad file ends the iteration with an error of TensorFlow's: see
            ``data_errors``.
    """
    given = size, batch_size, resize, magnification, max_instances, mask_size
    check_arguments(dataset, *given)
    if seed < 0 or start_epoch < 0:
        raise ValueError(
            "seed and start_epoch must be 0 or more. "
            f"Received: seed={seed}, start_epoch={start_epoch}"
        )
    reader = CachedReader(dataset, cache_mb, objects=True)
    augment = augment or ObjectAugment.off()
    pad = padder(max_instances, mask_size)
    shapes = size, dataset.channels, max_instances, mask_size
    if training:
        base = magnification if resize == "tile" else None
        see = augmented(reader, len(dataset), augment, size, base)
        order = endless_epochs(len(dataset), batch_size, seed, start_epoch)
        strengths = augment.get_config()
    else:
        see = letterboxed(reader, size)
        order = np.stack([np.arange(len(dataset))] * 3, axis=1)
        if resize == "tile":
            min_visible = augment.get_config()["min_visible"]
            own = tuple(max(1, int(length / magnification)) for length in size)
            see = tile(reader, own, size, min_visible)
            order = tile_corners(reader.sizes(), own)
        order = tf.data.Dataset.from_tensor_slices((order[:, 0], order[:, 1:]))
        strengths = None
    element = _element(_guarded(see, pad), shapes, strengths)
    elements = order.map(element, num_parallel_calls=tf.data.AUTOTUNE)
    batches = elements.batch(batch_size, drop_remainder=training)
    return batches.prefetch(2).with_options(options())


def _guarded(see: Callable, pad: Callable) -> Callable:
    """``see`` and ``pad`` as TensorFlow calls them; a bad file becomes a text."""

    def read(index, seed):
        # An error raised here would be logged with a traceback: its text is passed on
        # and checked in the graph.
        try:
            seen, problem = see(int(index), seed), ""
        except DataError as error:
            nothing = Objects.from_objects([], (1, 1))
            blank = np.zeros((1, 1, 1), np.uint8)
            seen = Seen(blank, (0, 0), [Part(nothing, (1, 1), (0, 0))])
            problem = str(error)
        image, offset = np.ascontiguousarray(seen.image), np.int32(seen.offset)
        return image, offset, *pad(seen.parts), np.float32(seen.changes), problem

    return read


def _element(read: Callable, shapes: tuple, strengths: dict | None) -> Callable:
    size, channels, count, mask_size = shapes

    @tf.autograph.experimental.do_not_convert
    def element(index: tf.Tensor, seed: tf.Tensor):
        *found, problem = tf.numpy_function(read, [index, seed], _TYPES)
        with tf.control_dependencies([check_problem(problem)]):
            image, offset, boxes, classes, masks, changes = map(tf.identity, found)
        image = tf.ensure_shape(image, (None, None, None))
        if strengths is not None:
            params = dict(zip(CHANGES, tf.unstack(changes, len(CHANGES)), strict=True))
            params["noise_seed"] = seed
            image = change_pixels(tf.cast(image, tf.float32), params, strengths)
            image = tf.cast(tf.round(image), tf.uint8)
        # Behind the changes, which would make the rest of the result other than 0.
        room = tf.constant(size) - tf.shape(image)[:2] - offset
        around = tf.stack([offset, room], axis=1)
        image = tf.pad(image, tf.concat([around, [[0, 0]]], axis=0))
        image = tf.broadcast_to(image, (*size, channels))
        return image, {
            "boxes": tf.ensure_shape(boxes, (count, 4)),
            "classes": tf.ensure_shape(classes, (count,)),
            "masks": tf.ensure_shape(masks, (count, mask_size, mask_size)),
        }

    return element
