"""Which layers stay float in int8, and how they are found in a converted graph."""

import pytest

from kseg.export.float_parts import _of_layers, float_layers
from kseg.models import UNet
from tests.models.tiny_rcnn import tiny


@pytest.mark.parametrize(
    "head, pools", [("fpn", {"box_pool", "mask_pool"}), ("c4", {"pool"})]
)
def test_layers_that_decode_and_layers_that_pool(head, pools):
    chosen = {"anchor_sizes": (16, 32)} if head == "c4" else {}
    found = float_layers(tiny(head, **chosen))
    assert found == ({"proposals", "detections", "masks"}, pools)


def test_a_network_of_label_maps_has_none():
    model = UNet(2, (32, 32, 3), base_filters=4, depth=2, padding="same")
    assert float_layers(model) == (set(), set())


@pytest.mark.parametrize(
    "name, found",
    [
        ("net_1/masks_1/Mul", True),
        ("masks/Mul", True),
        ("net_1/other_1/Mul;net_1/masks_12/Add", True),
        ("net_1/mask.pool_1/Add", True),
        ("net_1/masks_head_1/Mul", False),
        ("net_1/my_masks_1/Mul", False),
        ("net_1/mask_pool_1/Add", False),
        ("net_1/masks", False),
    ],
)
def test_a_layer_is_found_by_its_whole_name(name, found):
    assert bool(_of_layers({"masks", "mask.pool"}).search(name)) == found


def test_no_names_find_nothing():
    assert not _of_layers(set()).search("net_1//Mul")
