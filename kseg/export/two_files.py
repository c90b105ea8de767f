"""A network as two files beside the whole: what a GPU takes, and the rest."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from kseg import bundle
from kseg.errors import ExportError
from kseg.export.flatbuffer.audit import audit
from kseg.export.flatbuffer.split import divide


def write_two_files(
    path: str | os.PathLike,
    flatbuffer: bytes,
    layers: Iterable[str],
    metadata: Mapping[str, Any],
    image: np.ndarray,
) -> dict[str, Any]:
    """Write NAME-features.tflite and NAME-regions.tflite, and say what links them.

    Args:
        path: Of the whole; the parts lie beside it.
        flatbuffer: Of the whole.
        layers: Names of the layers that the second part begins with.
        metadata: Of the whole.
        image: uint8 (H, W, C), on which both parts have to give what the whole gives.

    Returns:
        ``parts`` for the metadata of the whole.

    Raises:
        ExportError: They give anything else.
        OSError: A file cannot be written.
    """
    path, parts = Path(path), divide(flatbuffer, layers)
    whole = _run([flatbuffer], image)
    both = _run([parts.first, parts.second], image)
    if not all(np.array_equal(whole[name], both[name]) for name in whole):
        raise ExportError(
            "The two parts of the network do not give what the whole gives. Export "
            "without split, and report this."
        )
    names = {part: f"{path.stem}-{part}.tflite" for part in ("features", "regions")}
    facts = {"parts": {**names, "links": [link._asdict() for link in parts.links]}}
    contents = zip(names.items(), (parts.first, parts.second), strict=True)
    for (part, name), content in contents:
        described = {**metadata, **facts, "ops": audit(content).ops, "part": part}
        bundle.write(path.with_name(name), content, described, None)
    return facts


def _run(contents: Iterable[bytes], image: np.ndarray) -> dict[str, np.ndarray]:
    """All that flatbuffers give, each taking from what those before it gave."""
    given = {"image": image[None]}
    for content in contents:
        interpreter = Interpreter(model_content=content, num_threads=os.cpu_count())
        run = interpreter.get_signature_runner()
        given |= run(**{name: given[name] for name in run.get_input_details()})
    return given
