"""Laying out the fields of a request for JSON and for a query."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def valid(text: str) -> str:
    """Join the halves of a character that a writer split; JSON has no place for one alone."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def present(**values: Any) -> dict[str, Any]:
    """Drop what is not set."""
    return {key: value for key, value in values.items() if value not in (None, [], {})}


def set_fields(value: DataclassInstance) -> dict[str, Any]:
    """Return the fields that are set."""
    return present(**asdict(value))


def query(**values: object) -> dict[str, str]:
    """Spell a query: `True` and `False` with capitals are not understood (pipecat#4293)."""
    return {
        key: str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in values.items()
        if value is not None
    }
