"""A bundle of a few hundred bytes, whose network computes nothing."""

import numpy as np

from kseg import bundle
from kseg.bundle.rules import RULES
from tools.web_golden_bundles import OBJECTS, TYPES, flatbuffer

PALETTE = [[0, 0, 0], [255, 0, 0]]
MOST = 4  # objects


def metadata(height=6, width=10, channels=3, task="semantic", **more):
    output = {"name": "labels", "kind": "label_map"}
    output |= {"size": [height, width], "offset": [0, 0]}
    if task == "instances":
        output = {name: name for name in OBJECTS} | {"kind": "instances"}
    return {
        "name": "unet",
        "task": task,
        "input": {"name": "image", "size": [height, width], "channels": channels},
        "output": output,
        "classes": ["background", "nucleus"],
        **more,
    }


def network(height=6, width=10, channels=3, task="semantic", logits=None):
    outputs = {"labels": (TYPES.UINT8, [1, height, width])}
    if logits is not None:
        outputs = {"labels": (TYPES.FLOAT32, [1, height, width, logits])}
    if task == "instances":
        outputs = OBJECTS
    image = {"image": (TYPES.UINT8, [1, height, width, channels])}
    return flatbuffer(image, outputs)


def image(height=6, width=10, channels=3):
    rng = np.random.default_rng(1)
    return rng.integers(0, 256, (height, width, channels), np.uint8)


def golden(height=6, width=10, channels=3):
    labels = np.random.default_rng(2).integers(0, 2, (height, width), np.uint8)
    return image(height, width, channels), labels


def objects(count=2):
    """As a network of at most three objects gives them."""
    rng = np.random.default_rng(2)
    return {
        "boxes": rng.uniform(0, 6, (3, 4)).astype("float32"),
        "scores": np.array([0.9, 1 / 3, 0], "float32"),
        "classes": np.array([1, 1, 0], "int32"),
        "count": np.int32(count),
        "mask_sums": np.array([100.125, 1e-7, 0.0]),
    }


def write(path, task="semantic", **changes):
    """Write a small bundle; ``changes`` are of its metadata."""
    pair = golden() if task == "semantic" else (image(), objects())
    return bundle.write(path, network(task=task), metadata(task=task, **changes), pair)


def unknown_keys(said, path=""):
    """The keys of metadata that no rule speaks of, with dots."""
    known = {rule["key"] for rule in RULES["metadata"]}
    if path in ("ops.", "check.", "parts."):
        return set()
    unknown = set()
    for key, value in said.items():
        unknown |= {path + key} - known
        if isinstance(value, dict):
            unknown |= unknown_keys(value, f"{path}{key}.")
    return unknown
