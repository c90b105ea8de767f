"""Naive NumPy oracles of ``kseg.ops``: loops that a reader can verify by eye."""

import numpy as np


def depth_to_space(x, block):
    """Channel ``(r*block + s)*C + c`` goes to row offset r and column offset s."""
    batch, height, width, channels = x.shape
    out = channels // block**2
    y = np.zeros((batch, height * block, width * block, out), x.dtype)
    for i in range(height):
        for j in range(width):
            for r in range(block):
                for s in range(block):
                    first = (r * block + s) * out
                    y[:, i * block + r, j * block + s] = x[:, i, j, first : first + out]
    return y


def up_conv_2x2(x, kernel, bias):
    """Each input pixel paints its own 2x2 square of the output."""
    batch, height, width, _ = x.shape
    y = np.zeros((batch, 2 * height, 2 * width, kernel.shape[2]), x.dtype)
    for i in range(height):
        for j in range(width):
            for r in range(2):
                for s in range(2):
                    y[:, 2 * i + r, 2 * j + s] = x[:, i, j] @ kernel[r, s].T + bias
    return y


def upsample_bilinear(x, factor):
    """Each output pixel looks up its place between the centres of four input pixels."""
    batch, height, width, channels = x.shape
    y = np.zeros((batch, height * factor, width * factor, channels), x.dtype)
    for i in range(height * factor):
        for j in range(width * factor):
            row = np.clip((i + 0.5) / factor - 0.5, 0, height - 1)
            column = np.clip((j + 0.5) / factor - 0.5, 0, width - 1)
            for m in range(height):
                for n in range(width):
                    weight = max(0, 1 - abs(row - m)) * max(0, 1 - abs(column - n))
                    y[:, i, j] += weight * x[:, m, n]
    return y
