import numpy as np
import pytest

from kseg.predict.labels.result import Result


def naive(ids, labels, image, classes):
    rows = []
    for number in range(1, ids.max() + 1):
        places = np.argwhere(ids == number)
        votes = [sum(labels[y, x] == c for y, x in places) for c in classes]
        rows.append(
            (
                len(places),
                [*places.min(0), *(places.max(0) + 1)],
                places.mean(0) + 0.5,
                classes[int(np.argmax(votes))],
                [np.mean([image[y, x, c] for y, x in places]) for c in range(2)],
            )
        )
    return rows


@pytest.mark.parametrize("band", [2**20, 1])
def test_objects_equal_the_long_way(band, monkeypatch):
    rng = np.random.default_rng(0)
    ids = rng.integers(0, 6, (11, 17)).astype(np.int32)
    labels = rng.integers(0, 4, ids.shape).astype(np.uint8)
    image = rng.integers(0, 256, (11, 17, 2)).astype(np.uint8)
    monkeypatch.setattr("kseg.predict.labels.result.BAND", band)
    found = Result(labels, ids, object_classes=(3, 1)).objects(image)
    assert found["areas"].dtype == np.int64
    assert found["boxes"].dtype == np.float32
    for n, (area, box, centre, kind, light) in enumerate(
        naive(ids, labels, image, (3, 1))
    ):
        assert found["areas"][n] == area
        np.testing.assert_array_equal(found["boxes"][n], box)
        np.testing.assert_allclose(found["centres"][n], centre)
        assert found["classes"][n] == kind
        np.testing.assert_allclose(found["mean_intensity"][n], light)


def test_one_pixel_by_hand():
    ids = np.zeros((4, 5), np.int32)
    ids[2, 3] = 1
    found = Result(np.zeros((4, 5), np.uint8), ids).objects(np.full((4, 5), 7))
    assert found["boxes"].tolist() == [[2, 3, 3, 4]]
    assert found["centres"].tolist() == [[2.5, 3.5]]
    assert found["mean_intensity"].tolist() == [[7]]


def test_no_objects():
    empty = np.zeros((3, 2), np.int32)
    found = Result(empty.astype(np.uint8), empty).objects(np.zeros((3, 2, 3)))
    assert {name: array.shape for name, array in found.items()} == {
        "areas": (0,),
        "boxes": (0, 4),
        "centres": (0, 2),
        "classes": (0,),
        "mean_intensity": (0, 3),
    }
    assert "mean_intensity" not in Result(empty.astype(np.uint8), empty).objects()


def test_bad_requests_say_what_to_do():
    labels = np.zeros((3, 2), np.uint8)
    with pytest.raises(ValueError, match="'instances' rule"):
        Result(labels).objects()
    with pytest.raises(ValueError, match=r"\(3, 2\).*\(2, 3\)"):
        Result(labels, labels.astype(np.int32)).objects(np.zeros((2, 3)))
