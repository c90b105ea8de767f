"""kseg.callbacks.evaluate: scores of whole images in the logs of a fit."""

import keras
import numpy as np
import pytest

from kseg.callbacks import Evaluate
from kseg.data import open_dataset, sample
from kseg.predict import from_model
from kseg.train.evaluation import evaluate
from tests.data.folders import image as image_file
from tests.data.folders import labels, write
from tests.models.tiny_rcnn import SHAPE, batch, tiny


def fit(model, images, truth, callback, epochs):
    return model.fit(
        images, truth, epochs=epochs, verbose=0, callbacks=[callback]
    ).history


def test_label_maps_are_scored_every_few_epochs_and_at_the_end(tmp_path):
    for i in range(3):
        write(tmp_path / "images" / f"{i}.png", image_file(i))
        write(tmp_path / "masks" / f"{i}.png", labels())
    dataset = open_dataset(tmp_path)
    image = keras.Input((None, None, dataset.channels))
    classes = len(dataset.class_names)
    model = keras.Model(image, keras.layers.Conv2D(classes, 1)(image))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("sgd", loss)
    images = np.zeros((2, 8, 8, dataset.channels), "float32")
    truth = np.zeros((2, 8, 8), "int32")
    history = fit(model, images, truth, Evaluate(dataset, every=2), 3)
    assert len(history["loss"]) == 3 and len(history["val_mean_iou"]) == 2
    metadata = {
        "task": "semantic",
        "input": {"size": [256, 256], "channels": dataset.channels},
        "classes": list(dataset.class_names),
    }
    found = evaluate(from_model(model, metadata), dataset)
    assert history["val_mean_iou"][-1] == pytest.approx(found.scores["mean_iou"])


def test_objects_are_scored():
    model = tiny(num_classes=1)
    model.compile("sgd")
    images, truth = batch()
    truth["classes"] = np.minimum(truth["classes"], 1)
    dataset = sample("val")
    few = dataset.subset([item.name for item in dataset.items[:2]])
    assert model.input_shape[1:] == SHAPE
    history = fit(model, images, truth, Evaluate(few), 1)
    assert 0 <= history["val_mask_ap"][0] <= 1 and "val_objects_50" in history


def test_bad_arguments():
    with pytest.raises(ValueError, match="every must be an int of at least 1"):
        Evaluate(sample("val"), every=0)
