"""The files that a label map leaves: overlay, labels, objects, uncertainty."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from kseg.files import atomic_path
from kseg.imaging import write_png
from kseg.predict.labels.result import Result
from kseg.show.overlay import overlay
from kseg.show.table import write_csv


def save_labels(
    result: Result,
    image: np.ndarray,
    metadata: dict[str, Any],
    out: str | os.PathLike,
    stem: str,
    opacity: float = 0.5,
) -> int:
    """Write the result of one image.

    ``STEM_overlay.png``; ``STEM_labels.png``, 8 bits, a class id per pixel; and where
    there are objects ``STEM_objects.png``, 16 bits, an object id per pixel (a 32-bit
    ``STEM_objects.tif`` past 65,535 objects), and ``STEM_objects.csv``. With samples
    also ``STEM_uncertainty.png``, 16 bits, white the image's most uncertain pixel, and
    ``STEM_uncertainty.json`` with what white is: ``pixel / 65535 * maximum`` is the
    variance.

    Args:
        result: Of the image.
        image: (H, W, C) uint8, as `Predictor.read` returns it.
        metadata: Of the network.
        out: Folder; made where it is missing.
        stem: How the files' names begin.
        opacity: Of the overlay, 0 to 1.

    Returns:
        The number of objects; 0 where the network has no instance rule.

    Raises:
        ValueError: Opacity outside 0..1.
        OSError: A file cannot be written.
    """
    out = Path(out)
    picture = overlay(image, result, metadata.get("palette", ()), opacity)
    write_png(out / f"{stem}_overlay.png", picture)
    write_png(out / f"{stem}_labels.png", result.labels)
    if result.uncertainty is not None:
        _save_uncertainty(result.uncertainty, out, stem)
    if result.instances is None:
        return 0
    objects = result.objects(image)
    if len(objects["areas"]) < 2**16:
        ids = result.instances.astype(np.uint16)
        write_png(out / f"{stem}_objects.png", ids)
    else:
        import tifffile

        with atomic_path(out / f"{stem}_objects.tif") as temporary:
            tifffile.imwrite(temporary, result.instances, compression="zlib")
    return write_csv(out / f"{stem}_objects.csv", objects, metadata["classes"])


def _save_uncertainty(uncertainty, out, stem):
    maximum = float(uncertainty.max())
    # Of each image its own range: most images' variances would be black in a fixed one.
    scaled = uncertainty * np.float32(65535 / maximum if maximum else 0)
    write_png(out / f"{stem}_uncertainty.png", np.rint(scaled).astype(np.uint16))
    values = {"maximum": maximum, "mean": float(uncertainty.mean(dtype=np.float64))}
    with atomic_path(out / f"{stem}_uncertainty.json") as temporary:
        temporary.write_text(json.dumps(values), "utf-8")
