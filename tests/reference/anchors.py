"""Naive oracle of anchors: four loops."""

import math


def make_anchors(sizes, ratios, stride, shape, offset):
    anchors = []
    for i in range(shape[0]):
        for j in range(shape[1]):
            for size in sizes:
                for ratio in ratios:
                    y, x = (i + offset) * stride, (j + offset) * stride
                    height = math.sqrt(size * size * ratio)
                    width = size * size / height
                    anchors.append(
                        (y - height / 2, x - width / 2, y + height / 2, x + width / 2)
                    )
    return anchors


def as_torchvision(size, ratios, image_size, shape):
    """The anchors of a level of one size, as its AnchorGenerator makes them."""
    cells = []
    for ratio in ratios:
        height = size * math.sqrt(ratio)
        width = size * (1 / math.sqrt(ratio))
        # Python's round goes to even from a half, as torch's does.
        half = (round(height / 2), round(width / 2))
        cells.append((-half[0], -half[1], half[0], half[1]))
    stride = (image_size[0] // shape[0], image_size[1] // shape[1])
    return [
        (i * stride[0] + y1, j * stride[1] + x1, i * stride[0] + y2, j * stride[1] + x2)
        for i in range(shape[0])
        for j in range(shape[1])
        for y1, x1, y2, x2 in cells
    ]
