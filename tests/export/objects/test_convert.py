"""A tiny Mask R-CNN in every format; and that a failure leaves an old file whole."""

import json
import zipfile

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from kseg import bundle
from kseg.data import Objects
from kseg.data.reading.annotation import Object
from kseg.errors import BundleError, ExportError
from kseg.export import to_saved_model, to_tflite
from kseg.export.flatbuffer.quantize import FORMATS
from kseg.export.objects.convert import named
from tests.export.plain_kernels import overwritten_outputs
from tests.models.tiny_rcnn import SHAPE, batch, tiny

NAMES = {"boxes", "scores", "classes", "masks", "count"}
OLD = b"an old file"
# As a run has it; the float16 file is given it.
GIVEN = {
    "name": "nuclei",
    "classes": ["background", "round", "long"],
    "input": {"size": [9, 9], "resize": "letterbox", "magnification": 2.0},
    "output": {"kind": "instances"},
    "tiling": {"margin": 8, "stride": 1},
    "score_threshold": 0.3,
}


@pytest.fixture(scope="module")
def model():
    return tiny(samples=1)


@pytest.fixture(scope="module")
def images():
    noise = np.random.default_rng(0).integers(0, 256, (4, *SHAPE), np.uint8)
    return [*batch()[0], *noise]


@pytest.fixture(scope="module")
def exported(model, images, tmp_path_factory):
    """The network in each format: {format: report}."""
    folder = tmp_path_factory.mktemp("instances")
    return {
        quantize: to_tflite(
            model,
            folder / "new" / f"{quantize}.tflite",
            quantize=quantize,
            calibration=images,
            check=(images, truths(model, images)) if quantize == "int8" else None,
            # Of random weights all scores are nearly equal: ranks change.
            tolerance={"mask_ap_drop": 0.05},
            metadata=GIVEN if quantize == "float16" else None,
            split=quantize == "int8",
        )
        for quantize in FORMATS
    }


def truths(model, images):
    """Truths that the network finds: rectangles where its first boxes are."""
    found = model.predict(np.stack(images).astype("float32"), verbose=0)
    objects = []
    for boxes, classes in zip(found["boxes"], found["classes"], strict=True):
        y1, x1, y2, x2 = np.round(boxes[0]).astype(int)
        mask = np.ones((y2 - y1, x2 - x1), np.uint8)
        one = Object(int(classes[0]), mask, (y1, x1))
        objects.append(Objects.from_objects([one], SHAPE[:2]))
    return objects


def run(path, image):
    """One image through the file by its signature, without anything of kseg."""
    return Interpreter(str(path)).get_signature_runner()(image=image[None])


@pytest.mark.parametrize("quantize", FORMATS)
def test_the_file_finds_what_keras_finds(exported, model, images, quantize):
    found = run(exported[quantize].path, images[1])
    expected = model.predict(images[1][None].astype("float32"), verbose=0)
    assert set(found) == NAMES
    shapes = {name: value.shape for name, value in found.items()}
    assert shapes == {name: value.shape for name, value in expected.items()}
    assert found["classes"].dtype == found["count"].dtype == np.int32
    assert found["count"] == expected["count"] == 5
    if quantize == "float32":
        np.testing.assert_array_equal(found["classes"], expected["classes"])
        np.testing.assert_allclose(found["boxes"], expected["boxes"], atol=1e-3)
        np.testing.assert_allclose(found["masks"], expected["masks"], atol=1e-4)


@pytest.mark.parametrize("quantize", FORMATS)
def test_the_report(exported, quantize):
    report = exported[quantize]
    parity, found = report.parity, report.audit
    oldest = "LiteRT 1.2.0" if quantize == "dynamic" else "2.16.1"
    assert found.oldest_runtime == oldest
    assert found.ops["NON_MAX_SUPPRESSION_V4"] == 2
    assert found.ops["DEPTH_TO_SPACE"] == 1 and "TRANSPOSE_CONV" not in found.ops
    assert (parity.images, parity.keras_detections) == (6, 30)
    assert parity.agreement > 0.85
    # Coordinates are computed in float whatever the format.
    assert parity.box_error < {"float32": 1e-3}.get(quantize, 0.1)
    text = str(report)
    assert f"{quantize}.tflite: {quantize}, " in text
    assert f"against Keras on 6 images: {parity.matched} of its 30 objects" in text
    assert ("mask AP" in text) == (quantize == "int8")


