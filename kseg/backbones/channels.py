"""Channels of an image: how many a backbone takes, and what it subtracts of each."""

from collections.abc import Sequence

from keras import layers

MEAN_RGB = (123.68, 116.779, 103.939)  # of ImageNet, as keras.applications has it


def check_channels(image, weights=None, *, rgb_only: bool = False) -> None:
    """Raise ValueError unless a backbone can start from these channels.

    Args:
        image: KerasTensor (B, H, W, C).
        weights: Of the backbone; those of ImageNet are for 3 channels.
        rgb_only: Whether it takes 3 channels whatever its weights are, because it
            normalises red, green and blue each by itself.
    """
    channels = image.shape[-1]
    if channels == 3 or not (rgb_only or weights == "imagenet"):
        return
    if rgb_only:
        needs = "This backbone normalises red, green and blue: it needs"
        instead = "EfficientNet-Lite or MobileNet with weights=None (--weights none)"
    else:
        needs = "The ImageNet weights of this backbone need"
        instead = "weights=None (--weights none)"
    raise ValueError(
        f"{needs} images of 3 channels. Received: {channels} channels. Take "
        "--channels 3 (input_shape=(H, W, 3) in Python), for which kseg repeats gray "
        f"images, or {instead}."
    )


def subtract_mean(image, mean: Sequence[float]):
    """The layer "mean", with which VGG and ResNet begin.

    Args:
        image: KerasTensor (B, H, W, 3), RGB 0..255.
        mean: Of red, green and blue.

    Returns:
        KerasTensor (B, H, W, 3).

    Raises:
        ValueError: ``mean`` are not three numbers.
    """
    if len(mean) != 3:
        raise ValueError(
            "mean must be three numbers, of red, green and blue. Received: "
            f"mean={mean}."
        )
    return layers.Rescaling(1.0, offset=[-n for n in mean], name="mean")(image)
