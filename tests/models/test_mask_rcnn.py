"""Mask R-CNN: parameters, the contract, losses by hand, learning, padding."""

import dataclasses
import inspect
from pathlib import Path

import keras
import numpy as np
import pytest

from kseg.checkpoints.weights import take_weights
from kseg.layers import BatchNorm
from kseg.models.mask_rcnn import MaskRCNN
from kseg.models.mask_rcnn_settings import MaskRCNNSettings
from tests.contract import check_object_network
from tests.models.object_networks import NETWORKS
from tests.models.tiny_rcnn import backbone, batch, tiny, unallocated

GOLDEN = Path(__file__).parents[1] / "golden"
HEADS = ("fpn", "c4")
OUTPUTS = {"boxes", "scores", "classes", "masks", "count"}


def counts(model):
    """Weights without batch norm's, and with its scales and offsets."""
    norms = [x for x in model._flatten_layers() if isinstance(x, BatchNorm)]
    norm = sum(int(np.prod(w.shape)) for x in norms for w in x.weights)
    return model.count_params() - norm, model.count_params() - norm // 2


# The network.


@pytest.mark.parametrize(
    "backbone, head, expected",
    [
        ("resnet50", "fpn", (44_343_216, 44_396_336)),
        ("resnet101", "fpn", (63_283_120, 63_388_464)),
        ("resnet50", "c4", (35_909_612, 35_962_732)),
        ("resnet101", "c4", (54_849_516, 54_954_860)),
    ],
)
def test_parameters(backbone, head, expected):
    model = unallocated(80, (64, 96, 3), backbone=backbone, head=head)
    assert counts(model) == expected
    parts = {"fpn": (14_306_705, 2_643_280), "c4": (821_649, 2_117_968)}[head]
    box = [x for x in model.heads.box_head.layers if x.name in BOX_LAYERS]
    counted = sum(x.count_params() for x in box), model.heads.mask_head.count_params()
    assert counted == parts
    rpn = [x for x in model.layers if x.name.startswith("rpn_")]
    pieces = {"fpn": 593_935, "c4": 9_515_083}[head]
    assert sum(x.count_params() for x in rpn) == pieces
    pyramid = [x for x in model.layers if x.name.startswith("fpn_")]
    assert sum(x.count_params() for x in pyramid) == (3_344_384 if head == "fpn" else 0)


BOX_LAYERS = ("fc1", "fc2", "cls_score", "bbox_pred")


def test_pyramid_levels():
    model = unallocated(2, (256, 384, 3))
    features = model.trunk.output["features"]
    assert [x.shape[1:] for x in features] == [
        (64, 96, 256), (32, 48, 256), (16, 24, 256), (8, 12, 256)
    ]  # fmt: skip
    places = (64 * 96, 32 * 48, 16 * 24, 8 * 12, 4 * 6)
    assert [len(x) for x in model.propose.anchors] == [3 * n for n in places]
    # Of each level the size of its anchors, and its stride.
    for anchors, size, stride in zip(
        model.propose.anchors, (32, 64, 128, 256, 512), (4, 8, 16, 32, 64), strict=True
    ):
        assert anchors[1].tolist() == [-size / 2, -size / 2, size / 2, size / 2]
        assert (anchors[4] - anchors[1]).tolist() == [0, stride, 0, stride]


def test_mobile_has_the_anchors_and_outputs_of_its_size():
    model = unallocated(1, build=MaskRCNN.mobile, weights=None)
    assert sum(len(x) for x in model.propose.anchors) == 25_575
    shapes = {key: value.shape for key, value in model.output.items()}
    assert shapes["masks"] == (None, 50, 28, 28) and shapes["boxes"] == (None, 50, 4)
    assert model.propose.settings["count"][1] == 100
    trainable = sum(int(np.prod(w.shape)) for w in model.trainable_weights)
    assert 3.5e6 < trainable < 4.5e6


@pytest.fixture(scope="module", params=HEADS)
def trained(request):
    """A network after 40 steps on two images, its losses before, and the fit's logs."""
    model, (images, truth) = tiny(request.param), batch()
    model.compile(keras.optimizers.Adam(3e-3))
    before = model.evaluate(images, truth, verbose=0, return_dict=True)
    validation = dict(validation_data=(images, truth), validation_freq=40)
    logs = model.fit(images, truth, epochs=40, verbose=0, **validation).history
    return model, before, logs


