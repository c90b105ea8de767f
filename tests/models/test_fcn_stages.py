"""A stage of FCN starts from the one before it, which it then repeats."""

import keras
import numpy as np
import pytest

from kseg.models import FCN8s, FCN16s, FCN32s, initialize_from
from tests.models.networks import images
from tests.models.tiny_fcn import run, tiny
from tests.reference import fcn as reference


@pytest.mark.parametrize("learned", [None, "all"])
def test_stages_hand_their_weights_on(learned, narrow):
    kwargs = dict(fc_filters=3, learned_upsampling=learned)
    stages = [tiny(FCN32s, **kwargs), FCN16s(3, **kwargs), FCN8s(3, **kwargs)]
    x = images(1, 12, 31, 3)
    fc7 = keras.Model(stages[0].input, stages[0].get_layer("drop7").output)
    maps = [np.asarray(fc7(x))] + [np.zeros((1, 99, 99, 1))] * 2
    scores = [stages[0].get_layer("score_fr").get_weights()] + [(np.zeros((1, 3)), 0)]
    for depth in (2, 3):
        model, coarser = stages[depth - 1], stages[depth - 2]
        initialize_from(model, coarser)
        shared = [layer.name for layer in coarser.layers if layer.weights]
        shared = [n for n in shared if n not in ("upscore", "upscore16")]
        assert {"conv1_1", "conv5_1", "fc6", "fc7", "score_fr"} <= set(shared)
        for name in shared:
            pairs = zip(
                model.get_layer(name).get_weights(),
                coarser.get_layer(name).get_weights(),
                strict=True,
            )
            assert all(np.array_equal(a, b) for a, b in pairs)
        # The new score is zero: the old ones, upsampled in one step more.
        zeros = scores[:1] + [scores[1]] * (depth - 1)
        expected = reference.head(x, maps[:depth], zeros)
        np.testing.assert_allclose(run(model, x), expected, rtol=1e-4, atol=1e-4)
        assert np.ptp(expected) > 0.1


@pytest.mark.parametrize(
    "kwargs, message",
    [
        (dict(fc_filters=4), "layer 'fc6' with .*7, 12, 4.*Received: .*7, 12, 3"),
        (dict(learned_upsampling="inner"), "'upscore2'.*Received: no such layer"),
    ],
)
def test_stages_that_do_not_fit(kwargs, message, narrow):
    model = FCN8s(3, fc_filters=3)
    before = model.get_weights()
    with pytest.raises(ValueError, match=message):
        initialize_from(model, FCN16s(3, **{"fc_filters": 3, **kwargs}))
    with pytest.raises(ValueError, match="score_pool3.*name the coarser one second"):
        initialize_from(FCN16s(3, fc_filters=3), model)
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)
