"""Pronunciation dictionaries that exist in the simulator."""

from collections.abc import Iterable

from .errors import Refusal

_DICTIONARIES = {
    "dict_demo": (("HA", "Home Assistant"), ("TTS", "text to speech")),
    "dict_empty": (),
}
_VERSIONS = {"dict_demo": "version_1", "dict_empty": "version_1"}


def aliases(
    locators: Iterable[tuple[str, str | None]],
) -> tuple[tuple[str, str], ...]:
    """Collect the words that some dictionaries replace."""
    found: list[tuple[str, str]] = []
    for identifier, version in locators:
        known = identifier in _DICTIONARIES
        if not known or version not in (None, _VERSIONS[identifier]):
            raise Refusal(
                404,
                "pronunciation_dictionary_not_found",
                f"A pronunciation dictionary with id '{identifier}' was not found.",
                param="pronunciation_dictionary_locators",
            )
        found += _DICTIONARIES[identifier]
    return tuple(found)
