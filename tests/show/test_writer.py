import cv2
import numpy as np
import pytest

from kseg.predict.video import Video
from kseg.show.writer import ResultWriter


class Bright(ResultWriter):
    """Draws each frame as bright as its result says."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.taken = []

    def draw(self, image, result):
        return np.full_like(image, result)

    def _count(self, result):
        return result

    def _take(self, title, result):
        self.taken.append((title, result))


@pytest.fixture(params=[".avi", ".mkv"])
def movie(request, tmp_path):
    path = tmp_path / f"in{request.param}"
    codec = cv2.VideoWriter_fourcc(*"MJPG")
    writer = cv2.VideoWriter(str(path), codec, 8.0, (32, 24))
    for _ in range(3):
        writer.write(np.zeros((24, 32, 3), np.uint8))
    writer.release()
    return path


def test_frames_are_drawn_counted_and_taken_up(movie, tmp_path):
    writer = Bright({}, tmp_path / "out", 0.5)
    results = iter([10, 100, 200])
    batches = []

    def run(frames):
        batches.append(len(frames))
        return [next(results) for _ in frames]

    assert writer.video("v", "dir/v.avi", movie, run, 2, iter) == 3
    assert batches == [2, 1]
    assert writer.taken == [("dir/v.avi#1", 10), ("dir/v.avi#2", 100)] + [
        ("dir/v.avi#3", 200)
    ]
    assert writer.objects == 310 and writer.summary() == ", 310 objects"
    suffix = ".avi" if movie.suffix == ".avi" else ".mp4"
    (written,) = (tmp_path / "out").iterdir()
    assert written.name == f"v_overlay{suffix}"
    means = [float(frame.mean()) for frame in Video(written)]
    assert means == pytest.approx([10, 100, 200], abs=6)
