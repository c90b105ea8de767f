"""Pure functions on tensors, in ``keras.ops``: tensors in, tensors out.

Shapes are written B batch, H W rows and columns, C channels. TensorFlow's own kernels
are in ``kseg.ops.native`` and used where the backend is TensorFlow.
"""

from kseg.ops.depth_to_space import depth_to_space
from kseg.ops.up_conv import up_conv_2x2

__all__ = ["depth_to_space", "up_conv_2x2"]
