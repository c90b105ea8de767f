"""Streaming Keras metrics: equal to NumPy's scores, in fit, exact, saved."""

import doctest

import keras
import numpy as np
import pytest
import tensorflow as tf

import kseg.losses
import kseg.metrics
import kseg.metrics.streaming
from kseg.metrics import (
    DiceScore,
    FrequencyWeightedIoU,
    MeanAccuracy,
    MeanIoU,
    PixelAccuracy,
    SemanticScores,
    confusion_matrix,
    semantic_scores,
)

KEYS = {
    PixelAccuracy: "pixel_accuracy",
    MeanAccuracy: "mean_accuracy",
    MeanIoU: "mean_iou",
    FrequencyWeightedIoU: "frequency_weighted_iou",
    DiceScore: "mean_dice",
}
METRICS = [*KEYS, SemanticScores]


def batches():
    rng = np.random.default_rng(2)
    for _ in range(3):
        labels = rng.integers(0, 3, (2, 3, 5)).astype("uint8")  # class 3 is absent
        labels[0, 0, :2] = 255
        yield labels, rng.normal(size=(2, 3, 5, 4)).astype("float32")


def total_matrix():
    return sum(confusion_matrix(y, p.argmax(-1), 4) for y, p in batches())


@pytest.mark.parametrize("metric", KEYS)
def test_equals_numpy_over_batches(metric):
    streaming = metric(4)
    for labels, logits in batches():
        streaming.update_state(labels, logits)
    expected = semantic_scores(total_matrix())[KEYS[metric]]
    assert float(streaming.result()) == pytest.approx(expected, rel=1e-6)
    assert streaming.matrix.tolist() == total_matrix().tolist()
    streaming.reset_state()
    assert streaming.matrix.sum() == 0
    assert np.isnan(float(streaming.result()))


def test_all_scores_at_once():
    streaming = SemanticScores(4)
    for labels, logits in batches():
        streaming.update_state(labels, logits)
    result, expected = streaming.result(), semantic_scores(total_matrix())
    assert set(result) == set(KEYS.values())
    for name, value in result.items():
        assert float(value) == pytest.approx(expected[name], rel=1e-6)


@pytest.mark.parametrize(
    ("metric", "key"),
    [(MeanIoU, "iou"), (DiceScore, "dice"), (MeanAccuracy, "accuracy")],
)
def test_some_classes_only(metric, key):
    one, two = metric(4, class_ids=[1]), metric(4, class_ids=[0, 2])
    absent = MeanAccuracy(4, class_ids=[3])
    for labels, logits in batches():
        for streaming in (one, two, absent):
            streaming.update_state(labels, logits)
    of_class = semantic_scores(total_matrix())[key]
    assert float(one.result()) == pytest.approx(of_class[1], rel=1e-6)
    assert float(two.result()) == pytest.approx(of_class[[0, 2]].mean(), rel=1e-6)
    assert np.isnan(float(absent.result()))


def test_equals_keras():
    theirs = keras.metrics.MeanIoU(
        4, ignore_class=255, sparse_y_true=True, sparse_y_pred=False
    )
    ours = MeanIoU(4)
    for labels, logits in batches():
        theirs.update_state(labels.astype("int32"), logits)
        ours.update_state(labels, logits)
    assert float(ours.result()) == pytest.approx(float(theirs.result()), rel=1e-6)


def test_labels_and_predictions_in_every_form():
    labels, logits = next(batches())
    expected = confusion_matrix(labels, logits.argmax(-1), 4).tolist()
    for truth in (labels, labels[..., None], labels.astype("float32")):
        for guess in (
            logits,
            keras.ops.cast(logits, "float16"),
            logits.argmax(-1).astype("uint8"),
            logits.argmax(-1)[..., None],
        ):
            metric = MeanIoU(4)
            metric.update_state(truth, guess)
            assert metric.matrix.tolist() == expected


def test_ignore_label_none_and_a_class_as_ignore_label():
    labels, logits = next(batches())
    metric = PixelAccuracy(4, ignore_label=0)
    metric.update_state(np.where(labels == 255, 0, labels), logits)
    expected = confusion_matrix(
        np.where(labels == 255, 0, labels), logits.argmax(-1), 4, ignore_label=0
    )
    assert metric.matrix.tolist() == expected.tolist() and expected[0].sum() == 0
    strict = PixelAccuracy(4, ignore_label=None)
    strict.update_state(labels, logits)
    assert np.isnan(float(strict.result()))


@pytest.mark.parametrize("wrong", ["labels", "predicted"])
def test_an_id_outside_the_classes_makes_every_score_nan(wrong):
    maps = {"labels": [[[0, 1, 1]]], "predicted": [[[0, 1, 1]]]}
    maps[wrong] = [[[0, 1, 7]]]
    metric = SemanticScores(2)
    metric.update_state(maps["labels"], maps["predicted"])
    assert np.isnan([float(x) for x in metric.result().values()]).all()
    with pytest.raises(ValueError, match="1 pixels outside"):
        _ = metric.matrix


