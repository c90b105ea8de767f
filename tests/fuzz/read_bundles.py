"""Python's verdicts of bundles: reads a path a line, answers a line; see bundles.py."""

import hashlib
import struct
import sys
import traceback

import numpy as np

from kseg.bundle.checks import check_metadata
from kseg.bundle.reading import read
from kseg.errors import BundleError
from kseg.predict.labels.separate import object_classes


def summary(path: str) -> str:
    """What is used of a bundle, in one line that every reader writes alike."""
    content = read(path)
    values = check_metadata(content.metadata, path)
    taken, output, tiling = values["input"], values["output"], values["tiling"]
    image, golden = content.golden
    if isinstance(golden, np.ndarray):
        sizes = [output["kind"], output["name"], *output["size"], *output["offset"]]
        result = golden.tobytes()
    else:
        names = ("boxes", "scores", "classes", "masks", "count")
        sizes = [output[name] for name in names]
        there = [golden[name][: golden["count"]] for name in ("boxes", "scores")]
        result = b"".join(array.astype("<f4").tobytes() for array in there)
        result += golden["classes"][: golden["count"]].astype("<i4").tobytes()
    fields = [
        *(values["task"], values["name"], taken["name"], *taken["size"]),
        *(taken["channels"], taken["resize"], bits(taken["magnification"])),
        *(intensity(taken["intensity"]), *sizes, tiling["margin"], tiling["stride"]),
        *(len(values["classes"]), rule(values["instances"])),
        *(bits(values["score_threshold"]), bits(values["mask_threshold"])),
        *(values["quantization"], values["oldest_runtime"]),
        *(digest(content.flatbuffer), digest(image.tobytes()), digest(result)),
    ]
    return "|".join(map(str, fields)).encode("unicode_escape").decode()


def bits(number: float) -> int:
    """A number as a float32."""
    return struct.unpack("<I", struct.pack("<f", number))[0]


def intensity(said) -> str:
    limits = (
        [bits(said[key]) for key in ("low", "high")] if said["low"] is not None else []
    )
    return " ".join(map(str, [said["rule"], *limits, *(said["channels"] or [])]))


def rule(said) -> str:
    if said is None:
        return "none"
    classes = dict.fromkeys(object_classes(said))
    return " ".join(map(str, [said["method"], *classes, said["min_area"]]))


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def main() -> None:
    for line in sys.stdin:
        try:
            answer = "read " + summary(line.rstrip("\n"))
        except BundleError as error:
            # A sentence, that names the file.
            named = "it.tflite" in str(error) and str(error).endswith(".")
            answer = "refused" if named else f"ERROR {str(error)!r}"
        except Exception:
            answer = f"ERROR {traceback.format_exc()!r}"
        print(answer, flush=True)


if __name__ == "__main__":
    main()
