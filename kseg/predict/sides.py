"""The two sides of prediction, by a network's task: nothing else here asks for it.

A side is a module with

- ``bundle_network(content, threads)``: the runtime with a bundle's network in it;
- ``model_network(model, metadata)``: a Keras model, called in the same way;
- ``predictor(network, metadata, golden)``: what predicts with either;
- ``describe_model(model, gives)``: metadata of a Keras model that has no run.
"""

from types import ModuleType
from typing import Any

from kseg import bundle
from kseg.errors import BundleError
from kseg.predict.labels import open as labels
from kseg.predict.labels.predictor import Predictor
from kseg.predict.objects import open as objects
from kseg.predict.objects.predictor import ObjectPredictor

SIDES: dict[str, ModuleType] = {"semantic": labels, "instances": objects}


def from_bundle(
    content: bundle.Bundle, threads: int | None = None
) -> Predictor | ObjectPredictor:
    """The predictor of a bundle.

    Args:
        content: What ``kseg.bundle.read`` gave.
        threads: CPU threads of the runtime; None is all of this machine's.

    Raises:
        BundleError: As `open_network`.
    """
    network = open_network(content, threads)
    return from_network(network, content.metadata, content.golden)


def from_model(model, metadata: dict[str, Any]) -> Predictor | ObjectPredictor:
    """The predictor of a Keras model that is in memory.

    Args:
        model: A ``keras.Model``.
        metadata: What its numbers mean (docs/prediction.md); without a ``task`` it
            gives label maps.

    Raises:
        BundleError: A task that this kseg does not know.
    """
    network = _side(metadata).model_network(model, metadata)
    return from_network(network, metadata)


def from_network(
    network, metadata: dict[str, Any], golden=None
) -> Predictor | ObjectPredictor:
    """The predictor of what `open_network` opened, or of anything called like it.

    Args:
        network: As ``kseg.predict.labels.network`` or ``.objects.network`` describes.
        metadata: What its numbers mean.
        golden: Of a bundle, for ``self_check``.

    Raises:
        BundleError: A task that this kseg does not know.
    """
    return _side(metadata).predictor(network, metadata, golden)


def open_network(content: bundle.Bundle, threads: int | None = None):
    """Start the runtime with a bundle's network.

    Args:
        content: What ``kseg.bundle.read`` gave.
        threads: CPU threads of the runtime; None is all of this machine's.

    Returns:
        The network, called with a batch of one image.

    Raises:
        BundleError: The runtime refuses it, it is not what its metadata says, or of a
            task that this kseg does not know.
    """
    return _side(content.metadata).bundle_network(content, threads)


def describe_model(model, gives: str | None = None) -> dict[str, Any]:
    """What a Keras model tells of itself, for one without a run: sizes and classes.

    Args:
        model: From images to a map of logits or of probabilities, or a network of
            kseg's that finds objects.
        gives: What the channels of a map are, where the last layer does not tell: see
            `kseg.models.parts.class_logits`.

    Returns:
        Metadata as `from_model` takes it. Classes have no names.

    Raises:
        BundleError: The model is of another kind.
    """
    described = SIDES[task_of(model)].describe_model(model, gives)
    return described if gives is None else {**described, "gives": gives}


def task_of(model) -> str:
    """The task of a Keras model, a key of ``SIDES``.

    kseg's networks say it; another finds objects if it gives a dict of them.
    """
    gives_a_dict = isinstance(getattr(model, "output", None), dict)
    return getattr(model, "task", "instances" if gives_a_dict else "semantic")


def _side(metadata):
    task = metadata.get("task", "semantic")
    if task not in SIDES:
        raise BundleError(
            f"Expected a network of the task {' or '.join(SIDES)}. Received: "
            f"{task!r}. Install a newer kseg."
        )
    return SIDES[task]
