"""Every format of two tiny networks; and that a failure leaves an old file whole."""

import json

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from kseg import bundle
from kseg.errors import ExportError
from kseg.export import to_tflite
from kseg.export.flatbuffer.quantize import FORMATS
from kseg.models import UNet

OLD = b"an old file"
# Valid convolutions and one gray channel are lowered alike in all float formats.
EXPORTED = [
    *(("same", quantize) for quantize in FORMATS),
    *(("valid", quantize) for quantize in ("float32", "int8")),
]


@pytest.fixture(scope="module")
def exported(same, valid, tmp_path_factory):
    """The networks as label maps: {(network, format): report}."""
    folder = tmp_path_factory.mktemp("exported")
    reports = {}
    for name, quantize in EXPORTED:
        model, images, labels = {"same": same, "valid": valid}[name]
        reports[name, quantize] = to_tflite(
            model,
            folder / f"{name}-{quantize}.tflite",
            size=images.shape[1:3],
            quantize=quantize,
            calibration=images,
            check=(images[:4], labels[:4]),
        )
    return reports


def run(path, image):
    """One image through the file by its signature, without anything of kseg."""
    interpreter = Interpreter(str(path))
    runner = interpreter.get_signature_runner()
    return runner(image=image[None])


@pytest.mark.parametrize("name, quantize", EXPORTED)
def test_the_file_gives_the_label_map_of_keras(exported, request, name, quantize):
    model, images, _ = request.getfixturevalue(name)
    report = exported[name, quantize]
    found = run(report.path, images[5])
    assert list(found) == ["labels"]
    assert found["labels"].dtype == np.uint8
    expected = model.predict(images[5:6].astype("float32"), verbose=0).argmax(-1)
    assert found["labels"].shape == expected.shape
    assert np.unique(expected).size == 2  # not an empty comparison
    assert np.mean(found["labels"] == expected) > 0.98


@pytest.mark.parametrize("name, quantize", EXPORTED)
def test_the_report(exported, name, quantize):
    report = exported[name, quantize]
    assert report.audit.partitions == 1
    assert report.audit.oldest_runtime == "2.16.1"
    assert report.audit.ops["CONV_2D"] == 13  # 10 of 3x3, 2 up, 1 score
    assert report.audit.ops["DEPTH_TO_SPACE"] == 2
    assert "TRANSPOSE_CONV" not in report.audit.ops
    if quantize == "int8":
        assert report.audit.float_ops == {"CAST": 1}  # of the uint8 image
    assert report.parity.images == 4
    assert report.parity.agreement > 0.98
    assert report.parity.mean_iou > report.parity.keras_mean_iou - 0.01
    assert 0.5 < report.parity.keras_mean_iou <= 1
    text = str(report)
    assert f"{name}-{quantize}.tflite: {quantize}, " in text
    assert "1 XNNPACK partition, runs from TensorFlow Lite 2.16.1" in text
    assert ("in floating point: 1 CAST" in text) == (quantize == "int8")
    assert "mean IoU" in text


def test_batch_norm_folds_into_the_convolutions(exported):
    ops = exported["same", "float32"].audit.ops
    # The scaling of the pixels to 0..1 folds into the first one too.
    assert not {"MUL", "ADD", "SUB", "RSQRT"} & set(ops)


def test_a_quantised_file_is_smaller(exported):
    whole = exported["same", "float32"].bytes
    assert exported["same", "float16"].bytes < 0.75 * whole
    assert exported["same", "int8"].bytes < 0.75 * whole