@pytest.mark.parametrize("name", [name for name in NETWORKS if "RCNN" in name])
def test_contract(name, tmp_path):
    check_object_network(NETWORKS[name], batch(), tmp_path)


@pytest.mark.parametrize("head", HEADS)
def test_a_file_of_an_older_kseg(head):
    """Written by kseg before its settings were a class of their own."""
    model = keras.models.load_model(GOLDEN / f"mask_rcnn_{head}.keras")
    detections = model.predict(batch()[0], verbose=0)
    detections["mask_sums"] = detections["masks"].sum((2, 3))
    expected = np.load(GOLDEN / "mask_rcnn.npz")
    assert expected[f"{head}_count"].min() >= 3
    for key in ("count", "classes", "scores", "boxes", "mask_sums"):
        np.testing.assert_allclose(
            detections[key], expected[f"{head}_{key}"], rtol=1e-3, atol=1e-3
        )


@pytest.mark.parametrize("head", HEADS)
def test_the_config_names_every_argument(head):
    config = unallocated(head=head, build=tiny).get_config()
    fields = {field.name for field in dataclasses.fields(MaskRCNNSettings)}
    own = set(inspect.signature(MaskRCNN).parameters) - {"settings"}
    assert set(config) == fields | own | {"dtype"}
    assert config["head"] == head and config["rois"] == 16


def test_what_comes_out_is_in_the_image_sorted_and_0_after_the_last():
    model, (images, _) = tiny(score_threshold=0.34), batch()
    detections = model.predict(images, verbose=0)
    for i, count in enumerate(detections["count"]):
        boxes, scores = detections["boxes"][i], detections["scores"][i]
        assert (boxes >= 0).all() and (boxes <= [64, 96, 64, 96]).all()
        assert (np.diff(scores[:count]) <= 0).all() and (scores[:count] > 0.34).all()
        assert set(detections["classes"][i, :count]) <= {1, 2}
        assert (detections["masks"][i, :count] > 0).all()
        for key in ("boxes", "scores", "classes", "masks"):
            assert not detections[key][i, count:].any()


@pytest.mark.parametrize("head", HEADS)
def test_pooling_and_anchors_of_others(head, tmp_path):
    """detectron2's number of samples, torchvision's places and anchors: in each part,
    in prediction and training, and after a file."""
    chosen = dict(samples=None, aligned=False, anchor_rounding="torchvision")
    chosen["anchor_sizes"] = (9, 17, 33, 47, 65)  # half of these is no whole number
    model, (images, truth) = tiny(head, **chosen), batch()
    pools = [x for x in (model.heads.pool, model.heads.mask_pool) if x is not None]
    for pool in pools:
        assert pool.settings["samples"] is None and not pool.settings["aligned"]
    assert np.concatenate(model.propose.anchors).astype(int).tolist() == (
        np.concatenate(model.propose.anchors).tolist()
    )
    model.compile(keras.optimizers.SGD(1e-3))
    losses = [model.train_on_batch(images, truth)[0] for _ in range(2)]
    assert np.isfinite(losses).all()
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    expected = model.predict(images, verbose=0)
    for key, value in loaded.predict(images, verbose=0).items():
        np.testing.assert_array_equal(value, expected[key])
    plain = tiny(head, anchor_sizes=chosen["anchor_sizes"])
    plain.set_weights(model.get_weights())
    assert (plain.predict(images, verbose=0)["boxes"] != expected["boxes"]).any()


def test_as_torchvision_has_it():
    """maskrcnn_resnet50_fpn, whose batch norms are no parameters; boxes and masks of
    the background, which it has too, are left out here."""
    options = dict(stride_in="3x3", epsilon=1e-5, mean=(123.675, 116.28, 103.53))
    chosen = dict(backbone_options=options, aligned=False)
    model = unallocated(90, (64, 96, 3), anchor_rounding="torchvision", **chosen)
    assert counts(model)[0] + 4 * (1024 + 1) + (256 + 1) == 44_401_393


