"""An account's own words: what is written, and what is spoken in its place."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.helpers.selector import (
    ObjectSelector,
    ObjectSelectorConfig,
    ObjectSelectorField,
    TextSelector,
)

from ..const import (
    CONF_QUIET_FROM,
    CONF_QUIET_PRIORITY,
    CONF_QUIET_TO,
    CONF_REPLACEMENTS,
    CONF_SPOKEN,
    CONF_WRITTEN,
)
from ..text import Replacements, has_words, plain_written
from .catalogue import voice_subentries
from .validation import FormError

_MOST: Final = 500
_LONGEST: Final = 100
_APPLIED: Final = (CONF_REPLACEMENTS, CONF_QUIET_FROM, CONF_QUIET_TO, CONF_QUIET_PRIORITY)
_SIDES: Final = (CONF_WRITTEN, CONF_SPOKEN)


def replacements_selector() -> ObjectSelector:
    """Return the field for the list: a dialog with two fields for each entry."""
    fields = {side: ObjectSelectorField(selector=TextSelector()) for side in _SIDES}
    return ObjectSelector(
        ObjectSelectorConfig(
            fields=fields,
            multiple=True,
            label_field=CONF_WRITTEN,
            description_field=CONF_SPOKEN,
            translation_key=CONF_REPLACEMENTS,
        )
    )


def checked_replacements(entered: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return the list to store, without entries that are empty; raises `FormError`."""
    found: list[dict[str, str]] = []
    lines: dict[str, int] = {}
    for line, entry in enumerate(entered, 1):
        sides = {side: " ".join(str(entry.get(side) or "").split()) for side in _SIDES}
        if any(sides.values()):
            _check_sides(sides, line)
            written = plain_written(sides[CONF_WRITTEN])
            if (first := lines.setdefault(written, line)) != line:
                raise _error("replacement_twice", line, written=written, first=str(first))
            found.append(sides)
    if len(found) > _MOST:
        raise _error("replacements_too_many", len(found), limit=str(_MOST))
    return found


def replacements_of(options: Mapping[str, Any]) -> Replacements:
    """Return the words of an account."""
    stored = options.get(CONF_REPLACEMENTS, ())
    return Replacements((entry[CONF_WRITTEN], entry[CONF_SPOKEN]) for entry in stored)


def settings_to_load(entry: ConfigEntry) -> tuple[Any, ...]:
    """Return all of an entry but what needs no reload: words, quiet hours, announcement targets."""
    options = {name: value for name, value in entry.options.items() if name not in _APPLIED}
    voices = {
        voice.subentry_id: (voice.title, dict(voice.data)) for voice in voice_subentries(entry)
    }
    return entry.title, entry.unique_id, dict(entry.data), options, voices


def _check_sides(sides: Mapping[str, str], line: int) -> None:
    """Raise `FormError` for an entry that replaces nothing, or with nothing that is heard."""
    written, spoken = (sides[side] for side in _SIDES)
    for side, text in sides.items():
        if not text:
            raise _error(f"replacement_{side}_missing", line, word=written or spoken)
        if len(text) > _LONGEST:
            raise _error("replacement_too_long", line, word=text, limit=str(_LONGEST))
        if not has_words(text):
            raise _error("replacement_without_letters", line, word=text)


def _error(key: str, line: int, **placeholders: str) -> FormError:
    return FormError(CONF_REPLACEMENTS, key, line=str(line), **placeholders)
