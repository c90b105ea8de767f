"""Augmentation: drawn once, applied alike to an image and its labels or ids.

``Augment.sample`` draws, from a seed and nothing else; ``apply_image`` and
``apply_labels`` apply what was drawn. Both run eagerly and inside ``tf.data``.
"""

import math
from collections.abc import Sequence

import tensorflow as tf

from kseg.checks import check_at_least_0, check_magnifications
from kseg.data.augment.arrays import BLUR_SHARE, strengths
from kseg.data.augment.elastic import POINTS, elastic_field
from kseg.data.augment.photometric import change_pixels
from kseg.data.augment.warp import compose_grid, linear_map, warp_image, warp_labels


class Augment:
    """Random flips, turns, scale, crop, elastic deformation and grey-value changes.

    Geometry is composed into one sampling grid and read with one gather: bilinear for
    images, nearest for labels. Beyond its edges an image is mirrored. Each choice has
    a draw of its own, so turning one off leaves the others as they were.

    Args:
        flip: Flip left to right, one image in two.
        turn: Turn by 0, 1, 2 or 3 quarters; with ``flip`` all eight symmetries.
        rotate: Rotate by up to so many degrees to either side.
        scale: Least and greatest magnification; drawn evenly in its logarithm.
        shift: Move by up to so many pixels along each axis, besides the crop's place.
        elastic: Standard deviation in pixels of the 3x3 vectors of the elastic
            deformation. The paper has 10, on tiles of 572 pixels.
        brightness: Multiply by ``exp(u)``, u up to this to either side.
        contrast: Multiply differences from the mean by ``exp(u)``, u up to this to
            either side.
        gamma: Raise grey values, as shares of the greatest, to ``exp(u)``, u up to
            this to either side.
        noise: Add Gaussian noise up to this share of the standard deviation of the
            grey values.
        blur: Blur one image in three with a Gaussian of up to so many pixels.

    Raises:
        ValueError: A strength is negative or ``scale`` is no range of positive numbers.

    Reference:
        Ronneberger et al., U-Net, 2015, section 3.1.
    """

    def __init__(
        self,
        *,
        flip: bool = True,
        turn: bool = True,
        rotate: float = 0.0,
        scale: Sequence[float] = (0.7, 1.5),
        shift: float = 0.0,
        elastic: float = 10.0,
        brightness: float = 0.3,
        contrast: float = 0.3,
        gamma: float = 0.3,
        noise: float = 0.1,
        blur: float = 1.0,
    ):
        scale = tuple(scale)
        check_magnifications(scale=scale)
        self._config = {
            "flip": flip,
            "turn": turn,
            "rotate": rotate,
            "scale": scale,
            "shift": shift,
            "elastic": elastic,
            "brightness": brightness,
            "contrast": contrast,
            "gamma": gamma,
            "noise": noise,
            "blur": blur,
        }
        check_at_least_0(**{k: v for k, v in self._config.items() if k != "scale"})

    @classmethod
    def off(cls, **but) -> "Augment":
        """Nothing but the random place of the crop, and what is named.

        Args:
            but: Arguments of the class, to keep those on.

        Returns:
            The augmentation.

        Raises:
            ValueError: As the class raises it.
        """
        return cls(**strengths(**but))

    def get_config(self) -> dict:
        """The arguments: ``Augment(**augment.get_config())`` draws the same."""
        return dict(self._config)

    def sample(
        self, seed: tf.Tensor, image_size: tf.Tensor, size: tuple[int, int]
    ) -> dict[str, tf.Tensor]:
        """Draw one augmentation: the same for the same seed and sizes.

        Args:
            seed: int32 ``(2,)``.
            image_size: int32 ``(2,)``, height and width of the image, any.
            size: Height and width of the result, in pixels.

        Returns:
            ``grid``: float32 ``(2, h, w)``, rows and columns to read in the image;
            ``blur`` (pixels; 0: none), ``gamma``, ``contrast``, ``brightness``,
            ``noise``: float32 scalars, as ``photometric`` takes them; ``noise_seed``:
            int32 ``(2,)``.
        """
        c = self._config
        seed = tf.cast(seed, tf.int32)
        image_size = tf.cast(image_size, tf.int32)
        seeds = tf.random.split(seed, 3, alg="philox")
        u = tf.random.stateless_uniform((12,), seeds[0], alg="philox")
        either = 2.0 * u - 1.0
        blurred = u[10] < BLUR_SHARE
        return {
            "grid": self._grid(u, either, seeds[1], image_size, size),
            "blur": tf.where(blurred, u[11] * c["blur"], 0.0),
            "gamma": tf.exp(either[6] * c["gamma"]),
            "contrast": tf.exp(either[7] * c["contrast"]),
            "brightness": tf.exp(either[8] * c["brightness"]),
            "noise": u[9] * c["noise"],
            "noise_seed": seeds[2],
        }

    def apply_image(self, params: dict[str, tf.Tensor], image: tf.Tensor) -> tf.Tensor:
        """Warp an image and change its grey values.

        Args:
            params: What ``sample`` drew for the size of this image.
            image: ``(H, W, C)``, uint8 or float32, 0..255.

        Returns:
            float32 ``(h, w, C)``, 0..255.
        """
        image = warp_image(image, params["grid"])
        return change_pixels(image, params, self._config)

    def apply_labels(
        self, params: dict[str, tf.Tensor], labels: tf.Tensor
    ) -> tf.Tensor:
        """Warp a label map or ids of objects as the image was: nearest, same type.

        Args:
            params: What ``sample`` drew for the size of this label map.
            labels: ``(H, W)``, any integer type.

        Returns:
            ``(h, w)`` of the labels' type.
        """
        return warp_labels(labels, params["grid"])

    def _grid(self, u, either, seed, image_size, size):
        c = self._config
        turns = tf.cast(4.0 * u[1], tf.int32) if c["turn"] else tf.constant(0)
        low, high = (math.log(s) for s in c["scale"])
        scale = tf.exp(low + (high - low) * u[2])
        matrix = linear_map(
            (u[0] < 0.5) if c["flip"] else tf.constant(False),
            turns,
            either[3] * math.radians(c["rotate"]),
            scale,
        )
        # The crop may lie anywhere in the image along each axis; where it is the
        # larger one, the image may lie anywhere in the crop.
        extent = tf.constant(size, tf.float32)
        extent = tf.where(turns % 2 == 1, extent[::-1], extent) / scale
        image_size_f = tf.cast(image_size, tf.float32)
        room = tf.abs(image_size_f - extent) / 2.0
        reach = room + c["shift"] / scale
        centre = (image_size_f - 1.0) / 2.0 + either[4:6] * reach
        field = None
        if c["elastic"]:
            shape = (2, POINTS, POINTS)
            vectors = tf.random.stateless_normal(shape, seed, alg="philox")
            field = elastic_field(c["elastic"] * vectors, size)
        return compose_grid(matrix, centre, field, image_size, size)
