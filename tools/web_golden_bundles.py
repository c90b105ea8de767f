"""Bundles of a few hundred bytes, sound and bad: of tools/make_web_golden.py.

Their flatbuffers have inputs, outputs and operator codes, and nothing that computes.
"""

import json
from pathlib import Path

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from kseg import bundle
from tools.rewrite_bundle import members_of, rewrite

TYPES = schema.TensorType
RGB, FIVE = [6, 7, 3], [6, 7, 5]
OBJECTS = {
    "boxes": (TYPES.FLOAT32, [1, 4, 4]),
    "scores": (TYPES.FLOAT32, [1, 4]),
    "classes": (TYPES.INT32, [1, 4]),
    "masks": (TYPES.FLOAT32, [1, 4, 2, 2]),
    "count": (TYPES.INT32, [1]),
}


def flatbuffer(inputs, outputs, custom=None) -> bytes:
    """A model with one signature; ``custom`` names an operator that runtimes lack."""
    tensors, maps = [], []
    for named in (inputs, outputs):
        entries = []
        for name, (kind, shape) in named.items():
            entry = schema.TensorMapT()
            entry.name, entry.tensorIndex = name.encode(), len(tensors)
            tensor = schema.TensorT()
            tensor.name, tensor.type, tensor.shape = name.encode(), kind, shape
            entries.append(entry)
            tensors.append(tensor)
        maps.append(entries)
    code, graph = schema.OperatorCodeT(), schema.SubGraphT()
    if custom:
        builtin = schema.BuiltinOperator.CUSTOM
        code.customCode = custom.encode()
        code.builtinCode = code.deprecatedBuiltinCode = builtin
    graph.tensors, graph.operators = tensors, []
    signature, model = schema.SignatureDefT(), schema.ModelT()
    signature.inputs, signature.outputs = maps
    signature.signatureKey = b"serving_default"
    model.version, model.operatorCodes, model.subgraphs = 3, [code], [graph]
    model.buffers, model.signatureDefs = [schema.BufferT()], [signature]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def metadata(task, size, **more) -> dict:
    """Of a network that takes (H, W, C); ``more`` replaces what it says."""
    height, width, channels = size
    output = {name: name for name in OBJECTS} | {"kind": "instances"}
    if task == "semantic":
        output = {"name": "labels", "kind": "label_map", "offset": [1, 2]}
        output["size"] = [height - 2, width - 4]
    return {
        "name": "small",
        "task": task,
        "input": {"name": "image", "size": [height, width], "channels": channels},
        "output": output,
        "classes": ["background", "cell"],
        **more,
    }


def _semantic(path, size, **bad) -> None:
    said = metadata("semantic", size)
    height, width = said["output"]["size"]
    image = np.arange(np.prod(size), dtype=np.uint8).reshape(size)
    labels = (np.arange(height * width, dtype=np.uint8) % 2).reshape(height, width)
    bundle.write(path, _labels(size, height, width), said, (image, labels))
    if bad:  # which kseg itself would not write
        members = members_of(path)
        members["metadata.json"] = json.loads(members["metadata.json"])
        rewrite(path, _labels(size, height, width, **bad), members)


def _labels(size, height, width, *, kind=TYPES.UINT8, custom=None) -> bytes:
    outputs = {"labels": (kind, [1, height, width])}
    return flatbuffer({"image": (kind, [1, *size])}, outputs, custom)


def _instances(path, count) -> None:
    image = np.arange(np.prod(RGB), dtype=np.uint8).reshape(RGB)
    golden = {
        "boxes": np.arange(16, dtype=np.float32).reshape(4, 4)[:count],
        "scores": np.linspace(0.9, 0.5, 4, dtype=np.float32)[:count],
        "classes": np.ones(count, np.int32),
        "count": np.int32(count),
        "mask_sums": np.full(count, 2.5),
    }
    model = flatbuffer({"image": (TYPES.UINT8, [1, *RGB])}, OBJECTS)
    bundle.write(path, model, metadata("instances", RGB), (image, golden))


def write_all(folder: Path) -> None:
    """Write every bundle.

    Args:
        folder: Made where it is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _semantic(folder / "labels.tflite", RGB)
    _semantic(folder / "five_channels.tflite", FIVE)
    _semantic(folder / "int8_input.tflite", RGB, kind=TYPES.INT8)
    _semantic(folder / "flex.tflite", RGB, custom="FlexErf")
    _instances(folder / "objects.tflite", 2)
    _instances(folder / "no_objects.tflite", 0)
