"""A CSV row per object."""

import os
from collections.abc import Sequence

import numpy as np

from kseg.show.csv_file import write_rows


def write_csv(
    path: str | os.PathLike,
    objects: dict[str, np.ndarray],
    class_names: Sequence[str],
) -> int:
    """Write what `Result.objects` measured.

    Columns: id, class, area (pixels), centre_y, centre_x, y1, x1, y2, x2 (half-open
    pixels), and mean_intensity or mean_intensity_1, _2 ... by channel.

    Args:
        path: The CSV file; replaced when the new one is complete.
        objects: Of `Result.objects`.
        class_names: By class id.

    Returns:
        The number of objects.
    """
    light = objects.get("mean_intensity")
    channels = 0 if light is None else light.shape[1]
    names = [f"mean_intensity_{c + 1}" for c in range(channels)]
    names = ["mean_intensity"] if channels == 1 else names
    header = ["id", "class", "area", "centre_y", "centre_x", "y1", "x1", "y2", "x2"]
    count = len(objects["areas"])
    rows = [header + names]
    for n in range(count):
        rows.append(
            [n + 1, class_names[objects["classes"][n]], objects["areas"][n]]
            + [f"{value:.2f}" for value in objects["centres"][n]]
            + [int(value) for value in objects["boxes"][n]]
            + [f"{value:.2f}" for value in (light[n] if channels else ())]
        )
    write_rows(path, rows)
    return count
