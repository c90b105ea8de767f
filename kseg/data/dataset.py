"""Images with label maps or instance ids, read one at a time."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from kseg.data.masks import (
    binary_labels,
    colour_labels,
    instance_ids,
    merge,
    number_labels,
    sized,
)
from kseg.errors import DataError
from kseg.imaging import Intensity, read_image, read_mask, to_channels
from kseg.imaging.bad_file import BadFile


@dataclass(frozen=True)
class Item:
    """One image and where its mask is.

    Args:
        name: The image's path inside the images folder, without the suffix.
        image: Its file.
        mask: Its mask, or one file an instance; None where it has none.
    """

    name: str
    image: Path
    mask: Path | tuple[Path, ...] | None


@dataclass(frozen=True)
class Dataset:
    """What a reader found; nothing is decoded before it is asked for.

    Args:
        kind: ``"labels"`` (label maps) or ``"instances"`` (instance id maps).
        items: In the order of the split.
        class_names: By label id, background first; for instances ("background",
            "nucleus").
        palette: (red, green, blue) of each class.
        channels: Of ``image(i)``; gray is repeated.
        intensity: The rule from the files' values to uint8.
        ignore_label: The label that losses and scores leave out; not for instances.
        mask_values: What label masks hold: ``"ids"``; ``"binary"``: 0, and 255 for
            class 1; ``"colours"``: those of the palette.
        notes: Sentences that a person should see about how the folder was read.
    """

    kind: str
    items: tuple[Item, ...]
    class_names: tuple[str, ...]
    palette: tuple[tuple[int, int, int], ...]
    channels: int = 3
    intensity: Intensity = Intensity()
    ignore_label: int = 255
    mask_values: str = "ids"
    notes: tuple[str, ...] = ()
    # Sizes of images already read, so that a target can be checked against its image.
    _sizes: dict = field(default_factory=dict, compare=False, repr=False)

    def __len__(self) -> int:
        return len(self.items)

    def pixels(self, index: int) -> np.ndarray:
        """Read one image as its file has it.

        Args:
            index: 0 to ``len - 1``.

        Returns:
            (H, W, C) uint8, uint16 or float32.

        Raises:
            DataError: The file cannot be used; it is named.
        """
        path = self.items[index].image
        pixels = read_image(path)
        self._sizes[path] = pixels.shape[:2]
        return pixels

    def image(self, index: int) -> np.ndarray:
        """Read one image as a network takes it.

        Args:
            index: 0 to ``len - 1``.

        Returns:
            (H, W, channels) uint8.

        Raises:
            DataError: The file cannot be used; it is named.
        """
        pixels = self.pixels(index)
        try:
            image = to_channels(self.intensity.apply(pixels), self.channels)
        except ValueError as error:
            what, _, remedy = str(error).rpartition(". ")
            raise BadFile(self.items[index].image, what, remedy) from error
        return np.ascontiguousarray(image)

    def target(self, index: int) -> np.ndarray:
        """Read one mask and check it against its image.

        Args:
            index: 0 to ``len - 1``.

        Returns:
            (H, W): uint8 labels 0..K-1 or ``ignore_label``; or, for instances, int32
            ids, 0 for background.

        Raises:
            DataError: There is no mask, it cannot be used, has another size than the
                image, or a value that stands for no class; the file is named.
        """
        item = self.items[index]
        if item.mask is None:
            raise BadFile(
                item.image,
                "expected a mask of the same name. Received: none",
                "Add the mask or remove the image.",
            )
        if item.image not in self._sizes:
            self.pixels(index)
        size = self._sizes[item.image]
        if isinstance(item.mask, tuple):
            return merge(item.mask, size)
        mask = sized(read_mask(item.mask), size, item.mask)
        if self.kind == "instances":
            return instance_ids(mask, item.mask)
        if self.mask_values == "colours":
            return colour_labels(mask, self.palette, item.mask)
        if self.mask_values == "binary":
            return binary_labels(mask, item.mask)
        return number_labels(mask, len(self.class_names), self.ignore_label, item.mask)

    def subset(self, names: Iterable[str]) -> "Dataset":
        """The data set with only these items, in this order.

        Args:
            names: Of items.

        Returns:
            A data set that is otherwise the same.

        Raises:
            DataError: A name that no item has.
        """
        items = {item.name: item for item in self.items}
        names = list(names)
        missing = [name for name in names if name not in items]
        if missing:
            raise DataError(
                f"Expected names of images of the data set. Received: {missing[0]!r} "
                f"and {len(missing) - 1} more that it lacks. Check the list of names."
            )
        return replace(self, items=tuple(items[name] for name in names))
