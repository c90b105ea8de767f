"""Naive NumPy oracles of what SegNet adds: loops that a reader can verify by eye."""

import numpy as np


def local_response_normalization(x, size, alpha, beta, bias):
    """Caffe's LRN across channels, channel by channel."""
    y = np.zeros_like(x)
    for c in range(x.shape[-1]):
        window = x[..., max(0, c - size // 2) : c + size // 2 + 1]
        squares = np.sum(window**2, axis=-1)
        y[..., c] = x[..., c] / (bias + alpha / size * squares) ** beta
    return y


def unpool(pooled, before):
    """Each maximum back to the first pixel of its window that has it."""
    y = np.zeros_like(before)
    for b, i, j, c in np.ndindex(pooled.shape):
        window = before[b, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2, c]
        row, column = np.unravel_index(np.argmax(window), window.shape)
        y[b, 2 * i + row, 2 * j + column, c] = pooled[b, i, j, c]
    return y


def batch_norm_statistics(batches):
    """Over batches (B, H, W, C): mean of the means, mean of the unbiased variances."""
    means = [np.mean(batch, axis=(0, 1, 2)) for batch in batches]
    variances = [np.var(batch, axis=(0, 1, 2), ddof=1) for batch in batches]
    return np.mean(means, axis=0), np.mean(variances, axis=0)


def segnet(x, weights, epsilon):
    """Figure 2, layer by layer as segnet_train.prototxt has them.

    Args:
        x: (B, H, W, C).
        weights: Function from a layer's name to its arrays.
        epsilon: Of the batch norms.
    """
    counts = {1: 2, 2: 2, 3: 3, 4: 3, 5: 3}
    before = {}
    for stage in (1, 2, 3, 4, 5):
        for i in range(1, counts[stage] + 1):
            name = f"conv{stage}_{i}"
            x = convolution(x, *weights(name))
            x = np.maximum(batch_norm(x, *weights(f"{name}_bn"), epsilon), 0)
        before[stage] = x
        x = max_pool(x)
    for stage in (5, 4, 3, 2, 1):
        x = unpool(x, before[stage])
        for i in range(counts[stage], 0, -1):
            name = f"conv{stage}_{i}_D"
            x = convolution(x, *weights(name))
            if name != "conv1_1_D":
                x = np.maximum(batch_norm(x, *weights(f"{name}_bn"), epsilon), 0)
    return x


def segnet_basic(x, weights, epsilon, variant):
    """Table 1: segnet_basic_train.prototxt's encoder, and the variant's decoder."""
    x = local_response_normalization(x, 5, 1e-4, 0.75, 1.0)
    before, pooled = {}, {}
    for stage in (1, 2, 3, 4):
        x = convolution(x, *weights(f"conv{stage}"))
        x = np.maximum(batch_norm(x, *weights(f"conv{stage}_bn"), epsilon), 0)
        before[stage] = x
        pooled[stage] = x = max_pool(x)
    if variant.startswith("SegNet"):
        return _segnet_decoder(x, before, weights, epsilon, variant)
    return _fcn_decoder(before, pooled, weights, variant)


def _segnet_decoder(x, before, weights, epsilon, variant):
    for stage in (4, 3, 2, 1):
        x = unpool(x, before[stage])
        kernel, bias = weights(f"conv_decode{stage}")
        if variant.endswith("SingleChannelDecoder"):
            # The full kernel that gives each map to itself alone.
            kernel = kernel * np.eye(kernel.shape[2])
        x = convolution(x, kernel, bias)
        x = batch_norm(x, *weights(f"conv_decode{stage}_bn"), epsilon)
        if variant.endswith("EncoderAddition"):
            x = x + before[stage]
    return convolution(x, *weights("conv_classifier"))


def _fcn_decoder(before, pooled, weights, variant):
    reduction = "NoDimReduction" not in variant
    addition = "NoAddition" not in variant and variant.startswith("FCN")

    def reduced(stage):
        x = pooled[stage]
        return convolution(x, *weights(f"score_pool{stage}")) if reduction else x

    x = reduced(4)
    for stage in (4, 3, 2, 1):
        if variant == "Bilinear-Interpolation":
            x = doubled(doubled(x, 1), 2)
        else:
            x = deconvolution(x, *weights(f"up{stage}"))
        x = x[:, : before[stage].shape[1], : before[stage].shape[2]]
        if addition and stage > 1:
            x = x + reduced(stage - 1)
    return x if reduction else convolution(x, *weights("conv_classifier"))


def convolution(x, kernel, bias):
    """Cross-correlation with zeros around, one kernel position after another."""
    half = kernel.shape[0] // 2
    batch, height, width, _ = x.shape
    padded = np.pad(x, ((0, 0), (half, half), (half, half), (0, 0)))
    y = np.zeros((batch, height, width, kernel.shape[3])) + bias
    for i, j in np.ndindex(kernel.shape[:2]):
        y += padded[:, i : i + height, j : j + width] @ kernel[i, j]
    return y


def deconvolution(x, kernel):
    """8x8 at stride 2: each pixel paints its square, around its own 2x2 pixels."""
    batch, height, width, _ = x.shape
    canvas = np.zeros((batch, 2 * height + 6, 2 * width + 6, kernel.shape[2]))
    for i, j in np.ndindex(height, width):
        square = np.einsum("bk,rsck->brsc", x[:, i, j], kernel)
        canvas[:, 2 * i : 2 * i + 8, 2 * j : 2 * j + 8] += square
    return canvas[:, 3:-3, 3:-3]


def doubled(x, axis):
    """Twice the pixels along an axis, between the centres of the nearest two."""
    size = x.shape[axis]
    centres = (np.arange(2 * size) + 0.5) / 2 - 0.5

    def line(values):
        return np.interp(centres, np.arange(size), values)

    return np.apply_along_axis(line, axis, x)


def max_pool(x):
    """2x2 windows at stride 2, those at an odd edge with fewer pixels."""
    rows, columns = range(0, x.shape[1], 2), range(0, x.shape[2], 2)
    windows = [[x[:, i : i + 2, j : j + 2].max((1, 2)) for j in columns] for i in rows]
    return np.stack([np.stack(row, axis=1) for row in windows], axis=1)


def batch_norm(x, gamma, beta, mean, variance, epsilon):
    """With given statistics."""
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta
