"""What the channels of a network for label maps are: its last layer tells.

    K channels, no activation   the logits of K classes
    K channels, a softmax       probabilities of K classes
    1 channel, a sigmoid        the probability of class 1; class 0 is the rest
    1 channel, no activation    a logit, or a probability: it has to be said
    K channels, a sigmoid       probabilities of K classes, of which one holds or which
                                are independent: it has to be said

Networks of kseg's are of the first kind; a user's own network may be of any.
"""

import keras
import numpy as np
from keras import layers, ops

GIVES = ("logits", "probabilities", "independent")
_LEAST = 1e-7  # a probability, before its logarithm
# What changes no value, and what blends values: neither changes what they mean.
_MOVES = (
    *(layers.Reshape, layers.Permute, layers.Cropping2D, layers.Identity),
    *(layers.Dropout, layers.SpatialDropout2D, layers.GaussianDropout),
)
_BLENDS = (layers.UpSampling2D, layers.Resizing, layers.AveragePooling2D)
_SUMS = (layers.Add, layers.Subtract, layers.Concatenate)
_SCALES = (layers.BatchNormalization, layers.Rescaling, layers.Normalization)


def is_map_to_map(model: keras.Model) -> bool:
    """Whether a model is functional, from (B, H, W, C) to one tensor of that rank."""
    shapes = (getattr(model, f"{side}_shape", None) for side in ("input", "output"))
    # Of a structure of one tensor the shape looks like that of the tensor.
    several = isinstance(getattr(model, "output", None), (dict, list, tuple))
    return not several and all(isinstance(s, tuple) and len(s) == 4 for s in shapes)


def class_logits(model: keras.Model, gives: str | None = None) -> keras.Model:
    """The same network, giving the logits of its classes.

    Their softmax are the probabilities of the classes, and the largest is the label.

    Args:
        model: A functional model from images (B, H, W, C) to (B, H', W', K).
        gives: What the channels are, where the last layer does not tell: "logits";
            "probabilities", of classes of which one holds; "independent", such of
            classes that may all be absent: class 0 is where none is over 0.5, and
            channel k is class k + 1. Of one channel the last two are the same, and of
            a logit class 1 is where it is over 0.

    Returns:
        ``model`` itself, if it gives such logits; else a network of the same layers
        but for an activation at the end, of K or K + 1 channels.

    Raises:
        ValueError: The last layer does not tell, and ``gives`` is None, is none of
            these, or is not what the last layer is.
    """
    if gives not in (None, *GIVES):
        raise ValueError(f"gives must be one of {GIVES}. Received: {gives!r}.")
    (output,) = model.outputs
    activation, before = _end(output)
    channels = output.shape[-1]
    gives = _checked(gives, activation, channels) or _probed(model)
    logits = output
    if gives != "logits":
        stripped = before is not None and activation in ("sigmoid", "softmax")
        log = _log_odds if gives == "independent" else _log
        logits = before if stripped else _layer(log)(logits)
    if gives == "independent" or channels == 1:
        logits = _behind_background(logits, channels)
    return model if logits is output else _model(model, logits)


def _checked(gives, activation, channels) -> str | None:
    """What the channels are; None where values have to tell."""
    soft, each = activation == "softmax", activation in ("sigmoid", "hard_sigmoid")
    if gives is None:
        if channels == 1 and each:
            return "independent"
        if channels == 1 or each:
            raise ValueError(_unclear(activation, channels))
        return {None: None, "softmax": "probabilities"}.get(activation, "logits")
    if (each or soft) and gives == "logits" or soft and gives == "independent":
        raise ValueError(
            f"Expected gives={'probabilities'!r} or none of a network that ends with "
            f"a {activation}. Received: gives={gives!r}. Leave it out."
        )
    one = channels == 1 and gives == "probabilities"
    return "independent" if one else gives


def _probed(model) -> str:
    """Of a network whose last layer is not known, by what it gives for noise."""
    size = [side or 256 for side in model.inputs[0].shape[1:]]
    noise = np.random.default_rng(0).integers(0, 256, (1, *size)).astype("float32")
    values = np.asarray(model.predict_on_batch(noise), "float32")
    if not (values.min() >= 0 and values.max() <= 1):
        return "logits"
    if np.allclose(values.sum(-1), 1, atol=1e-2):
        return "probabilities"
    raise ValueError(_unclear(None, values.shape[-1]))


def _unclear(activation, channels) -> str:
    end = {None: "a layer of its own", "linear": "no activation"}.get(
        activation, f"the activation {activation}"
    )
    if channels == 1:
        ways = (
            "gives='logits' if class 1 is where the channel is over 0, "
            "gives='probabilities' if it is where it is over 0.5"
        )
    else:
        ways = (
            "gives='probabilities' if each pixel is of one of these classes, the "
            "background among them, gives='independent' if it may be of none, and "
            "then is background, class 0, before the others"
        )
    return (
        "Expected a network whose last layer tells what its channels are. Received: "
        f"{channels} channel{'s' * (channels != 1)} and {end} at the end. Say it: "
        f"{ways}."
    )


def _end(tensor) -> tuple:
    """The last activation, None where it is not known, and what comes before it.

    The latter is None where the activation cannot be taken away.
    """
    layer, node, index = tensor._keras_history
    taken = layer._inbound_nodes[node].input_tensors
    if not taken:
        return None, None
    if isinstance(layer, keras.Model) and getattr(layer, "outputs", None):
        name, before = _end(layer.outputs[index])
        if before is not None:
            before = _model(layer, before)(taken if len(taken) > 1 else taken[0])
        return name, before
    name = _activation(layer)
    if name not in (None, "linear"):
        return name, _without(layer, taken[0])
    if isinstance(layer, (*_MOVES, layers.Activation)):
        name, before = _end(taken[0])
        return name, None if before is None else layer(before)
    if isinstance(layer, _BLENDS) or _is_ksegs(layer) and name is None:
        return _end(taken[0])[0], None
    if isinstance(layer, _SUMS) or type(layer).__name__ in ("Add", "Subtract"):
        names = {_end(one)[0] for one in taken}
        return ("linear" if names == {"linear"} else None), None
    return ("linear" if isinstance(layer, _SCALES) else name), None


def _model(model, output):
    """A model of the same name and inputs."""
    inputs = model.inputs if len(model.inputs) > 1 else model.inputs[0]
    return keras.Model(inputs, output, name=model.name)


def _activation(layer) -> str | None:
    """Of a layer of Keras's or kseg's, or of a function of ``keras.ops``."""
    kind = type(layer).__name__
    if kind in ("Softmax", "Sigmoid", "HardSigmoid"):
        along_channels = kind != "Softmax" or layer.axis in (-1, 3)
        names = {"HardSigmoid": "hard_sigmoid"}
        return names.get(kind, kind.lower()) if along_channels else None
    if not (_is_ksegs(layer) or type(layer).__module__.startswith("keras.")):
        return None
    return getattr(getattr(layer, "activation", None), "__name__", None)


def _is_ksegs(layer) -> bool:
    return type(layer).__module__.startswith("kseg.")


def _without(layer, taken):
    """What a layer gives without its activation."""
    if "activation" not in layer.get_config() or isinstance(layer, layers.Activation):
        return taken
    copy = type(layer).from_config({**layer.get_config(), "activation": "linear"})
    result = copy(taken)
    copy.set_weights(layer.get_weights())
    return result


def _behind_background(logits, channels):
    """A channel of zeros, for class 0, before the others."""
    kernel = np.eye(channels, channels + 1, k=1, dtype="float32")[None, None]
    layer = layers.Conv2D(
        channels + 1,
        1,
        use_bias=False,
        trainable=False,
        dtype="float32",
        name="background_and_others",
    )
    result = layer(logits)
    layer.set_weights([kernel])
    return result


def _layer(function):
    return layers.Activation(function, dtype="float32", name=function.__name__[1:])


@keras.saving.register_keras_serializable(package="kseg", name="log")
def _log(x):
    return ops.log(ops.clip(x, _LEAST, 1))


@keras.saving.register_keras_serializable(package="kseg", name="log_odds")
def _log_odds(x):
    return _log(x) - _log(1 - x)
