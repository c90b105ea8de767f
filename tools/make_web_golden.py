"""Write web_demo/tests/golden/: what the page must compute, as kseg computes it.

    python -m tools.make_web_golden        (in the root of the repository)

Images, label maps and masks are drawn from a fixed seed. Networks are stand-ins: what
one gave is stored beside the sha256 of the pixels it was given, so that a test which
finds an answer has cut and resized its tile to the bit.
"""

import base64
import json
import zlib
from pathlib import Path

import cv2
import numpy as np

from kseg.imaging import Intensity, to_channels
from kseg.predict.labels.predictor import Predictor
from kseg.predict.labels.result import Result
from kseg.predict.labels.separate import object_classes, separate
from kseg.predict.objects.detections import Detections
from kseg.predict.objects.predictor import ObjectPredictor
from tools import web_golden_bundles as bundles
from tools.web_golden_networks import AtThreshold, Labels, Objects, Recorded
from tools.web_golden_verdicts import verdicts

TARGET = Path(__file__).parents[1] / "web_demo" / "tests" / "golden"
CLASSES = ["background", "inside", "rim"]
WATERSHED = {"method": "watershed", "interior": 1, "border": 2, "min_area": 12}


def pack(array: np.ndarray) -> dict:
    """An array as JSON: type, shape and deflated bytes, little-endian."""
    array = np.ascontiguousarray(array)
    packed = base64.b64encode(zlib.compress(array.tobytes(), 9)).decode()
    return {"dtype": str(array.dtype), "shape": list(array.shape), "zlib": packed}


def picture(random, height: int, width: int, channels: int, blur=2.5) -> np.ndarray:
    """Soft blobs of full contrast, (height, width, channels) uint8."""
    noise = random.normal(size=(height, width, channels)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), blur).reshape(noise.shape)
    return (np.clip(soft / (soft.std() + 1e-6) * 60 + 100, 0, 255)).astype(np.uint8)


def prepared(random) -> list[dict]:
    """Images as files hold them, and as a network takes them."""
    deep = picture(random, 9, 14, 3).astype(np.uint16) * 37 + 5
    gray, rgb = picture(random, 7, 11, 1), picture(random, 6, 5, 3)
    rules = [
        (gray, {}, 3),
        (rgb, {}, 1),
        (rgb, {"rule": "none", "channels": [2, 0, 1]}, 3),
        (rgb, {"rule": "range", "low": 20.5, "high": 180}, 3),
        (gray, {"rule": "percentile", "low": 3, "high": 97}, 1),
        (deep, {"rule": "range", "low": 100, "high": 5000}, 3),
        (deep, {"rule": "percentile", "channels": [1]}, 3),
        (deep, {"rule": "percentile", "low": 10, "high": 90.5}, 1),
        (np.full((4, 3, 1), 700, np.uint16), {"rule": "percentile"}, 3),
    ]
    return [
        {
            "image": pack(image),
            "rule": rule,
            "channels": channels,
            "prepared": pack(to_channels(Intensity(**rule).apply(image), channels)),
        }
        for image, rule, channels in rules
    ]


def pngs(random) -> list[dict]:
    """Files as cv2 writes them, with every filter, and what is in them."""
    cases = []
    for channels, deep in ((1, False), (3, False), (1, True), (3, True)):
        image = picture(random, 13, 17, channels)
        if deep:
            image = (
                image.astype(np.uint16) * 257 - np.arange(17, dtype=np.uint16)[:, None]
            )
        stored = image[..., ::-1] if channels == 3 else image
        for filters in (cv2.IMWRITE_PNG_FILTER_AVG, cv2.IMWRITE_PNG_ALL_FILTERS):
            flags = [cv2.IMWRITE_PNG_FILTER, filters]
            file = cv2.imencode(".png", np.ascontiguousarray(stored), flags)[1]
            png = base64.b64encode(file.tobytes()).decode()
            cases.append({"png": png, "image": pack(image)})
    return cases


def measured(result: Result) -> dict:
    """A label map's objects as the page lists them."""
    found = result.objects()
    return {
        "ids": pack(result.instances.astype(np.int32)),
        "areas": found["areas"].tolist(),
        "boxes": found["boxes"].tolist(),
        "classes": found["classes"].tolist(),
    }


