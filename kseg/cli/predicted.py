"""What ``kseg predict`` writes: for label maps, and for objects with scores."""

from collections.abc import Callable
from pathlib import Path
from typing import Any


class LabelWriter:
    """Writes label maps and the objects that come out of them.

    Args:
        metadata: Of the network.
        out: The folder.
        opacity: Of the overlays.
    """

    def __init__(self, metadata: dict[str, Any], out: Path, opacity: float):
        self._metadata, self._out, self._opacity = metadata, out, opacity
        self._objects = 0

    @property
    def found(self) -> str:
        """How many objects there were, where the network tells objects apart."""
        return f", {self._objects} objects" if self._metadata.get("instances") else ""

    def write(self, name: str, title: str, image, result) -> None:
        """Write one image's files, called NAME_..."""
        from kseg.show.save import save_result

        arguments = result, image, self._metadata, self._out, name
        self._objects += save_result(*arguments, opacity=self._opacity)

    def video(
        self, name: str, title: str, path: Path, run: Callable, batch: int, progress
    ) -> int:
        """Write a video of overlays; returns the number of frames."""
        from kseg.show.draw import overlay

        palette = self._metadata.get("palette", ())

        def draw(frame, result):
            return overlay(frame, result, palette, self._opacity)

        return _video(name, path, self._out, run, batch, draw, progress)

    def close(self) -> None:
        """Nothing is left to write."""


class ObjectWriter:
    """Writes detections, and all of the call as one COCO file.

    Args:
        metadata: Of the network.
        out: The folder.
        opacity: Of the overlays.
        masks: Whether to write a PNG for each object.
    """

    def __init__(
        self, metadata: dict[str, Any], out: Path, opacity: float, masks: bool
    ):
        from kseg.show.coco_json import CocoFile

        self._classes = metadata["classes"]
        self._out, self._opacity, self._masks = out, opacity, masks
        self._file = CocoFile(self._classes)
        self._images = self._objects = 0

    @property
    def found(self) -> str:
        """How many objects there were."""
        return f", {self._objects} objects"

    def write(self, name: str, title: str, image, result) -> None:
        """Write one image's files, called NAME_..., and take up its objects.

        In the COCO file the image is called TITLE.
        """
        from kseg.show.save_objects import save_objects

        options = {"opacity": self._opacity, "masks": self._masks}
        arguments = result, image, self._classes, self._out, name
        self._objects += save_objects(*arguments, **options)
        self._file.add(title, result)
        self._images += 1

    def video(
        self, name: str, title: str, path: Path, run: Callable, batch: int, progress
    ) -> int:
        """Write a video of overlays, and take up the objects of its frames.

        In the COCO file frame 7 is called TITLE#7, the first one 1.

        Returns:
            The number of frames.
        """
        from kseg.show.draw_objects import draw_objects

        frames = 0

        def draw(frame, result):
            nonlocal frames
            frames += 1
            self._objects += len(result)
            self._file.add(f"{title}#{frames}", result)
            self._images += 1
            return draw_objects(frame, result, self._classes, opacity=self._opacity)

        return _video(name, path, self._out, run, batch, draw, progress)

    def close(self) -> None:
        """Write the COCO file; without an image an older one stays."""
        if not self._images:
            return
        self._out.mkdir(parents=True, exist_ok=True)
        self._file.write(self._out / "objects.json")


def _video(name, path, out, run, batch, draw, progress) -> int:
    """Of an .avi file an .avi file, of others .mp4, which every player shows."""
    from kseg.predict.video import process_video

    suffix = ".avi" if path.suffix.lower() == ".avi" else ".mp4"
    out.mkdir(parents=True, exist_ok=True)
    target = out / f"{name}_overlay{suffix}"
    options = {"batch_size": batch, "progress": progress}
    return process_video(path, target, run, draw, **options)
