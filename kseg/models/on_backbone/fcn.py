"""FCN on any backbone: the paper's scores, sums and bilinear upsampling, same padding.

The image is padded below and to the right with zeros to multiples of 32, and every map
of stride s is 1/s of it, so nothing has to be cropped but the padding. For
EfficientNet-Lite0, FCN-8s and an image of 360 x 480 (H x W):

    padded 384 x 480
    c5  12 x 15 x 320  score K  -> bilinear x2
    c4  24 x 30 x 112  score K  + -> bilinear x2
    c3  48 x 60 x  40  score K  + -> bilinear x8 -> crop 360 x 480 x K
"""

from keras import layers

from kseg.backbones import features
from kseg.layers import BilinearUpsampling2D, Crop, PadToMultiple


def backbone_logits(image, classes: int, skips: tuple, stride: int, backbone, weights):
    """Logits of an image: the scores of c5 and of the finer maps, summed and upsampled.

    Args:
        image: KerasTensor (B, H, W, C), 0..255.
        classes: K.
        skips: Levels that are summed with c5, in order: (), ("c4",) or ("c4", "c3").
        stride: Of the last of these maps: 32, 16 or 8.
        backbone: As ``kseg.backbones.features`` takes it.
        weights: Of the backbone, as there.

    Returns:
        KerasTensor (B, H, W, K), float32.

    Raises:
        ValueError: The backbone or its weights are not as described there.
    """
    padded = PadToMultiple(32, name="pad_to_32")(image)
    maps = features(backbone, padded, weights=weights)
    x = score(maps["c5"], classes, "score_c5")
    for level in skips:
        x = _resize(x, 2, f"upscore_{level}")
        y = score(maps[level], classes, f"score_{level}")
        x = layers.Add(dtype="float32", name=f"fuse_{level}")([x, y])
    x = _resize(x, stride, "upscore")
    return Crop(dtype="float32", name="score")([x, image])


def score(x, classes: int, name: str):
    """A 1x1 convolution to K maps that starts at zero, as all scores of FCN do."""
    # float32: a loss over thousands of pixels needs logits finer than float16's.
    return layers.Conv2D(
        classes, 1, kernel_initializer="zeros", dtype="float32", name=name
    )(x)


def _resize(x, factor: int, name: str):
    # The border is repeated: zeros beyond it would draw the logits there towards zero.
    return BilinearUpsampling2D(factor, dtype="float32", name=name)(x)
