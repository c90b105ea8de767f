import json
from types import SimpleNamespace

import numpy as np

from kseg.predict.labels.result import Result
from kseg.show.save_evaluation import save_evaluation, score_lines

IMAGE = np.zeros((8, 8, 1), np.uint8)


def test_lines_of_scores():
    scores = {"score": 0.5, "images": 3, "iou": [0.25, float("nan")]}
    assert score_lines(scores) == [
        "  score: 0.5000",
        "  images: 3",
        "  iou: 0.2500 nan",
    ]


def test_every_file_and_the_worst_first(tmp_path):
    names = [f"image{i}.png" for i in range(5)]
    rows = [
        {"name": name, "score": s}
        for name, s in zip(names, (5, 1, 3, 2, 4), strict=True)
    ]
    evaluation = SimpleNamespace(
        scores={"score": 0.5, "iou": [0.25, float("nan")]},
        rows=rows,
        results={"segm": [{"image_id": 7}]},
    )
    seen = []
    dataset = SimpleNamespace(
        items=[SimpleNamespace(name=name) for name in names],
        image=lambda i: seen.append(i) or IMAGE,
        target=lambda i: IMAGE[..., 0],
    )
    metadata = {"task": "semantic", "classes": ["a", "b"], "name": "net"}
    arguments = dataset, lambda image: Result(image[..., 0]), metadata, tmp_path / "o"
    written = save_evaluation(evaluation, *arguments, worst=3)
    assert [path.name for path in written] == [
        *("scores.json", "results_segm.json", "worst.html")
    ]
    scores = json.loads(written[0].read_text())
    assert scores == {"score": 0.5, "iou": [0.25, None]}
    assert json.loads(written[1].read_text()) == [{"image_id": 7}]
    assert seen == [1, 3, 2]
    page = written[2].read_text()
    places = [page.index(f"<h2>{names[i]}</h2>") for i in seen]
    assert places == sorted(places) and names[0] not in page
