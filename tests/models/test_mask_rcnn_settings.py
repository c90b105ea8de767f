"""The settings of Mask R-CNN: defaults of each head, and what is refused."""

import pytest

from kseg.models.mask_rcnn_settings import MaskRCNNSettings


def test_each_head_has_its_own_number_of_proposals():
    assert MaskRCNNSettings().pairs() == [(2000, 1000), (1000, 1000)]
    assert MaskRCNNSettings("c4").pairs() == [(12000, 6000), (2000, 1000)]
    chosen = MaskRCNNSettings("c4", proposals=[300, 50])
    assert chosen.pairs() == [(12000, 6000), [300, 50]]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(head="c5"), "head must be one of 'fpn', 'c4'"),
        (dict(score_threshold=1.0), "score_threshold"),
        (dict(nms_threshold=-0.1), "nms_threshold"),
        (dict(detections=0), "detections must be an int of at least 1"),
        (dict(rois=3), "rois must be 4 or more.*Received: rois=3"),
        (dict(anchor_sizes=((8, 10),) * 5), r"anchor_sizes\[0\] must be a number"),
        (dict(proposals=(0, 10)), r"proposals\[0\] must be an int"),
        (dict(candidates=50), "candidates must be two numbers"),
        (dict(candidates=()), "candidates must be two numbers"),
    ],
)
def test_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        MaskRCNNSettings(**arguments)
