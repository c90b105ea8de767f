"""Read YAML that others wrote."""

from pathlib import Path
from typing import Any

import yaml

from kseg.data.reading.text_file import read_text
from kseg.imaging.bad_file import BadFile


class _Texts(yaml.SafeLoader):
    """Plain YAML in which every value is a text: a class may be called ``no`` or 1."""

    yaml_implicit_resolvers: dict = {}

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if not isinstance(key, str) or keys.count(key) > 1:
                raise yaml.YAMLError(f"{key!r} is no text, or twice in one mapping")
        return super().construct_mapping(node, deep=deep)


def read_yaml(path: Path, remedy: str) -> Any:
    """What a YAML file holds, by PyYAML's safe loader.

    Args:
        path: The file.
        remedy: What to do about it if it is none, a sentence.

    Returns:
        Texts, in lists and mappings with texts as keys; None of an empty file.

    Raises:
        BadFile: It cannot be read, or is no such YAML; a tag that makes an object of
            Python is refused, too.
    """
    try:
        return yaml.load(read_text(path, remedy), Loader=_Texts)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        if isinstance(error, BadFile):
            raise
        what = " ".join(str(error).split())[:200] or "nested too deeply"
        raise BadFile(path, f"expected YAML ({what})", remedy) from error
