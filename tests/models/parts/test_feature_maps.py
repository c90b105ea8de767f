"""The maps of a backbone, and which of its layers are frozen."""

import keras
import pytest

from kseg.models.parts.feature_maps import frozen_parts
from tests.models.tiny_rcnn import SHAPE, backbone, tiny, unallocated

HEADS = ("fpn", "c4")


@pytest.mark.parametrize(
    "arguments, expected",
    [
        ((None, None, None), (0, False)),
        (("imagenet", None, None), (2, True)),
        (("imagenet", 0, False), (0, False)),
        ((None, 3, True), (3, True)),
    ],
)
def test_what_is_not_said_goes_by_the_weights(arguments, expected):
    assert frozen_parts(*arguments) == expected


@pytest.mark.parametrize("head", HEADS)
def test_frozen_stages_and_batch_norm(head):
    kwargs = dict(backbone="efficientnet_lite0", head=head, build=tiny)
    model = unallocated(**kwargs, freeze_at=2, frozen_batch_norm=True)
    names = {w.path.split("/")[-2] for w in model.trainable_weights}
    # c2 ends with block b2; batch norms are named ..._bn.
    assert {"b3_expand", "b15_project", "cls_score"} <= names
    assert not names & {"stem", "b0_dw", "b1_expand", "b2_project"}
    assert not any(name.endswith("_bn") for name in names)
    free = unallocated(**kwargs)
    names = {w.path.split("/")[-2] for w in free.trainable_weights}
    assert {"stem", "stem_bn", "b15_project_bn"} <= names
    config = model.get_config()
    assert config["freeze_at"] == 2 and config["frozen_batch_norm"] is True


@pytest.mark.parametrize("head", HEADS)
def test_a_model_as_backbone_is_frozen_up_to_a_stage(head):
    model = unallocated(head=head, freeze_at=2, build=tiny)
    paths = {w.path.split("/")[-2] for w in model.trainable_weights}
    convolutions = {f"conv{k}" for k in range(1, 6)}
    assert paths & convolutions == {"conv3", "conv4", "conv5"}


def test_c4_refuses_a_backbone_of_one_size():
    image = keras.Input(SHAPE)
    fixed = keras.Model(image, backbone()(image))
    with pytest.raises(ValueError, match="images of any size"):
        tiny("c4", backbone=fixed)
