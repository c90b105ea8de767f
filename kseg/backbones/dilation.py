"""Output stride by dilation: the atrous rule, shared by the backbones."""

from collections.abc import Iterable

from keras import layers

from kseg.checks import check_choice

OUTPUT_STRIDES = (32, 16, 8)


def atrous(strides: Iterable[int], output_stride: int) -> list[tuple[int, int]]:
    """Strides and dilations of a chain of blocks that ends at ``output_stride``.

    A block that would go past it keeps stride 1, and all after it are dilated by what
    it left out: they see the same samples as before, on a denser grid.

    Args:
        strides: Of each block, 1 or 2, in order.
        output_stride: 32, 16 or 8.

    Returns:
        ``(stride, dilation)`` of each block.

    Raises:
        ValueError: ``output_stride`` is not one of these.

    Reference:
        Chen et al., "Semantic Image Segmentation with Deep Convolutional Nets and Fully
        Connected CRFs", ICLR 2015, section 3.1.

    Example:
        ``atrous([2, 2, 2, 2, 1, 2, 1], 16)`` ends with ``(1, 1), (1, 2)``.
    """
    check_choice("output_stride", output_stride, OUTPUT_STRIDES)
    plan, reached, dilation = [], 1, 1
    for stride in strides:
        if stride * reached > output_stride:
            plan.append((1, dilation))
            dilation *= stride
        else:
            plan.append((stride, dilation))
            reached *= stride
    return plan


def max_pool_2x2(x, stride, dilation, name):
    """The maximum of 2x2 pixels that are ``dilation`` apart; sizes are rounded up.

    Args:
        x: KerasTensor (B, H, W, C), not negative.
        stride: 2, or 1 where the pool is dilated.
        dilation: 1 for pixels side by side.
        name: Of the last layer.

    Returns:
        KerasTensor (B, ceil(H / stride), ceil(W / stride), C).
    """
    if dilation == 1:
        return layers.MaxPooling2D(2, stride, padding="same", name=name)(x)
    # Keras pools have no dilation. Behind a ReLU zeros beyond the edge change nothing.
    for axis, (pad, crop) in {
        "rows": (((0, dilation), (0, 0)), ((dilation, 0), (0, 0))),
        "columns": (((0, 0), (0, dilation)), ((0, 0), (dilation, 0))),
    }.items():
        shifted = layers.ZeroPadding2D(pad, name=f"{name}_{axis}_pad")(x)
        shifted = layers.Cropping2D(crop, name=f"{name}_{axis}_crop")(shifted)
        last = name if axis == "columns" else f"{name}_{axis}"
        x = layers.Maximum(name=last)([x, shifted])
    return x