@pytest.mark.parametrize("name, offset", [("same", [0, 0]), ("valid", [20, 20])])
def test_the_bundle(exported, request, name, offset):
    model, images, _ = request.getfixturevalue(name)
    report = exported[name, "int8"]
    flatbuffer, metadata, (image, labels) = bundle.read(report.path)
    assert len(flatbuffer) == report.bytes
    assert metadata["input"]["size"] == list(images.shape[1:3])
    assert metadata["input"]["channels"] == images.shape[3]
    assert metadata["output"]["kind"] == "label_map"
    assert metadata["output"]["offset"] == offset
    assert metadata["output"]["size"] == [n - 2 * offset[0] for n in images.shape[1:3]]
    assert metadata["quantization"] == "int8"
    assert metadata["classes"] == ["class 0", "class 1"]
    assert metadata["ops"] == report.audit.ops
    assert metadata["check"]["agreement"] == report.parity.agreement
    np.testing.assert_array_equal(image, images[0])
    np.testing.assert_array_equal(labels, run(report.path, image)["labels"][0])


def test_logits_and_given_metadata(same, tmp_path):
    model, images, _ = same
    path = tmp_path / "new" / "logits.tflite"
    given = {
        "name": "nuclei",
        "classes": ["background", "nucleus"],
        "input": {"size": [256, 256], "intensity": {"rule": "none"}},
        "output": {"size": [256, 256]},
        "tiling": {"margin": 8, "stride": 4},
    }
    to_tflite(
        model,
        path,
        size=(32, 48),
        output="logits",
        metadata=given,
        check=(images[:2], None),
    )
    found = run(path, images[3])
    assert list(found) == ["logits"]
    expected = model.predict(images[3:4].astype("float32"), verbose=0)
    np.testing.assert_allclose(found["logits"], expected, atol=1e-3)
    _, metadata, (image, labels) = bundle.read(path)
    assert metadata["name"] == "nuclei" and metadata["tiling"] == given["tiling"]
    assert metadata["input"]["size"] == [32, 48]
    assert metadata["input"]["intensity"] == {"rule": "none"}
    assert metadata["output"]["kind"] == "logits"
    assert metadata["output"]["dtype"] == "float32"
    assert metadata["check"]["mean_iou"] is None
    np.testing.assert_array_equal(labels, run(path, image)["logits"][0].argmax(-1))
    assert json.loads(json.dumps(metadata)) == metadata


def test_a_network_inside_of_one_in_mixed_precision_is_exported_in_float32(tmp_path):
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        image = keras.Input((16, 24, 3), name="image")
        convolved = keras.layers.Conv2D(2, 3, padding="same")(image)
        inner = keras.Model(image, convolved, name="inner")
        model = keras.Model(image, keras.layers.Activation("linear")(inner(image)))
    finally:
        keras.mixed_precision.set_global_policy("float32")
    images = np.random.default_rng(0).integers(0, 256, (2, 16, 24, 3), np.uint8)
    report = to_tflite(model, tmp_path / "net.tflite", check=(images, None))
    assert report.audit.ops["CONV_2D"] == 1


def test_a_network_trained_in_mixed_precision_is_exported_in_float32(same, tmp_path):
    model, images, _ = same
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        half = UNet(
            2,
            (None, None, 3),
            base_filters=4,
            depth=2,
            padding="same",
            normalization="batch",
            dropout=0.0,
        )
    finally:
        keras.mixed_precision.set_global_policy("float32")
    half.set_weights(model.get_weights())
    path = tmp_path / "net.tflite"
    report = to_tflite(half, path, size=(32, 48), check=(images[:2], None))
    assert report.parity.max_error < 1e-3
    assert report.audit.ops["CAST"] == 2  # of the image and of the label map
    expected = model.predict(images[:1].astype("float32"), verbose=0).argmax(-1)
    np.testing.assert_array_equal(run(path, images[0])["labels"], expected)


def fails(tmp_path, error, match, model, images, /, **arguments):
    """The export fails, and leaves an old file as it was and nothing beside it."""
    arguments = {"size": (32, 48), "check": (images[:2], None), **arguments}
    path = tmp_path / "net.tflite"
    path.write_bytes(OLD)
    with pytest.raises(error, match=match):
        to_tflite(model, path, **arguments)
    assert path.read_bytes() == OLD
    assert list(tmp_path.iterdir()) == [path]


def test_a_label_map_is_not_split(same, tmp_path):
    model, images, _ = same
    fails(tmp_path, ValueError, "split=True", model, images, split=True)


