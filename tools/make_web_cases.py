"""Write what the browser tests compare with: `make test-web` runs this.

    python -m tools.make_web_cases OUT        (in the root of the repository)

OUT/cases.json lists, for each published bundle of export/bundles/, three images of the
embedded nuclei (a tile, several tiles, less than a tile) with what kseg found in them
in Python; and files that the page must refuse. The page sees the same images, and of
the bundles OUT/bundles: those that were made of other data are left out.
"""

import json
import shutil
import struct
import sys
from pathlib import Path

import cv2
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from flatbuffers import Builder

import kseg
from kseg import bundle
from kseg.data import sample
from kseg.imaging import write_png
from tools.rewrite_bundle import members_of, rewrite

BUNDLES = Path(__file__).resolve().parents[1] / "export" / "bundles"


def images():
    """(name, image): a tile of the U-Net, a mosaic of odd size, a small piece."""
    nuclei = sample("val")
    first, second, third, fourth = (nuclei.image(i) for i in (1, 4, 7, 9))
    rows = [np.concatenate(pair, axis=1) for pair in ((second, third), (fourth, first))]
    mosaic = np.concatenate(rows)[:301, :423]
    return [("tile", first), ("mosaic", mosaic), ("small", third[:97, :140])]


def expected(path, folder):
    """What Python finds with one bundle, as files beside the images."""
    predictor = kseg.load(path)
    found = []
    for name, image in images():
        write_png(folder / f"{name}.png", image)
        result = predictor.predict(image)
        case = {"image": f"{name}.png"}
        if predictor.metadata["task"] == "instances":
            case |= {"boxes": result.boxes.tolist(), "classes": result.classes.tolist()}
        else:
            labels = f"{path.stem}-{name}.labels"
            (folder / labels).write_bytes(result.labels.tobytes())
            case |= {"labels": labels, "objects": len(result.objects()["areas"])}
        found.append(case)
    return found


def write_bad_bundles(good, folder):
    """Files made of a good bundle that no reader should take."""
    data = good.read_bytes()
    content = bundle.read(good)
    network, metadata, golden = content
    altered = bytearray(data)
    altered[len(network) // 2] ^= 1
    (folder / "plain.tflite").write_bytes(network)
    (folder / "cut.tflite").write_bytes(data[: len(data) // 2])
    (folder / "altered.tflite").write_bytes(altered)
    (folder / "notes.tflite").write_text("Not a network.\n" * 40)
    members = members_of(good)
    for name, other, said in (
        ("newer", network, {"format_version": 99}),
        ("part", network, {"part": "features"}),
        ("flex", with_flex(network), {}),
        ("int8", with_int8_input(network), {}),
    ):
        members["metadata.json"] = metadata | said
        rewrite(folder / f"{name}.tflite", other, members)
    # Whole, but of another device: the page takes it and says that it disagrees.
    wrong = (golden[0], np.roll(golden[1], 20, axis=1))
    bundle.write(folder / "disagrees.tflite", network, metadata, wrong)


def with_flex(flatbuffer):
    """The network with TensorFlow's operator in place of its arg-max."""
    model = schema.ModelT.InitFromPackedBuf(flatbuffer, 0)
    for code in model.operatorCodes:
        if code.builtinCode == schema.BuiltinOperator.ARG_MAX:
            code.builtinCode = schema.BuiltinOperator.CUSTOM
            code.deprecatedBuiltinCode = schema.BuiltinOperator.CUSTOM
            code.customCode = b"FlexArgMax"
    return _pack(model)


def with_int8_input(flatbuffer):
    """The network with an input that browsers cannot pass."""
    model = schema.ModelT.InitFromPackedBuf(flatbuffer, 0)
    graph = model.subgraphs[0]
    graph.tensors[graph.inputs[0]].type = schema.TensorType.INT8
    return _pack(model)


def _pack(model):
    builder = Builder(1 << 22)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def write_bad_images(folder):
    """Files that are no image, or not one that the page takes."""
    picture = images()[0][1]
    png = cv2.imencode(".png", picture)[1].tobytes()
    (folder / "empty.png").write_bytes(b"")
    (folder / "text.png").write_text("Not an image.\n")
    (folder / "cut.png").write_bytes(png[: len(png) // 20])
    cv2.imwrite(str(folder / "deep.png"), picture.astype(np.uint16) * 257)
    cv2.imwrite(str(folder / "scan.tif"), picture)
    cv2.imwrite(str(folder / "huge.png"), np.zeros((10_000, 10_000), np.uint8))
    # Few pixels, but longer than a canvas may be.
    cv2.imwrite(str(folder / "long.png"), np.full((4, 70_000), 99, np.uint8))
    # A JPEG whose head says 20,000 x 10,000: refused before it is decoded.
    jpeg = bytearray(cv2.imencode(".jpg", picture)[1].tobytes())
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg[at : at + 4] = (10_000).to_bytes(2, "big") + (20_000).to_bytes(2, "big")
    (folder / "huge.jpg").write_bytes(jpeg)


def write_turned(folder):
    """A photograph of a camera that was held upright: its EXIF says how it lies."""
    jpeg = cv2.imencode(".jpg", images()[2][1])[1].tobytes()
    # One entry: the orientation, a short, is 6.
    exif = b"Exif\0\0II*\0" + struct.pack("<IHHHIII", 8, 1, 0x112, 3, 1, 6, 0)
    part = b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif
    (folder / "turned.jpg").write_bytes(jpeg[:2] + part + jpeg[2:])


def main() -> None:
    """Write all of it."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    paths = sorted(BUNDLES.glob("*-nuclei-int8.tflite"))
    if not paths:
        sys.exit(f"Expected the nuclei bundles in {BUNDLES}. Received: none.")
    (folder / "bundles").mkdir(exist_ok=True)
    for path in paths:
        shutil.copy(path, folder / "bundles")
    cases = {path.name: expected(path, folder) for path in paths}
    write_bad_bundles(BUNDLES / "unet-nuclei-int8.tflite", folder)
    write_bad_images(folder)
    write_turned(folder)
    (folder / "cases.json").write_text(json.dumps(cases))


if __name__ == "__main__":
    main()
