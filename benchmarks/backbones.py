"""Parameters and multiply-adds of the backbones, as a Markdown table.

    python benchmarks/backbones.py [--size 224 224] [name ...]

Trainable parameters without the classifier, and the multiply-adds of all convolutions
for one image at an output stride of 32, 16 and 8. Counted, not measured: the table is
the same on every machine. Building all networks takes about a minute.
"""

import argparse
import math

import keras
from keras import layers

from kseg.backbones import BACKBONES


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, nargs=2, default=(224, 224))
    parser.add_argument("names", nargs="*", default=list(BACKBONES), metavar="name")
    arguments = parser.parse_args()
    print("| backbone | parameters | GMAC, stride 32 | 16 | 8 |")
    print("|---|---|---|---|---|")
    for name in arguments.names:
        model = trunk(name)
        parameters = sum(math.prod(v.shape) for v in model.trainable_variables)
        work = [multiply_adds(model, arguments.size)]
        work += [multiply_adds(trunk(name, n), arguments.size) for n in (16, 8)]
        gmac = " | ".join(f"{n / 1e9:.2f}" for n in work)
        print(f"| `{name}` | {parameters:,} | {gmac} |", flush=True)


def trunk(name, output_stride=32):
    image = keras.Input((None, None, 3))
    return keras.Model(image, BACKBONES[name](image, output_stride=output_stride))


def multiply_adds(model, size):
    """Of the convolutions for one image: numbers in a kernel times pixels it gives."""
    kinds = (layers.Conv2D, layers.DepthwiseConv2D)
    convolutions = [layer for layer in model.layers if isinstance(layer, kinds)]
    outputs = keras.Model(model.input, [layer.output for layer in convolutions])
    shapes = outputs.compute_output_shape((1, *size, 3))
    return sum(
        math.prod(layer.kernel.shape) * shape[1] * shape[2]
        for layer, shape in zip(convolutions, shapes, strict=True)
    )


if __name__ == "__main__":
    main()