def test_all_ignored_and_empty_batches_change_nothing():
    metric = MeanIoU(2)
    metric.update_state([[[0, 1]]], [[[0, 1]]])
    metric.update_state(np.full((1, 3, 2), 255), np.zeros((1, 3, 2, 2)))
    metric.update_state(np.zeros((0, 3, 2)), np.zeros((0, 3, 2, 2)))
    assert metric.matrix.tolist() == [[1, 0], [0, 1]]
    assert float(metric.result()) == 1.0


def test_counts_stay_exact_where_float32_and_int32_end():
    """As after 256 updates of 2**24 - 1 pixels, then one more: above 2**31."""
    metric = PixelAccuracy(2)
    metric.update_state([[[0]]], [[[0]]])
    low, high = metric.variables
    low.assign([2**24 - 1, 0, 0, 0, 0])
    high.assign([255, 0, 0, 0, 0])
    metric.update_state([[[0, 0, 1]]], [[[0, 0, 0]]])
    assert metric.matrix.tolist() == [[256 * 2**24 + 1, 0], [1, 0]]
    assert high.numpy().tolist() == [256, 0, 0, 0, 0]


def test_under_xla():
    metric = SemanticScores(4)
    step = tf.function(metric.update_state, jit_compile=True)
    for labels, logits in batches():
        step(labels, logits)
    assert metric.matrix.tolist() == total_matrix().tolist()
    result = tf.function(metric.result, jit_compile=True)()
    expected = semantic_scores(total_matrix())["mean_iou"]
    assert float(result["mean_iou"]) == pytest.approx(expected, rel=1e-6)


def test_in_fit_and_saved(tmp_path):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((3, 5, 4))
    model = keras.Model(inputs, keras.layers.Conv2D(4, 1)(inputs))
    metrics = [metric(4) for metric in METRICS] + [
        MeanIoU(4, 255, [1, 2], name="middle"),
    ]
    loss = kseg.losses.CrossEntropy()
    model.compile("sgd", loss, metrics=metrics)
    labels = np.concatenate([y for y, _ in batches()])
    images = np.concatenate([p for _, p in batches()])
    data = tf.data.Dataset.from_tensor_slices((images, labels)).batch(4)
    logs = model.fit(data, validation_data=data, shuffle=False, verbose=0).history
    matrix = confusion_matrix(labels, model.predict(images, verbose=0).argmax(-1), 4)
    expected = semantic_scores(matrix)
    for name in KEYS.values():
        assert logs[f"val_{name}"][0] == pytest.approx(expected[name], rel=1e-6)
    assert logs["val_dice_score"] == logs["val_mean_dice"]
    middle = np.nanmean(expected["iou"][1:3])
    assert logs["val_middle"][0] == pytest.approx(middle, rel=1e-6)

    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    scores = model.evaluate(data, return_dict=True, verbose=0)
    assert again.evaluate(data, return_dict=True, verbose=0) == scores


@pytest.mark.parametrize("metric", METRICS)
def test_config_round_trip(metric):
    extra = (
        {} if metric not in (MeanIoU, DiceScore, MeanAccuracy) else {"class_ids": [2]}
    )
    one = metric(3, ignore_label=np.int64(7), name="x", dtype="float32", **extra)
    again = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(one)
    )
    assert type(again) is metric and again.get_config() == one.get_config()
    assert again.ignore_label == 7 and again.name == "x"


def test_a_sample_weight_is_refused():
    with pytest.raises(ValueError, match="not to weighted_metrics"):
        MeanIoU(2).update_state([[[0]]], [[[0]]], sample_weight=[[[2.0]]])


@pytest.mark.parametrize(
    ("y_true", "y_pred"),
    [((1, 2, 3), (1, 2, 3, 3)), ((1, 2, 3), (1, 2, 4, 2)), ((2, 3), (2, 3))],
)
def test_shapes_that_do_not_fit_are_refused(y_true, y_pred):
    with pytest.raises(ValueError, match="needs labels"):
        MeanIoU(2).update_state(np.zeros(y_true, int), np.zeros(y_pred, int))


@pytest.mark.parametrize("class_ids", [[], [3], [-1]])
def test_class_ids_outside_the_classes_are_refused(class_ids):
    with pytest.raises(ValueError, match="class_ids must be"):
        MeanIoU(3, class_ids=class_ids)


def test_fewer_than_two_classes_are_refused():
    with pytest.raises(ValueError, match="num_classes must be"):
        PixelAccuracy(1)


def test_names_of_the_package():
    assert set(KEYS) | {SemanticScores} <= {
        getattr(kseg.metrics, name) for name in dir(kseg.metrics)
    }
    with pytest.raises(AttributeError, match="no attribute 'Rand'"):
        _ = kseg.metrics.Rand


def test_examples_in_docstrings():
    result = doctest.testmod(kseg.metrics.streaming)
    assert result.attempted > 0 and result.failed == 0
