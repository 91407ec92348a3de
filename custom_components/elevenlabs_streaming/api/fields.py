"""Reading fields of a JSON object that may be missing, null or of another type."""

from collections.abc import Mapping
import math
from typing import Any


def text(raw: Mapping[str, Any], name: str) -> str:
    """Return a string; empty if there is none."""
    value = raw.get(name)
    return value if isinstance(value, str) else ""


def number(raw: Mapping[str, Any], name: str) -> float:
    """Return a number; 0 if there is none."""
    value = raw.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return 0.0
    return float(value)


def inner(raw: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return an object; empty if there is none."""
    value = raw.get(name)
    return value if isinstance(value, dict) else {}


def texts(raw: Mapping[str, Any], name: str) -> list[str]:
    """Return the strings of a list; none if there is no list."""
    value = raw.get(name)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def objects(raw: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the objects of a list; none if there is no list."""
    value = raw.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