def test_failed_parity_leaves_nothing(same, tmp_path):
    model, images, _ = same
    # float32 differs from Keras in the last bits, never by nothing.
    tight = {"logit_error": 0.0}
    with pytest.raises(ExportError, match="the logits differ"):
        to_tflite(
            model,
            tmp_path / "new.tflite",
            size=(32, 48),
            check=(images[:2], None),
            tolerance=tight,
        )
    assert list(tmp_path.iterdir()) == []
    fails(tmp_path, ExportError, "the logits differ", model, images, tolerance=tight)


def test_a_failed_audit_leaves_nothing(tmp_path):
    # The converter says nothing of tensors of rank 5.
    inputs = keras.Input((8, 8, 4))
    x = keras.layers.Reshape((8, 8, 2, 2))(inputs)
    x = keras.layers.Permute((2, 1, 4, 3))(x)
    model = keras.Model(inputs, keras.layers.Reshape((8, 8, 4))(x))
    images = np.zeros((2, 8, 8, 4), np.uint8)
    fails(tmp_path, ExportError, "rank 5, over 4", model, images, size=None)


def test_useless_calibration_leaves_nothing(same, tmp_path):
    model, images, labels = same
    fails(
        tmp_path,
        ExportError,
        "of the labels agree",
        model,
        images,
        quantize="int8",
        calibration=np.zeros_like(images[:2]),
        check=(images[:4], labels[:4]),
    )


@pytest.mark.parametrize(
    "calibration, match",
    [
        (None, "Received: 0 calibration and 2 check images"),
        ([], "Received: 0 calibration"),
        ([np.zeros((32, 48, 3), np.float32)], r"calibration\[0\] of float32"),
        ([np.zeros((32, 40, 3), np.uint8)], r"\(32, 40, 3\)"),
        ([np.zeros((32, 48), np.uint8)], r"\(32, 48\)"),
        (["image.png"], r"calibration\[0\] of <class 'str'>"),
    ],
)
def test_bad_calibration_leaves_nothing(same, tmp_path, calibration, match):
    model, images, _ = same
    fails(
        tmp_path,
        ExportError,
        match,
        model,
        images,
        quantize="int8",
        calibration=calibration,
    )


@pytest.mark.parametrize(
    "arguments, error, match",
    [
        ({"check": None}, ExportError, "0 calibration and 0 check images"),
        ({"check": ([], None)}, ExportError, "and 0 check images"),
        ({"size": None}, ExportError, "pass size="),
        ({"size": (32, 50)}, ExportError, "cannot be built for images of 32 x 50"),
        ({"quantize": "int4"}, ValueError, "quantize must be one of"),
        ({"output": "masks"}, ValueError, "output must be one of"),
        ({"tolerance": {"iou": 1}}, ValueError, r"Received: \['iou'\]"),
        (
            {"metadata": {"classes": ["a"]}},
            ExportError,
            "Expected 2 classes in",
        ),
    ],
)
def test_bad_arguments_leave_nothing(same, tmp_path, arguments, error, match):
    model, images, _ = same
    fails(tmp_path, error, match, model, images, **arguments)


def test_bad_label_maps_leave_nothing(same, tmp_path):
    model, images, labels = same
    check = (images[:2], labels[:1])
    fails(
        tmp_path, ExportError, "2 images and 1 label maps", model, images, check=check
    )
    check = (images[:2], labels[:2, :, 1:])
    fails(tmp_path, ExportError, r"image 0 of \(32, 47\)", model, images, check=check)


def test_an_unwritable_path_is_found_before_the_work(same, tmp_path):
    model, images, _ = same
    (tmp_path / "file").write_text("")
    for path, match in (
        (tmp_path / "file" / "net.tflite", "file is not a folder"),
        (tmp_path, "it is a folder"),
        ("/proc/none/net.tflite", "cannot be written"),
    ):
        with pytest.raises(ExportError, match=match):
            to_tflite(model, path, size=(32, 48), check=(images[:1], None))
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
