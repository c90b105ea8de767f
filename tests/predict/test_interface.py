import inspect

import numpy as np
import pytest

from kseg.errors import BundleError
from kseg.predict import ObjectPredictor, Predictor, load
from kseg.predict.interface import BasePredictor
from tests.predict.conftest import blobs


def test_both_predictors_have_the_same_public_names():
    first, second = (
        {name for name in dir(kind) if not name.startswith("_")}
        for kind in (Predictor, ObjectPredictor)
    )
    assert first == second > {"predict", "predict_batch", "read", "self_check"}
    for kind in (Predictor, ObjectPredictor):
        shared = list(inspect.signature(kind.predict).parameters)
        assert {"image", "tta", "margin"} < set(shared)


def test_several_images_as_each_alone(label_bundle, object_bundle):
    images = [np.repeat(blobs(*size), 3, axis=-1) for size in ((40, 60), (30, 20))]
    for path in (label_bundle, object_bundle):
        predictor = load(path, threads=1)
        both = predictor.predict_batch(images, tta=True)
        assert len(both) == 2
        for image, result in zip(images, both, strict=True):
            alone = predictor.predict(image, tta=True)
            for name, value in vars(alone).items():
                np.testing.assert_equal(getattr(result, name), value)


def test_a_check_in_words(label_bundle, object_bundle):
    labels, objects = load(label_bundle, threads=1), load(object_bundle, threads=1)
    assert labels.describe_check(labels.self_check()) == (
        "100.00 % of the labels agree with those of the export"
    )
    assert objects.describe_check(0.251) == (
        "the same objects as at the export, boxes within 0.25 pixels"
    )


def test_without_a_golden_image_nothing_is_checked():
    for kind in (Predictor, ObjectPredictor):
        with pytest.raises(BundleError, match=r"golden image.*\.tflite"):
            kind(None, {}).self_check()
    with pytest.raises(TypeError, match="abstract"):
        BasePredictor(None, {})
