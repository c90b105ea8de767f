"""FCN on any backbone."""

import pytest

from kseg.backbones import BACKBONES
from kseg.models import FCN8s
from tests.contract import check_semantic_model
from tests.models.tiny_fcn import little_backbone, tiny, unallocated


def test_contract_on_a_backbone_of_open_size(tmp_path):
    def network():
        return tiny(FCN8s, backbone=little_backbone())

    check_semantic_model(network, (2, 9, 14, 3), (2, 9, 14, 3), tmp_path)


@pytest.mark.parametrize("backbone", sorted(set(BACKBONES) - {"vgg16"}))
def test_every_backbone(backbone):
    model = unallocated(FCN8s, 4, (33, 70, 3), backbone=backbone)
    assert model.output_shape == (None, 33, 70, 4)
    for level, stride in (("c5", 32), ("c4", 16), ("c3", 8)):
        score = model.get_layer(f"score_{level}")
        assert score.output.shape == (None, 64 // stride, 96 // stride, 4)
