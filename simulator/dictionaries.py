"""The pronunciation dictionaries."""

from collections.abc import Iterable

from .api_errors import ApiError

_DICTIONARIES = {
    "dict_demo": (("HA", "Home Assistant"), ("TTS", "text to speech")),
    "dict_empty": (),
}
_VERSIONS = {"dict_demo": "version_1", "dict_empty": "version_1"}


def find_aliases(locators: Iterable[tuple[str, str | None]]) -> tuple[tuple[str, str], ...]:
    """Return the words of some dictionaries with their aliases."""
    aliases: list[tuple[str, str]] = []
    for dictionary_id, version_id in locators:
        is_known = dictionary_id in _DICTIONARIES
        if not is_known or version_id not in (None, _VERSIONS[dictionary_id]):
            raise ApiError(
                404,
                "pronunciation_dictionary_not_found",
                f"A pronunciation dictionary with id '{dictionary_id}' was not found.",
                param="pronunciation_dictionary_locators",
            )
        aliases += _DICTIONARIES[dictionary_id]
    return tuple(aliases)
