from operator import length_hint

import cv2
import numpy as np
import pytest

from kseg.errors import DataError
from kseg.predict.video import Video, is_video, process_video

SIZE = (48, 64)


def frame(n, size=SIZE):
    """A picture whose red says which it is; Motion JPEG and MPEG-4 keep it nearly."""
    return np.full((*size, 3), (20 + 20 * n, 60, 200), np.uint8)


def numbers(path):
    """Which frames a video holds, by their red."""
    return [round((float(f[..., 0].mean()) - 20) / 20) for f in Video(path)]


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "in.avi"
    writer = cv2.VideoWriter(
        str(path), cv2.VideoWriter_fourcc(*"MJPG"), 12.0, SIZE[::-1]
    )
    for n in range(7):
        writer.write(frame(n)[..., ::-1])
    writer.release()
    return path


def test_frames_in_order_as_rgb(video):
    opened = Video(video)
    assert (opened.rate, opened.count) == (12.0, 7)
    assert numbers(video) == list(range(7))
    first = next(iter(opened))
    assert first.shape == (*SIZE, 3) and first.dtype == np.uint8
    np.testing.assert_allclose(first.reshape(-1, 3).mean(0), (20, 60, 200), atol=6)
    assert len(list(opened)) == len(list(opened)) == 7  # from the first each time
    assert length_hint(opened) == 7


@pytest.mark.parametrize("suffix", [".mp4", ".avi"])
@pytest.mark.parametrize("batch_size", [1, 3, 10])
def test_every_frame_is_predicted_and_drawn(video, tmp_path, suffix, batch_size):
    out = tmp_path / f"out{suffix}"
    batches = []

    def predict(frames):
        batches.append(len(frames))
        return [int(f[0, 0, 0]) for f in frames]

    def draw(picture, red):
        assert abs(int(picture[0, 0, 0]) - red) == 0
        return picture

    assert process_video(video, out, predict, draw, batch_size=batch_size) == 7
    assert batches == {1: [1] * 7, 3: [3, 3, 1], 10: [7]}[batch_size]
    assert numbers(out) == list(range(7))
    assert Video(out).rate == pytest.approx(12.0)


def test_odd_sizes_grow_by_a_pixel(video, tmp_path):
    out = tmp_path / "out.mp4"
    process_video(video, out, lambda frames: frames, lambda f, _: f[:47, :63])
    assert next(iter(Video(out))).shape == (48, 64, 3)


def test_a_failure_leaves_the_old_file(video, tmp_path):
    out = tmp_path / "out.avi"
    out.write_bytes(b"old")

    def predict(frames):
        raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError):
        process_video(video, out, predict, None)
    with pytest.raises(ValueError, match="3 results of as many frames"):
        process_video(video, out, lambda frames: [0], None, batch_size=3)
    sizes = iter([(48, 64), (48, 62)] * 9)
    with pytest.raises(ValueError, match="of one size"):
        process_video(
            video, out, lambda frames: frames, lambda f, _: frame(0, next(sizes))
        )
    assert out.read_bytes() == b"old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.avi", "out.avi"]


def test_progress_sees_every_frame(video, tmp_path):
    seen = []

    def progress(frames):
        for picture in frames:
            seen.append(picture.shape)
            yield picture

    out = tmp_path / "out.avi"
    process_video(video, out, lambda f: f, lambda f, _: f, progress=progress)
    assert len(seen) == 7


@pytest.mark.parametrize("content", [None, b"", b"not a video" * 100])
def test_what_is_no_video_is_named(tmp_path, content):
    path = tmp_path / "bad.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match="bad.mp4"):
        Video(path)


@pytest.mark.parametrize(
    ("out", "batch_size", "message"),
    [("out.gif", 1, ".mp4 or .avi"), ("out.mp4", 0, "batch size from 1")],
)
def test_arguments_that_do_not_fit_are_refused(
    video, tmp_path, out, batch_size, message
):
    with pytest.raises(ValueError, match=message):
        process_video(video, tmp_path / out, None, None, batch_size=batch_size)


def test_videos_by_name():
    assert is_video("a/b.MP4") and is_video("c.avi")
    assert not is_video("a.png") and not is_video("mp4")
