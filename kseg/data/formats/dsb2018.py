"""Instance masks in the layouts of the 2018 Data Science Bowl.

One id map an image::

    images/NAME.png    masks/NAME.png (16-bit gray ids, 0 background)    splits/*.txt

or one file an instance, as Kaggle's stage1_train has it::

    NAME/images/NAME.png    NAME/masks/*.png (0 and 255)
"""

from pathlib import Path

from kseg.data.dataset import Dataset, Item
from kseg.imaging import default_palette

CLASS_NAMES = ("background", "nucleus")


def read_dsb2018(root: Path, items: tuple[Item, ...]) -> Dataset:
    """Objects of one class, in either layout; no file is read.

    Args:
        root: The data folder; every reader takes it.
        items: What ``list_folder`` found in it.

    Returns:
        A data set of the kind ``"instances"``.
    """
    return Dataset("instances", items, CLASS_NAMES, default_palette(len(CLASS_NAMES)))
