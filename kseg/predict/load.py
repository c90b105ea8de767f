"""``kseg.load``: a run folder, a .keras file or a bundle, predicting the same way."""

import os
import warnings
from pathlib import Path
from typing import Any

from kseg import bundle
from kseg.bundle.strict_json import parse
from kseg.errors import BundleError, RunError
from kseg.predict.labels.predictor import Predictor
from kseg.predict.objects.predictor import ObjectPredictor
from kseg.predict.sides import describe_model, from_bundle, from_model


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
        metadata = _read_metadata(path, model)
        try:
            return from_model(model, metadata)
        except BundleError as error:
            raise BundleError(f"{path}: {error}") from error
    content = bundle.read(path)
    try:
        return from_bundle(content, threads)
    except BundleError as error:
        raise BundleError(f"{path}: {error}") from error


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
    return from_model(_read_keras(run.best), run.record["metadata"])


def _read_keras(path: Path):
    import keras

    import kseg.models  # noqa: F401 -- registers what the file names

    try:
        with warnings.catch_warnings():
            # A file that lacks weights would be filled up with random ones.
            warnings.filterwarnings("error", "Skipping nested container")
            return keras.models.load_model(path, compile=False)
    # Keras, h5py and zipfile meet damage with errors of a dozen kinds.
    except Exception as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise BundleError(
            f"Expected {path} to be a network that kseg saved. Received: {reason}."
        ) from error


def _read_metadata(path: Path, model) -> dict[str, Any]:
    """Of the .json beside a .keras file, its run, or what the network itself tells."""
    beside, said = path.with_suffix(".json"), {}
    if beside.exists():
        try:
            said = parse(beside.read_bytes())
        except ValueError as error:
            raise BundleError(f"{beside} is not JSON: {error}.") from error
        if not isinstance(said, dict):
            raise BundleError(
                f"Expected {beside} to hold an object. Received: {said!r:.60}."
            )
        if "input" in said:
            return said
    for folder in () if said else path.absolute().parents[:3]:
        if (folder / "run.json").exists():
            from kseg.train.run import Run

            return Run(folder).record["metadata"]
    try:
        return {**describe_model(model, said.get("gives")), **said}
    except BundleError as error:
        raise BundleError(f"{path}: {error}") from error
