"""HTML pages that need no other file, from the templates beside this module."""

import base64
import os
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from kseg.files import atomic_path


def write_page(path: str | os.PathLike, template: str, **values: Any) -> None:
    """Write a page, whole or not at all.

    Args:
        path: The HTML file.
        template: Its name in ``kseg/show/templates``.
        **values: What it names; text is escaped. Of an iterator one element is in
            memory at a time.

    Raises:
        OSError: The file cannot be written.
    """
    with atomic_path(path) as temporary:
        with open(temporary, "w", encoding="utf-8") as stream:
            stream.writelines(_templates().get_template(template).generate(**values))


def picture_url(content: bytes, kind: str) -> str:
    """A picture as the address of an image: of a file's content, "png" or "jpeg"."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("kseg.show"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
