import numpy as np
import pytest

from kseg import bundle
from kseg.errors import BundleError
from kseg.predict.objects.network import OUTPUTS, KerasObjects, TFLiteObjects
from tests.predict.corner import METADATA


def test_what_its_metadata_does_not_say_is_refused(object_bundle):
    flatbuffer, said, _ = bundle.read(object_bundle)
    output = dict(METADATA["output"], masks="elsewhere")
    with pytest.raises(BundleError, match="'elsewhere'"):
        TFLiteObjects(flatbuffer, said | {"output": output})
    del output["masks"]
    with pytest.raises(BundleError, match=r"output\.masks"):
        TFLiteObjects(flatbuffer, said | {"output": output})


def test_a_keras_model_gives_the_outputs_alone():
    import keras

    image = keras.Input((8, 12, 3))
    mean = keras.layers.GlobalAveragePooling2D()(image)
    outputs = {name: keras.layers.Dense(4, name=name)(mean) for name in OUTPUTS}
    network = KerasObjects(keras.Model(image, outputs | {"more": mean}))
    assert (network.size, network.batch) == ((8, 12), 4)
    given = network(np.zeros((2, 8, 12, 3), np.uint8))
    assert tuple(given) == OUTPUTS
    assert all(values.shape == (2, 4) for values in given.values())
