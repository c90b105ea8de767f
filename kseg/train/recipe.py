"""What a training of one network consists of, apart from the images.

``kseg/recipes`` holds those that come with kseg, one a file.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import keras

from kseg.train import schedules
from kseg.train.optimizers import AdamW

LossOf = Callable[[Any], keras.losses.Loss]


@dataclass(frozen=True)
class Separation:
    """How a network that gives label maps learns to tell touching objects apart.

    Of data with objects it learns three classes, background, object and border.

    Args:
        loss: As that of `Recipe`, for these classes.
        target: What `kseg.data.make_pipeline` makes of the objects.
        border_width: Likewise, in pixels.
        weight_map: Arguments of `kseg.data.unet_weight_map`, or None for no weights.
        rule: How a label map is parted into objects, as the metadata says it.
    """

    loss: LossOf
    target: str = "contact"
    border_width: float = 2
    weight_map: Mapping[str, Any] | None = None
    rule: Mapping[str, Any] = field(
        default_factory=lambda: {
            "method": "watershed",
            "interior": 1,
            "border": 2,
            "min_area": 20,
        }
    )


@dataclass(frozen=True)
class ObjectTarget:
    """What `kseg.data.make_object_pipeline` makes of images with objects.

    Args:
        resize: ``"letterbox"``, whole images, or ``"tile"``, their own pixels.
        magnification: Of those pixels, for tiles.
        max_instances: Most objects in an image.
        mask_size: Rows and columns of an object's mask, in the frame of its box.
    """

    resize: str = "letterbox"
    magnification: float = 1.0
    max_instances: int = 100
    mask_size: int = 56


@dataclass(frozen=True, kw_only=True, eq=False)
class Recipe:
    """A network, and how it is trained.

    One that grows out of another is ``dataclasses.replace(other, ...)``.

    Args:
        network: Builds it: ``network(num_classes, channels, *, weights)``, with
            ``backbone`` too where there is one to choose, and for a network that finds
            objects ``size``, (H, W), its classes then being those of the objects. Here
            it is a field that has the recipe's own ``weights`` and ``backbone``
            filled in.
        optimizer: Of a ``learning_rate``; likewise, so ``recipe.optimizer()`` is one.
        loss: From the `kseg.data.Dataset` to learn from to a loss; None where it is
            the network's own.
        task: What the network gives: ``"semantic"``, a label map, or ``"instances"``,
            objects.
        image_size: (H, W) of the crops to train on, in pixels.
        batch_size: Crops a step.
        epochs: Passes over the images.
        learning_rate: Peak of the schedule.
        schedule: A function of `kseg.train.schedules`.
        average_momentum: Of the moving average of the weights, which is what is
            scored and kept, in [0, 1); 0 keeps none.
        augmentation: What is varied: arguments of `kseg.data.Augment`, for objects of
            `kseg.data.ObjectAugment`.
        backbone: A name of `kseg.backbones.BACKBONES`; None where there is none to
            choose.
        weights: What the network starts with, "imagenet"; None is from scratch.
        multiple: What the sides of a crop must be divisible by.
        tile_size: (H, W) of the tiles of prediction; None is ``image_size``. A network
            that finds objects has one size.
        margin: Pixels by which tiles of prediction overlap to each side.
        stride: Of the tiles: they lie on multiples of it.
        separation: How objects are told apart; None where only label maps are learnt.
        class_names: Of the network, the background first, where they are not the
            data's: ``("background", "object")`` for one that finds objects of any
            class and tells none from another.
        objects: What of the objects is learnt, by a network that finds them.
        score_threshold: From which score on those are shown, until training has found
            a better one.
    """

    network: Callable[..., keras.Model]
    optimizer: Callable[..., keras.optimizers.Optimizer] = partial(AdamW, clipnorm=5.0)
    loss: LossOf | None = None
    task: str = "semantic"
    image_size: tuple[int, int]
    batch_size: int = 8
    epochs: int
    learning_rate: float = 1e-3
    schedule: schedules.Factor = schedules.cosine(warmup=0.03)
    average_momentum: float = 0.0
    augmentation: Mapping[str, Any] = field(default_factory=dict)
    backbone: str | None = None
    weights: str | None = None
    multiple: int = 1
    tile_size: tuple[int, int] | None = None
    margin: int = 64
    stride: int = 8
    separation: Separation | None = None
    class_names: tuple[str, ...] | None = None
    objects: ObjectTarget = ObjectTarget()
    score_threshold: float = 0.5

    def __post_init__(self):
        own: dict[str, Any] = {"weights": self.weights}
        if self.backbone is not None:
            own["backbone"] = self.backbone
        self._fill("network", **own)
        self._fill("optimizer", learning_rate=self.learning_rate)

    def _fill(self, name: str, **defaults) -> None:
        object.__setattr__(self, name, partial(getattr(self, name), **defaults))
