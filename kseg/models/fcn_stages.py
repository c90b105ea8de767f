"""FCN is trained in stages, coarse to fine: each starts from the one before it."""

import keras

from kseg.models.fcn import HEADS


def initialize_from(model: keras.Model, coarser: keras.Model) -> None:
    """Start FCN-16s from a trained FCN-32s, or FCN-8s from a trained FCN-16s.

    Copies the weights of every layer of ``coarser`` to the layer of the same name. What
    only ``model`` has keeps its start: the score of the finer map is zero, so what is
    upsampled last are the scores of ``coarser`` upsampled twice. The last deconvolution
    of ``coarser`` is left behind: it has another stride.

    Args:
        model: The network to be trained.
        coarser: The network to start from, built with the same arguments.

    Raises:
        ValueError: ``model`` lacks a layer of ``coarser``, or has it in another shape;
            nothing has been copied then.

    Reference:
        Long et al. 2015, section 4.2.
    """
    last = [head[1] for head in HEADS.values()]
    own = {layer.name: layer for layer in model.layers if layer.weights}
    given = [layer for layer in coarser.layers if layer.weights]
    given = [layer for layer in given if layer.name not in last]
    for layer in given:
        wanted = [tuple(w.shape) for w in layer.weights]
        twin = own.get(layer.name)
        shapes = None if twin is None else [tuple(w.shape) for w in twin.weights]
        if shapes != wanted:
            raise ValueError(
                f"Expected a layer {layer.name!r} with weights of shapes {wanted}, as "
                f"{coarser.name!r} has it, in {model.name!r}. Received: "
                f"{'no such layer' if shapes is None else shapes}. Build both networks "
                "with the same arguments, and name the coarser one second."
            )
    for layer in given:
        own[layer.name].set_weights(layer.get_weights())
