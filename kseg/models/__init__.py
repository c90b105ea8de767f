"""The networks: one file per paper, functional models from raw pixels to logits."""

from kseg.models.unet import UNet

MODELS = {"UNet": UNet}

__all__ = ["MODELS", "UNet"]
