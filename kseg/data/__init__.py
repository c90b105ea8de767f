"""Data sets, augmentation and the input pipeline.

Names are looked up when first used: reading a folder needs no TensorFlow, augmentation
and the pipeline do.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOMES = {
    "Augment": "augment",
    "Dataset": "dataset",
    "InstanceAugment": "instance_augment",
    "Instances": "instances",
    "Item": "dataset",
    "Problem": "check",
    "border_labels": "targets",
    "contact_labels": "targets",
    "check_data": "check",
    "data_errors": "pipeline",
    "drop_bad": "usable",
    "make_instance_pipeline": "instance_pipeline",
    "make_pipeline": "pipeline",
    "open_dataset": "opening",
    "repeat_large": "repeat",
    "ridge_labels": "targets",
    "sample": "embedded",
    "steps_per_epoch": "epochs",
    "unet_weight_map": "weight_map",
}

__all__ = [
    "Augment",
    "Dataset",
    "InstanceAugment",
    "Instances",
    "Item",
    "Problem",
    "border_labels",
    "check_data",
    "contact_labels",
    "data_errors",
    "drop_bad",
    "make_instance_pipeline",
    "make_pipeline",
    "open_dataset",
    "repeat_large",
    "ridge_labels",
    "sample",
    "steps_per_epoch",
    "unet_weight_map",
]

if TYPE_CHECKING:
    from kseg.data.augment import Augment
    from kseg.data.check import Problem, check_data
    from kseg.data.dataset import Dataset, Item
    from kseg.data.embedded import sample
    from kseg.data.epochs import steps_per_epoch
    from kseg.data.instance_augment import InstanceAugment
    from kseg.data.instance_pipeline import make_instance_pipeline
    from kseg.data.instances import Instances
    from kseg.data.opening import open_dataset
    from kseg.data.pipeline import data_errors, make_pipeline
    from kseg.data.repeat import repeat_large
    from kseg.data.targets import border_labels, contact_labels, ridge_labels
    from kseg.data.usable import drop_bad
    from kseg.data.weight_map import unet_weight_map


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'kseg.data' has no attribute '{name}'")
    return getattr(import_module(f"kseg.data.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
