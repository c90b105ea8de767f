"""Which numbers of channels a backbone takes: checked where each of them starts."""


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
