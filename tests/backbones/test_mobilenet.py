"""MobileNets: the names of keras.applications. Their numbers: test_pretrained.py."""

import pytest

from kseg.backbones.mobilenet import v2_name, v3_name


@pytest.mark.parametrize(
    "name, v2, v3",
    [
        ("stem", "Conv1", "conv"),
        ("stem_bn", "bn_Conv1", "conv_bn"),
        ("b0_dw", "expanded_conv_depthwise", "expanded_conv_depthwise"),
        ("b0_dw_bn", "expanded_conv_depthwise_BN", "expanded_conv_depthwise_bn"),
        ("b12_expand_bn", "block_12_expand_BN", "expanded_conv_12_expand_bn"),
        ("b3_project", "block_3_project", "expanded_conv_3_project"),
        ("b3_se_reduce", None, "expanded_conv_3_squeeze_excite_conv"),
        ("b3_se_expand", None, "expanded_conv_3_squeeze_excite_conv_1"),
    ],
)
def test_names_in_keras_applications(name, v2, v3):
    assert v3_name(name) == v3
    if v2 is not None:
        assert v2_name(name) == v2
