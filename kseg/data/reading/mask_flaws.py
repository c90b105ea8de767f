"""What is said of the masks of a folder together: refused, or read around."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kseg.data.reading.mask_survey import Values, together
from kseg.imaging.bad_file import BadFile

IGNORE = 255


def refuse_one_value(root: Path, files: list[Values]) -> None:
    """Refuse masks that are one value throughout: nothing can be learned of them.

    Raises:
        BadFile: They are, and the value could be a class.
    """
    whole = together(files)
    if len(whole.values) > 1 or _is_out_of_range(whole):
        return
    value = whole.values[0]
    raise BadFile(
        root,
        f"expected masks of two classes or more. Received: {len(files)} masks of which "
        f"every pixel is {f'#{value:06x}' if whole.coloured else value}",
        "Is what was drawn in another folder or format? Draw the masks, or add images "
        "whose masks hold another class.",
    )


def _is_out_of_range(whole) -> bool:
    return not whole.coloured and not 0 <= whole.values[0] <= whole.values[-1] <= 255


def refuse_range(file: Values) -> None:
    """Refuse numbers that are no labels.

    Raises:
        BadFile: One is below 0 or above 255.
    """
    low, high = file.values[0], file.values[-1]
    if low < 0 or high > 255:
        raise BadFile(
            file.path,
            f"expected labels of 0 to 255. Received: {low} to {high}",
            'If the numbers are instances, read the folder with format "dsb2018".',
        )


def refuse_one_bit(files: list[Values]) -> None:
    """Refuse a 1-bit mask among labels of three classes or more.

    Raises:
        BadFile: There is one.
    """
    several = next((file for file in files if file.bits > 1), None)
    for file in files if several else ():
        if file.bits == 1 and IGNORE in file.values:
            raise BadFile(
                file.path,
                f"expected class numbers, as {several.path.name} holds them. Received: "
                "a 1-bit mask, whose white may be class 1 or 'ignore'",
                "Save it as 8-bit gray with class numbers.",
            )


def refuse_ignore_alone(files: list[Values]) -> None:
    """Refuse 255 beside 0 alone, unless it is beside classes in more files than so.

    Raises:
        BadFile: 255 may be a class.
    """
    ignoring = [file for file in files if IGNORE in file.values]
    beside = [f.values[f.values != IGNORE].tolist() for f in ignoring]
    alone = [f for f, others in zip(ignoring, beside, strict=True) if others == [0]]
    known = sum(any(others) for others in beside)
    if alone and len(alone) >= known:
        raise BadFile(
            alone[0].path,
            "expected 255, 'ignore', beside classes. Received: 0 and 255 alone, in "
            f"{len(alone)} files, and 255 beside a class in {known}",
            "If 255 is a class in these files, write its number there; else leave them "
            "out: they hold no class.",
        )


def nothing_left(root: Path, names: Sequence[str] | None) -> BadFile:
    """The error of masks of 0 and 255 where 255 would be 'ignore'."""
    what = f"{len(names)} classes are named" if names else "the palette names classes"
    return BadFile(
        root,
        "expected class numbers. Received: masks of 0 and 255 alone, where 255 is "
        f"'ignore', because {what}: no class would be left",
        "Save class k as the number k; or, if 255 is the one class, name two classes "
        "in classes.txt: the background and this one.",
    )


def two_whites(files: list[Values]) -> tuple[BadFile, ...]:
    """What is said of files that write class 1 differently, other than in 1 bit."""
    first: dict[int, Values] = {}
    for file in files:
        for value in file.values[file.values > 0].tolist() if file.bits > 1 else ():
            first.setdefault(value, file)
    if len(first) < 2:
        return ()
    one, other = list(first)[:2]
    count = sum(other in file.values for file in files)
    return (
        BadFile(
            first[other].path,
            f"expected 0 and {one}, as {first[one].path.name} holds. Received: 0 and "
            f"{other}, in {count} files; both are read as class 1",
            f"Write {one} in all masks, if that is right; if {other} means 'ignore', "
            "leave those files out: they hold no class.",
        ),
    )


def ignored_most(root: Path, whole: Values) -> tuple[BadFile, ...]:
    """What is said where more is ignored than is labelled other than 0."""
    ignored = whole.counts[whole.values == IGNORE].sum()
    if ignored * 2 <= whole.counts[whole.values != 0].sum():
        return ()
    return (
        BadFile(
            root,
            f"expected 255 to mean 'ignore'. Received: {share(ignored, whole.counts)} "
            "of all pixels with it, more than with all classes but 0",
            "If 255 is a class, write its number in the masks.",
        ),
    )


def missing_classes(
    root: Path, names: Sequence[str], present: Sequence[bool]
) -> tuple[BadFile, ...]:
    """What is said of classes that are named and never seen."""
    absent = [
        name for name, is_there in zip(names, present, strict=True) if not is_there
    ]
    if not absent:
        return ()
    return (
        BadFile(
            root,
            "expected every class in the masks. Received: none with "
            f"{listed(absent, 'or')}",
            "Check that the masks hold the numbers or colours that classes.txt states; "
            "a class without a pixel is never learned.",
        ),
    )


def share(part: int, counts: np.ndarray) -> str:
    """Pixels as a share of all."""
    return f"{100 * part / counts.sum():.2g} %"


def listed(values: Sequence, word: str = "and") -> str:
    """0, 5, 7 and 9; of many the first and the last."""
    texts = [str(value) for value in values]
    if len(texts) > 12:
        texts = [*texts[:8], "...", texts[-1]]
    return f" {word} ".join([", ".join(texts[:-1]), texts[-1]] if texts[1:] else texts)
