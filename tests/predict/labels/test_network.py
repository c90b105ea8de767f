import pytest

from kseg import bundle
from kseg.errors import BundleError
from kseg.predict import load


def test_a_network_that_is_not_what_its_metadata_says_is_refused(
    label_bundle, tmp_path
):
    content = bundle.read(label_bundle)
    wrong = content.metadata | {"output": content.metadata["output"] | {"name": "x"}}
    bundle.write(tmp_path / "x.tflite", content.flatbuffer, wrong, content.golden)
    with pytest.raises(BundleError, match=r"x\.tflite.*'x'"):
        load(tmp_path / "x.tflite")
    size = content.metadata["input"] | {"size": [48, 32]}
    turned = (content.golden[0].swapaxes(0, 1).copy(), content.golden[1].T.copy())
    bundle.write(
        tmp_path / "y.tflite", content.flatbuffer, wrong | {"input": size}, turned
    )
    with pytest.raises(BundleError, match=r"y\.tflite"):
        load(tmp_path / "y.tflite")
    broken = content.flatbuffer[:8] + bytes(len(content.flatbuffer) - 8)
    bundle.write(tmp_path / "z.tflite", broken, content.metadata, content.golden)
    with pytest.raises(BundleError, match=r"z\.tflite.*LiteRT"):
        load(tmp_path / "z.tflite")
