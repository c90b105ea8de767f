"""Leave out the files of a data set that cannot be used, and say which."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from kseg.data.dataset import Dataset
from kseg.errors import DataError


def drop_bad(
    dataset: Dataset, progress: Callable[[Iterable], Iterable] = iter
) -> tuple[Dataset, list[str]]:
    """Read every image and mask, and leave out those that cannot be used.

    Args:
        dataset: The images.
        progress: Wraps the iteration, to show it.

    Returns:
        The data set without them, and a line for each that was left out.

    Raises:
        DataError: None can be used.
    """
    good, problems = [], []
    for i in progress(range(len(dataset))):
        try:
            dataset.image(i), dataset.target(i)
            good.append(dataset.items[i])
        except DataError as error:
            problems.append(str(error))
    if not good:
        raise DataError(
            f"Expected at least one usable image. Received: {len(problems)} bad ones, "
            f"the first: {problems[0]}"
        )
    return replace(dataset, items=tuple(good)), problems
