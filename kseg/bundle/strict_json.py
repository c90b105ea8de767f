"""JSON that a stranger wrote, read as page and app read it."""

import json
from typing import Any

from kseg.bundle.rules import LIMITS

# Longer whole numbers become floats, as in JavaScript: Python would take its time, or
# refuse them by an error that is none of JSON's.
_DIGITS = 16


def parse(content: bytes) -> Any:
    """The value of a JSON text.

    Args:
        content: UTF-8, without a byte order mark.

    Raises:
        ValueError: It is no JSON (RFC 8259: neither NaN nor Infinity), or more than
            ``limits.depth`` lists and objects lie in one another.
    """
    try:
        value = json.loads(
            content.decode("utf-8"), parse_int=_whole, parse_constant=_refuse
        )
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error
    pending = [(value, 0)]
    while pending:
        inner, depth = pending.pop()
        if depth > LIMITS["depth"]:
            raise ValueError(_TOO_DEEP)
        if isinstance(inner, dict):
            inner = list(inner.values())
        if isinstance(inner, list):
            pending += [(one, depth + 1) for one in inner]
    return value


_TOO_DEEP = f"more than {LIMITS['depth']} lists in one another"


def _whole(digits):
    return int(digits) if len(digits) <= _DIGITS else float(digits)


def _refuse(word):
    raise ValueError(f"{word} is no number of JSON")
