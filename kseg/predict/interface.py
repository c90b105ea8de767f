"""What the predictors of every task have in common."""

import inspect
import os
from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from kseg.errors import BundleError
from kseg.predict.prepare import read


class BasePredictor(ABC):
    """A network with what its numbers mean.

    Subclasses add ``predict(image, *, tta, margin, ...)``, and
    ``predict_batch(images, ...)`` with the same options.

    Args:
        network: As the module ``network`` of its side describes.
        metadata: Of the bundle or run (docs/prediction.md).
        golden: Of a bundle, for `self_check`: an image, and what the network gave for
            it where it was exported.

    Attributes:
        metadata: Sizes, classes, colours and rules.
    """

    def __init__(self, network, metadata: dict[str, Any], golden=None):
        self.metadata = metadata
        self._network = network
        self._golden = golden

    @property
    @abstractmethod
    def size(self) -> tuple[int, int]:
        """(H, W) of what the network sees at a time, in pixels."""

    @property
    @abstractmethod
    def batch(self) -> int:
        """Images that ``predict_batch`` does best with."""

    def read(self, path: str | os.PathLike) -> np.ndarray:
        """Read an image file as this network takes it.

        Args:
            path: PNG, JPEG or TIFF.

        Returns:
            (H, W, C) uint8, after the metadata's intensity rule.

        Raises:
            DataError: The file is no image, or has other channels; it is named.
        """
        return read(path, self.metadata)

    def check_options(self, **options) -> dict[str, Any]:
        """Those options that were given, for ``predict`` and ``predict_batch``.

        Args:
            **options: By name; None where one was not given.

        Returns:
            Those that are not None.

        Raises:
            ValueError: ``predict`` has no such option.
        """
        given = {name: value for name, value in options.items() if value is not None}
        taken = inspect.signature(self.predict).parameters
        for name in given:
            if name not in taken:
                raise not_for(name)
        return given

    def self_check(self) -> float:
        """Predict the bundle's golden image and compare with what it gave at home.

        Kernels differ between processors in the last bit, so that little differences
        are none.

        Returns:
            How well they agree; `describe_check` says it in words.

        Raises:
            BundleError: There is no golden image (only bundles have one), or they do
                not agree.
        """
        if self._golden is None:
            raise BundleError(
                "Expected a bundle, to check it against its golden image. "
                "Received: a run or a .keras file. Load the .tflite file."
            )
        image, golden = self._golden
        return self._compare(self._network(image[None]), golden)

    @abstractmethod
    def describe_check(self, agreement: float) -> str:
        """What `self_check` returned, in words."""

    @abstractmethod
    def _compare(self, output, golden) -> float:
        """The network's output, a batch of one, beside the golden result."""


def not_for(option: str) -> ValueError:
    """The error of an option that a network has no use for."""
    return ValueError(
        f"Expected a network that {option} (--{option.replace('_', '-')}) is for. "
        "Received: one of another kind. Leave it out; docs/prediction.md says what for."
    )
