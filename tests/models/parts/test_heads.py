"""The heads of regions: their shapes, what they share, and their dtypes."""

import keras
import numpy as np
import pytest

from kseg.models.parts.heads import c4_heads, fpn_heads

BOXES = np.array([[[0, 0, 32, 32], [8, 16, 40, 90]]] * 3, "float32")


def maps(*strides):
    rng = np.random.default_rng(0)
    return [rng.normal(size=(3, 64 // s, 96 // s, 4)).astype("f4") for s in strides]


def on_pyramid(separable=False):
    pooling = dict(samples=1, chunk=None, strides=(4, 8, 16, 32), canonical_size=32)
    return fpn_heads(2, pooling, 4, 8, 6, separable), maps(4, 8, 16, 32)


def on_c4():
    features = keras.Input((None, None, 4))
    c5 = keras.layers.Conv2D(10, 3, 2, padding="same")(features)
    conv5 = keras.Model(features, c5)
    return c4_heads(2, dict(samples=1, chunk=None), conv5, 6), maps(16)


@pytest.mark.parametrize("build, side", [(on_pyramid, 28), (on_c4, 14)])
def test_shapes_for_regions_of_each_image(build, side):
    heads, features = build()
    regions = heads.box_head(heads.pool([*features, BOXES]))
    assert regions["logits"].shape == (6, 3) and regions["deltas"].shape == (6, 2, 4)
    assert heads.masks(features, BOXES).shape == (6, side, side, 2)


def test_on_c4_masks_are_made_of_what_boxes_are():
    heads, features = on_c4()
    regions = heads.box_head(heads.pool([*features, BOXES]))["regions"]
    assert regions.shape == (6, 7, 7, 10) and heads.mask_pool is None
    masks = heads.masks(features, BOXES)
    np.testing.assert_allclose(masks, heads.mask_head(regions), atol=1e-6)


def test_separable_convolutions_are_those_of_the_mask_head():
    whole, slim = (on_pyramid(separable)[0].mask_head for separable in (False, True))
    # Of four 3x3 convolutions: 4 or 6 channels to 6.
    assert whole.count_params() - slim.count_params() == sum(
        (9 * n * 6 + 6) - (9 * n + n + n * 6 + 6) for n in (4, 6, 6, 6)
    )


def test_what_they_give_is_float32_under_mixed_precision():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        heads, _ = on_pyramid()
    finally:
        keras.config.set_dtype_policy("float32")
    outputs = [*heads.box_head.output.values(), heads.mask_head.output]
    assert {x.dtype for x in outputs} == {"float32"}
    assert heads.box_head.get_layer("fc1").compute_dtype == "bfloat16"
