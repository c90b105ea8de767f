"""What can be chosen of Mask R-CNN beside its backbone."""

from collections.abc import Sequence
from dataclasses import dataclass

from kseg.checks import (
    check_above_0,
    check_choice,
    check_share,
    check_whole,
    check_whole_pairs,
)

STRIDES = {"fpn": (4, 8, 16, 32, 64), "c4": (16,)}
# In training and else: anchors of a level that compete, and proposals that remain.
CANDIDATES = {"fpn": (2000, 1000), "c4": (12000, 6000)}
PROPOSALS = {"fpn": (1000, 1000), "c4": (2000, 1000)}


@dataclass(frozen=True)
class MaskRCNNSettings:
    """Keyword arguments of ``kseg.models.MaskRCNN``, detectron2's choice by default.

    Args:
        head: "fpn" or "c4".
        anchor_sizes: Roots of the areas, in pixels; with FPN one for each of p2 to p6.
        anchor_ratios: Heights over widths.
        anchor_rounding: None, or "torchvision"; see ``kseg.layers.Proposals``.
        candidates: Anchors of a level that compete to be proposals, in training and
            else; None: detectron2's.
        proposals: How many remain, likewise; in the paper, C4 has 300 after training.
        rois: Regions of an image to train the heads on; in the paper, C4 has 64.
        detections: D, of an image at most.
        score_threshold: Detections score above it.
        nms_threshold: IoU of two detections of a class above which the worse goes.
        samples, aligned, chunk: Of ``kseg.ops.roi_align``; detectron2 has
            ``samples=None``, torchvision ``aligned=False``.
        canonical_size: Side in pixels of the smallest square that p4 is pooled for.
        channels, fc_filters, mask_filters: Of FPN, box head and mask head.
        rpn_filters: Of the RPN. None: as many as its input has; 512 in the paper's C4.
        separable: Depthwise and pointwise convolutions in FPN, RPN and mask head.

    Raises:
        ValueError: One is outside these ranges.
    """

    head: str = "fpn"
    anchor_sizes: Sequence[float] = (32, 64, 128, 256, 512)
    anchor_ratios: Sequence[float] = (0.5, 1.0, 2.0)
    anchor_rounding: str | None = None
    candidates: tuple[int, int] | None = None
    proposals: tuple[int, int] | None = None
    rois: int = 512
    detections: int = 100
    score_threshold: float = 0.05
    nms_threshold: float = 0.5
    samples: int | None = 2
    aligned: bool = True
    chunk: int | None = None
    canonical_size: float = 224
    channels: int = 256
    fc_filters: int = 1024
    mask_filters: int = 256
    rpn_filters: int | None = None
    separable: bool = False

    def __post_init__(self):
        check_choice("head", self.head, tuple(STRIDES))
        check_whole(detections=self.detections, rois=self.rois)
        check_share(score_threshold=self.score_threshold)
        check_share(nms_threshold=self.nms_threshold)
        sizes = enumerate(self.anchor_sizes)
        check_above_0(**{f"anchor_sizes[{i}]": size for i, size in sizes})
        candidates, proposals = self.pairs()
        check_whole_pairs(candidates=candidates, proposals=proposals)
        if self.rois < 4:
            raise ValueError(
                "rois must be 4 or more: up to a quarter of them are objects. "
                f"Received: rois={self.rois}."
            )

    def pairs(self) -> list[tuple[int, int]]:
        """``candidates`` and ``proposals``, those of the head where they are None."""
        given = (self.candidates, self.proposals)
        defaults = (CANDIDATES[self.head], PROPOSALS[self.head])
        return [b if a is None else a for a, b in zip(given, defaults, strict=True)]
