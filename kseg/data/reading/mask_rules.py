"""What the values of a folder's masks mean: one rule for all of its files.

``docs/data.md`` states the rules. Whatever they do not decide is refused with the two
readings between which a person must choose.
"""

from pathlib import Path

import numpy as np

from kseg.data.reading.mask_flaws import (
    listed,
    missing_classes,
    refuse_one_value,
    refuse_range,
    share,
)
from kseg.data.reading.mask_survey import Values, together
from kseg.data.reading.number_rules import Rule, of_numbers
from kseg.data.reading.palette_rules import of_palettes
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
        if not names:
            return _by_colours(root, files)
        # With names alone each of these files is refused when it is read.
        return decide(root, [file for file in files if not file.coloured], names)
    if any(file.palette for file in files):
        return of_palettes(root, files, names)
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


def _refuse_numbers(files) -> None:
    """Gray masks among colours whose grays no mask of colours holds: numbers."""
    coloured = [f.as_colours() for f in files if f.coloured or f.palette]
    known = {0, *together(coloured).values.tolist()}
    for file in files:
        if file.coloured or file.palette:
            continue
        refuse_range(file)
        foreign = [v for v in file.values.tolist() if v * 0x010101 not in known]
        if foreign:
            raise BadFile(
                file.path,
                f"expected colours, as {coloured[0].path.name} holds. Received: gray "
                f"{listed(foreign)}, which may be numbers of classes",
                "Save all masks as colours or all as numbers; if the grays are colours "
                "of classes, write classes.txt (name red green blue).",
            )


def _by_colours(root, files) -> Rule:
    """A class for each colour; of palettes and grays their colours."""
    shown = [file.as_colours() for file in files]
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
    _refuse_numbers(files)
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
