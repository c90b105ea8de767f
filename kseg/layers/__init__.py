"""Keras layers over ``kseg.ops``, registered under "kseg"."""

from kseg.layers.batch_norm import BatchNorm
from kseg.layers.bilinear_deconv import Bilinear, BilinearDeconv2D
from kseg.layers.crop import Crop
from kseg.layers.detections import (
    ClassScores,
    DecodeBoxes,
    MasksOfClass,
    SelectDetections,
)
from kseg.layers.frozen_affine import FrozenAffine
from kseg.layers.lrn import LocalResponseNorm
from kseg.layers.monte_carlo_dropout import MonteCarloDropout
from kseg.layers.pad import PadToMultiple
from kseg.layers.pooling import MaxPoolingWithIndices2D, MaxUnpooling2D
from kseg.layers.proposals import LogitOfTwo, Proposals
from kseg.layers.roi import PyramidRoIAlign, RoIAlign, RoIWarp
from kseg.layers.size import RequireMultiple
from kseg.layers.up_conv import UpConv2D
from kseg.layers.upsample import BilinearUpsampling2D, NearestUpsampling2D

__all__ = [
    "BatchNorm",
    "Bilinear",
    "BilinearDeconv2D",
    "BilinearUpsampling2D",
    "ClassScores",
    "Crop",
    "DecodeBoxes",
    "FrozenAffine",
    "LocalResponseNorm",
    "LogitOfTwo",
    "MasksOfClass",
    "MaxPoolingWithIndices2D",
    "MaxUnpooling2D",
    "MonteCarloDropout",
    "NearestUpsampling2D",
    "PadToMultiple",
    "Proposals",
    "PyramidRoIAlign",
    "RequireMultiple",
    "RoIAlign",
    "RoIWarp",
    "SelectDetections",
    "UpConv2D",
]
