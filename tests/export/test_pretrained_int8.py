"""The embedded EfficientNet-Lite0 as int8: ImageNet's classes of real photographs."""

import os
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from kseg.backbones.efficientnet_lite import EMBEDDED
from kseg.checkpoints.weights import set_arrays
from kseg.export import audit
from kseg.export.flatbuffer.quantize import convert
from kseg.export.labels import model as label_model
from tests.backbones.test_efficientnet_lite import GOLDEN, classifier, pictures


@pytest.mark.data
@pytest.mark.skipif("KSEG_DATA" not in os.environ, reason="KSEG_DATA is not set")
def test_int8_gives_the_same_top_1(tmp_path):
    """Calibrated on other photographs than those that are classified."""
    data = Path(os.environ["KSEG_DATA"])
    with np.load(EMBEDDED) as trunk:
        arrays = dict(np.load(data / "weights" / "efficientnet_lite0.npz")) | dict(
            trunk
        )
    model = classifier("efficientnet_lite0", 224)
    set_arrays(model, arrays)
    photographs = sorted(path.stem for path in (data / "coco128").rglob("*.jpg"))
    others = [name for name in photographs if name not in GOLDEN][::8]
    label_model.write(model, tmp_path, batch=1, outputs=("logits",))
    content = convert(tmp_path, "int8", pictures(others, 224).astype(np.uint8))

    found = audit(content)
    assert found.oldest_runtime == "2.16.1"
    assert found.float_ops.keys() <= {"CAST", "DEQUANTIZE"}  # input and output
    assert len(content) < 6e6
    run = Interpreter(model_content=content).get_signature_runner()
    classes, expected = zip(*GOLDEN.values(), strict=True)
    images = pictures(GOLDEN, 224).astype(np.uint8)
    probabilities = [run(image=image[None])["logits"][0] for image in images]
    assert [p.argmax() for p in probabilities] == list(classes)
    np.testing.assert_allclose(np.max(probabilities, axis=1), expected, atol=0.2)
