"""Output stride by dilation: the atrous rule, shared by the backbones."""

from collections.abc import Iterable

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
