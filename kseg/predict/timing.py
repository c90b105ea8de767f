"""Latency of bundles, side by side."""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kseg import bundle
from kseg.predict.sides import open_network


def time_bundles(
    paths: Sequence[str | os.PathLike], *, threads: int = 2, runs: int = 30
) -> list[dict[str, Any]]:
    """Time bundles on their golden images, one run of each in turn.

    In turn, so that a machine whose speed drifts is fair to all. Three runs of each
    are not counted.

    Args:
        paths: Bundles.
        threads: CPU threads of the runtime.
        runs: Counted runs of each, at least 1.

    Returns:
        A dict per bundle: ``file``, ``median_ms``, ``best_ms``, ``megabytes`` (of the
        file, 10**6 bytes).

    Raises:
        ValueError: ``runs`` or ``threads`` below 1.
        BundleError: A file is not a bundle.
    """
    if runs < 1 or threads < 1:
        raise ValueError(
            "Expected at least one run and one thread. "
            f"Received: runs={runs}, threads={threads}."
        )
    networks, images = [], []
    for path in paths:
        content = bundle.read(path)
        networks.append(open_network(content, threads))
        images.append(content.golden[0][None])
    times = np.zeros((runs + 3, len(networks)))
    for row in times:
        for i, (network, image) in enumerate(zip(networks, images, strict=True)):
            start = time.perf_counter()
            network(image)
            row[i] = time.perf_counter() - start
    counted = 1e3 * times[3:]
    return [
        {
            "file": str(path),
            "median_ms": float(np.median(counted[:, i])),
            "best_ms": float(counted[:, i].min()),
            "megabytes": Path(path).stat().st_size / 1e6,
        }
        for i, path in enumerate(paths)
    ]
