"""The initial weights of the papers."""

import keras


def msra() -> keras.initializers.Initializer:
    """N(0, sqrt(2/N)), N the nodes that feed one neuron.

    Reference:
        Ronneberger et al. 2015, section 3; Caffe's filler "msra"; He et al., ICCV 2015.
    """
    return keras.initializers.VarianceScaling(2.0, "fan_in", "untruncated_normal")


def gaussian(stddev: float) -> keras.initializers.Initializer:
    """N(0, stddev), for the last layers of the heads of an R-CNN.

    Reference:
        Girshick, Fast R-CNN, ICCV 2015, section 2.3.
    """
    return keras.initializers.RandomNormal(stddev=stddev)


def caffe2_xavier() -> keras.initializers.Initializer:
    """U(-a, a) of variance 1/N, N the nodes that feed one: detectron2's, without ReLU.

    Reference:
        Lin et al., FPN, CVPR 2017, as in detectron2 (c2_xavier_fill).
    """
    return keras.initializers.VarianceScaling(1.0, "fan_in", "uniform")
