"""What Keras is told of a network of objects, on one of three weights."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops

from kseg.models.parts.object_network import ObjectNetwork
from tests.contract import check_object_network
from tests.models.tiny_rcnn import batch
from tests.models.windows import Windows


@keras.saving.register_keras_serializable(package="tests")
class Line(ObjectNetwork):
    """Trunk ``a * x``, detections twice that; terms |a x - y| and a constant share."""

    TERMS = ("L_first", "L_second")

    def __init__(self, width=3, penalty=0.0, seed=0, name="line"):
        config = {"width": width, "penalty": penalty, "seed": seed}
        image = keras.Input((width,))
        regularizer = keras.regularizers.L2(penalty) if penalty else None
        dense = keras.layers.Dense(
            1,
            use_bias=False,
            kernel_initializer="ones",
            kernel_regularizer=regularizer,
        )
        raw = dense(image)
        trunk = keras.Model(image, {"raw": raw}, name="trunk")
        detections = {"doubled": keras.layers.Rescaling(2.0, dtype="float32")(raw)}
        options = dict(trunk=trunk, config=config, seed=seed, name=name)
        super().__init__(image, detections, **options)

    def terms(self, outputs, truth, seed, training):
        error = ops.mean(ops.abs(ops.cast(outputs["raw"], "float32") - truth["y"]))
        drawn = keras.random.uniform((), seed=seed)
        return {"L_first": error, "L_second": 10.0 * drawn}


X = np.array([[1, 2, 3], [0, 0, 1]], "float32")
Y = {"y": np.array([[4.0], [2.0]], "float32")}


def test_contract_of_a_network_without_regions(tmp_path):
    check_object_network(Windows, batch(), tmp_path)


def compiled(**kwargs):
    model = Line(**kwargs)
    model.compile(keras.optimizers.SGD(0.0))
    return model


def test_training_returns_the_trunk_and_prediction_detections():
    model = Line()
    assert set(model(X, training=True)) == {"raw"}
    np.testing.assert_allclose(model(X)["doubled"], [[12], [2]])
    np.testing.assert_allclose(model.predict(X, verbose=0)["doubled"], [[12], [2]])


def test_metrics_are_the_terms_and_the_loss_their_sum():
    model = compiled()
    logs = model.fit(X, Y, verbose=0).history
    assert set(logs) == {"loss", "L_first", "L_second"}
    assert logs["L_first"] == [pytest.approx((2 + 1) / 2)]
    assert logs["loss"][0] == pytest.approx(logs["L_first"][0] + logs["L_second"][0])


def test_validation_runs_the_trunk_and_draws_the_same_each_time():
    model = compiled()
    first = model.evaluate(X, Y, return_dict=True, verbose=0)
    assert first["L_first"] == pytest.approx(1.5)
    assert first == model.evaluate(X, Y, return_dict=True, verbose=0)
    drawn = {model.train_on_batch(X, Y, return_dict=True)["L_second"] for _ in "123"}
    assert len(drawn) == 3


def test_its_trunk_is_trained_as_a_layer_of_another_network():
    line, image = Line(), keras.Input((3,))
    outer = keras.Model(image, line.trunk(image)["raw"])
    outer.compile(keras.optimizers.SGD(0.1), "mse")
    before = line.get_weights()[0]
    outer.fit(X, Y["y"], verbose=0)
    assert (line.get_weights()[0] != before).all()


def test_it_is_no_layer_itself():
    with pytest.raises(ValueError, match="cannot be a layer .*its trunk"):
        Line()(keras.Input((3,)))


def test_another_network_goes_on_from_its_output():
    line = Line()
    outer = keras.Model(line.input, keras.layers.Rescaling(3.0)(line.output["doubled"]))
    np.testing.assert_allclose(outer.predict(X, verbose=0), [[36], [6]])
    outer.compile(keras.optimizers.SGD(0.1), "mse")
    before = line.get_weights()[0]
    outer.fit(X, Y["y"], verbose=0)
    assert (line.get_weights()[0] != before).all()


def test_regularizers_count():
    plain, penalised = compiled(), compiled(penalty=0.5)
    losses = [m.evaluate(X, Y, verbose=0, return_dict=True) for m in (plain, penalised)]
    assert losses[1]["loss"] - losses[0]["loss"] == pytest.approx(0.5 * 3)


@pytest.mark.parametrize("name", ["metrics", "weighted_metrics"])
def test_compile_refuses_metrics(name):
    with pytest.raises(ValueError, match="kseg.callbacks.Evaluate.*Received.*mse"):
        Line().compile("sgd", **{name: ["mse"]})


def test_compile_refuses_a_loss_and_fit_sample_weights():
    with pytest.raises(ValueError, match="computes its loss itself.*Received"):
        Line().compile("sgd", "mse")
    with pytest.raises(ValueError, match="takes no sample weights"):
        compiled().train_on_batch(X, Y, sample_weight=np.ones(2))


def test_xla_only_where_asked_for():
    model = Line()
    model.compile("sgd")
    assert not model.jit_compile
    model.compile("sgd", jit_compile=True)
    assert model.jit_compile
    assert model.train_on_batch(X, Y)[0] > 1.5


def test_file_round_trip_keeps_weights_arguments_and_optimizer(tmp_path):
    model = Line(penalty=0.5)
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9))
    model.train_on_batch(X, Y)
    model.save(tmp_path / "line.keras")
    json.dumps(model.get_config())
    loaded = keras.models.load_model(tmp_path / "line.keras")
    assert type(loaded) is Line and loaded.get_config() == model.get_config()
    np.testing.assert_array_equal(loaded(X)["doubled"], model(X)["doubled"])
    for a, b in zip(loaded.optimizer.variables, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(a, b)
    for _ in range(2):
        model.train_on_batch(X, Y), loaded.train_on_batch(X, Y)
    np.testing.assert_allclose(loaded.get_weights()[0], model.get_weights()[0])


def test_a_file_keeps_the_dtype_policy(tmp_path):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        Line().save(tmp_path / "line.keras")
    finally:
        keras.config.set_dtype_policy(before)
    loaded = keras.models.load_model(tmp_path / "line.keras")
    assert loaded(X, training=True)["raw"].dtype == "bfloat16"
    assert keras.config.dtype_policy().name == before.name


REPLICAS = """
import keras, numpy as np, tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(
    cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from tests.models.parts.test_object_network import Line, X, Y

def step():
    model = Line()
    model.compile(keras.optimizers.SGD(0.1))
    data = tf.data.Dataset.from_tensor_slices((X[:1].repeat(4, 0), {
        "y": Y["y"][:1].repeat(4, 0)})).batch(4)
    logs = model.fit(data, verbose=0).history
    return model.get_weights()[0].ravel().tolist(), logs["L_first"]

alone = step()
with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
    together = step()
np.testing.assert_allclose(alone[0], together[0], rtol=1e-6)
np.testing.assert_allclose(alone[1], together[1], rtol=1e-6)
print("equal", alone[0][0] < 1)
"""


def test_two_replicas_take_the_step_that_one_takes():
    done = subprocess.run(
        [sys.executable, "-c", REPLICAS], capture_output=True, text=True, timeout=300
    )
    assert done.stdout.split() == ["equal", "True"], done.stderr[-2000:]
