"""Run bundles in the AAR's arm64-v8a library under qemu, and compare with Python.

    python android_demo/arm64/bench.py [BUNDLE...]

Needs what ``make test-android`` built, and Debian's qemu-user-static,
gcc-aarch64-linux-gnu and libc6-dev-arm64-cross. The library's code is what a phone
runs. Times are an emulator's, so they compare networks, not phones.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from kseg import bundle
from kseg.errors import BundleError
from kseg.predict.golden import check_objects

_HERE = Path(__file__).resolve().parent
_DEMO = _HERE.parent
_OUT = _DEMO / "target" / "arm64"
_LIBRARY = (
    _DEMO / "host/target/aar/tensorflow-lite/jni/arm64-v8a/libtensorflowlite_jni.so"
)
_SHIM = (
    "-shared -fPIC -fno-builtin -Wl,-soname,libc.so -Wl,-Bsymbolic -Wl,--no-as-needed"
)
_RUNS = 3


def build() -> None:
    """The shim, the library without bionic's versions, and the program."""
    if not _LIBRARY.exists():
        raise SystemExit(f"{_LIBRARY} is not there: run `make test-android` first.")
    _OUT.mkdir(parents=True, exist_ok=True)
    gcc = ["aarch64-linux-gnu-gcc", "-O2", "-Wall"]
    shim, program = _OUT / "libbionicshim.so", _OUT / "run"
    sources = (_DEMO / "host/bionic_shim.c", _HERE / "run.c")
    libraries = ["-lm", "-ldl", "-lpthread"]
    for command in (
        [*gcc, *_SHIM.split(), "-o", shim, sources[0], *libraries],
        [*gcc, "-o", program, sources[1], *libraries],
        [sys.executable, _DEMO / "host/debionic.py", _LIBRARY, _OUT / _LIBRARY.name],
    ):
        subprocess.run(list(map(str, command)), check=True)


def run(paths: list[Path]) -> None:
    """Print a row for each bundle.

    Raises:
        SystemExit: One does not run, or disagrees.
    """
    print(
        "| bundle | ms under qemu, 1 thread | agreement with Python |\n|---|---:|---|"
    )
    wrong = 0
    for path in paths:
        content = bundle.read(path)
        with tempfile.TemporaryDirectory() as folder:
            milliseconds, outputs = _run_one(content, Path(folder))
        try:
            said = _compare(content, outputs)
        except BundleError as error:
            said, wrong = f"**disagrees**: {error}", wrong + 1
        print(f"| {path.stem} | {milliseconds:.0f} | {said} |", flush=True)
    if wrong:
        raise SystemExit(f"{wrong} of {len(paths)} bundles disagree.")


def _run_one(content, folder):
    model, pixels, prefix = folder / "model", folder / "input", folder / "output"
    model.write_bytes(content.flatbuffer)
    pixels.write_bytes(content.golden[0].tobytes())
    emulator = ["qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu"]
    program = [_OUT / "run", _OUT / "libbionicshim.so", _RUNS, model, pixels, prefix]
    done = subprocess.run(
        [*emulator, *map(str, program)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"The arm64 library failed: {done.stdout}{done.stderr}")
    milliseconds = float(done.stdout.splitlines()[1].split()[0])
    files = {int(f.suffix[1:]): f.read_bytes() for f in folder.glob("output.*")}
    return milliseconds, _named(content, files)


def _named(content, files):
    """The outputs by the names of the signature: files have only their order."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=content.flatbuffer)
    details = interpreter.get_output_details()
    (signature,) = interpreter._get_full_signature_list().values()
    order = [detail["index"] for detail in details]
    outputs = {}
    for name, index in signature["outputs"].items():
        k = order.index(index)
        values = np.frombuffer(files[k], details[k]["dtype"])
        outputs[name] = values.reshape(details[k]["shape"])[0]
    return outputs


def _compare(content, outputs):
    output, golden = content.metadata["output"], content.golden[1]
    if output["kind"] == "instances":
        found = {
            key: outputs[output[key]] for key in ("boxes", "scores", "classes", "count")
        }
        found["count"] = found["count"].reshape(-1)[0]
        distance = check_objects(found, golden)
        return f"{int(found['count'])} objects, boxes within {distance:.3f} pixels"
    labels = outputs[output["name"]]
    if output["kind"] == "logits":
        labels = labels.argmax(-1).astype(np.uint8)
    share = float((labels.reshape(golden.shape) == golden).mean())
    if share < 0.99:
        raise BundleError(f"{share:.2%} of the labels are the same.")
    return f"{share:.2%} of the labels"


if __name__ == "__main__":
    build()
    default = sorted((_DEMO.parent / "export/bundles").glob("*.tflite"))
    run([Path(argument) for argument in sys.argv[1:]] or default)
