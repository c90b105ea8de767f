"""Mask R-CNN as one ``.tflite``: latency, where it goes, peak memory and operators.

    python benchmarks/instances_export.py [mobile] [--seconds 10]
    python benchmarks/instances_export.py resnet [--proposals 1000 300] [--chunk 100]

``mobile``: the phone-sized configuration at 320 x 320, two classes, 100 proposals and
50 detections, in float32 and int8 (ranges from embedded nuclei). Its backbone has the
weights of ImageNet, the rest random ones, with which all 50 detections are found: the
work of a crowded image. Its parts are timed by graphs that end earlier, cut from the
same file and run in turn with it, each three times in every round, of which the best
counts; a part is the difference to the graph before, so that noise can make a small one
negative. "RoIAlign" contains the table of all levels, "mask head" the choice of the
class.

``resnet``: ResNet-50 with FPN at 512 x 512, 80 classes, 35 detections, detectron2's
settings, random weights, float32, for each number of proposals.

Peak memory is ``measure_tflite.py``'s, of each file in a process of its own. A product
of two float32 matrices of 2048 x 2048 in the same rounds says how fast the machine was.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import keras
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from kseg.data import make_object_pipeline
from kseg.data.embedded import sample
from kseg.export import audit
from kseg.export.flatbuffer.float_parts import float_layers
from kseg.export.flatbuffer.quantize import convert
from kseg.export.flatbuffer.split import divide_at, of_layers
from kseg.export.objects import model as object_model
from kseg.models import MaskRCNN

CHILD = Path(__file__).with_name("measure_tflite.py")
# In the order of the graph: a part, and its layers. What has no such name is of the
# first part.
PARTS = (
    ("backbone, FPN, RPN", ()),
    ("top-k, boxes, NMS", ("proposals",)),
    ("RoIAlign 7x7", ("box_pool",)),
    ("box head", ("box_head",)),
    ("boxes, NMS", ("detections",)),
    ("RoIAlign 14x14", ("mask_pool",)),
    ("mask head", ("mask_head", "masks")),
)
MATRIX = 2048
REPEATS = 3  # in a row, of which the best counts: the first finds cold caches


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "network", nargs="?", choices=("mobile", "resnet"), default="mobile"
    )
    parser.add_argument("--size", type=int, nargs=2, help="height and width")
    parser.add_argument("--proposals", type=int, nargs="+", default=(1000, 300))
    parser.add_argument("--chunk", type=int, default=100, help="RoIs pooled at a time")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=10.0, help="of timed rounds")
    arguments = parser.parse_args()
    keras.utils.set_random_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        run = mobile if arguments.network == "mobile" else resnet
        run(arguments, Path(folder))


def mobile(arguments, folder):
    size = tuple(arguments.size or (320, 320))
    model = MaskRCNN.mobile(2, (*size, 3))
    print(f"{model.count_params():,} parameters, {size[0]} x {size[1]}", flush=True)
    contents = {}
    object_model.write(model, folder / "net", batch=1, form="tflite")
    for number_format in ("float32", "int8"):
        images = calibration(size) if number_format == "int8" else ()
        layers = float_layers(model)
        contents[number_format] = convert(folder / "net", number_format, images, layers)
        report(number_format, contents[number_format])
    cuts = {
        (name, part): cut(content, part)
        for name, content in contents.items()
        for part in range(len(PARTS))
    }
    times, product = in_turn(cuts, arguments)
    for name in contents:
        rows = [times[name, part] for part in range(len(PARTS))]
        print(f"\n{name}, ms (a part by the medians of both graphs, and by the best)")
        before = np.zeros(2)
        for (part, _), row in zip(PARTS, rows, strict=True):
            whole = np.array([np.median(row), row.min()])
            print(
                f"  {part:22} {whole[0] - before[0]:7.2f} {whole[1] - before[1]:7.2f}"
            )
            before = whole
        print(f"  {'whole graph':22} {before[0]:7.2f} {before[1]:7.2f}")
    print(f"\n{product}")
    for name, content in contents.items():
        print(f"{name}: peak {alone(content, folder, arguments)['peak'] / 1e6:.0f} MB")


def resnet(arguments, folder):
    size = tuple(arguments.size or (512, 512))
    contents = {}
    for count in arguments.proposals:
        model = MaskRCNN(
            80, (*size, 3), proposals=(count, count), detections=35, score_threshold=0,
            chunk=arguments.chunk,
        )  # fmt: skip
        object_model.write(model, folder / str(count), batch=1, form="tflite")
        contents[count] = convert(folder / str(count), "float32")
        report(f"{count} proposals", contents[count])
    for count, content in contents.items():
        found = alone(content, folder, arguments)
        times = 1e3 * np.array(found["times"])
        print(
            f"{count} proposals, chunks of {arguments.chunk}: median "
            f"{np.median(times):.0f} ms, best {times.min():.0f} ms, peak "
            f"{found['peak'] / 1e6:.0f} MB"
        )
    print(in_turn({}, arguments)[1])


def calibration(size):
    pipeline = make_object_pipeline(
        sample("train"), size=size, batch_size=1, training=False
    )
    return [image[0] for image, _ in pipeline.take(16).as_numpy_iterator()]


def report(name, content):
    found = audit(content)
    print(
        f"\n{name}: {len(content) / 1e6:.2f} MB, {found.multiply_adds / 1e9:.3f} GMAC, "
        f"{found.partitions} XNNPACK partitions, runs from {found.oldest_runtime}\n"
        f"  {', '.join(f'{n} {op}' for op, n in found.ops.items())}",
        flush=True,
    )
    if name == "int8":
        floats = ", ".join(f"{n} {op}" for op, n in found.float_ops.items())
        print(f"  in floating point: {floats}", flush=True)


def cut(content: bytes, last: int) -> bytes:
    """The graph up to a part of ``PARTS``, which gives what later parts would take."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
    (graph,) = model.subgraphs
    takers, later = {}, set()
    for op in reversed(graph.operators):
        name = graph.tensors[op.outputs[0]].name.decode()
        taken_by = [takers[int(i)] for i in op.outputs if int(i) in takers]
        named = [
            n for n, (_, names) in enumerate(PARTS) if of_layers(names).search(name)
        ]
        if not named and not name.startswith(("tfl.", "Stateful")):
            named = [0]  # of the backbone; conversions belong to what takes them
        # The converter computes what two parts need once, by the name of either.
        part = min(named + taken_by, default=len(PARTS) - 1)
        for i in op.inputs:
            takers[int(i)] = min(part, takers.get(int(i), part))
        if part > last:
            later |= set(map(int, op.outputs))
    return divide_at(content, later).first


