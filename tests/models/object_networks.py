"""Every network that finds objects, tiny: what the contract and JAX are held to."""

from kseg.models import MaskRCNN
from tests.models.tiny_rcnn import SHAPE, TINY, backbone, tiny
from tests.models.windows import Windows


def mobile():
    """The phone-sized configuration on a tiny backbone."""
    return MaskRCNN.mobile(2, SHAPE, backbone=backbone(), weights=None, **TINY)


# One sample in a bin of RoIAlign: a quarter of it to compile. tests/ops has more.
NETWORKS = {
    "MaskRCNN": lambda: tiny(samples=1),
    "MaskRCNN on C4": lambda: tiny("c4", samples=1),
    "MaskRCNN.mobile": mobile,
    "Windows": Windows,
}
