"""The share of each cell of a grid over a box that a mask covers, pixel by pixel."""

import numpy as np


def cover(mask, frame, box, shape):
    out = np.zeros(shape)
    height, width = (box[2] - box[0]) / shape[0], (box[3] - box[1]) / shape[1]
    for i in range(shape[0]):
        for j in range(shape[1]):
            y1, x1 = box[0] + i * height, box[1] + j * width
            for y, x in np.argwhere(mask):
                y, x = y + frame[0], x + frame[1]
                rows = min(y1 + height, y + 1) - max(y1, y)
                columns = min(x1 + width, x + 1) - max(x1, x)
                out[i, j] += max(rows, 0) * max(columns, 0) / (height * width)
    return out
