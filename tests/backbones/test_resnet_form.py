"""In what ResNets differ: defaults, and what is refused."""

import pytest

from kseg.backbones.resnet_form import ResNetForm, resnet_form
from tests.backbones.networks import network


def test_the_default_is_that_of_keras_applications():
    form = resnet_form(50, {})
    assert form == ResNetForm("1x1", 1.001e-5, "batch", (123.68, 116.779, 103.939), 1)
    assert resnet_form(18, {"epsilon": 0}).epsilon == 0


@pytest.mark.parametrize(
    "name, options, message",
    [
        ("resnet18", {"stride_in": "3x3"}, "ResNet-18 takes epsilon, .*Received: str"),
        ("resnet50", {"eps": 0}, "ResNet-50 takes epsilon, mean.*Received: eps"),
        ("resnet50", {"epsilon": -1}, "epsilon must be a finite number of at least 0"),
        ("resnet50", {"norm": "group"}, "norm must be one of 'batch', 'affine'"),
        ("resnet50", {"pool_padding": 2}, "pool_padding must be one of 0, 1"),
        ("resnet101", {"stride_in": "2x2"}, "stride_in must be one of '1x1', '3x3'"),
    ],
)
def test_refuses(name, options, message):
    with pytest.raises(ValueError, match=message):
        network(name, **options)
