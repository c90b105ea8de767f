"""The networks: one file per paper, functional models from raw pixels to the result.

``MODELS`` holds those for label maps. The ones for instances have a training step of
their own: see ``TwoStage``.
"""

from kseg.models.batch_norm_statistics import recompute_batch_norm
from kseg.models.fcn import FCN8s, FCN16s, FCN32s
from kseg.models.fcn_stages import initialize_from
from kseg.models.mask_rcnn import MaskRCNN
from kseg.models.segnet import SegNet
from kseg.models.segnet_basic import SegNetBasic
from kseg.models.two_stage import TwoStage
from kseg.models.unet import UNet
from kseg.models.unet_backbone import BackboneUNet

MODELS = {
    "FCN32s": FCN32s,
    "FCN16s": FCN16s,
    "FCN8s": FCN8s,
    "SegNet": SegNet,
    "SegNetBasic": SegNetBasic,
    "UNet": UNet,
    "BackboneUNet": BackboneUNet,
}

__all__ = [
    "MODELS",
    "BackboneUNet",
    "FCN8s",
    "FCN16s",
    "FCN32s",
    "MaskRCNN",
    "SegNet",
    "SegNetBasic",
    "TwoStage",
    "UNet",
    "initialize_from",
    "recompute_batch_norm",
]
