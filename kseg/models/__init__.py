"""The networks: one file per paper, functional models from raw pixels to the result.

``MODELS`` holds them all: what builds each, by its name. Each has a ``task``,
"semantic" if it gives a label map, "instances" if it finds objects, and
``default_parameters``: what ``count_params()`` counts if it is built without arguments.
"""

from kseg.models.fcn import FCN8s, FCN16s, FCN32s
from kseg.models.fcn_stages import initialize_from
from kseg.models.mask_rcnn import MaskRCNN
from kseg.models.on_backbone.unet import BackboneUNet
from kseg.models.parts.at_size import at_size
from kseg.models.parts.object_network import ObjectNetwork
from kseg.models.segnet import SegNet
from kseg.models.segnet_basic import SegNetBasic
from kseg.models.unet import UNet

MODELS = {
    "FCN32s": FCN32s,
    "FCN16s": FCN16s,
    "FCN8s": FCN8s,
    "SegNet": SegNet,
    "SegNetBasic": SegNetBasic,
    "UNet": UNet,
    "BackboneUNet": BackboneUNet,
    "MaskRCNN": MaskRCNN,
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
    "ObjectNetwork",
    "UNet",
    "at_size",
    "initialize_from",
]
