"""Images with label maps or objects, read one at a time."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from kseg.data.objects import Objects
from kseg.data.reading.annotation import Object
from kseg.data.sides import SIDES
from kseg.errors import DataError
from kseg.imaging import Intensity, read_image, to_channels
from kseg.imaging.bad_file import BadFile


@dataclass(frozen=True)
class Item:
    """One image and where its mask is.

    Args:
        name: The image's path inside the images folder, without the suffix; unique.
        image: Its file.
        mask: Its mask or annotation, or one file an object; None where it has none.
        record: What the reader of its format already knows of its objects; for COCO
            a ``kseg.data.formats.coco_objects.Record``.
    """

    name: str
    image: Path
    mask: Path | tuple[Path, ...] | None
    record: Any = field(default=None, compare=False, repr=False)


ReadObjects = Callable[[Item, tuple[int, int]], Iterator[Object | BadFile]]


@dataclass(frozen=True)
class Dataset:
    """What a reader found; nothing is decoded before it is asked for.

    Args:
        kind: ``"labels"`` (label maps: a class for each pixel) or ``"instances"``
            (objects, each with a class and a mask; masks may overlap).
        items: In the order of the split.
        class_names: By label id, background, if there is one, first; for objects
            always: object classes are 1 to K.
        palette: (red, green, blue) of each class.
        channels: Of ``image(i)``; gray is repeated.
        intensity: The rule from the files' values to uint8.
        ignore_label: The label that losses and scores leave out; not for objects.
        mask_values: What label masks hold: ``"ids"``, numbers or indices; ``"grays"``,
            numbers, and palettes of them; ``"colours"``, those of the palette;
            ``"voc"``, numbers, or the colours of VOC's classes.
        stored_labels: For ids, the label of each number that a mask may hold, such as
            {0: 0, 255: 1} for a binary mask; None: they are labels, or the ignore
            label.
        relabel: Of label maps whose classes were put in another order, the label of
            each number that the files' rule gives, 0 to 255.
        read_objects: For objects, the reader of an item's objects, from the item and
            its image's (height, width); None: the masks are id maps of class 1.
        category_ids: For COCO, the category id of each class, 0 for the background.
        notes: Sentences that a person should see about how the folder was read.
        flaws: What is wrong with all files together and was read around; ``check_data``
            lists it, and it is among the notes.
    """

    kind: str
    items: tuple[Item, ...]
    class_names: tuple[str, ...]
    palette: tuple[tuple[int, int, int], ...]
    channels: int = 3
    intensity: Intensity = Intensity()
    ignore_label: int = 255
    mask_values: str = "ids"
    stored_labels: Mapping[int, int] | None = field(default=None, hash=False)
    relabel: tuple[int, ...] | None = None
    read_objects: ReadObjects | None = None
    category_ids: tuple[int, ...] | None = None
    notes: tuple[str, ...] = ()
    flaws: tuple[BadFile, ...] = field(default=(), compare=False)
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
        """Read one mask as a map of the image's size, and check it.

        Objects give the map of their ids, in which a pixel has one owner:
        ``objects(index).to_ids()``, where they are not stored as such a map.

        Args:
            index: 0 to ``len - 1``.

        Returns:
            (H, W): uint8 labels 0..K-1 or ``ignore_label``; or, for objects, int32
            ids, 0 for background.

        Raises:
            DataError: There is no mask, it cannot be used, has another size than the
                image, or a value that stands for no class; the file is named.
        """
        return SIDES[self.kind].read_target(self, index)

    def objects(self, index: int) -> Objects:
        """Read the objects of one image.

        Args:
            index: 0 to ``len - 1``.

        Returns:
            Boxes, classes 1 to K and masks; none is an image without objects.

        Raises:
            DataError: An annotation cannot be used; it is named. Those that can be
                read around (``kseg.data.reading.annotation.Flaw``) are.
            ValueError: The data set holds label maps.
        """
        return SIDES[self.kind].read_objects(self, index)

    instances = objects  # its name until version 0.1

    def masked(self, index: int) -> tuple[Item, tuple[int, int]]:
        """An item that has a mask, and its image's height and width.

        Args:
            index: 0 to ``len - 1``.

        Raises:
            DataError: It has none, or the image cannot be read.
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
        return item, self._sizes[item.image]

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
