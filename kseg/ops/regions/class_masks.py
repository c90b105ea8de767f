"""Of the masks of all classes, the one of a region's own class."""

from keras import ops

from kseg.ops.gather import gather


def class_masks(logits, classes):
    """Take each region's mask of its own class: ``y[n] = logits[n, :, :, c[n] - 1]``.

    Args:
        logits: (N, h, w, K).
        classes: (N,) int, 1 to K; 0 (background, padding) takes the first mask.

    Returns:
        (N, h, w), the dtype of ``logits``.

    Reference:
        He et al., Mask R-CNN, ICCV 2017, section 3: the other masks do not contribute.
    """
    _, height, width, count = logits.shape
    if count == 1:
        return logits[..., 0]
    flat = ops.transpose(ops.reshape(logits, (-1, height * width, count)), (0, 2, 1))
    index = ops.maximum(ops.cast(classes, "int32") - 1, 0)
    return ops.reshape(gather(flat, index[:, None]), (-1, height, width))