@pytest.mark.parametrize("quantize", FORMATS)
def test_without_xnnpack_nothing_is_overwritten(exported, images, quantize):
    content = bundle.read(exported[quantize].path).flatbuffer
    assert not overwritten_outputs(content, images[0])


def test_in_int8_only_coordinates_and_last_layers_are_float(exported):
    ops, floats = exported["int8"].audit.ops, exported["int8"].audit.float_ops
    # On 5 maps the objectness and the moves of anchors.
    assert floats["CONV_2D"] == 10 and ops["CONV_2D"] == 34
    assert floats["FULLY_CONNECTED"] == 2 and ops["FULLY_CONNECTED"] == 4
    for name in ("TOPK_V2", "EXP", "SOFTMAX", "LOGISTIC", "FLOOR"):
        assert floats[name] == ops[name]
    for name in ("DEPTH_TO_SPACE", "RESIZE_NEAREST_NEIGHBOR", "MAX_POOL_2D"):
        assert name not in floats
    # The image, and what is pooled for each head.
    assert ops["QUANTIZE"] == 3
    assert exported["int8"].bytes < 0.7 * exported["float32"].bytes


def test_int8_finds_the_true_objects_too(exported):
    parity = exported["int8"].parity
    assert parity.keras_mask_ap > 0.6
    assert parity.mask_ap > parity.keras_mask_ap - 0.05


def test_the_file_carries_the_networks_own_mask_threshold(monkeypatch):
    network = tiny()
    assert named(network, {})["mask_threshold"] == 0.5
    monkeypatch.setattr(type(network), "mask_threshold", 0.1)
    assert named(network, {})["mask_threshold"] == 0.1
    assert named(network, {"mask_threshold": 0.2})["mask_threshold"] == 0.2


@pytest.mark.parametrize("quantize", ["float32", "int8"])
def test_the_bundle(exported, images, quantize):
    report = exported[quantize]
    _, metadata, (image, objects) = bundle.read(report.path)
    assert metadata["task"] == "instances" and metadata["format_version"] == 2
    assert metadata["input"]["size"] == [64, 96]
    # Whole images, as of a .keras file without metadata.
    assert metadata["input"]["resize"] == "letterbox"
    output = {name: name for name in NAMES}
    sizes = {"detections": 5, "mask_size": 28}
    assert metadata["output"] == {"kind": "instances", **output, **sizes}
    assert metadata["classes"] == ["background", "class 1", "class 2"]
    assert metadata["score_threshold"] == 0.5 and metadata["ignore_label"] is None
    assert metadata["mask_threshold"] == 0.5
    assert metadata["ops"] == report.audit.ops
    assert metadata["check"]["agreement"] == report.parity.agreement
    np.testing.assert_array_equal(image, images[0])
    found = run(report.path, image)
    for name in ("boxes", "scores", "classes", "count"):
        np.testing.assert_array_equal(objects[name], found[name][0])
        assert objects[name].dtype == found[name].dtype
    sums = found["masks"][0].sum((1, 2), dtype=np.float64)
    np.testing.assert_allclose(objects["mask_sums"], sums)


def test_two_files_give_what_the_whole_gives(exported, images):
    path = exported["int8"].path
    names = {part: f"int8-{part}.tflite" for part in ("features", "regions")}
    assert {p.name for p in path.parent.glob("int8*")} == {path.name, *names.values()}
    parts = bundle.read(path).metadata["parts"]
    assert {part: parts[part] for part in names} == names
    # The maps and, of 5 levels, the objectness and moves of anchors.
    assert len(parts["links"]) == 4 + 2 * 5
    features, regions = (path.with_name(name) for name in names.values())
    between = run(features, images[2])
    shapes = {link["name"]: tuple(link["shape"]) for link in parts["links"]}
    assert {name: value.shape for name, value in between.items()} == shapes
    found = Interpreter(str(regions)).get_signature_runner()(**between)
    for name, value in run(path, images[2]).items():
        np.testing.assert_array_equal(found[name], value)