def in_turn(contents, arguments):
    """Milliseconds of every graph in every round, and what the machine could do."""
    running = {}
    for key, content in contents.items():
        interpreter = Interpreter(model_content=content, num_threads=arguments.threads)
        interpreter.allocate_tensors()
        given = interpreter.get_input_details()[0]
        image = np.random.default_rng(0).integers(0, 256, given["shape"], np.uint8)
        interpreter.set_tensor(given["index"], image)
        running[key] = interpreter.invoke
    matrix = np.random.default_rng(0).random((MATRIX, MATRIX), np.float32)
    running["product"] = lambda: matrix @ matrix
    rows, end = [], None
    while end is None or time.perf_counter() < end or len(rows) < 8:
        row = []
        for run in running.values():
            row.append(min(timed(run) for _ in range(REPEATS)))
        rows.append(row)
        if len(rows) == 3:  # these are not counted
            end = time.perf_counter() + arguments.seconds
    times = dict(zip(running, np.array(rows[3:]).T, strict=True))
    work = 2e-6 * MATRIX**3
    product = times.pop("product")
    return times, (
        f"{len(rows) - 3} rounds; float32 matrices: {work / np.median(product):.0f} "
        f"GFLOP/s median, {work / product.min():.0f} best"
    )


def timed(run) -> float:
    """Milliseconds of one run."""
    start = time.perf_counter()
    run()
    return 1e3 * (time.perf_counter() - start)


def alone(content, folder, arguments):
    path = folder / "file.tflite"
    path.write_bytes(content)
    command = [sys.executable, str(CHILD), str(path)]
    command += ["--threads", str(arguments.threads), "--seconds", "5"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
