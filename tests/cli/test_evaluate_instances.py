"""``kseg evaluate`` and ``export --calibrate`` of a network that gives objects."""

import contextlib
import io
import json

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from kseg.cli import main
from tests.data.folders import write
from tests.predict import corner


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    return corner.write(tmp_path_factory.mktemp("corner"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two images in COCO's format: of the network's objects one is right in each."""
    folder = tmp_path_factory.mktemp("coco")
    boxes = {31: (2, 4, 10, 20, 5), 32: (12, 8, 30, 40, 9)}
    found = {
        "images": [],
        "categories": [{"id": 5, "name": "cell"}, {"id": 9, "name": "debris"}],
        "annotations": [],
    }
    for key, (y1, x1, y2, x2, category) in boxes.items():
        write(folder / "images" / f"{key}.png", np.full(corner.SIZE, 153, np.uint8))
        found["images"].append(
            {"id": key, "file_name": f"{key}.png", "height": 32, "width": 48}
        )
        found["annotations"].append(
            {
                **{"id": key + 100, "image_id": key, "category_id": category},
                "bbox": [x1, y1, x2 - x1, y2 - y1],
                "segmentation": [[x1, y1, x2, y1, x2, y2, x1, y2]],
                **{"area": (x2 - x1) * (y2 - y1), "iscrowd": 0},
            }
        )
    (folder / "annotations").mkdir()
    (folder / "annotations" / "instances_val.json").write_text(json.dumps(found))
    write(folder / "images" / "33.png", np.zeros(corner.SIZE, np.uint8))
    image = {"id": 33, "file_name": "33.png", "height": 32, "width": 48}
    other = found | {"images": [image], "annotations": []}
    (folder / "annotations" / "instances_train.json").write_text(json.dumps(other))
    return folder


def official(folder, results, kind):
    with contextlib.redirect_stdout(io.StringIO()):
        true = COCO(str(folder / "annotations" / "instances_val.json"))
        run = COCOeval(true, true.loadRes(str(results)), kind)
        run.evaluate()
        run.accumulate()
        run.summarize()
    return run.stats


def test_scores_results_and_the_page(network, folder, tmp_path, capsys):
    out = tmp_path / "out"
    main(["evaluate", str(network), "--data", str(folder), "--out", str(out)])
    said = capsys.readouterr().out
    scores = json.loads((out / "scores.json").read_text())
    # At 0.5 two objects in each image, one of them right.
    assert scores["objects_50"] == pytest.approx(2 / 4)
    assert f"mask_ap: {scores['mask_ap']:.4f}" in said
    assert "max_detections: 100\n" in said and "results_segm.json" in said
    for kind, name in (("segm", "mask"), ("bbox", "box")):
        stats = official(folder, out / f"results_{kind}.json", kind)
        assert stats[0] == scores[f"{name}_ap"] > 0
        assert stats[1] == scores[f"{name}_ap50"]
    page = (out / "worst.html").read_text()
    assert page.count("<section>") == 2 and "31" in page and "found 2" in page


def test_a_threshold_of_ones_own(network, folder, tmp_path, capsys):
    arguments = ["evaluate", str(network), "--data", str(folder)]
    options = ["--score-threshold", "0.7", "--out", str(tmp_path)]
    main([*arguments, *options])
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert scores["score_threshold"] == 0.7
    assert scores["objects_50"] == pytest.approx(1 / 3)  # one right of one in each
    assert "found 1" in (tmp_path / "worst.html").read_text()


def test_the_best_threshold(network, folder, capsys):
    main(["evaluate", str(network), "--data", str(folder), "--find-threshold"])
    said = capsys.readouterr().out
    # Between 0.25 and the two at 0.6.
    assert "score threshold 0.43: objects_50 0.5000 on 2 images" in said
    assert "mask_ap" not in said


def test_options_that_do_not_fit(network, folder, tmp_path, capsys):
    arguments = ["evaluate", str(network), "--data", str(folder)]
    with pytest.raises(SystemExit):
        main([*arguments, "--find-threshold", "--score-threshold", "0.5"])
    assert "not both" in capsys.readouterr().err
    out = tmp_path / "out"
    with pytest.raises(SystemExit):
        main([*arguments, "--find-threshold", "--out", str(out)])
    assert "--out" in capsys.readouterr().err and not out.exists()


def test_label_maps_have_no_score_threshold(tmp_path, folder, capsys):
    from kseg.models import UNet

    size = (None, None, 3)
    model = UNet(3, size, padding="same", base_filters=2, depth=1)
    model.save(tmp_path / "unet.keras")
    arguments = ["evaluate", str(tmp_path / "unet.keras"), "--data", str(folder)]
    with pytest.raises(SystemExit):
        main([*arguments, "--find-threshold"])
    assert "--score-threshold" in capsys.readouterr().err


def test_data_to_calibrate_with_has_the_classes_of_the_network(
    folder, tmp_path, monkeypatch
):
    given = []
    monkeypatch.setattr(
        "kseg.export.run.export_run", lambda run, *sets, **options: given.extend(sets)
    )
    metadata = corner.METADATA | {"classes": ["background", "debris", "cell"]}
    record = {"format_version": 1, "metadata": metadata, "arguments": {}}
    (tmp_path / "run.json").write_text(json.dumps(record))
    main(["export", str(tmp_path), "--calibrate", str(folder)])
    assert [one.class_names[1:] for one in given] == [("debris", "cell")] * 2
    # Of the second image, whose object is debris.
    assert given[1].objects(1).classes.tolist() == [1]
