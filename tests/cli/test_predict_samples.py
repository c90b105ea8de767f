"""``kseg predict --samples``: an uncertainty map, or a sentence."""

import json

import cv2
import keras
import numpy as np
import pytest

from kseg.cli import main
from kseg.models import UNet


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    path = tmp_path_factory.mktemp("photos") / "photo.png"
    pixels = np.random.default_rng(0).integers(0, 256, (40, 56, 3)).astype("uint8")
    cv2.imwrite(str(path), pixels)
    return path


def saved(folder, dropout):
    keras.utils.set_random_seed(0)
    model = UNet(
        3,
        (None, None, 3),
        padding="same",
        base_filters=4,
        depth=1,
        dropout=dropout,
    )
    model.save(folder / "unet.keras")
    return str(folder / "unet.keras")


def test_writes_the_uncertainty(photo, tmp_path):
    network, out = saved(tmp_path, 0.5), tmp_path / "out"
    arguments = ["predict", network, str(photo), "--samples", "4"]
    main([*arguments, "--out", str(out)])
    names = {path.name for path in out.iterdir()}
    assert {"photo_uncertainty.png", "photo_uncertainty.json"} < names
    image = cv2.imread(str(out / "photo_uncertainty.png"), cv2.IMREAD_UNCHANGED)
    assert image.shape == (40, 56) and image.dtype == np.uint16
    assert image.max() == 65535
    found = json.loads((out / "photo_uncertainty.json").read_text())
    assert 0 < found["mean"] < found["maximum"] <= 0.25
    mean = image.mean() / 65535 * found["maximum"]
    assert mean == pytest.approx(found["mean"], rel=1e-3)

    main([*arguments, "--out", str(tmp_path / "other"), "--seed", "1"])
    other = json.loads((tmp_path / "other/photo_uncertainty.json").read_text())
    assert other["maximum"] != found["maximum"]


def test_without_dropout_nothing_is_written(photo, tmp_path, capsys):
    network, out = saved(tmp_path, 0.0), tmp_path / "out"
    with pytest.raises(SystemExit):
        main(["predict", network, str(photo), "--samples", "4", "--out", str(out)])
    assert "Train it with dropout" in " ".join(capsys.readouterr().err.split())
    assert not out.exists()
