"""Ten of the embedded images of nuclei as a user would have them."""

from kseg import data


def write_nuclei(folder, names=("train", "val")):
    """Write eight images to train on and two to validate on, and lists of them.

    Args:
        folder: Where.
        names: Of the splits.

    Returns:
        The folder.
    """
    for part in ("images", "masks", "splits"):
        (folder / part).mkdir()
    for split, name, count in zip(("train", "val"), names, (8, 2), strict=True):
        items = data.sample(split).items[:count]
        for item in items:
            for part, path in (("images", item.image), ("masks", item.mask)):
                (folder / part / path.name).write_bytes(path.read_bytes())
        lines = "\n".join(item.name for item in items)
        (folder / "splits" / f"{name}.txt").write_text(lines)
    return folder
