"""Pooling of regions: features and boxes in, features of each box out."""

import math
from collections.abc import Sequence

import keras
from keras import ops

from kseg.ops import assign_levels, pyramid_roi_align, roi_align, roi_warp
from kseg.ops.regions.checks import as_size


class _Regions(keras.layers.Layer):
    """Called on ``[*features, boxes]``. Boxes keep float32 under any dtype policy."""

    takes_maps = True  # int8 in an int8 file, other than the boxes (kseg.export)

    def __init__(self, size, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.size = as_size(size)

    def call(self, inputs):
        *features, boxes = inputs
        features = [ops.cast(x, self.compute_dtype) for x in features]
        return self.pool(features, boxes)

    def compute_output_shape(self, input_shape):
        *features, (batch, count, _) = input_shape
        regions = None if batch is None or count is None else batch * count
        return (regions, *self.size, features[0][-1])

    def get_config(self):
        return {**super().get_config(), "size": self.size}


@keras.saving.register_keras_serializable(package="kseg")
class RoIAlign(_Regions):
    """``kseg.ops.roi_align`` of a feature map.

    Called on ``[features, boxes]``.

    Args:
        size: Bins, an int or (h, w).
        scale: Pixels of the features over pixels of the input.
        samples: Per bin and axis, or None: see ``kseg.ops.roi_align``.
        aligned: False leaves out the half pixel, as Detectron does.
        chunk: None, or how many boxes of each image to pool at a time.

    Input shape:
        (B, H, W, C) and (B, R, 4), boxes (y1, x1, y2, x2) in pixels of the input.

    Output shape:
        (B*R, h, w, C), image by image.

    Reference:
        He et al., Mask R-CNN, ICCV 2017, section 3.
    """

    def __init__(self, size, scale, samples=2, aligned=True, chunk=None, **kwargs):
        super().__init__(size, **kwargs)
        self.settings = {
            "scale": scale,
            "samples": samples,
            "aligned": aligned,
            "chunk": chunk,
        }

    def pool(self, features, boxes):
        return roi_align(*features, boxes, size=self.size, **self.settings)

    def get_config(self):
        return {**super().get_config(), **self.settings}


@keras.saving.register_keras_serializable(package="kseg")
class PyramidRoIAlign(_Regions):
    """RoIAlign of each box on the level of a feature pyramid that fits its size.

    Called on ``[*features, boxes]``, finest level first.

    Args:
        size: Bins, an int or (h, w).
        strides: Of the levels, each twice the one before: (4, 8, 16, 32) for P2 to P5.
        samples: Per bin and axis, or None: see ``kseg.ops.roi_align``.
        aligned: False leaves out the half pixel, as Detectron does.
        chunk: None, or how many boxes of each image to pool at a time.
        canonical_size: Side in pixels of a square that belongs to stride 16.
        rounding: "floor", or "round" as in matterport's Mask R-CNN.

    Input shape:
        (B, H, W, C) for each level and (B, R, 4), boxes (y1, x1, y2, x2) in pixels of
        the input.

    Output shape:
        (B*R, h, w, C), image by image.

    Raises:
        ValueError: ``strides`` are no powers of 2, each twice the one before.

    Reference:
        Lin et al., Feature Pyramid Networks, CVPR 2017, section 4.2 and eq. 1.
    """

    def __init__(
        self,
        size,
        strides: Sequence[int],
        samples=2,
        aligned=True,
        chunk=None,
        canonical_size=224,
        rounding="floor",
        **kwargs,
    ):
        super().__init__(size, **kwargs)
        self.strides = tuple(strides)
        lowest = math.log2(self.strides[0]) if min(self.strides, default=0) > 0 else -1
        doubled = tuple(2 ** (lowest + k) for k in range(len(self.strides)))
        if lowest < 0 or lowest % 1 or self.strides != doubled:
            raise ValueError(
                "strides must be powers of 2, each twice the one before. Received: "
                f"{strides=}."
            )
        self.assignment = {
            "lowest": int(lowest),
            "highest": int(lowest) + len(self.strides) - 1,
            "canonical_size": canonical_size,
            "rounding": rounding,
        }
        self.settings = {"samples": samples, "aligned": aligned, "chunk": chunk}

    def pool(self, features, boxes):
        levels = assign_levels(boxes, **self.assignment) - self.assignment["lowest"]
        return pyramid_roi_align(
            features, boxes, levels, self.strides, self.size, **self.settings
        )

    def get_config(self):
        config = {**super().get_config(), "strides": self.strides, **self.settings}
        for name in ("canonical_size", "rounding"):
            config[name] = self.assignment[name]
        return config


@keras.saving.register_keras_serializable(package="kseg")
class RoIWarp(_Regions):
    """``kseg.ops.roi_warp``: bilinear samples, differentiable in the boxes too.

    Called on ``[features, boxes]``.

    Args:
        size: Of the grid, an int or (h, w).
        scale: Pixels of the features over pixels of the input.
        rounded: Round the scaled corners, as the code of MNC does.

    Input shape:
        (B, H, W, C) and (B, R, 4), boxes (y1, x1, y2, x2) in pixels of the input.

    Output shape:
        (B*R, h, w, C), image by image.

    Reference:
        Dai, He, Sun, MNC, CVPR 2016, section 3.2.
    """

    def __init__(self, size, scale, rounded=False, **kwargs):
        super().__init__(size, **kwargs)
        self.settings = {"scale": scale, "rounded": rounded}

    def pool(self, features, boxes):
        return roi_warp(*features, boxes, size=self.size, **self.settings)

    def get_config(self):
        return {**super().get_config(), **self.settings}
