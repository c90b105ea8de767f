import pytest

from kseg import bundle
from kseg.errors import BundleError
from kseg.predict.labels.network import TFLiteNetwork


def test_a_network_that_is_not_what_its_metadata_says_is_refused(label_bundle):
    flatbuffer, said, _ = bundle.read(label_bundle)
    for wrong, match in (
        ({"output": said["output"] | {"name": "x"}}, "'x'"),
        ({"input": said["input"] | {"name": "y"}}, "'y'"),
        ({"input": said["input"] | {"size": [48, 32]}}, "Expected an input of shape"),
    ):
        with pytest.raises(BundleError, match=match):
            TFLiteNetwork(flatbuffer, said | wrong)
    broken = flatbuffer[:8] + bytes(len(flatbuffer) - 8)
    with pytest.raises(BundleError, match="LiteRT"):
        TFLiteNetwork(broken, said)
