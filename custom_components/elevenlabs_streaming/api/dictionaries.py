"""The account's pronunciation dictionaries."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from . import fields


@dataclass(frozen=True, slots=True, kw_only=True)
class PronunciationDictionary:
    """One pronunciation dictionary of the account."""

    dictionary_id: str
    name: str
    is_archived: bool = False

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        """Read a dictionary, of which only the id is sure."""
        return cls(
            dictionary_id=raw["id"],
            name=fields.text(raw, "name") or raw["id"],
            is_archived=bool(fields.number(raw, "archived_time_unix")),
        )
