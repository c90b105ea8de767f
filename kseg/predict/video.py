"""Video files frame by frame, by OpenCV; without their sound."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from kseg.files import atomic_path
from kseg.imaging.bad_file import BadFile

VIDEO_SUFFIXES = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpg", ".webm")
_CODECS = {".avi": "MJPG", ".mp4": "mp4v"}


def is_video(path: str | os.PathLike) -> bool:
    """Whether a file's name is a video's."""
    return Path(path).suffix.lower() in VIDEO_SUFFIXES


class Video:
    """The frames of a video file, in order, one in memory at a time.

    ``for frame in Video(path)`` begins at the first each time; a frame is (H, W, 3)
    uint8 RGB. A file that was cut off ends early, unsaid: compare with ``count``.

    Args:
        path: The file.

    Attributes:
        rate: Frames a second.
        count: Of frames, as the file states it: 0 where it does not, and not always
            right.

    Raises:
        BadFile: The file is missing, or OpenCV cannot decode it.
    """

    def __init__(self, path: str | os.PathLike):
        self.path = Path(path)
        with closing(self._frames()) as frames:
            next(frames)
        capture = self._open()
        rate = capture.get(cv2.CAP_PROP_FPS)
        # Broken headers state none, or millions.
        self.rate = float(rate) if 0 < rate <= 1000 else 25.0
        self.count = max(0, int(capture.get(cv2.CAP_PROP_FRAME_COUNT)))
        capture.release()

    def __iter__(self) -> Iterator[np.ndarray]:
        return self._frames()

    def __length_hint__(self) -> int:
        return self.count  # for progress bars

    def _open(self):
        if not self.path.is_file():
            raise BadFile(self.path, "there is no such file", "Check the path.")
        return cv2.VideoCapture(str(self.path))

    def _frames(self):
        capture = self._open()
        try:
            good, frame = capture.read()
            if not good:
                raise BadFile(
                    self.path,
                    "expected a video that OpenCV can decode. Received: "
                    f"{self.path.stat().st_size} bytes without a frame",
                    "Convert it, for instance to .mp4 with H.264.",
                )
            while good:
                yield cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
                good, frame = capture.read()
        finally:
            capture.release()


def process_video(
    path: str | os.PathLike,
    out: str | os.PathLike,
    predict: Callable[[Sequence[np.ndarray]], Iterable[Any]],
    draw: Callable[[np.ndarray, Any], np.ndarray],
    *,
    batch_size: int = 1,
    progress: Callable[[Iterable], Iterable] = iter,
) -> int:
    """Predict every frame of a video and write the pictures as another.

    Args:
        path: The video.
        out: The file to write, ``.mp4`` (MPEG-4) or ``.avi`` (Motion JPEG), of the
            same rate, without sound. Replaced when the new one is complete.
        predict: From a batch of frames, (H, W, 3) uint8 RGB, to as many results.
        draw: From a frame and its result to a (H, W, 3) uint8 RGB picture; all of one
            size.
        batch_size: Frames that ``predict`` gets at a time; the last may be fewer.
        progress: Wraps the iteration over the frames, to show it.

    Returns:
        The number of frames.

    Raises:
        ValueError: Another suffix, a batch size under 1, or as many results as frames
            did not come.
        BadFile: The video cannot be read, or this OpenCV cannot write it.
    """
    if batch_size < 1:
        raise ValueError(f"Expected a batch size from 1. Received: {batch_size}.")
    video, out = Video(path), Path(out)
    if out.suffix.lower() not in _CODECS:
        raise ValueError(f"Expected an .mp4 or .avi file to write. Received: {out}.")
    pictures = _pictures(iter(progress(video)), batch_size, predict, draw)
    with atomic_path(out) as temporary:
        return _write(temporary, pictures, video.rate, out)


def _pictures(frames_left, batch_size, predict, draw):
    while frames := list(islice(frames_left, batch_size)):
        results = list(predict(frames))
        if len(results) != len(frames):
            raise ValueError(
                f"Expected {len(frames)} results of as many frames. Received: "
                f"{len(results)}."
            )
        yield from map(draw, frames, results)


def _write(path, pictures, rate, out):
    writer, size, count = None, None, 0
    try:
        for picture in pictures:
            # The common codecs store colours for every two pixels.
            edge = [(0, length % 2) for length in picture.shape[:2]] + [(0, 0)]
            picture = np.pad(picture, edge, mode="edge")
            if writer is None:
                size = picture.shape[1::-1]
                writer = _writer(path, rate, size, out)
            if picture.shape[1::-1] != size:  # OpenCV would leave it out unsaid
                raise ValueError(
                    f"Expected pictures of one size, {size[0]}x{size[1]} (width x "
                    f"height). Received: {picture.shape[1]}x{picture.shape[0]}."
                )
            writer.write(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
            count += 1
    finally:
        if writer is not None:
            writer.release()
    return count


def _writer(path, rate, size, out):
    codec = cv2.VideoWriter_fourcc(*_CODECS[out.suffix.lower()])
    writer = cv2.VideoWriter(str(path), codec, rate, size)
    if not writer.isOpened():
        raise BadFile(
            out,
            f"this OpenCV cannot write {out.suffix} of {size[0]}x{size[1]} pixels",
            "Write .avi, or install opencv-python-headless.",
        )
    return writer
