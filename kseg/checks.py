"""Checks of arguments, shared by networks, backbones and layers."""

import math
import numbers


def check_whole(**values) -> None:
    """Raise ValueError unless each value is an int of at least 1."""
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(
                f"{name} must be an int of at least 1. Received: {name}={value!r}."
            )


def check_share(**values) -> None:
    """Raise ValueError unless each value is a number in [0, 1)."""
    for name, value in values.items():
        if not isinstance(value, numbers.Real) or not 0 <= value < 1:
            raise ValueError(
                f"{name} must be a number in [0, 1). Received: {name}={value!r}."
            )


def check_whole_pairs(**pairs) -> None:
    """Raise ValueError unless each is two ints of at least 1."""
    for name, values in pairs.items():
        if not isinstance(values, (tuple, list)) or len(values) != 2:
            raise ValueError(
                f"{name} must be two numbers. Received: {name}={values!r}."
            )
        check_whole(**{f"{name}[{i}]": value for i, value in enumerate(values)})


def check_above_0(**values) -> None:
    """Raise ValueError unless each value is a finite number above 0."""
    for name, value in values.items():
        if not isinstance(value, numbers.Real) or not 0 < value < math.inf:
            raise ValueError(
                f"{name} must be a number above 0. Received: {name}={value!r}."
            )


def check_at_least_0(**values) -> None:
    """Raise ValueError unless each value is a finite number of at least 0."""
    for name, value in values.items():
        if not isinstance(value, numbers.Real) or not 0 <= value < math.inf:
            raise ValueError(
                f"{name} must be a finite number of at least 0. "
                f"Received: {name}={value!r}."
            )


def check_magnifications(**ranges) -> None:
    """Raise ValueError unless each range is two numbers, 0 < least <= greatest."""
    for name, values in ranges.items():
        if len(values) != 2 or not 0 < values[0] <= values[1] < math.inf:
            raise ValueError(
                f"{name} must be two magnifications, 0 < least <= greatest, such as "
                f"(0.5, 2.0). Received: {name}={values}."
            )


def check_choice(name: str, value, choices: tuple) -> None:
    """Raise ValueError unless ``value`` is one of ``choices``."""
    if value not in choices:
        expected = ", ".join(map(repr, choices))
        raise ValueError(
            f"{name} must be one of {expected}. Received: {name}={value!r}."
        )


def check_image_shape(shape, may_be_open: bool, multiple: int = 1) -> None:
    """Raise ValueError unless ``shape`` is (height, width, channels), ints from 1 up.

    Args:
        shape: What the caller gave.
        may_be_open: Whether height and width may be None.
        multiple: What must divide height and width.
    """
    open_sides = (None, None) if may_be_open else ()
    try:
        height, width, channels = shape
        for name, value in (("height", height), ("width", width)):
            if value not in open_sides:
                check_whole(**{name: value})
        check_whole(channels=channels)
    except (TypeError, ValueError) as error:
        sides = "ints or None" if may_be_open else "ints"
        raise ValueError(
            "input_shape must be (height, width, channels) without the batch, height "
            f"and width {sides}, channels an int. Received: input_shape={shape!r}."
        ) from error
    if any(side and side % multiple for side in (height, width)):
        raise ValueError(
            f"Height and width must be multiples of {multiple}. Received: "
            f"input_shape={tuple(shape)}."
        )