def test_a_part_is_not_taken_for_a_network(exported):
    features = exported["int8"].path.with_name("int8-features.tflite")
    with zipfile.ZipFile(features) as archive:
        metadata = json.loads(archive.read("metadata.json"))
    assert metadata["part"] == "features"
    # A GPU takes all of them.
    assert set(metadata["ops"]) <= {
        *("CONV_2D", "DEPTHWISE_CONV_2D", "ADD", "MUL", "RESIZE_NEAREST_NEIGHBOR"),
        *("MAX_POOL_2D", "RESHAPE", "CAST", "QUANTIZE", "DEQUANTIZE"),
    }
    with pytest.raises(BundleError, match="features.tflite, the part 'features' of"):
        bundle.read(features)


def test_what_the_run_says_is_kept_but_for_facts(exported):
    metadata = bundle.read(exported["float16"].path).metadata
    for name in ("name", "classes", "tiling", "score_threshold"):
        assert metadata[name] == GIVEN[name]
    assert metadata["input"]["resize"] == "letterbox"
    assert metadata["input"]["magnification"] == 2.0
    assert metadata["input"]["size"] == [64, 96]
    assert metadata["output"]["detections"] == 5


def test_a_saved_model_takes_any_batch(model, images, tmp_path):
    to_saved_model(model, tmp_path / "net")
    serve = tf.saved_model.load(str(tmp_path / "net")).signatures["serve"]
    found = serve(image=tf.constant(np.stack(images[:3])))
    expected = model.predict(np.stack(images[:3]).astype("float32"), verbose=0)
    assert set(found) == NAMES
    for name in NAMES:
        np.testing.assert_allclose(found[name], expected[name], atol=1e-4)


def fails(tmp_path, error, match, model, /, **arguments):
    """The export fails, and leaves an old file as it was and nothing beside it."""
    path = tmp_path / "net.tflite"
    path.write_bytes(OLD)
    with pytest.raises(error, match=match):
        to_tflite(model, path, **arguments)
    assert path.read_bytes() == OLD
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "arguments, match",
    [
        ({}, "Received: 0 calibration and 0 check images"),
        ({"check": ([np.zeros((64, 64, 3), np.uint8)], None)}, r"\(64, 64, 3\)"),
        ({"check": ([np.zeros(SHAPE, np.float32)], None)}, r"check\[0\] of float32"),
        (
            {"check": ([np.zeros(SHAPE, np.uint8)], None), "quantize": "int8"},
            "0 calibration and 1 check",
        ),
        (
            {"check": ([np.zeros(SHAPE, np.uint8)], [])},
            "1 images and objects of 0",
        ),
        (
            {"check": ([np.zeros(SHAPE, np.uint8)], [np.zeros(SHAPE[:2], np.uint8)])},
            r"Expected kseg.data.Objects of size \(64, 96\).*Received: ndarray",
        ),
        (
            {
                "check": (
                    [np.zeros(SHAPE, np.uint8)],
                    [Objects.from_objects([], (96, 64))],
                )
            },
            r"Received: \(96, 64\)",
        ),
        (
            {
                "check": ([np.zeros(SHAPE, np.uint8)], None),
                "metadata": {"classes": ["nucleus"]},
            },
            "Expected 3 classes in metadata",
        ),
        ({"size": (70, 96)}, "cannot be built for images of 70 x 96"),
    ],
)
def test_bad_input_leaves_nothing(model, tmp_path, arguments, match):
    fails(tmp_path, ExportError, match, model, **arguments)


@pytest.mark.parametrize(
    "arguments, match",
    [
        ({"output": "logits"}, r"output must be one of \('instances',\)"),
        ({"tolerance": {"mean_iou_drop": 1}}, "tolerance takes .*box_error"),
    ],
)
def test_bad_arguments_leave_nothing(model, tmp_path, arguments, match):
    fails(tmp_path, ValueError, match, model, **arguments)


def test_a_dict_of_other_outputs_is_refused(tmp_path):
    image = keras.Input((8, 8, 3))
    model = keras.Model(image, {"boxes": keras.layers.Flatten()(image)})
    images = ([np.zeros((8, 8, 3), np.uint8)], None)
    match = "to a dict of boxes .*Received, without B: {'boxes'"
    fails(tmp_path, ExportError, match, model, check=images)
