"""A plain folder: images/ and masks/ with label maps or one colour a class.

``classes.txt`` names the classes, one a line in the order of the label ids (background
first), each with ``red green blue`` behind it where the masks hold colours. Without it
the classes are what the masks hold. In both cases every mask is read once:
``kseg.data.reading.mask_rules`` decides what their values mean.
"""

from pathlib import Path

from kseg.data.dataset import Dataset, Item
from kseg.data.reading.mask_rules import MOST_CLASSES, decide, of_stated_colours
from kseg.data.reading.mask_survey import survey
from kseg.data.reading.text_file import read_text
from kseg.imaging import default_palette
from kseg.imaging.bad_file import BadFile


def read_folder(root: Path, items: tuple[Item, ...]) -> Dataset:
    """Label maps of the classes that ``classes.txt`` or the masks themselves state.

    Args:
        root: The data folder.
        items: What ``list_folder`` found in it.

    Returns:
        A data set of the kind ``"labels"``.

    Raises:
        DataError: The layout is another one, ``classes.txt`` cannot be read, or the
            masks can be read in two ways, or in none.
    """
    if any(isinstance(item.mask, tuple) for item in items):
        raise BadFile(
            root,
            "expected images/ and masks/ in it. Received: a folder for each image",
            'Read it with format="dsb2018".',
        )
    stated = root / "classes.txt"
    names, palette = read_classes(stated) if stated.exists() else (None, None)
    return read_masks(root, items, names, palette)


def read_masks(
    root: Path,
    items: tuple[Item, ...],
    names: tuple[str, ...] | None,
    palette: tuple[tuple[int, int, int], ...] | None,
) -> Dataset:
    """Label maps by what is stated of them and what they hold.

    Args:
        root: The data folder, for errors and notes.
        items: Images and their masks.
        names: Of the classes, the background first; None to find them.
        palette: The colour of each, by which masks are read; None if it is not stated.

    Returns:
        A data set of the kind ``"labels"``.

    Raises:
        DataError: As ``kseg.data.reading.mask_rules.decide``.
    """
    files = survey(item.mask for item in items if item.mask)
    if palette:
        rule = of_stated_colours(root, files, names, palette)
    else:
        rule = decide(root, files, names)
    return Dataset(
        "labels",
        items,
        rule.class_names,
        rule.palette or default_palette(len(rule.class_names)),
        mask_values=rule.mask_values,
        stored_labels=rule.stored_labels,
        notes=(*filter(None, [rule.note]), *map(str, rule.flaws)),
        flaws=rule.flaws,
    )


def read_classes(path: Path):
    """Names, and colours where they follow the names (else None), of a classes.txt.

    Raises:
        BadFile: It is no text, or does not name classes.
    """
    text = read_text(path, "Write one class name a line.")
    lines = [line.strip() for line in text.splitlines()]
    rows = [_class_line(path, line) for line in lines if line]
    names = tuple(name for name, _ in rows)
    colours = tuple(colour for _, colour in rows if colour)
    wrong = None
    if len(rows) == 1:
        raise BadFile(
            path,
            "expected the background and one class or more. Received: one name, "
            f"{names[0]!r}",
            "Write the background above it: it is class 0, a line of its own.",
        )
    if not 1 <= len(rows) <= MOST_CLASSES:
        wrong = f"expected 1 to {MOST_CLASSES} classes. Received: {len(rows)}"
    elif len(set(names)) < len(names):
        wrong = "expected a different name for each class. Received: a name twice"
    elif colours and len(colours) < len(names):
        wrong = "expected a colour behind each name or behind none. Received: a mixture"
    elif len(set(colours)) < len(colours):
        wrong = "expected a different colour for each class. Received: a colour twice"
    if wrong:
        raise BadFile(
            path, wrong, "Write one class a line: name, or name red green blue."
        )
    return names, colours or None


def _class_line(path: Path, line: str):
    """('name', (r, g, b)) or ('name', None)."""
    words = line.replace(",", " ").split()
    if len(words) < 4 or not all(word.isdecimal() for word in words[-3:]):
        return line, None
    colour = tuple(int(word) for word in words[-3:])
    if max(colour) > 255:
        raise BadFile(
            path,
            f"expected red, green and blue of 0 to 255. Received: {line!r}",
            "Mend the line.",
        )
    return " ".join(words[:-3]), colour
