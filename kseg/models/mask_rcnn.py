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
      it has pixels, detectron2's default (None), has no static shape.
    - The C4 head is detectron2's: conv5 with its stride on 14 x 14, not without on 7 x
      7. RPN and heads are trained together, as in the paper's appendix B.
"""

from dataclasses import asdict

import keras

from kseg.checks import check_image_shape, check_whole
from kseg.layers import (
    ClassScores,
    DecodeBoxes,
    MasksOfClass,
    Proposals,
    SelectDetections,
)
from kseg.models.mask_rcnn_settings import STRIDES, MaskRCNNSettings
from kseg.models.parts.feature_maps import c4_and_conv5, frozen_parts, pyramid
from kseg.models.parts.heads import c4_heads, fpn_heads
from kseg.models.parts.object_network import ObjectNetwork
from kseg.models.parts.region_losses import box_loss, class_loss, mask_loss
from kseg.models.parts.regions import sample_regions
from kseg.models.parts.rpn import rpn, rpn_losses

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
        backbone_options: A dict of its ``options``, such as those of ``ResNetForm``.
        freeze_at: 2 freezes the backbone up to c2; None: 2 if there are ``weights``.
        frozen_batch_norm: The backbone's; None: if there are ``weights``.
        seed, name: Of the sampling of anchors and regions; of the model.
        **settings: Any of ``kseg.models.mask_rcnn.MaskRCNNSettings``, such as
            ``head="c4"`` or ``detections=50``.

    Raises:
        ValueError: An argument is outside these ranges.
    """

    default_parameters = 44_449_456
    TERMS = ("L_rpn_cls", "L_rpn_box", "L_cls", "L_box", "L_mask")

    def __init__(
        self,
        num_classes: int = 80,
        input_shape: tuple[int, int, int] = (800, 1344, 3),
        *,
        backbone: str | keras.Model = "resnet50",
        weights=None,
        backbone_options: dict | None = None,
        freeze_at: int | None = None,
        frozen_batch_norm: bool | None = None,
        seed: int = 0,
        name: str = "mask_rcnn",
        **settings,
    ):
        chosen = MaskRCNNSettings(**settings)
        check_whole(num_classes=num_classes)
        check_image_shape(input_shape, may_be_open=False, multiple=32)
        frozen = frozen_parts(weights, freeze_at, frozen_batch_norm)
        image, size = keras.Input(input_shape, name="image"), tuple(input_shape[:2])

        build = {"fpn": _on_pyramid, "c4": _on_c4}[chosen.head]
        trunk = (backbone, weights, backbone_options or {}, frozen)
        maps, heads = build(image, trunk, num_classes, chosen)
        objectness, deltas, propose = _region_proposal(maps, size, chosen)
        maps = maps[:4]  # p6 is for anchors only
        outputs = dict(features=maps, objectness=objectness, deltas=deltas)
        trunk = keras.Model(image, outputs, name="trunk")

        # Boxes and classes of the proposals, then masks of the detections.
        boxes, exists = propose(objectness, deltas)
        regions = heads.box_head(heads.pool([*maps, boxes]))
        scores = ClassScores(name="class_scores")(regions["logits"], exists)
        boxes = DecodeBoxes(size, name="class_boxes")(regions["deltas"], boxes)
        limits = (chosen.detections, chosen.score_threshold, chosen.nms_threshold)
        select = SelectDetections(*limits, name="detections")
        boxes, scores, classes, count, _ = select(boxes, scores)
        masks = MasksOfClass(name="masks")(heads.masks(maps, boxes), classes)
        detections = dict(
            boxes=boxes, scores=scores, classes=classes, masks=masks, count=count
        )

        config = asdict(chosen) | dict(
            num_classes=num_classes, input_shape=input_shape, seed=seed,
            backbone=backbone, weights=None, backbone_options=backbone_options,
            freeze_at=frozen[0], frozen_batch_norm=frozen[1],
        )  # fmt: skip
        super().__init__(
            image, detections, trunk=trunk, config=config, seed=seed, name=name
        )
        self.propose, self.heads, self.rois = propose, heads, chosen.rois

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
        scored = self.heads.box_head(pooled, training=training)
        # Those with an object, and so a mask, come first.
        most = int(self.rois * POSITIVE)
        objects = regions.first(most)
        masks = self.heads.masks(maps, objects.boxes, training)
        cls = class_loss(scored["logits"], regions)
        box = box_loss(scored["deltas"], regions, truth, most)
        mask = mask_loss(masks, objects, truth)
        terms = (rpn_cls, rpn_box, cls, box, mask)
        return dict(zip(self.TERMS, terms, strict=True))


def _on_pyramid(image, trunk, num_classes, chosen: MaskRCNNSettings):
    """The maps p2 to p6, and the heads on the first four."""
    maps = pyramid(image, *trunk, chosen.channels, chosen.separable)
    pooling = _pooling(chosen)
    pooling |= dict(strides=STRIDES["fpn"][:4], canonical_size=chosen.canonical_size)
    filters = (chosen.channels, chosen.fc_filters, chosen.mask_filters)
    return maps, fpn_heads(num_classes, pooling, *filters, chosen.separable)


def _on_c4(image, trunk, num_classes, chosen: MaskRCNNSettings):
    """The map c4, and the heads on it."""
    c4, conv5 = c4_and_conv5(image, *trunk)
    heads = c4_heads(num_classes, _pooling(chosen), conv5, chosen.mask_filters)
    return [c4], heads


def _pooling(chosen: MaskRCNNSettings) -> dict:
    return dict(samples=chosen.samples, aligned=chosen.aligned, chunk=chosen.chunk)


def _region_proposal(maps, size, chosen: MaskRCNNSettings):
    """Objectness and deltas of the RPN, and the layer from them to proposals."""
    sizes, ratios = chosen.anchor_sizes, chosen.anchor_ratios
    # C4 has all sizes on its one map.
    sizes, anchors = ([sizes], len(sizes)) if chosen.head == "c4" else (sizes, 1)
    filters = chosen.rpn_filters or maps[0].shape[-1]
    rpns = rpn(maps, anchors * len(ratios), filters, chosen.separable)
    anchors = (size, sizes, ratios, STRIDES[chosen.head])
    rounding = chosen.anchor_rounding
    proposals = Proposals(
        *anchors, *chosen.pairs(), rounding=rounding, name="proposals"
    )
    return *rpns, proposals
