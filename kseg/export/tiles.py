"""Of many images some, evenly: to calibrate and to check with."""

import numpy as np


def some_images(dataset, count: int):
    """Up to ``count`` items, evenly over a data set."""
    places = _places(len(dataset), count)
    return dataset.subset([dataset.items[place].name for place in places])


def evenly(pipeline, count: int) -> list:
    """Up to ``count`` elements: large images give many tiles, of which some of each."""
    wanted = set(_places(len(pipeline), count))
    elements = enumerate(pipeline.as_numpy_iterator())
    return [element for place, element in elements if place in wanted]


def _places(total, count):
    return np.linspace(0, total - 1, min(count, total)).astype(int).tolist()
