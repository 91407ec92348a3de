"""The pronunciation dictionaries of every account."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .api_errors import ApiError

_CREATED_AT = 1_700_000_000
_DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class PronunciationDictionary:
    """Words with their aliases."""

    dictionary_id: str
    name: str
    aliases: tuple[tuple[str, str], ...] = ()
    created_at: int = _CREATED_AT
    archived_at: int | None = None
    version_id: str = "version_1"

    def to_json(self) -> dict[str, Any]:
        """Return the JSON of the list."""
        return {
            "id": self.dictionary_id,
            "latest_version_id": self.version_id,
            "latest_version_rules_num": len(self.aliases),
            "name": self.name,
            "permission_on_resource": "admin",
            "created_by": "user_of_workspace_demo",
            "creation_time_unix": self.created_at,
            "archived_time_unix": self.archived_at,
            "description": None,
        }


DICTIONARIES = {
    dictionary.dictionary_id: dictionary
    for dictionary in (
        PronunciationDictionary(
            dictionary_id="dict_demo",
            name="Smart home",
            aliases=(("HA", "Home Assistant"), ("TTS", "text to speech")),
        ),
        PronunciationDictionary(
            dictionary_id="dict_empty", name="Nothing yet", created_at=_CREATED_AT + _DAY
        ),
        PronunciationDictionary(
            dictionary_id="dict_rooms",
            name="Rooms",
            aliases=(("WC", "bathroom"), ("TTS", "the tower room")),
            created_at=_CREATED_AT + 2 * _DAY,
        ),
        PronunciationDictionary(
            dictionary_id="dict_family",
            name="Family",
            aliases=(("Nguyen", "Win"),),
            created_at=_CREATED_AT + 3 * _DAY,
        ),
        PronunciationDictionary(
            dictionary_id="dict_archived",
            name="Last year's",
            aliases=(("HA", "Hey Arthur"),),
            created_at=_CREATED_AT - _DAY,
            archived_at=_CREATED_AT + 4 * _DAY,
        ),
    )
}
"""All dictionaries by ID; two of them have the same word."""


def find_aliases(locators: Iterable[tuple[str, str | None]]) -> tuple[tuple[str, str], ...]:
    """Return the words of some dictionaries with their aliases."""
    aliases: list[tuple[str, str]] = []
    for dictionary_id, version_id in locators:
        found = DICTIONARIES.get(dictionary_id)
        if found is None or version_id not in (None, found.version_id):
            raise ApiError(
                404,
                "pronunciation_dictionary_not_found",
                f"A pronunciation dictionary with id '{dictionary_id}' was not found.",
                param="pronunciation_dictionary_locators",
            )
        aliases += found.aliases
    return tuple(aliases)
