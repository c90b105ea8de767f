"""kseg.train.objects: the run of label maps, with other data."""

import dataclasses
import json
import shutil
import subprocess
import sys

import keras
import numpy as np
import pytest

import kseg
from kseg import data, recipes
from kseg.data.reading.annotation import Object
from kseg.train import ObjectTarget, evaluate
from kseg.train import loop as training
from tests import tiny_object_recipe


def sets(kind="instances"):
    train, val = data.sample("train"), data.sample("val")
    chosen = (train.subset([item.name for item in train.items[:4]]), val)
    few = [d.subset([item.name for item in d.items[:4]]) for d in chosen]
    return [dataclasses.replace(d, kind=kind) for d in few]


def run_tiny(out, kind="instances", **options):
    recipes.RECIPES["objects"] = "tests.tiny_object_recipe"
    try:
        options = {"say": lambda line: None, **options}
        return training.train("objects", *sets(kind), out, **options)
    finally:
        del recipes.RECIPES["objects"]


def fit_with(callback):
    """``keras.Model.fit`` with one callback more."""
    fit = keras.Model.fit
    return lambda self, *args, callbacks=(), **kwargs: fit(
        self, *args, callbacks=[*callbacks, callback], **kwargs
    )


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """A run, and the folder as it was when its second epoch began."""
    folder = tmp_path_factory.mktemp("runs")

    def copy(epoch, logs):
        if epoch:
            shutil.copytree(folder / "whole", folder / "interrupted")

    with pytest.MonkeyPatch.context() as patch:
        callback = keras.callbacks.LambdaCallback(on_epoch_begin=copy)
        patch.setattr(keras.Model, "fit", fit_with(callback))
        whole = run_tiny(folder / "whole")
    return whole, folder / "interrupted"


@pytest.fixture(scope="module")
def whole(both):
    return both[0]


def test_a_run_learns_and_is_scored_by_its_objects(whole):
    history = whole.last()[1]["history"]
    assert len(history) == 2 and history[1]["loss"] < history[0]["loss"]
    assert {"L_rpn_cls", "L_rpn_box", "L_cls", "L_box", "L_mask"} <= history[0].keys()
    assert all(0 <= row["val_score"] <= 1 for row in history)
    assert whole.record["target"]["magnification"] == 2
    assert whole.record["metadata"]["task"] == "instances"
    assert json.loads(json.dumps(whole.record)) == whole.record
    best = whole.last()[1]["best_epoch"] - 1
    threshold = whole.record["metadata"]["score_threshold"]
    assert threshold == history[best]["val_best_threshold"]
    assert kseg.load(whole.path).metadata["score_threshold"] == threshold


def test_its_best_network_predicts_objects_of_a_whole_image(whole):
    predictor = kseg.load(whole.path)
    image = data.sample("val").image(0)
    found = predictor.predict(image, score_threshold=0.0)
    assert found.size == image.shape[:2]
    assert len(found) and set(found.classes) == {1}


def test_a_run_goes_on_where_it_ended_and_gives_the_same(both):
    whole, interrupted = both
    said = []
    run = run_tiny(interrupted, say=said.append)
    assert any(line.endswith("after epoch 1") for line in said)
    resumed, straight = run.last()[1]["history"], whole.last()[1]["history"]
    assert len(resumed) == 2
    np.testing.assert_allclose(resumed[1]["loss"], straight[1]["loss"], rtol=1e-3)


def test_it_opens_in_a_process_of_its_own(whole):
    code = "import kseg, sys; print(kseg.load(sys.argv[1]).metadata['task'])"
    for path in (whole.path, whole.last()[0]):
        command = [sys.executable, "-c", code, str(path)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.stdout.split() == ["instances"], done.stderr[-2000:]


def of_two_classes(dataset):
    """Every second nucleus is of another class."""

    def read(item, size):
        ids = dataset.target([one.name for one in dataset.items].index(item.name))
        for i, number in enumerate(np.unique(ids)[1:]):
            yield Object(1 + i % 2, (ids == number).astype("uint8"), (0, 0)).trimmed()

    return dataclasses.replace(
        dataset,
        class_names=("background", "round", "long"),
        palette=((0, 0, 0), (255, 0, 0), (0, 255, 0)),
        read_objects=read,
    )


def test_a_network_that_tells_no_classes_learns_from_data_of_several(
    tmp_path, monkeypatch
):
    recipe = dataclasses.replace(
        tiny_object_recipe.RECIPE, class_names=("background", "object")
    )
    monkeypatch.setattr(tiny_object_recipe, "RECIPE", recipe)
    given, fit = [], keras.Model.fit

    def watched(self, x, **kwargs):
        given.extend(truth["classes"] for _, truth in x.take(4))
        return fit(self, x, **kwargs)

    monkeypatch.setattr(keras.Model, "fit", watched)
    few = [of_two_classes(one) for one in sets()]
    assert max(few[0].objects(0).classes) == 2
    monkeypatch.setitem(recipes.RECIPES, "objects", "tests.tiny_object_recipe")
    quiet = dict(say=lambda line: None, epochs=1)
    run = training.train("objects", *few, tmp_path / "run", **quiet)
    assert run.record["metadata"]["classes"] == ["background", "object"]
    assert len(run.record["metadata"]["palette"]) == 2
    assert {int(k) for classes in given for k in np.unique(classes)} == {0, 1}
    predictor = kseg.load(run.path)
    scores = evaluate(predictor, few[1]).scores
    assert 0 <= scores["mask_ap"] <= 1 and "ap_long" not in scores


def test_whole_images_are_seen_once_an_epoch(tmp_path, monkeypatch):
    recipe = dataclasses.replace(
        tiny_object_recipe.RECIPE, objects=ObjectTarget(max_instances=20, mask_size=14)
    )
    monkeypatch.setattr(tiny_object_recipe, "RECIPE", recipe)
    given = {}
    monkeypatch.setattr(keras.Model, "fit", lambda *_, **kwargs: given.update(kwargs))
    run = run_tiny(tmp_path / "run", epochs=1)
    # Four images, of up to 20 times the pixels of what the network sees.
    assert given["steps_per_epoch"] == 4 // recipe.batch_size
    assert run.record["metadata"]["input"]["resize"] == "letterbox"


def test_weights_of_another_run_begin_a_new_one(whole, tmp_path, monkeypatch):
    begun = []
    monkeypatch.setattr(keras.Model, "fit", lambda self, *_, **__: begun.append(self))
    said = []
    run_tiny(tmp_path / "new", weights_from=whole.path, epochs=1, say=said.append)
    assert any("Took the weights of" in line for line in said)
    best = keras.models.load_model(whole.best, compile=False)
    for a, b in zip(begun[0].get_weights(), best.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_label_maps_are_refused(tmp_path):
    with pytest.raises(ValueError, match="single objects.*label maps"):
        run_tiny(tmp_path / "run", kind="labels")
