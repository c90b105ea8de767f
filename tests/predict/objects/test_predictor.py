import cv2
import numpy as np
import pytest

from kseg.errors import BundleError, DataError
from kseg.imaging import letterbox
from kseg.predict import Detections
from kseg.predict.objects.predictor import ObjectPredictor
from tests.predict.fake_objects import FakeNetwork, as_set, components

SIZE = (48, 40)


def metadata(resize="tile", size=SIZE, **kwargs):
    return {
        "name": "pieces",
        "task": "instances",
        "input": {"size": list(size), "channels": 3, "resize": resize},
        "tiling": {"margin": 6, "stride": 1},
        "classes": ["background", "cell", "debris"],
        "turns": True,
        "score_threshold": 0.5,
        **kwargs,
    }


def predictor(resize="tile", size=SIZE, batch=2, **kwargs):
    return ObjectPredictor(FakeNetwork(size, batch), metadata(resize, size, **kwargs))


def picture(shape, seed=0, count=25):
    """Gray ellipses of two classes, of scores from 0.3 to 0.9."""
    rng = np.random.default_rng(seed)
    image = np.zeros((*shape, 3), np.uint8)
    for _ in range(count):
        centre = [int(rng.integers(0, n)) for n in shape[::-1]]
        axes = [int(n) for n in rng.integers(2, 30, 2)]
        value = int(rng.choice([30, 60, 90, 195]))
        cv2.ellipse(image, centre, axes, 0, 0, 360, (value,) * 3, -1)
    return image


@pytest.mark.parametrize("shape", [(48, 40), (97, 131), (200, 41), (30, 35), (1, 1)])
def test_tiles_give_what_the_whole_image_has(shape):
    image = picture(shape)
    found = predictor().predict(image, score_threshold=0)
    assert found.size == shape
    assert as_set(found) == as_set(components(image))
    default = predictor().predict(image)
    assert as_set(default) == as_set(components(image).above(0.5))


class Soft:
    """One object whose mask, as wide as its box, rises from left to right."""

    batch = 1
    size = (16, 16)

    def __call__(self, images):
        rising = np.float32([0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])
        return {
            "boxes": np.float32([[[4, 4, 12, 12]]]),
            "scores": np.ones((1, 1), np.float32),
            "classes": np.ones((1, 1), np.int32),
            "masks": np.tile(rising, (1, 1, 8, 1)),
            "count": np.int32([1]),
        }


@pytest.mark.parametrize("resize", ["tile", "letterbox"])
@pytest.mark.parametrize(
    ("own", "stated", "columns"),
    [(None, None, 3), (None, 0.4, 4), (0.1, None, 7), (0.1, 0.4, 4)],
)
def test_masks_are_cut_at_the_networks_own_threshold(resize, own, stated, columns):
    network = Soft()
    if own is not None:
        network.mask_threshold = own
    said = metadata(resize, network.size)
    if stated is not None:
        said["mask_threshold"] = stated
    image = np.zeros((16, 16, 3), np.uint8)
    found = ObjectPredictor(network, said).predict(image)
    assert found.areas.tolist() == [8 * columns]


def test_batches_are_shared_by_images():
    images = [picture((30, 35), 1), picture((97, 131), 2), np.zeros((60, 60), "uint8")]
    images.append(picture((48, 40), 3))
    several = predictor(batch=5)
    found = several.predict_batch(images, score_threshold=0)
    # 1 tile, 3 x 5, 2 x 2, and 1.
    assert several._network.calls == [5, 5, 5, 5, 1]
    assert [f.size for f in found] == [(30, 35), (97, 131), (60, 60), (48, 40)]
    for image, result in zip(images, found, strict=True):
        assert as_set(result) == as_set(components(image))
    assert several.predict_batch([]) == [] and several.batch == 5


def test_a_letterboxed_image_gets_its_own_pixels_back():
    """Twice as large as the network: even edges come back to the pixel."""
    image = np.zeros((80, 60, 3), np.uint8)
    image[10:40, 20:44] = 90
    found = predictor("letterbox", (40, 40)).predict(image)
    _, place = letterbox(image, (40, 40))
    assert place == (0, 5, 40, 30)
    np.testing.assert_allclose(found.boxes, [[10, 20, 40, 44]])
    assert found.frames.tolist() == [[10, 20, 40, 44]] and found.masks[0].all()
    assert found.size == (80, 60) and found.scores.tolist() == pytest.approx([0.9])


@pytest.mark.parametrize("shape", [(24, 20), (50, 61), (11, 30)])
def test_tiles_that_are_magnified_give_the_pixels_of_the_image(shape):
    """A network of 48 x 40 that sees 24 x 20 pixels, in squares apart from others."""
    image = np.zeros((*shape, 3), np.uint8)
    for y in range(1, shape[0] - 3, 9):
        for x in range(2, shape[1] - 4, 8):
            image[y : y + 3, x : x + 4] = 90
    twice = predictor()
    twice.metadata["input"]["magnification"] = 2.0
    # Enlarged edges are of all values between: only full gray is an object here.
    twice._network = Brightest(SIZE)
    found = twice.predict(image, margin=4)
    expected = components(image)
    assert sorted(found.frames.tolist()) == sorted(expected.frames.tolist())
    assert all(mask.all() for mask in found.masks)


