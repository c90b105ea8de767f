"""What indices in masks mean: one palette for all files, or the grays it shows."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from kseg.data.reading.mask_flaws import IGNORE, listed
from kseg.data.reading.mask_survey import Values, together
from kseg.data.reading.number_rules import Rule, of_numbers
from kseg.imaging.bad_file import BadFile


def of_palettes(root: Path, files: list[Values], names: tuple[str, ...] | None) -> Rule:
    """The rule of masks of which some have palettes, and none is of colours.

    By index; or by gray, for any gray mask can be packed in a palette of grays.

    Args:
        root: The data folder, for what concerns all files.
        files: The values of each mask.
        names: Of the classes, two or more, or None.

    Returns:
        The rule.

    Raises:
        BadFile: The palettes differ, or can be read in two ways.
    """
    shown = [file.as_grays() for file in files]
    refused = _differing(files)
    of_palettes = [file.as_grays() for file in files if file.palette]
    if all(file.is_gray() for file in files) and _fit(of_palettes, names):
        ignores = IGNORE in together(shown).values
        if names and len(names) > 2 and ignores and not refused:
            raise _two_readings(root, shown)
        try:
            return replace(of_numbers(root, shown, names), mask_values="grays")
        except BadFile as error:
            refused = refused and error
    refused = refused or _past_the_palettes(files)
    if refused:
        raise refused
    return of_numbers(root, files, names, indices=True)


def _fit(files, names) -> bool:
    """Whether all values can be labels of these names; any can be, where none are."""
    values = together(files).values
    allowed = [*range(len(names or ())), IGNORE]
    return not names or len(names) == 2 or bool(np.isin(values, allowed).all())


def _two_readings(root, shown) -> BadFile:
    return BadFile(
        root,
        "expected masks that can be read in one way. Received: palettes of grays "
        f"({listed(together(shown).values)}), of which both the grays and the indices "
        "can be labels",
        "Write the colour of each class behind its name in classes.txt (name 128 128 "
        "128), or save the masks as gray without a palette.",
    )


def _differing(files) -> BadFile | None:
    """The first two files whose palettes give one index two colours, or the reverse."""
    colour_of: dict[int, tuple[int, Values]] = {}
    index_of: dict[int, tuple[int, Values]] = {}
    for file in files:
        for index in file.values.tolist() if file.palette else ():
            colour = file.palette[index]
            other, first = colour_of.setdefault(index, (colour, file))
            if other != colour:
                return _palettes_differ(file, first, f"index {index} is another colour")
            other, first = index_of.setdefault(colour, (index, file))
            repeats = any(_is_at(f, colour, index, other) for f in (file, first))
            if other != index and not repeats:
                what = f"the colour #{colour:06x} has another index"
                return _palettes_differ(file, first, what)
    return None


def _is_at(file, colour, *indices) -> bool:
    """Whether a palette has one colour at all of these indices."""
    return all(i < len(file.palette) and file.palette[i] == colour for i in indices)


def _palettes_differ(file, first, how) -> BadFile:
    return BadFile(
        file.path,
        f"expected the palette of {first.path.name}. Received: one in which {how}",
        "Write the colour of each class behind its name in classes.txt (name red green "
        "blue): then the colours count, not the indices.",
    )


def _past_the_palettes(files) -> BadFile | None:
    """A file without a palette whose numbers are no indices of the others' palettes."""
    longest = max(files, key=lambda file: len(file.palette))
    for file in files:
        numbers = file.values[file.values != IGNORE]
        if not file.palette and numbers.max(initial=0) >= len(longest.palette):
            return BadFile(
                file.path,
                f"expected indices of the palette of {longest.path.name}. Received: "
                f"{numbers.max()} in a mask without a palette",
                "Save all masks in one way: with this palette, or as gray numbers.",
            )
    return None
