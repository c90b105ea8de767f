"""Mask R-CNN.

He, Gkioxari, Dollar and Girshick, "Mask R-CNN", ICCV 2017, arXiv:1703.06870, with
detectron2's settings. For K classes, on ResNet-50 with FPN:

    stage                                                       output
    backbone, FPN                                               p2 ... p6, 256
    RPN on p2 ... p6: 3x3 256, 1x1 3 and 12                     1000 proposals
    box head: RoIAlign of p2 ... p5, fc 1024, fc 1024           K + 1, 4K
    mask head: RoIAlign, 4 x 3x3 256, up-convolution 256, 1x1   28 x 28 x K
or with C4, the RPN (3x3 1024) and RoIAlign on c4:
    box head: RoIAlign 14 x 14, conv5, mean                     K + 1, 4K
    mask head: the same conv5, up-convolution 256, 1x1          14 x 14 x K

Departures from the paper:
    - RoIAlign takes ``samples`` squared points in a bin, as the paper does; as many as
      it has pixels, detectron2's default, has no static shape.
    - The C4 head is detectron2's: conv5 with its stride on 14 x 14, not without on 7 x
      7. RPN and heads are trained together, as in the paper's appendix B.
"""

import keras

from kseg.checks import check_above_0, check_choice, check_share, check_whole
from kseg.layers import (
    ClassScores,
    DecodeBoxes,
    MasksOfClass,
    Proposals,
    SelectDetections,
)
from kseg.models.parts.heads import (
    c4_and_conv5,
    c4_heads,
    check_input,
    fpn_heads,
    frozen_parts,
    pyramid,
    whole_pair,
)
from kseg.models.parts.object_network import ObjectNetwork
from kseg.models.parts.region_losses import (
    box_loss,
    class_loss,
    mask_loss,
    sample_regions,
)
from kseg.models.parts.rpn import rpn, rpn_losses

SIZES, RATIOS = (32, 64, 128, 256, 512), (0.5, 1.0, 2.0)
STRIDES = {"fpn": (4, 8, 16, 32, 64), "c4": (16,)}
# In training and else: anchors of a level that compete, and proposals that remain.
CANDIDATES = {"fpn": (2000, 1000), "c4": (12000, 6000)}
PROPOSALS = {"fpn": (1000, 1000), "c4": (2000, 1000)}
POSITIVE = 0.25  # of the regions that the heads learn from, at most


