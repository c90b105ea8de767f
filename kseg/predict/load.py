"""``kseg.load``: a run folder, a .keras file or a bundle, predicting the same way."""

import json
import os
import zipfile
from pathlib import Path
from typing import Any

from kseg import bundle
from kseg.errors import BundleError, RunError
from kseg.predict.labels.network import TFLiteNetwork
from kseg.predict.labels.predictor import Predictor
from kseg.predict.objects.network import OUTPUTS, TFLiteObjects
from kseg.predict.objects.predictor import ObjectPredictor


def load(
    path: str | os.PathLike, *, threads: int | None = None
) -> Predictor | ObjectPredictor:
    """Open a trained network.

    Args:
        path: A run folder (its best checkpoint), a ``.keras`` file (with its metadata
            in a ``.json`` beside it, or sizes and classes read off the network), or a
            bundle, which needs neither Keras nor TensorFlow.
        threads: CPU threads for a bundle; None is all of this machine's.

    Returns:
        A `Predictor`; of a network that gives objects an `ObjectPredictor`.

    Raises:
        BundleError: The file is missing, damaged, or not a network of kseg.
        RunError: The folder is not a run, or has no checkpoint yet.
    """
    path = Path(path)
    if path.is_dir():
        return _load_run(path)
    if not path.exists():
        raise BundleError(
            f"Expected a run folder, a .keras file or a bundle (.tflite). "
            f"Received: {path}, which does not exist."
        )
    if path.suffix == ".keras":
        model = _read_keras(path)
        return Predictor.from_model(model, _read_metadata(path, model))
    content = bundle.read(path)
    try:
        network = open_bundle(content, threads)
    except BundleError as error:
        raise BundleError(f"{path}: {error}") from error
    instances = content.metadata["task"] == "instances"
    predictor = ObjectPredictor if instances else Predictor
    return predictor(network, content.metadata, golden=content.golden)


def open_bundle(
    content: bundle.Bundle, threads: int | None = None
) -> TFLiteNetwork | TFLiteObjects:
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
    networks = {"semantic": TFLiteNetwork, "instances": TFLiteObjects}
    task = content.metadata["task"]
    if task not in networks:
        raise BundleError(
            f"Expected a network of the task {' or '.join(networks)}. Received: "
            f"{task!r}. Install a newer kseg."
        )
    return networks[task](content.flatbuffer, content.metadata, threads)


def _load_run(path: Path) -> Predictor | ObjectPredictor:
    # Here, because a bundle is read where kseg.train.run' packages need not be.
    from kseg.train.run import Run

    run = Run(path)
    if not run.best.exists():
        raise RunError(
            f"Expected a run with a trained network. Received: {path}, without "
            f"{run.best.name}, which the first validation score brings: that of the "
            "first epoch with which a twentieth of the training has passed, a tenth "
            "for a network that finds objects. Go on with the training."
        )
    return Predictor.from_model(_read_keras(run.best), run.record["metadata"])


def _read_keras(path: Path):
    import keras

    import kseg.models  # noqa: F401 -- registers what the file names

    try:
        return keras.models.load_model(path, compile=False)
    except (ValueError, TypeError, OSError, KeyError, zipfile.BadZipFile) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise BundleError(
            f"Expected {path} to be a network that kseg saved. Received: {reason}."
        ) from error


def _read_metadata(path: Path, model) -> dict[str, Any]:
    """Of the .json beside a .keras file, its run, or what the network itself tells."""
    beside = path.with_suffix(".json")
    if beside.exists():
        try:
            return json.loads(beside.read_text("utf-8"))
        except ValueError as error:
            raise BundleError(f"{beside} is not JSON: {error}.") from error
    for folder in path.absolute().parents[:3]:
        if (folder / "run.json").exists():
            from kseg.train.run import Run

            return Run(folder).record["metadata"]
    try:
        return metadata_of(model)
    except BundleError as error:
        raise BundleError(f"{path}: {error}") from error


def metadata_of(model) -> dict[str, Any]:
    """What a Keras model tells of itself, for one without a run: sizes and classes.

    Args:
        model: From images to logits, or to a dict of objects.

    Returns:
        Metadata as `Predictor` takes it. Classes have no names, objects are looked for
        in whole images (letterbox), and up is not like down.

    Raises:
        BundleError: The model is of another kind.
    """
    objects = isinstance(model.output, dict) and set(OUTPUTS) <= set(model.output)
    if not _is_map(model.input) or not (objects or _is_map(model.output)):
        raise BundleError(
            "Expected a network from images (B, H, W, C) to logits (B, H, W, K), or to "
            f"a dict of {', '.join(OUTPUTS)}. Received: one from {model.input_shape} "
            f"to {model.output_shape}."
        )
    height, width, channels = model.input_shape[1:]
    if objects:
        # Networks that find objects without telling classes apart have no num_classes.
        classes = model.get_config().get("num_classes", 1)
        names = [f"class {k + 1}" for k in range(classes)]
        return {
            "name": model.name,
            "task": "instances",
            "input": {
                "size": [height, width],
                "channels": channels,
                "resize": "letterbox",
            },
            "classes": ["background", *names],
            "turns": False,
        }
    return {
        "name": model.name,
        "task": "semantic",
        "input": {"size": [height or 256, width or 256], "channels": channels},
        "classes": [f"class {k}" for k in range(model.output_shape[-1])],
        "tiling": {
            "margin": 32,
            "stride": bundle.default_stride(model.output_shape[1:3]),
        },
    }


def _is_map(tensors) -> bool:
    """Whether it is one tensor (B, H, W, C), and not several."""
    return not isinstance(tensors, (dict, list, tuple)) and len(tensors.shape) == 4