def test_options_of_the_backbone():
    """What torchvision's weights need beside; other names are refused."""
    options = dict(stride_in="3x3", epsilon=0.0, pool_padding=0, norm="affine")
    kwargs = dict(build=tiny, backbone="resnet50", backbone_options=options)
    for head in HEADS:
        model = unallocated(**kwargs, head=head)
        layers = {layer.name: layer for layer in model._flatten_layers()}
        assert layers["conv3_block1_2_conv"].strides == (2, 2)
        assert layers["pool1_pad"].padding == ((0, 2), (0, 2))
        assert type(layers["conv5_block3_3_bn"]).__name__ == "FrozenAffine"
        config = model.get_config()
        assert config["backbone_options"] == options
        again = unallocated(build=MaskRCNN.from_config, config=config)
        assert again.count_params() == model.count_params()
    with pytest.raises(ValueError, match="ResNet-50 takes .*Received: stem"):
        unallocated(build=tiny, backbone="resnet50", backbone_options={"stem": 1})
    with pytest.raises(ValueError, match="brings its weights.*Received: .*epsilon"):
        tiny(backbone_options={"epsilon": 0.0})


# Learning.


def test_learns(trained):
    """40 steps on two images halve the loss, and take that of the masks to 0.6."""
    _, before, logs = trained
    assert logs["val_loss"][0] < 0.5 * before["loss"], (before, logs)
    assert logs["val_L_mask"][0] < 0.6 * before["L_mask"]


def test_images_without_objects():
    model, (images, truth) = tiny(), batch(objects=False)
    model.compile(keras.optimizers.SGD(0.1))
    logs = model.fit(images, truth, epochs=2, verbose=0).history
    assert logs["L_box"] == logs["L_mask"] == logs["L_rpn_box"] == [0, 0]
    assert 0 < logs["L_cls"][1] < logs["L_cls"][0]
    assert all(np.isfinite(w).all() for w in model.get_weights())


def test_padding_never_counts(trained):
    """Neither how much there is of it, nor what boxes and masks it holds."""
    model, (images, truth) = trained[0], batch()
    expected = model.evaluate(images, truth, verbose=0, return_dict=True)
    padding = truth["classes"] == 0
    truth["boxes"][padding] = [3, 3, 60, 90]
    truth["masks"][padding] = 1
    assert model.evaluate(images, truth, verbose=0, return_dict=True) == expected


def test_what_the_rpn_gives_is_float32_under_mixed_precision():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = unallocated(build=tiny)
    finally:
        keras.config.set_dtype_policy("float32")
    outputs = model.trunk.output
    assert {x.dtype for x in outputs["features"]} == {"bfloat16"}
    assert {x.dtype for x in outputs["objectness"] + outputs["deltas"]} == {"float32"}


def test_under_xla():
    # One sample a bin: as XLA's RoIAlign it is a quarter of the graph to compile.
    model, (images, truth) = tiny(samples=1), batch()
    model.compile(keras.optimizers.Adam(3e-3), jit_compile=True)
    losses = [model.train_on_batch(images, truth)[0] for _ in range(5)]
    assert losses[-1] < losses[0]


def test_weights_of_another_number_of_classes():
    first, second = tiny(), tiny(num_classes=3)
    for weight in second.weights:
        weight.assign(weight * 0)
    lines = take_weights(second, first)
    left = {line.split(": ")[1].split()[0] for line in lines[1:]}
    assert left == {"cls_score", "bbox_pred", "mask"}
    taken = [layer.get_layer("fc1").get_weights()[0] for layer in (
        first.heads.box_head, second.heads.box_head)]  # fmt: skip
    np.testing.assert_array_equal(*taken)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(head="c5"), "head must be one of 'fpn', 'c4'"),
        (dict(num_classes=0), "num_classes must be an int of at least 1"),
        (dict(freeze_at=6), "Stages to freeze.*Received: 6"),
        (dict(anchor_sizes=(32, 64)), "Each level has one entry"),
    ],
)
def test_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        tiny(**arguments)


def test_an_argument_that_does_not_exist():
    with pytest.raises(TypeError, match="MaskRCNNSettings.*'rios'"):
        tiny(rios=16)


def test_refuses_sizes_that_do_not_halve_five_times():
    with pytest.raises(ValueError, match=r"multiples of 32.*\(64, 100, 3\)"):
        MaskRCNN(2, (64, 100, 3), backbone=backbone())
