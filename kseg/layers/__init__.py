"""Keras layers over ``kseg.ops``, registered under "kseg"."""

from kseg.layers.batch_norm import BatchNorm
from kseg.layers.size import RequireMultiple
from kseg.layers.up_conv import UpConv2D

__all__ = ["BatchNorm", "RequireMultiple", "UpConv2D"]
