"""Which predicted objects overlap which true ones, and by how much. NumPy and SciPy.

An object is hit at threshold t if a predicted one overlaps it with IoU at least t, one
to one. Above 0.5 no object can have two partners; at 0.5 and below the largest possible
number of pairs is taken.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class IdMapMatch:
    """The overlaps of the true and predicted objects of one image.

    Attributes:
        true_ids: (N,) ids of the true objects, rising.
        predicted_ids: (M,) ids of the predicted objects, rising.
        pairs: (P, 2) positions in ``true_ids`` and ``predicted_ids`` of the pairs that
            share a pixel, in order.
        iou: (P,) float64 IoU of each pair.
        foreground_intersection: pixels that are object in both.
        foreground_union: pixels that are object in either.
    """

    true_ids: np.ndarray
    predicted_ids: np.ndarray
    pairs: np.ndarray
    iou: np.ndarray
    foreground_intersection: int
    foreground_union: int

    def hits(self, threshold: float) -> int:
        """Number of one-to-one pairs with IoU of at least ``threshold``."""
        close = self.iou >= threshold
        if threshold > 0.5:
            return int(close.sum())
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import maximum_bipartite_matching

        rows, columns = self.pairs[close].T
        shape = (self.true_ids.size, self.predicted_ids.size)
        if not rows.size:
            return 0
        graph = csr_array((np.ones(rows.size, "uint8"), (rows, columns)), shape)
        return int((maximum_bipartite_matching(graph) >= 0).sum())


def match_id_maps(true_ids, predicted_ids) -> IdMapMatch:
    """Find all overlapping pairs of objects and their IoU, from one joint histogram.

    Linear in the pixels and the pairs that touch, whatever the number of objects.

    Args:
        true_ids: (H, W) integers, 0 background, any other id an object. Gaps between
            ids do not matter.
        predicted_ids: (H, W), the same.

    Returns:
        IdMapMatch.

    Raises:
        ValueError: different shapes, ids that are negative or no integers.

    Example:
        Two true objects of 2 pixels; the prediction has the first whole, of the second
        one pixel and one pixel beside it.

        >>> match = match_id_maps([[1, 1, 0, 2, 2, 0]], [[7, 7, 0, 0, 9, 9]])
        >>> match.pairs.tolist(), match.iou.round(3).tolist()
        ([[0, 0], [1, 1]], [1.0, 0.333])
        >>> match.hits(0.5)
        1
    """
    from scipy.sparse import coo_array

    true_ids, predicted_ids = np.asarray(true_ids), np.asarray(predicted_ids)
    if true_ids.shape != predicted_ids.shape or true_ids.ndim != 2:
        raise ValueError(
            "true_ids and predicted_ids must be id maps (H, W) of one size. "
            f"Received: {true_ids.shape} and {predicted_ids.shape}"
        )
    names, true_index = _compact("true_ids", true_ids)
    other_names, predicted_index = _compact("predicted_ids", predicted_ids)
    shape = (names.size + 1, other_names.size + 1)
    ones = np.ones(true_index.size, "int64")
    joint = coo_array((ones, (true_index, predicted_index)), shape).tocsr()
    true_area = np.asarray(joint.sum(axis=1)).ravel()
    predicted_area = np.asarray(joint.sum(axis=0)).ravel()
    overlap = joint[1:, 1:].tocoo()
    rows, columns = overlap.coords
    order = np.lexsort((columns, rows))
    rows, columns, shared = rows[order], columns[order], overlap.data[order]
    union = true_area[rows + 1] + predicted_area[columns + 1] - shared
    return IdMapMatch(
        true_ids=names,
        predicted_ids=other_names,
        pairs=np.stack([rows, columns], axis=1).astype("int64"),
        iou=shared / union,
        foreground_intersection=int(shared.sum()),
        foreground_union=int(true_index.size - joint[0, 0]),
    )


def _compact(name, ids):
    """The ids above 0, rising, and for each pixel 0 or its id's position plus 1."""
    if not np.issubdtype(ids.dtype, np.integer):
        raise ValueError(f"{name} must hold integer ids. Received: {ids.dtype}")
    flat = ids.ravel()
    if not flat.size:
        return np.zeros(0, ids.dtype), np.zeros(0, "int32")
    if flat.min() < 0:
        raise ValueError(
            f"{name} must hold ids of at least 0 (0 is background). "
            f"Received: {flat.min()}"
        )
    if int(flat.max()) > max(flat.size, 65535):  # sparse ids, such as packed colours
        names, index = np.unique(flat, return_inverse=True)
        shift = 0 if names[0] == 0 else 1
        return names[1 - shift :], (index + shift).astype("int32")
    present = np.zeros(int(flat.max()) + 1, bool)
    present[flat] = True
    present[0] = False
    return np.flatnonzero(present).astype(ids.dtype), np.cumsum(present, dtype="int32")[
        flat
    ]
