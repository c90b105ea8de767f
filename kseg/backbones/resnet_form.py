"""In what ResNets differ that share a table: by whom they were built and trained."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from kseg.backbones.channels import MEAN_RGB
from kseg.checks import check_at_least_0, check_choice

EPSILON = 1.001e-5  # of keras.applications: its weights give its numbers


@dataclass(frozen=True)
class ResNetForm:
    """Keyword arguments of the functions of ``kseg.backbones.resnet``.

    Args:
        stride_in: The convolution of a stage's first block that has its stride, of
            ResNet-50 and 101: "1x1" (the first, as in the paper, Caffe and detectron2)
            or "3x3" (as torchvision).
        epsilon: What each batch norm adds to the variance: 1e-5 in Caffe, torchvision
            and detectron2, 0 in torchvision's first Mask R-CNN.
        norm: "batch", or "affine" for a ``kseg.layers.FrozenAffine`` in the place and
            under the name of each batch norm: half its weights, and never trained.
        mean: Subtracted from red, green and blue, 0..255.
        pool_padding: Of the pool behind conv1: 1 on each side (torchvision, detectron2,
            ``keras.applications``), or 0, sizes rounded up (the Caffe models and FCIS).

    Raises:
        ValueError: One is outside these ranges.
    """

    stride_in: str = "1x1"
    epsilon: float = EPSILON
    norm: str = "batch"
    mean: Sequence[float] = MEAN_RGB
    pool_padding: int = 1

    def __post_init__(self):
        check_choice("stride_in", self.stride_in, ("1x1", "3x3"))
        check_at_least_0(epsilon=self.epsilon)
        check_choice("norm", self.norm, ("batch", "affine"))
        check_choice("pool_padding", self.pool_padding, (0, 1))


def resnet_form(size: int, options: dict) -> ResNetForm:
    """The form of a ResNet with ``size`` layers.

    Raises:
        ValueError: An option does not exist, or not for this network.
    """
    names = {field.name for field in fields(ResNetForm)}
    if size < 50:
        names -= {"stride_in"}  # its blocks have no 1x1 convolution
    unknown = set(options) - names
    if unknown:
        raise ValueError(
            f"ResNet-{size} takes {', '.join(sorted(names))}. Received: "
            f"{', '.join(sorted(unknown))}."
        )
    return ResNetForm(**options)
