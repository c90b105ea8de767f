"""Pure functions on tensors, in ``keras.ops``: tensors in, tensors out.

Shapes are written B batch, H W rows and columns, C channels. TensorFlow's own kernels
are in ``kseg.ops.native`` and used where the backend is TensorFlow.
"""

from kseg.ops.boxes.anchors import make_anchors, make_pyramid_anchors
from kseg.ops.boxes.box_coding import decode_boxes, encode_boxes
from kseg.ops.boxes.geometry import box_area, clip_boxes, pairwise_ioa, pairwise_iou
from kseg.ops.boxes.levels import assign_levels
from kseg.ops.boxes.matching import match
from kseg.ops.boxes.nms import non_max_suppression
from kseg.ops.boxes.sampling import sample
from kseg.ops.gather import gather
from kseg.ops.lowering import lowering
from kseg.ops.lrn import local_response_normalization
from kseg.ops.pooling.bilinear_deconv import bilinear_deconv, bilinear_profile
from kseg.ops.pooling.depth_to_space import depth_to_space
from kseg.ops.pooling.max_pool import max_pool_with_indices, max_unpool
from kseg.ops.pooling.packing import pack_indices, unpack_indices
from kseg.ops.pooling.up_conv import up_conv_2x2
from kseg.ops.pooling.upsample import upsample_bilinear, upsample_nearest
from kseg.ops.regions.class_masks import class_masks
from kseg.ops.regions.mask_targets import mask_targets
from kseg.ops.regions.roi_align import pyramid_roi_align, roi_align
from kseg.ops.regions.roi_warp import roi_warp

__all__ = [
    "assign_levels",
    "bilinear_deconv",
    "bilinear_profile",
    "box_area",
    "class_masks",
    "clip_boxes",
    "decode_boxes",
    "depth_to_space",
    "encode_boxes",
    "gather",
    "local_response_normalization",
    "lowering",
    "make_anchors",
    "make_pyramid_anchors",
    "mask_targets",
    "match",
    "max_pool_with_indices",
    "max_unpool",
    "non_max_suppression",
    "pack_indices",
    "pairwise_ioa",
    "pairwise_iou",
    "pyramid_roi_align",
    "roi_align",
    "roi_warp",
    "sample",
    "unpack_indices",
    "up_conv_2x2",
    "upsample_bilinear",
    "upsample_nearest",
]
