"""Bundles as a stranger could write them: every checksum is right, whatever is said."""

import json
import zipfile
from pathlib import Path

from kseg.files import sha256


def members_of(path: Path) -> dict[str, bytes]:
    """The members of a bundle, by name."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(path: Path, flatbuffer: bytes, members: dict, *, sums: bool = True) -> None:
    """Write a flatbuffer and members; those that are None are left out.

    Args:
        path: The file.
        flatbuffer: What comes first.
        members: bytes by name; "metadata.json" may be a dict, whose facts of the
            flatbuffer are put right.
        sums: Whether ``sha256.txt`` is put right.
    """
    members = {k: content for k, content in members.items() if content is not None}
    said = members.get("metadata.json")
    if isinstance(said, dict):
        facts = {"sha256": sha256(flatbuffer), "flatbuffer_bytes": len(flatbuffer)}
        members["metadata.json"] = json.dumps(said | facts).encode()
    if sums:
        members.pop("sha256.txt", None)
        lines = [f"{sha256(content)}  {name}\n" for name, content in members.items()]
        members["sha256.txt"] = "".join(lines).encode()
    path.write_bytes(flatbuffer)
    with zipfile.ZipFile(path, "a") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)