@keras.saving.register_keras_serializable(package="kseg")
class MaskRCNN(ObjectNetwork):
    """Mask R-CNN for images of one size, with detectron2's settings.

    Trained by ``fit`` on ``(image, {"boxes", "classes", "masks"})`` as
    ``kseg.data.make_object_pipeline`` gives them. Predicts a dict of ``boxes`` (B, D,
    4), (y1, x1, y2, x2) in pixels; ``scores`` (B, D); ``classes`` (B, D) int32, 1 to K;
    ``masks`` (B, D, m, m), probabilities in the frame of the box; and ``count`` (B,):
    the best score first, all 0 after the last one.

    Args:
        num_classes: K, without background.
        input_shape: (H, W, C), H and W multiples of 32.
        backbone, weights: As ``kseg.backbones.features`` takes them.
        head: "fpn" or "c4".
        anchor_sizes: Roots of the areas, in pixels; with FPN one for each of p2 to p6.
        anchor_ratios: Heights over widths.
        candidates: Anchors of a level that compete to be proposals, in training and
            else; None: detectron2's.
        proposals: How many remain; in the paper, C4 has 300 after training.
        rois: Regions of an image to train the heads on; in the paper, C4 has 64.
        detections: D.
        score_threshold: Detections score above it.
        nms_threshold: IoU of two detections of a class above which the worse goes.
        samples, chunk: Of ``kseg.ops.roi_align``.
        canonical_size: Side in pixels of the smallest square that p4 is pooled for.
        freeze_at: 2 freezes the backbone up to c2; None: 2 if there are ``weights``.
        frozen_batch_norm: The backbone's; None: if there are ``weights``.
        channels, fc_filters, mask_filters: Of FPN, box head and mask head.
        rpn_filters: Of the RPN. None: as many as its input has; 512 in the paper's C4.
        separable: Depthwise and pointwise convolutions in FPN, RPN and mask head.
        seed, name: Of the sampling of anchors and regions; of the model.

    Raises:
        ValueError: An argument is outside these ranges.
    """

    TERMS = ("L_rpn_cls", "L_rpn_box", "L_cls", "L_box", "L_mask")

    def __init__(
        self,
        num_classes: int,
        input_shape: tuple[int, int, int] = (800, 1344, 3),
        *,
        backbone="resnet50",
        weights=None,
        head: str = "fpn",
        anchor_sizes=SIZES,
        anchor_ratios=RATIOS,
        candidates: tuple[int, int] | None = None,
        proposals: tuple[int, int] | None = None,
        rois: int = 512,
        detections: int = 100,
        score_threshold: float = 0.05,
        nms_threshold: float = 0.5,
        samples: int = 2,
        chunk: int | None = None,
        canonical_size: float = 224,
        freeze_at: int | None = None,
        frozen_batch_norm: bool | None = None,
        channels: int = 256,
        fc_filters: int = 1024,
        mask_filters: int = 256,
        rpn_filters: int | None = None,
        separable: bool = False,
        seed: int = 0,
        name: str = "mask_rcnn",
    ):
        config = {k: v for k, v in locals().items() if k not in ("self", "__class__")}
        check_choice("head", head, tuple(STRIDES))
        check_whole(num_classes=num_classes, detections=detections, rois=rois)
        check_share(score_threshold=score_threshold, nms_threshold=nms_threshold)
        check_input(input_shape, rois)
        candidates, proposals = (
            whole_pair(name, given or default[head])
            for name, given, default in (
                ("candidates", candidates, CANDIDATES),
                ("proposals", proposals, PROPOSALS),
            )
        )
        check_above_0(**{f"anchor_sizes[{i}]": n for i, n in enumerate(anchor_sizes)})
        frozen = frozen_parts(weights, freeze_at, frozen_batch_norm)
        config |= dict(weights=None, freeze_at=frozen[0], frozen_batch_norm=frozen[1])

        # The first stage.
        image, size = keras.Input(input_shape, name="image"), tuple(input_shape[:2])
        trunk = (image, backbone, weights, frozen)
        pooling = dict(samples=samples, chunk=chunk)
        if head == "fpn":
            maps = pyramid(*trunk, channels, separable)
            sizes, ratios = anchor_sizes, len(anchor_ratios)
            pooling |= dict(strides=STRIDES["fpn"][:4], canonical_size=canonical_size)
            filters = (channels, fc_filters, mask_filters, separable)
            heads = fpn_heads(num_classes, pooling, *filters)
        else:
            c4, conv5 = c4_and_conv5(*trunk)
            maps, sizes = [c4], [anchor_sizes]
            ratios = len(anchor_sizes) * len(anchor_ratios)
            heads = c4_heads(num_classes, pooling, conv5, mask_filters)
        rpn_filters = rpn_filters or maps[0].shape[-1]
        objectness, moves = rpn(maps, ratios, rpn_filters, separable)
        maps = maps[:4]  # p6 is for anchors only
        first = dict(features=maps, objectness=objectness, deltas=moves)
        trunk = keras.Model(image, first, name="trunk")

        # The second stage, on the proposals and then on the detections.
        propose = Proposals(
            *(size, sizes, anchor_ratios, STRIDES[head]),
            candidates=candidates,
            count=proposals,
            name="proposals",
        )
        detect = SelectDetections(
            *(detections, score_threshold, nms_threshold), name="detections"
        )
        boxes, exists = propose(objectness, moves)
        of_boxes = heads.box_head(heads.pool([*maps, boxes]))
        scores = ClassScores(name="class_scores")(of_boxes["logits"], exists)
        boxes = DecodeBoxes(size, name="class_boxes")(of_boxes["deltas"], boxes)
        boxes, scores, classes, count, _ = detect(boxes, scores)
        masks = MasksOfClass(name="masks")(heads.masks(maps, boxes), classes)
        names = ("boxes", "scores", "classes", "masks", "count")
        found = dict(zip(names, (boxes, scores, classes, masks, count), strict=True))
        super().__init__(image, found, trunk=trunk, config=config, seed=seed, name=name)
        self.propose, self.heads, self.rois = propose, heads, rois

    @classmethod
    def mobile(cls, num_classes: int, input_shape=(320, 320, 3), **kwargs):
        """The phone-sized configuration: EfficientNet-Lite0 and a slim FPN.

        Args:
            num_classes, input_shape, **kwargs: Of the constructor.

        Returns:
            The model, from 100 proposals to 50 detections.
        """
        chosen = dict(
            backbone="efficientnet_lite0", weights="imagenet", freeze_at=0,
            frozen_batch_norm=False, candidates=(1000, 400), proposals=(300, 100),
            rois=128, detections=50, samples=1, canonical_size=112, channels=64,
            anchor_sizes=(16, 32, 64, 128, 256), fc_filters=256, mask_filters=64,
            separable=True, name="mask_rcnn_mobile",
        )  # fmt: skip
        return cls(num_classes, input_shape, **{**chosen, **kwargs})

    def terms(self, outputs, truth, seed, training):
        """L = L_cls + L_box + L_mask, and the two losses of the RPN."""
        maps, first = outputs["features"], (outputs["objectness"], outputs["deltas"])
        anchors, valid = self.propose.anchors, truth["classes"] > 0
        rpn_cls, rpn_box = rpn_losses(*first, anchors, truth["boxes"], valid, seed=seed)
        proposals = self.propose(*first, training=training)
        regions = sample_regions(*proposals, truth, self.rois, POSITIVE, seed)
        pooled = self.heads.pool([*maps, regions.boxes])
        found = self.heads.box_head(pooled, training=training)
        # Those with an object, and so a mask, come first.
        most = int(self.rois * POSITIVE)
        objects = regions.first(most)
        masks = self.heads.masks(maps, objects.boxes, training)
        cls = class_loss(found["logits"], regions)
        box = box_loss(found["deltas"], regions, truth, most)
        mask = mask_loss(masks, objects, truth)
        terms = (rpn_cls, rpn_box, cls, box, mask)
        return dict(zip(self.TERMS, terms, strict=True))
