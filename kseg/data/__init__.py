"""Data sets, augmentation and the input pipeline.

Names are looked up when first used: reading a folder needs no TensorFlow, augmentation
and the pipeline do.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOMES = {
    "Augment": "augment.labels",
    "Dataset": "dataset",
    "ObjectAugment": "augment.objects",
    "Objects": "objects",
    "Item": "dataset",
    "Problem": "check",
    "border_labels": "pipeline.labels_from_ids",
    "contact_labels": "pipeline.labels_from_ids",
    "check_data": "check",
    "data_errors": "pipeline.labels",
    "drop_bad": "skip_bad",
    "make_object_pipeline": "pipeline.objects",
    "make_pipeline": "pipeline.labels",
    "open_dataset": "open",
    "repeat_large": "pipeline.repeat_large",
    "ridge_labels": "pipeline.labels_from_ids",
    "sample": "embedded",
    "steps_per_epoch": "pipeline.epochs",
    "unet_weight_map": "pipeline.weight_map",
}

__all__ = [
    "Augment",
    "Dataset",
    "ObjectAugment",
    "Objects",
    "Item",
    "Problem",
    "border_labels",
    "check_data",
    "contact_labels",
    "data_errors",
    "drop_bad",
    "make_object_pipeline",
    "make_pipeline",
    "open_dataset",
    "repeat_large",
    "ridge_labels",
    "sample",
    "steps_per_epoch",
    "unet_weight_map",
]

if TYPE_CHECKING:
    from kseg.data.augment.labels import Augment
    from kseg.data.augment.objects import ObjectAugment
    from kseg.data.check import Problem, check_data
    from kseg.data.dataset import Dataset, Item
    from kseg.data.embedded import sample
    from kseg.data.objects import Objects
    from kseg.data.open import open_dataset
    from kseg.data.pipeline.epochs import steps_per_epoch
    from kseg.data.pipeline.labels import data_errors, make_pipeline
    from kseg.data.pipeline.labels_from_ids import (
        border_labels,
        contact_labels,
        ridge_labels,
    )
    from kseg.data.pipeline.objects import make_object_pipeline
    from kseg.data.pipeline.repeat_large import repeat_large
    from kseg.data.pipeline.weight_map import unet_weight_map
    from kseg.data.skip_bad import drop_bad


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'kseg.data' has no attribute '{name}'")
    return getattr(import_module(f"kseg.data.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
