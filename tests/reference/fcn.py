"""FCN in NumPy: Caffe's deconvolution, sizes, coordinates, the heads, Caffe's SGD."""

from fractions import Fraction

import numpy as np


def bilinear_kernel(size):
    """``upsample_filt`` of the release's surgery.py, for an even size."""
    factor = size // 2
    centre = factor - 0.5
    kernel = np.zeros((size, size))
    for i in range(size):
        for j in range(size):
            kernel[i, j] = (1 - abs(i - centre) / factor) * (
                1 - abs(j - centre) / factor
            )
    return kernel


def bilinear_deconv(x, factor):
    """Each input pixel adds its own copy of the kernel to the output."""
    batch, height, width, channels = x.shape
    kernel = bilinear_kernel(2 * factor)[:, :, None]
    y = np.zeros((batch, (height + 1) * factor, (width + 1) * factor, channels))
    for m in range(height):
        for n in range(width):
            rows = slice(m * factor, (m + 2) * factor)
            columns = slice(n * factor, (n + 2) * factor)
            y[:, rows, columns] += kernel * x[:, m, n][:, None, None]
    return y


def crop(x, offset, like):
    return x[:, offset : offset + like.shape[1], offset : offset + like.shape[2]]


def head(image, maps, scores, scales=(1.0, 1.0)):
    """From feature maps to logits: FCN-32s, 16s or 8s by how many maps there are.

    Args:
        image: Only its size counts.
        maps: fc7, then pool4, then pool3, as far as the network goes.
        scores: (kernel (C, K), bias (K,)) for each of them.
        scales: Factors on pool4 and pool3.
    """
    x = maps[0] @ scores[0][0] + scores[0][1]
    skips = zip(maps[1:], scores[1:], scales[: len(maps) - 1], (5, 9), strict=False)
    for y, (kernel, bias), scale, offset in skips:
        x = bilinear_deconv(x, 2)
        x = x + crop((y * scale) @ kernel + bias, offset, x)
    stride, offset = {1: (32, 19), 2: (16, 27), 3: (8, 31)}[len(maps)]
    return crop(bilinear_deconv(x, stride), offset, image)


def sizes(n):
    """Rows of each map for an image of n rows, by Caffe's rules."""
    maps = {"relu1_2": n + 198}
    size = maps["relu1_2"]
    for i in range(1, 6):
        size = (size + 1) // 2
        maps[f"pool{i}"] = size
    maps["score_fr"] = maps["pool5"] - 6
    maps["upscore"] = 32 * (maps["score_fr"] + 1)
    maps["upscore2"] = 2 * (maps["score_fr"] + 1)
    maps["upscore16"] = 16 * (maps["upscore2"] + 1)
    maps["upscore_pool4"] = 2 * (maps["upscore2"] + 1)
    maps["upscore8"] = 8 * (maps["upscore_pool4"] + 1)
    return maps


def convolution(mapping, kernel, stride, padding):
    """Where image pixel x lies in the result, ``x -> scale * x + shift`` before it."""
    scale, shift = mapping
    return scale / stride, (shift + padding - Fraction(kernel - 1, 2)) / stride


def deconvolution(mapping, kernel, stride):
    scale, shift = mapping
    return scale * stride, shift * stride + Fraction(kernel - 1, 2)


def offsets():
    """The offset of each crop, from the centres of convolution windows alone."""
    maps = {"image": (Fraction(1), Fraction(0))}
    at = convolution(maps["image"], 3, 1, 100)
    for i in range(1, 6):
        at = maps[f"pool{i}"] = convolution(at, 2, 2, 0)  # 3x3 with padding 1: no move
    score_fr = convolution(at, 7, 1, 0)
    up2 = deconvolution(score_fr, 4, 2)
    up4 = deconvolution(up2, 4, 2)
    ends = {
        "fcn32s": deconvolution(score_fr, 64, 32),
        "fcn16s": deconvolution(up2, 32, 16),
        "fcn8s": deconvolution(up4, 16, 8),
    }
    pairs = {name: (end, maps["image"]) for name, end in ends.items()}
    pairs["score_pool4c"] = (maps["pool4"], up2)
    pairs["score_pool3c"] = (maps["pool3"], up4)
    found = {}
    for name, ((scale, shift), (like_scale, like_shift)) in pairs.items():
        if scale != like_scale:
            raise ArithmeticError(f"{name} would join maps of two strides")
        found[name] = shift - like_shift
    return found


def caffe_sgd(weights, gradients, rates, momentum, decay, multipliers):
    """SGDSolver of Caffe: lr_mult and decay_mult for each blob.

    Args:
        weights: Arrays.
        gradients: For each step, a list of arrays.
        rates: Learning rate of each step.
        momentum: A number.
        decay: A number.
        multipliers: (lr_mult, decay_mult) for each array.

    Returns:
        The arrays after the last step.
    """
    weights = [w.astype("float64") for w in weights]
    history = [np.zeros_like(w) for w in weights]
    for step, rate in zip(gradients, rates, strict=True):
        for i, (lr_mult, decay_mult) in enumerate(multipliers):
            diff = step[i] + decay * decay_mult * weights[i]
            history[i] = momentum * history[i] + rate * lr_mult * diff
            weights[i] = weights[i] - history[i]
    return weights
