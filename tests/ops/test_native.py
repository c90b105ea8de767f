"""TensorFlow's kernels, each beside what it stands for."""

import numpy as np
import tensorflow as tf

from kseg.ops import native

RNG = np.random.default_rng(0)


def test_batch_norm_has_the_biased_variance_of_its_batch():
    x = RNG.normal(3, 2, (2, 3, 5, 4)).astype("float32")
    gamma, beta = RNG.normal(size=(2, 4)).astype("float32")
    y, mean, variance = native.batch_norm(x, gamma, beta, 0.1)
    np.testing.assert_allclose(mean, x.mean((0, 1, 2)), rtol=1e-5)
    np.testing.assert_allclose(variance, x.var((0, 1, 2)), rtol=1e-5)
    expected = gamma * (x - x.mean((0, 1, 2))) / np.sqrt(x.var((0, 1, 2)) + 0.1) + beta
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-5)


def test_argmax_takes_the_first_of_several():
    index = native.argmax(np.array([[1.0, 3, 3], [-0.0, 0.0, -1]]))
    assert index.numpy().tolist() == [1, 0] and index.dtype == "int32"


def test_whether_xla_compiles_is_known_while_a_graph_is_traced():
    seen = []

    def trace():
        seen.append(native.compiles_by_xla())
        return tf.zeros(())

    tf.function(trace)(), tf.function(trace, jit_compile=True)()
    assert seen == [False, True] and not native.compiles_by_xla()


def test_one_replica_without_a_strategy():
    assert native.replicas() == 1


def test_places_of_all_samples_by_hand():
    """Of 1 x 2 bins: the first box has 2 x 1 samples in each, the second none."""
    start, extent = np.array([[1, 2], [5, 5]], "f4"), np.array([[2, 3], [0, 1]], "f4")
    samples = np.array([[2, 1], [0, 1]], "int32")
    box, of_bin, place = native.all_samples(start, extent, samples, (1, 2))
    assert box.numpy().tolist() == [0] * 4 and of_bin.numpy().tolist() == [0, 1, 0, 1]
    assert place.numpy().tolist() == [
        [1.5, 2.75],
        [1.5, 4.25],
        [2.5, 2.75],
        [2.5, 4.25],
    ]


def test_grids_of_boxes_that_are_no_numbers_are_0():
    """The kernel crashes where coordinates overflow: it never sees them."""
    x = np.ones((1, 3, 4, 1), "float32")
    corners = np.array([[0, 0, 2, 3], [np.nan, 0, 2, 3], [0, 0, 3e38, 3]], "float32")
    grids = native.sample_grids([x], corners, 3, None, (2, 2))
    assert grids.numpy().mean((1, 2, 3)).tolist() == [1, 0, 0]


def test_suppression_of_one_image_and_of_two():
    boxes = np.array([[[0, 0, 2, 2], [0, 0, 2, 3], [5, 5, 6, 6]]], "float32")
    scores = np.array([[0.8, 0.9, 0.1]], "float32")
    for batch in (1, 2):
        indices, used = native.non_max_suppression(
            boxes.repeat(batch, 0), scores.repeat(batch, 0), 4, 0.5, 0.0
        )
        assert indices.shape == (batch, 4) and used.numpy().tolist() == [2] * batch
        assert indices.numpy()[:, :2].tolist() == [[1, 2]] * batch
