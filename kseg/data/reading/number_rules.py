"""What numbers in masks mean: two values, smoothed edges, or labels."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kseg.data.reading.mask_flaws import (
    IGNORE,
    ignored_most,
    listed,
    missing_classes,
    nothing_left,
    refuse_ignore_alone,
    refuse_one_bit,
    refuse_one_value,
    refuse_range,
    share,
    two_whites,
)
from kseg.data.reading.mask_survey import Values, together
from kseg.imaging.bad_file import BadFile

_BINARY_NAMES = ("background", "foreground")
_FEW = 8  # fewer values beside the two extremes are no smoothing
_UNNAMED = 32  # so many labels may have gaps where nothing names them
_OWN_CLASSES = (
    "Save the masks with two values or with one number a class (0, 1, 2, ...) as 8-bit "
    "gray; or, if each gray is a class, write classes.txt with its colour behind each "
    "name (name 128 128 128)."
)


@dataclass(frozen=True)
class Rule:
    """How the masks of a data set are read; fields as ``kseg.data.Dataset`` has them.

    Args:
        class_names: Those that were stated, or else found.
        mask_values: ``"ids"``, ``"grays"`` or ``"colours"``.
        stored_labels: Number to label, or None.
        palette: Of ``"colours"``, one of each class.
        note: What was decided, if it was not stated.
        flaws: What is wrong with the masks together, and was read around.
    """

    class_names: tuple[str, ...]
    mask_values: str = "ids"
    stored_labels: dict[int, int] | None = None
    palette: tuple[tuple[int, int, int], ...] | None = None
    note: str = ""
    flaws: tuple[BadFile, ...] = ()


def of_numbers(
    root: Path,
    files: list[Values],
    names: tuple[str, ...] | None,
    indices: bool = False,
) -> Rule:
    """The rule of masks of numbers: binary, smoothed, or labels.

    Args:
        root: The data folder, for what concerns all files.
        files: The values of each mask.
        names: Of the classes, two or more, or None.
        indices: The numbers are indices of a palette that names its classes.

    Returns:
        The rule.

    Raises:
        BadFile: Nothing can be learned of them, or they can be read in two ways.
    """
    refuse_one_value(root, files)
    if not names:
        rule = None if indices else _two_classes(root, files, None)
        return rule or _found_labels(root, files, indices)
    if len(names) == 2:
        return _two_classes(root, files, names) or _two_labels(root, files, names)
    # A file with another value is refused when it is read, and proves nothing here.
    allowed = [*range(len(names)), IGNORE]
    good = [file for file in files if np.isin(file.values, allowed).all()]
    if not good:
        return Rule(names)
    whole = together(good)
    labels = whole.values[whole.values != IGNORE]
    if not labels.any():
        raise nothing_left(root, names)
    refuse_one_bit(good)
    refuse_ignore_alone(good)
    present = np.isin(np.arange(len(names)), labels)
    flaws = (*ignored_most(root, whole), *missing_classes(root, names, present))
    return Rule(names, flaws=flaws)


def _two_classes(root, files, names) -> Rule | None:
    return _binary(root, files, names) or _smoothed(root, files, names)


def _two_labels(root, files, names) -> Rule:
    """0, 1 and 255 to ignore; or binary but for files that are refused then."""
    good = [f for f in files if np.isin(f.values, (0, 1, f.white)).all()]
    rule = _binary(root, good, names) if good and len(good) < len(files) else None
    return rule or Rule(names, flaws=ignored_most(root, together(files)))


def _binary(root, files, names) -> Rule | None:
    """Two values in all, or in each file 0 and either 1 or white."""
    values = together(files).values.tolist()
    if values[0] < 0 or len(values) < 2:
        return None
    if len(values) > 2:
        for file in files:
            drawn = file.values[file.values > 0].tolist()
            if len(drawn) > 1 or (drawn and drawn[0] not in (1, file.white)):
                return None
    drawn = values[1:]
    names = names or (_BINARY_NAMES if values != [0, 1] else ("background", "class 1"))
    if values == [0, 1]:
        return Rule(names)
    note = (
        f"{root}: the masks hold only {values[0]} and {listed(drawn, 'or')}: binary, "
        f"and {listed(drawn, 'or')} is class 1, {names[1]}."
    )
    stored = {values[0]: 0} | dict.fromkeys(drawn, 1)
    flaws = two_whites(files) if drawn[1:] else ()
    return Rule(names, "ids", stored, note=note, flaws=flaws)


def _smoothed(root, files, names) -> Rule | None:
    """Grays at the edges between two extremes: cut at half of white.

    Raises:
        BadFile: There are grays that are neither classes nor edges.
    """
    whole = together(files)
    white = files[0].white
    values, counts = whole.values, whole.counts
    edges = whole.ragged
    in_upper_half = np.count_nonzero(edges & (values >= white / 2) & (values < white))
    if values[0] < 0 or edges.sum() < _FEW or in_upper_half < 3:
        return None
    low, high = values <= white / 4, values >= white * 3 / 4
    middle = counts[~low & ~high].sum()
    # Areas of one gray beside the extremes are classes, however near they are.
    areas = counts * ~edges
    areas[[np.argmax(areas * (values <= white / 16))]] = 0
    areas[[np.argmax(areas * (values >= white * 15 / 16))]] = 0
    if (
        any(file.white != white for file in files)
        or values[-1] > white
        or middle * 20 > 3 * counts.sum()
        or middle > min(counts[low].sum(), counts[high].sum())
        or areas.sum() * 1000 > counts.sum()
    ):
        raise BadFile(
            root,
            "expected class numbers, or two values. Received: masks of "
            f"{len(values)} grays from {values[0]} to {values[-1]}, most of which lie "
            "between others as at smoothed edges or in a picture",
            _OWN_CLASSES,
        )
    cut = white // 2
    changed = counts[(values > 0) & (values < white)].sum()
    flaw = BadFile(
        root,
        f"expected masks of two values. Received: {len(values)} grays, of which those "
        f"between 0 and {white} lie at edges ({share(changed, counts)} of the "
        f"pixels); read as binary, what is above {cut} as class 1",
        "Save the masks without smoothing and not as JPEG, to decide it yourself.",
    )
    stored = {value: int(value > cut) for value in range(white + 1)}
    return Rule(names or _BINARY_NAMES, "ids", stored, flaws=(flaw,))


def _found_labels(root, files, indices) -> Rule:
    """Labels that nothing names: 0 to the largest."""
    for file in files:
        refuse_range(file)
    whole = together(files)
    labels = whole.values[whole.values != IGNORE]
    if not labels.any():
        raise nothing_left(root, None)
    refuse_one_bit(files)
    refuse_ignore_alone(files)
    count = int(labels[-1]) + 1
    gaps = count - len(labels)
    many = count > _UNNAMED and (gaps * 10 > count or count > 128)
    # More than half of them nowhere but at the edges of others: labels that were
    # resized as a picture is.
    ragged = whole.ragged[whole.values != IGNORE].sum()
    blended = 4 <= ragged <= len(labels) - 2 and ragged * 2 > len(labels)
    named = indices and all(file.palette or not file.values.any() for file in files)
    if blended or (many and not named):
        raise BadFile(
            root,
            f"expected class numbers 0, 1, 2, ... Received: {len(whole.values)} values "
            f"({listed(whole.values)}), of which nobody can know whether they are "
            "classes",
            f"{_OWN_CLASSES} If the numbers are right, write a classes.txt of {count} "
            "names, one a line.",
        )
    note = (
        f"{root}: the masks hold labels up to {count - 1}. Write classes.txt to name "
        'them. If they are instance ids, read it with format "dsb2018".'
    )
    names = ("background", *(f"class {i}" for i in range(1, count)))
    return Rule(names, note=note, flaws=ignored_most(root, whole))