class Brightest(FakeNetwork):
    """Sees what is more than half as bright as 90 as 90."""

    def __call__(self, images):
        return super().__call__(np.where(images > 45, 90, 0).astype(np.uint8))


class Shy(FakeNetwork):
    """Sees objects with certainty only where they lie in the upper half."""

    def __call__(self, images):
        found = super().__call__(images)
        low = found["boxes"][..., 0] >= images.shape[1] / 2
        found["scores"] = np.where(low, found["scores"] / 3, found["scores"])
        return found


@pytest.mark.parametrize("resize", ["tile", "letterbox"])
def test_views_are_averaged(resize):
    image = np.zeros((40, 40, 3), np.uint8)
    image[4:12, 6:20] = 90
    image[28:36, 6:20] = 60
    shy = ObjectPredictor(Shy((40, 40)), metadata(resize, (40, 40)))
    plain = shy.predict(image, score_threshold=0)
    assert plain.scores.tolist() == pytest.approx([0.9, 0.2])
    turned = shy.predict(image, score_threshold=0, tta=True)
    assert sum(shy._network.calls[1:]) == 8
    # Each lies above in two of the four turns, whose mirror images do not change that.
    assert turned.frames.tolist() == [[4, 6, 12, 20], [28, 6, 36, 20]]
    assert turned.scores.tolist() == pytest.approx([0.6, 0.4])


@pytest.mark.parametrize("stated", [True, False])
def test_without_turns_there_are_two_views(stated):
    road = predictor(turns=False, size=(48, 40))
    if not stated:  # a .keras file alone: photographs have an up
        del road.metadata["turns"]
    image = picture((48, 40))
    found = road.predict(image, score_threshold=0, tta=True)
    assert sum(road._network.calls) == 2
    assert as_set(found) == as_set(components(image))


@pytest.mark.parametrize("shape", [(97, 131), (30, 35)])
def test_all_views_of_tiles_agree_on_exact_pieces(shape):
    image = picture(shape, 5)
    found = predictor().predict(image, score_threshold=0, tta=True)
    assert as_set(found) == as_set(components(image))


def test_images_are_read_and_prepared(tmp_path):
    image = picture((60, 50))
    cv2.imwrite(str(tmp_path / "a.png"), image)
    assert predictor().read(tmp_path / "a.png").shape == (60, 50, 3)
    (tmp_path / "b.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"b\.png"):
        predictor().read(tmp_path / "b.png")
    gray, whole = predictor().predict(image[..., 0]), predictor().predict(image)
    assert as_set(gray) == as_set(whole) and isinstance(gray, Detections)


@pytest.mark.parametrize(
    ("resize", "options", "message"),
    [
        ("tile", {"margin": 20}, "under half of a tile"),
        ("tile", {"margin": -1}, "0 or more"),
        ("letterbox", {"margin": 4}, "sees an image whole"),
        ("tile", {"score_threshold": 1.5}, "from 0 to 1"),
    ],
)
def test_bad_arguments_say_what_to_do(resize, options, message):
    with pytest.raises(ValueError, match=message):
        predictor(resize).predict(np.zeros((50, 50), np.uint8), **options)


def test_no_margin_cuts_what_lies_on_a_seam():
    image = np.zeros((48, 80), np.uint8)
    image[10:20, 30:50] = 90
    cut = predictor().predict(image, margin=0)
    assert sorted(cut.frames[:, [1, 3]].tolist()) == [[30, 40], [40, 50]]
    assert len(predictor().predict(image)) == 1


def golden(image):
    found = FakeNetwork(SIZE)(image[None])
    return {name: found[name][0] for name in ("boxes", "classes", "count")}


def checked(change=lambda found: None):
    image = picture(SIZE)
    expected = golden(image)
    change(expected)
    network = FakeNetwork(SIZE)
    return ObjectPredictor(network, metadata(), golden=(image, expected)).self_check()


def test_self_check():
    assert checked() == 0
    with pytest.raises(BundleError, match="golden image"):
        predictor().self_check()

    def shift(found):
        found["boxes"][0, 1] += 0.25

    def swap(found):
        found["boxes"][:2] = found["boxes"][1::-1]
        found["classes"][:2] = found["classes"][1::-1]

    assert checked(shift) == pytest.approx(0.25)
    assert checked(swap) == 0


def move(found):
    found["boxes"][1, 3] += 0.75


def fewer(found):
    found["count"] -= 1


def another(found):
    found["classes"][0] = 3 - found["classes"][0]


@pytest.mark.parametrize(
    ("change", "message"),
    [(move, "0.75 pixels"), (fewer, "objects"), (another, "classes")],
)
def test_another_result_fails_the_check(change, message):
    with pytest.raises(BundleError, match=message):
        checked(change)
