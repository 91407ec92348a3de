"""Check the values of switches against their types."""

import types
from typing import Any, Literal, Union, get_args, get_origin


def matches_type(hint: Any, value: object) -> bool:
    """Return whether a value has exactly the type of a hint; an int is also a float."""
    origin = get_origin(hint)
    if origin is Literal:
        return any(type(value) is type(o) and value == o for o in get_args(hint))
    if origin in (Union, types.UnionType):
        return any(matches_type(option, value) for option in get_args(hint))
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is hint


def describe_type(hint: Any) -> str:
    """Return the values that a hint allows."""
    origin = get_origin(hint)
    if origin is Literal:
        return " or ".join(repr(option) for option in get_args(hint))
    if origin in (Union, types.UnionType):
        return " or ".join(describe_type(option) for option in get_args(hint))
    return "null" if hint is type(None) else str(hint.__name__)
