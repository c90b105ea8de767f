"""Metadata that every reader judges alike: of tools/make_web_golden.py."""

import copy
import json
from pathlib import Path

from tools.rewrite_bundle import members_of

MISSING = object()
COLOURS = [[0, 0, 0], [9, 9, 9]]
TILE = {"input.resize": "tile"}
RANGE = {"rule": "range", "low": 1, "high": 9.5}

# Of the bundle "labels", whose output of 4 x 3 lies at (1, 2) in its input of 6 x 7:
# changes, by key; and the key that is refused, or None.
LABELS = [
    ({}, None),
    ({"format_version": 0}, "format_version"),
    ({"format_version": 2.0}, None),
    ({"format_version": 1.5}, "format_version"),
    ({"format_version": "2"}, "format_version"),
    ({"format_version": True}, "format_version"),
    ({"format_version": MISSING}, "format_version"),
    ({"name": MISSING}, "name"),
    ({"name": 7}, "name"),
    ({"name": "\ud800"}, "name"),
    ({"name": "\U0001f9a0 \0"}, None),
    ({"task": "depth"}, "task"),
    ({"task": ["semantic"]}, "task"),
    ({"kseg_version": None}, "kseg_version"),
    ({"quantization": "int4", "oldest_runtime": "9"}, None),
    ({"quantization": {}}, "quantization"),
    ({"oldest_runtime": 2.16}, "oldest_runtime"),
    ({"author": {"anything": [1e999, None]}}, None),
    ({"input": []}, "input"),
    ({"input": MISSING}, "input"),
    ({"input.name": None}, "input.name"),
    ({"input.size": [7]}, "input.size"),
    ({"input.size": [6.5, 7]}, "input.size"),
    ({"input.size": [6.0, 7]}, None),
    ({"input.size": [0, 7]}, "input.size"),
    ({"input.size": [8193, 1]}, "input.size"),
    ({"input.size": [1e9, 1e9]}, "input.size"),
    ({"input.size": [8192, 8192]}, "input.size"),
    ({"input.size": {"0": 6, "1": 7}}, "input.size"),
    ({"input.channels": 0}, "input.channels"),
    ({"input.channels": 33}, "input.channels"),
    ({"input.channels": "3"}, "input.channels"),
    ({"input.dtype": "uint8"}, None),
    ({"input.dtype": "float32"}, "input.dtype"),
    ({"input.resize": "letterbox"}, "input.resize"),
    ({"input.resize": "stretch"}, "input.resize"),
    ({"input.magnification": 0}, "input.magnification"),
    ({"input.magnification": 65}, "input.magnification"),
    ({"input.intensity": None}, None),
    ({"input.intensity": "none"}, "input.intensity"),
    ({"input.intensity": {"rule": "none", "gamma": 2}}, "input.intensity"),
    ({"input.intensity": {"rule": "log"}}, "input.intensity.rule"),
    ({"input.intensity": {"low": 1}}, "input.intensity.low"),
    ({"input.intensity": {"high": 1}}, "input.intensity.high"),
    ({"input.intensity": RANGE}, None),
    ({"input.intensity": RANGE | {"low": None}}, "input.intensity.low"),
    ({"input.intensity": RANGE | {"low": 9.5}}, "input.intensity.high"),
    ({"input.intensity": {"rule": "range", "low": 1}}, "input.intensity.high"),
    ({"input.intensity": RANGE | {"high": "9"}}, "input.intensity.high"),
    ({"input.intensity": {"rule": "percentile"}}, None),
    ({"input.intensity": {"rule": "percentile", "low": None}}, None),
    ({"input.intensity": {"rule": "percentile", "low": -1}}, "input.intensity.low"),
    ({"input.intensity": {"rule": "percentile", "high": 101}}, "input.intensity.high"),
    ({"input.intensity": {"channels": [2, 0]}}, None),
    ({"input.intensity": {"channels": []}}, "input.intensity.channels"),
    ({"input.intensity": {"channels": [-1]}}, "input.intensity.channels"),
    ({"input.intensity": {"channels": [32]}}, "input.intensity.channels"),
    ({"output": None}, "output"),
    ({"output.kind": "depth"}, "output.kind"),
    ({"output.kind": MISSING}, "output.kind"),
    ({"output.name": 1}, "output.name"),
    ({"output.size": [4]}, "output.size"),
    ({"output.size": [4, 8]}, "output.size"),
    ({"output.offset": [3, 2]}, "output.size"),
    ({"output.offset": [-1, 2]}, "output.offset"),
    ({"output.offset": [0, 0]}, None),
    ({"output.dtype": "uint8"}, None),
    ({"output.dtype": "float32"}, "output.dtype"),
    ({"tiling": None}, "tiling"),
    ({"tiling": {}}, None),
    ({"tiling.margin": -1}, "tiling.margin"),
    ({"tiling.margin": 8192}, None),  # an image that fits is run once
    ({"tiling.margin": 8193}, "tiling.margin"),
    ({"tiling.stride": 0}, "tiling.stride"),
    ({"tiling.stride": 2.5}, "tiling.stride"),
    ({"classes": []}, "classes"),
    ({"classes": [1, 2]}, "classes"),
    ({"classes": ["a", None]}, "classes"),
    ({"classes": "ab"}, "classes"),
    ({"classes": ["c"] * 256}, None),
    ({"classes": ["c"] * 257}, "classes"),
    ({"palette": COLOURS}, None),
    ({"palette": [*COLOURS, [1, 2, 3]]}, None),
    ({"palette": None}, "palette"),
    ({"palette": COLOURS[:1]}, "palette"),
    ({"palette": [[0, 0, 0], [0, 300, 0]]}, "palette"),
    ({"palette": [[0, 0, 0], [0, 0]]}, "palette"),
    ({"palette": [[0, 0, 0], "red"]}, "palette"),
    ({"ignore_label": None}, None),
    ({"ignore_label": 255}, None),
    ({"ignore_label": 256}, "ignore_label"),
    ({"turns": False}, None),
    ({"turns": 0}, "turns"),
    ({"turns": None}, "turns"),
    ({"instances": None}, None),
    ({"instances": []}, "instances"),
    ({"instances": {}}, "instances.method"),
    ({"instances.method": "magic"}, "instances.method"),
    ({"instances.method": "watershed"}, None),
    ({"instances": {"method": "watershed", "classes": [1]}}, "instances"),
    ({"instances": {"method": "components", "border": 1}}, "instances"),
    ({"instances": {"method": "watershed", "interior": 2}}, "instances.interior"),
    ({"instances": {"method": "watershed", "border": 255}}, None),
    ({"instances": {"method": "watershed", "border": 256}}, "instances.border"),
    ({"instances": {"method": "components"}}, None),
    ({"instances": {"method": "components", "classes": [0, 1]}}, None),
    ({"instances": {"method": "components", "classes": []}}, "instances.classes"),
    ({"instances": {"method": "components", "classes": [1, 2]}}, "instances.classes"),
    ({"instances": {"method": "components", "classes": [0.5]}}, "instances.classes"),
    ({"instances": {"method": "watershed", "min_area": -1}}, "instances.min_area"),
    ({"instances": {"method": "watershed", "min_area": 2**31}}, "instances.min_area"),
    ({"score_threshold": 1.5}, "score_threshold"),
    ({"score_threshold": 1e999}, "score_threshold"),
    ({"score_threshold": None}, "score_threshold"),
    ({"mask_threshold": 0.4}, None),
    ({"mask_threshold": 0}, None),
    ({"mask_threshold": -0.1}, "mask_threshold"),
    ({"mask_threshold": "0.4"}, "mask_threshold"),
    ({"ops": {"CONV_2D": 3}}, None),
    ({"ops": {"CONV_2D": -3}}, "ops"),
    ({"ops": [3]}, "ops"),
    ({"check": {"images": 3, "mean_iou": None}}, None),
    ({"check": {"images": "3"}}, "check"),
    ({"golden": "golden.png"}, "golden"),
    ({"golden": MISSING}, None),
    ({"golden.image": "other.png"}, "golden.image"),
    ({"golden.labels": "golden.png"}, "golden.labels"),
    ({"part": "middle"}, "part"),
    ({"parts": {"features": "a", "regions": "b"}}, "parts.links"),
    ({"parts": {"features": 1}}, "parts.features"),
]
# Of the bundle "objects": at most 4, masks of 2 x 2 cells, an input of 6 x 7.
OBJECTS = [
    ({}, None),
    ({"classes": ["background"]}, "classes"),
    ({"input.resize": "tile"}, None),
    ({"input.resize": "letterbox"}, None),
    ({"input.resize": "stretch"}, "input.resize"),
    ({"input.magnification": 2.5}, None),
    ({"output.kind": "instances"}, None),
    ({"output.kind": MISSING}, None),
    ({"output.kind": "logits"}, "output.kind"),
    ({"output.masks": MISSING}, "output.masks"),
    ({"output.count": 3}, "output.count"),
    ({"output.detections": 4, "output.mask_size": 2}, None),
    ({"output.detections": 5}, "output.detections"),
    ({"output.detections": 0}, "output.detections"),
    ({"output.mask_size": 28}, "output.mask_size"),
    ({**TILE, "tiling.margin": 2}, None),
    ({**TILE, "tiling.margin": 3}, "tiling.margin"),
    ({**TILE, "tiling.margin": 1, "input.magnification": 2}, None),
    ({**TILE, "tiling.margin": 1, "input.magnification": 2.5}, "tiling.margin"),
    ({**TILE, "input.magnification": 64}, None),
    ({"input.resize": "letterbox", "tiling.margin": 99}, None),
    ({"turns": True}, None),
    ({"turns": "yes"}, "turns"),
    ({"golden.instances": "golden.json"}, "golden.instances"),
    ({"mask_threshold": 1.01}, "mask_threshold"),
]
CASES = {"labels": LABELS, "objects": OBJECTS}


def verdicts(folder: Path) -> list[dict]:
    """The cases: ``bundle``, its ``metadata`` as text, and the ``key`` that is refused.

    Args:
        folder: Of the bundles that web_golden_bundles wrote.
    """
    cases = []
    for name, changes in CASES.items():
        said = json.loads(members_of(folder / f"{name}.tflite")["metadata.json"])
        for change, key in changes:
            text = json.dumps(_changed(said, change)).replace("Infinity", "1e999")
            cases.append({"bundle": name, "metadata": text, "key": key})
    return cases


def _changed(said, change):
    said = copy.deepcopy(said)
    for key, value in change.items():
        *path, last = key.split(".")
        parent = said
        for step in path:
            parent = parent.setdefault(step, {})
        if value is MISSING:
            del parent[last]
        else:
            parent[last] = value
    return said