def label_maps(random) -> list[dict]:
    """Label maps, small and odd, and their objects by both rules."""
    cases = []
    for height, width in ((1, 1), (1, 9), (7, 2), (40, 61), (75, 52), (90, 90)):
        soft = picture(random, height, width, 1, 3)[..., 0]
        noisy = np.where(random.random(soft.shape) < 0.03, 1, 0).astype(np.uint8)
        two = np.where(soft > 120, 1, np.where(soft > 90, 2, 0)).astype(np.uint8)
        for labels in (two, two ^ noisy):
            for rule in (
                WATERSHED,
                {"method": "components", "classes": [2, 1], "min_area": 4},
            ):
                ids = separate(labels, rule)
                classes = object_classes(rule)
                found = measured(Result(labels, ids, None, classes))
                cases.append({"labels": pack(labels), "rule": rule, **found})
    empty = np.zeros((6, 8), np.uint8)
    result = Result(empty, separate(empty, WATERSHED), None, (1,))
    return [*cases, {"labels": pack(empty), "rule": WATERSHED, **measured(result)}]


def described(found: Detections) -> dict:
    """Detections as the page lists them."""
    pixels = [mask.ravel() for mask in found.masks]
    return {
        "boxes": found.boxes.tolist(),
        "scores": found.scores.tolist(),
        "classes": found.classes.tolist(),
        "frames": found.frames.tolist(),
        "masks": pack(np.concatenate([np.zeros(0, np.uint8), *pixels])),
        "ids": pack(found.to_ids()),
        "rle": [entry["counts"] for entry in found.to_rle()],
    }


def semantic_metadata(size, output, offset, kind, channels, tiling, rule) -> dict:
    return {
        "name": "stand-in",
        "task": "semantic",
        "input": {"name": "image", "size": list(size), "channels": channels},
        "output": {"name": "out", "kind": kind, "size": output, "offset": offset},
        "classes": CLASSES,
        "tiling": tiling,
        "instances": rule,
    }


def label_networks(random) -> list[dict]:
    """Whole predictions of label maps: the metadata, images, runs and results."""
    tiling = {"margin": 6, "stride": 4}
    networks = [
        ((32, 40), [32, 40], [0, 0], "label_map", 3, tiling, WATERSHED),
        ((36, 28), [20, 16], [8, 6], "logits", 1, {"margin": 0, "stride": 2}, None),
    ]
    images = [(9, 5, 3), (32, 40, 3), (71, 50, 1), (33, 97, 3)]
    cases = []
    for settings in networks:
        metadata = semantic_metadata(*settings)
        for shape in images:
            image = picture(random, *shape, 4)
            network = Recorded(Labels(metadata))
            result = Predictor(network, metadata).predict(image)
            case = {"metadata": metadata, "image": pack(image)}
            case |= {"runs": network.runs(pack), "labels": pack(result.labels)}
            if result.instances is not None:
                case |= measured(result)
            cases.append(case)
    return cases


def object_networks(random) -> list[dict]:
    """Whole predictions of objects, likewise."""
    letterbox = {"size": [40, 48], "channels": 3, "resize": "letterbox"}
    tile = {"size": [40, 48], "channels": 1, "resize": "tile"}
    cases = []
    for taken in (letterbox, tile, {**tile, "magnification": 2.0}):
        for height, width, channels in ((17, 13, 3), (40, 48, 1), (83, 65, 3)):
            metadata = {
                "name": "stand-in",
                "task": "instances",
                "input": {"name": "image", **taken},
                "output": {name: name for name in Objects.NAMES},
                "classes": CLASSES,
                "tiling": {"margin": 5, "stride": 1},
                "score_threshold": 0.25,
            }
            image = picture(random, height, width, channels, 4)
            cases.append(_found(metadata, image))
    cases.append(_found(metadata, np.zeros((50, 31, 3), np.uint8)))
    other = {**metadata, "input": {"name": "image", **tile}, "mask_threshold": 0.4}
    cases.append(_found(other, image[:45]))
    plain = np.zeros((*letterbox["size"], 3), np.uint8)
    for threshold in (0.1, 0.4, 0.5):
        exact = {"input": {"name": "image", **letterbox}, "mask_threshold": threshold}
        cases.append(_found({**metadata, **exact}, plain, AtThreshold))
    return cases


def _found(metadata, image, kind=Objects) -> dict:
    network = Recorded(kind(metadata))
    found = ObjectPredictor(network, metadata).predict(image)
    case = {"metadata": metadata, "image": pack(image), "runs": network.runs(pack)}
    return case | described(found)


def contents() -> dict[str, list[dict]]:
    """What is written, by file name without its suffix."""
    makers = {
        "prepared": prepared,
        "pngs": pngs,
        "label_maps": label_maps,
        "label_networks": label_networks,
        "object_networks": object_networks,
    }
    # Each has its own seed: a case more in one does not change the others.
    cases = {
        name: make(np.random.default_rng(zlib.crc32(name.encode())))
        for name, make in makers.items()
    }
    return cases | {"verdicts": verdicts(TARGET / "bundles")}


def main() -> None:
    bundles.write_all(TARGET / "bundles")
    for name, cases in contents().items():
        text = json.dumps(cases, separators=(",", ":"))
        (TARGET / f"{name}.json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
