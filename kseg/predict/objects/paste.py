"""Masks from the frames of their boxes back into the image."""

import numpy as np

# Multiplications at a time. OpenBLAS gives more than these to several threads, which on
# a busy machine wait for each other: a hundred times slower for products of this size.
_PRODUCT = 2**18


def paste_masks(
    masks: np.ndarray,
    boxes: np.ndarray,
    size: tuple[int, int],
    *,
    rule: str = "sample",
    threshold: float = 0.5,
) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """Render each mask at the image's resolution, only where its box lies.

    ``"sample"``: the pixel at row i takes the mask at ``(i + 0.5 - y1) * m / (y2 - y1)
    - 0.5``, bilinear, with 0 beyond the mask, and is set where that is at least
    ``threshold``; likewise for columns. Pixels whose centre lies in the box [y1, y2) x
    [x1, x2) are asked.

    ``"resize"``: a ring of zeros around the mask, the box enlarged by (m + 2) / m about
    its centre and its corners cut to integers towards 0, the last row and column
    included; the mask resized to it with half-pixel centres, and set where it is above
    ``threshold``.

    Numerics: float32; a sum has at most four terms that are not 0. A box without area,
    or outside the image, has no pixel.

    Args:
        masks: (N, m, m') probabilities, each in the frame of its box.
        boxes: (N, 4) (y1, x1, y2, x2) in pixels of the image; may reach beyond it.
        size: (H, W) of the image.
        rule: "sample" or "resize".
        threshold: Of what is set.

    Returns:
        The (N, 4) int32 frames (y1, x1, y2, x2), half-open, inside the image; and of
        each frame's size the uint8 {0, 1} masks.

    Raises:
        ValueError: Another rule; shapes that do not fit; a box that is not finite.

    Reference:
        detectron2 (``paste_masks_in_image``) for "sample"; Detectron and torchvision
        for "resize"; He et al., Mask R-CNN, ICCV 2017, section 3.1.
    """
    masks, boxes = np.asarray(masks, np.float32), np.asarray(boxes, np.float64)
    _check(masks, boxes, rule)
    bounds = np.array([size, size]).reshape(4)
    if rule == "resize":
        # The ring's cells are outside the frame that is sampled, inside the one asked.
        asked, frames = _resized(boxes, masks.shape[1:])
    else:
        asked, frames = boxes, np.ceil(boxes - 0.5)
    frames = frames.clip(0, bounds).astype(np.int32)
    frames[:, 2:] = np.maximum(frames[:, 2:], frames[:, :2])
    set_where = np.greater_equal if rule == "sample" else np.greater
    pasted = []
    for mask, box, frame in zip(masks, asked, frames, strict=True):
        pasted.append(_render(mask, box, frame, set_where, np.float32(threshold)))
    return frames, tuple(pasted)


def check_finite(boxes: np.ndarray) -> None:
    """Raise ``ValueError`` for a box, of (N, 4), with a NaN or an infinity."""
    broken = ~np.isfinite(boxes).all(axis=1)
    if broken.any():
        raise ValueError(
            f"Expected finite boxes. Received: {boxes[broken][0]}. The network that "
            "gave it computes wrongly, or its training diverged."
        )


def _resized(boxes, shape):
    """Where the mask without its ring comes to lie, and the pixels of both."""
    cells = np.array([shape, shape]).reshape(4)
    middle = (boxes[:, [0, 1, 0, 1]] + boxes[:, [2, 3, 2, 3]]) / 2
    corners = np.trunc(middle + (boxes - middle) * (cells + 2) / cells)
    length = np.maximum(corners[:, 2:] - corners[:, :2] + 1, 1)
    ring = length / (cells[:2] + 2)
    low = corners[:, :2]
    inner = np.concatenate([low + ring, low + length - ring], axis=1)
    return inner, np.concatenate([low, low + length], axis=1)


def _render(mask, box, frame, set_where, threshold):
    top, left, bottom, right = frame.tolist()
    pasted = np.zeros((bottom - top, right - left), np.uint8)
    if not pasted.size or (box[2:] <= box[:2]).any():
        return pasted
    rows = _weights(top, bottom, box[0], box[2], mask.shape[0])
    across = _weights(left, right, box[1], box[3], mask.shape[1])
    columns = np.empty((mask.shape[0], right - left), np.float32)
    for band in _bands(across, mask.size):
        columns[:, band] = mask @ across[band].T
    for band in _bands(rows, columns.size):
        set_where(rows[band] @ columns, threshold, out=pasted[band].view(bool))
    return pasted


def _bands(rows, cost):
    """Slices of rows whose products, each of this cost, one thread computes."""
    step = max(1, _PRODUCT // cost)
    return (slice(start, start + step) for start in range(0, len(rows), step))


def _weights(start, stop, low, high, cells):
    """(pixels, cells): the share that each cell has in each pixel's value."""
    at = (np.arange(start, stop) + 0.5 - low) * cells / (high - low) - 0.5
    share = 1 - abs(at[:, None] - np.arange(cells))
    return np.maximum(share, 0).astype(np.float32)


def _check(masks, boxes, rule):
    if rule not in ("sample", "resize"):
        raise ValueError(f'Expected rule "sample" or "resize". Received: {rule!r}.')
    if masks.ndim != 3 or boxes.shape != (len(masks), 4):
        raise ValueError(
            "Expected masks (N, m, m) and boxes (N, 4). Received: masks "
            f"{masks.shape}, boxes {boxes.shape}. Take one image of a batch."
        )
    check_finite(boxes)
