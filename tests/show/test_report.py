"""The report of `kseg demo`, of made-up results; `kseg demo` itself: tests/cli."""

import csv
from types import SimpleNamespace

import numpy as np

from kseg.predict.labels.result import Result
from kseg.show.report import SHOWN, write_report


class Images:
    """Gray images with id maps of 0, 1, 2 ... objects."""

    def __init__(self, images, objects):
        self.image = images.__getitem__
        self.target = lambda i: objects + i
        self._count = len(images)

    def __len__(self):
        return self._count


def test_a_report_escapes_what_it_is_given(tmp_path):
    objects = np.zeros((20, 30), np.int32)
    images = [np.full((20, 30, 1), value, np.uint8) for value in range(8)]
    dataset = Images(images, objects)
    shown = []
    predictor = SimpleNamespace(
        metadata={"classes": ["a", "b"], "input": {"size": [64, 96]}},
        predict=lambda image: shown.append(image) or Result(image[..., 0] * 0, objects),
    )
    scores = {"score": 0.5, "foreground_iou": 0.75}
    scores |= {"objects_50": 0.5, "objects_70": 0.25, "objects_mean": 0.125}
    rows = [{"name": "=1+1", "score": 0.5, "foreground_iou": 0.75}]
    evaluation = SimpleNamespace(scores=scores, rows=rows)
    report = SimpleNamespace(
        bytes=1_500_000, path="a.tflite", parity=SimpleNamespace(agreement=0.999)
    )
    history = [{"epoch": 0, "loss": 1.0, "val_score": 0.5, "val_foreground_iou": 0.75}]
    run = SimpleNamespace(
        last=lambda: (None, {"seconds": 90, "history": history}),
        record={"split": {"train": [1, 2]}, "arguments": {"data": "/<script>/x"}},
    )
    evaluations = {"Keras": evaluation, "int8": evaluation}
    write_report(
        tmp_path,
        *(run, dataset, predictor, evaluations),
        *({"int8": report}, [{"median_ms": 12.3}], 2),
    )
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "<script" not in page and "/&lt;script&gt;/x/images" in page
    assert "1.5 minutes on 2 microscope" in page and "64 x 96 tile" in page
    assert "<b>12.3 ms</b>" in page and "<td>99.90 %</td>" in page
    assert page.count("data:image/png;base64,") == 2
    assert len(shown) == SHOWN
    with open(tmp_path / "scores.csv", newline="") as stream:
        written = list(csv.reader(stream))
    assert written[1] == ["Keras", "'=1+1", "0.5", "0.75"] and len(written) == 3
