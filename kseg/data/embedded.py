"""The embedded sample of real nuclei; kseg/data/nuclei/README.md says what it is."""

from pathlib import Path

from kseg.data.dataset import Dataset
from kseg.data.open import open_dataset

FOLDER = Path(__file__).parent / "nuclei"


def sample(split: str, *, channels: int = 3) -> Dataset:
    """The embedded nuclei: 256x256 fluorescence images with an id map each (CC0).

    Args:
        split: ``"train"`` (64 images) or ``"val"`` (16).
        channels: Of ``image(i)``; the files are gray, repeated.

    Returns:
        A data set of the kind ``"instances"``.

    Raises:
        DataError: Another split.
    """
    return open_dataset(FOLDER, format="dsb2018", split=split, channels=channels)
