"""What the values of a folder's masks mean: one rule for all of its files.

``docs/data.md`` states the rules. Whatever they do not decide is refused with the two
readings between which a person must choose.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from kseg.data.reading.mask_flaws import (
    IGNORE,
    listed,
    missing_classes,
    refuse_one_value,
    share,
)
from kseg.data.reading.mask_survey import Values, together
from kseg.data.reading.number_rules import Rule, of_numbers, refuse_range
from kseg.imaging.bad_file import BadFile

MOST_CLASSES = 255  # uint8 labels, of which 255 is to ignore
_FEW = 8  # fewer colours at edges only are no smoothing


def decide(root: Path, files: list[Values], names: tuple[str, ...] | None) -> Rule:
    """The rule of masks whose colours are not stated.

    Args:
        root: The data folder, for what concerns all files.
        files: The values of each mask.
        names: Of the classes, the background first, if they are stated: two or more.

    Returns:
        The rule.

    Raises:
        BadFile: The masks do not agree, hold nothing to learn, or can be read in two
            ways.
    """
    if not files:  # each is refused when it is read
        return Rule(names or ("background",))
    if any(file.coloured for file in files):
        # With names alone each of these files is refused when it is read.
        return Rule(names) if names else _by_colours(root, files)
    if any(file.palette for file in files):
        return _of_palettes(root, files, names)
    return of_numbers(root, files, names)


def of_stated_colours(
    root: Path,
    files: list[Values],
    names: tuple[str, ...],
    palette: tuple[tuple[int, int, int], ...],
) -> Rule:
    """The rule of masks whose colours are stated: they count, not what stands for them.

    Args:
        root: The data folder.
        files: The values of each mask.
        names: Of the classes.
        palette: (red, green, blue) of each class.

    Returns:
        The rule.

    Raises:
        BadFile: All pixels of all masks have one colour.
    """
    flaws = ()
    if files:
        shown = [file.as_colours() for file in files]
        refuse_one_value(root, shown)
        seen = set(together(shown).values.tolist())
        codes = [red << 16 | green << 8 | blue for red, green, blue in palette]
        flaws = missing_classes(root, names, [code in seen for code in codes])
    return Rule(names, "colours", palette=palette, flaws=flaws)


def _of_palettes(root, files, names) -> Rule:
    """By index; or by gray, for any gray mask can be packed in a palette of grays."""
    shown = [file.as_grays() for file in files]
    refused = _differing(files)
    if all(file.is_gray() for file in files) and _fit(shown, names):
        ignores = IGNORE in together(shown).values
        if names and len(names) > 2 and ignores and not refused:
            raise _two_readings(root, shown)
        try:
            return replace(of_numbers(root, shown, names), mask_values="grays")
        except BadFile as error:
            refused = refused and error
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


def _by_colours(root, files) -> Rule:
    """A class for each colour; of palettes and grays their colours."""
    shown = [file.as_colours() for file in files]
    for file in files:
        if not file.coloured:
            refuse_range(file)
    seen: set[int] = set()
    for file in shown:
        seen.update(file.values.tolist())
        if len(seen) > MOST_CLASSES:
            raise BadFile(
                file.path,
                f"expected at most {MOST_CLASSES} colours in all masks, one a class. "
                f"Received: {len(seen)} with this one",
                "Were the masks smoothed, or do they hold instance ids as colours? "
                "Save labels as 8-bit gray, or ids as 16-bit gray for format "
                '"dsb2018".',
            )
    refuse_one_value(root, shown)
    whole = together(shown)
    edges = whole.ragged
    if edges.sum() >= _FEW and np.count_nonzero(~edges) >= 2:
        at_edges = share(whole.counts[edges].sum(), whole.counts)
        raise BadFile(
            root,
            f"expected one colour a class. Received: {len(whole.values)} colours, of "
            f"which {edges.sum()} lie at edges only ({at_edges} of the pixels): the "
            "masks were smoothed, or were JPEG files",
            "Save them again without smoothing (anti-aliasing), as PNG from their "
            "source; if each colour is a class, write classes.txt with all of them "
            "(name red green blue).",
        )
    codes = whole.values.tolist()
    return Rule(
        tuple(f"#{code:06x}" for code in codes),
        "colours",
        palette=tuple((c >> 16, c >> 8 & 255, c & 255) for c in codes),
        note=f"{root}: the masks hold {len(codes)} colours, a class each. Write "
        "classes.txt to name them.",
    )
