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
