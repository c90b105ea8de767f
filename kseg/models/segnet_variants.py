"""FCN-Basic: the decoders of FCN on SegNet-Basic's encoder, for comparison.

Badrinarayanan, Kendall and Cipolla, PAMI 2017, arXiv:1511.00561, table 1 and figure 4,
right. K classes, an image of 360 x 480 (H x W); pool4 to pool1 are the encoder's:

    FCN-Basic                          NoDimReduction
    pool4  23x30  1x1 to K             pool4  23x30  64
    up4    45x60  8x8 K   + pool3      up4    45x60  8x8 64  + pool3
    up3    90x120 8x8 K   + pool2      up3    90x120 8x8 64  + pool2
    up2   180x240 8x8 K   + pool1      up2   180x240 8x8 64  + pool1
    up1   360x480 8x8 K                up1   360x480 8x8 64, 1x1 to K

Each ``up`` is a deconvolution of stride 2, cut to the size of the map before the pool;
what FCN-Basic adds is reduced to K by a 1x1 convolution of its own. The two NoAddition
networks add nothing. Bilinear-Interpolation is FCN-Basic-NoAddition with bilinear
interpolation in place of the four deconvolutions: nothing is learned after pool4's 1x1.

What the paper leaves open, and is so here:
    - It names no layers after a deconvolution: none follow.
    - Bilinear initialisation: each map starts as its own bilinear interpolation, and
      no other's. That kernel is 4x4, and stands in the middle of the 8x8. (Caffe's
      bilinear filler of 8x8 is that of stride 4: at stride 2 each deconvolution would
      start with four times its input.) Deconvolutions have no bias, as FCN's.
    - Its table counts 0.625 million parameters for Bilinear-Interpolation; encoder and
      1x1 convolution, as here, are 0.612.
"""

from keras import layers

from kseg.layers import Bilinear, BilinearUpsampling2D, Crop
from kseg.models.parts.initializers import msra


def fcn_decoder(
    stages, num_classes: int, *, addition=True, reduction=True, learned=True
):
    """From the last pool to logits, by deconvolution.

    Args:
        stages: Of each encoder, the map before its pool, and the pool's outputs, the
            pooled map first.
        num_classes: K.
        addition: Whether the pooled maps of the sizes between are added.
        reduction: Whether the decoder's maps are scores, K of them.
        learned: Whether the upsampling is.

    Returns:
        KerasTensor (B, H, W, K) float32, H and W those of the first map.
    """
    # Scores are float32 under every dtype policy, as logits are.
    dtype = "float32" if reduction else None
    pooled = [stage[1] for stage in stages]
    if reduction:
        pooled = [
            score(x, num_classes, name=f"score_pool{i}")
            for i, x in enumerate(pooled, start=1)
            if addition or x is pooled[-1]
        ]
    x = pooled.pop()
    for i, (before, *_) in reversed(list(enumerate(stages, start=1))):
        if learned:
            x = _deconvolution(x, name=f"up{i}", dtype=dtype)
        else:
            x = BilinearUpsampling2D(2, name=f"up{i}", dtype=dtype)(x)
        x = Crop(name=f"crop{i}", dtype=dtype)([x, before])
        if addition and pooled:
            x = layers.Add(name=f"addition{i}", dtype=dtype)([x, pooled.pop()])
    return x if reduction else score(x, num_classes, name="conv_classifier")


def score(x, num_classes: int, name: str):
    """A 1x1 convolution to the classes, float32 under every dtype policy."""
    return layers.Conv2D(
        num_classes,
        1,
        kernel_initializer=msra(),
        dtype="float32",
        name=name,
    )(x)


def _deconvolution(x, **kwargs):
    """8x8 at stride 2, from all maps to as many; twice the size.

    It starts bilinear: ``0 0 1/4 3/4 3/4 1/4 0 0`` along each axis.
    """
    return layers.Conv2DTranspose(
        x.shape[-1],
        8,
        strides=2,
        padding="same",
        use_bias=False,
        kernel_initializer=Bilinear(padding=2),
        **kwargs,
    )(x)
