"""What writes the results of images and videos into a folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kseg.predict.video import process_video


class ResultWriter:
    """Writes results; a subclass for each side of `kseg.show.sides`.

    Args:
        metadata: Of the network.
        out: The folder.
        opacity: Of the overlays, 0 to 1.

    Attributes:
        objects: How many there were until now.
    """

    def __init__(self, metadata: dict[str, Any], out: Path, opacity: float):
        self._metadata, self._out, self._opacity = metadata, Path(out), opacity
        self.objects = 0

    def summary(self) -> str:
        """How many objects there were, as a part of a sentence."""
        return f", {self.objects} objects"

    def write(self, name: str, title: str, image, result) -> None:
        """Write one image's files.

        Args:
            name: How the files' names begin.
            title: What files of many images call this one.
            image: (H, W, C) uint8.
            result: Of the image.
        """
        self.objects += self._save(name, image, result)
        self._take(title, result)

    def video(
        self,
        name: str,
        title: str,
        path: Path,
        run: Callable,
        batch: int,
        progress: Callable,
    ) -> int:
        """Write a video of overlays.

        Args:
            name: How the file's name begins; of an .avi file an .avi file follows, of
                others .mp4, which every player shows.
            title: Files of many images call frame 7 TITLE#7, the first one 1.
            path: The video.
            run: From a batch of frames to their results.
            batch: Frames at a time.
            progress: Wraps the iteration over the frames, to show it.

        Returns:
            The number of frames.
        """
        frames = 0

        def draw(frame, result):
            nonlocal frames
            frames += 1
            self.objects += self._count(result)
            self._take(f"{title}#{frames}", result)
            return self.draw(frame, result)

        suffix = ".avi" if Path(path).suffix.lower() == ".avi" else ".mp4"
        self._out.mkdir(parents=True, exist_ok=True)
        target = self._out / f"{name}_overlay{suffix}"
        options = {"batch_size": batch, "progress": progress}
        return process_video(path, target, run, draw, **options)

    def draw(self, image, result):
        """The result over its image, (H, W, 3) uint8 RGB."""
        raise NotImplementedError

    def close(self) -> None:
        """Write what is of all images; called after an error, too."""

    def _save(self, name, image, result) -> int:
        """Write the files of one image; the number of its objects."""
        raise NotImplementedError

    def _count(self, result) -> int:
        """The objects of a frame."""
        raise NotImplementedError

    def _take(self, title, result) -> None:
        """Take up what is written when all are done."""
