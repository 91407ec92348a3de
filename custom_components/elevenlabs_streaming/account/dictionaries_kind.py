"""The pronunciation dictionaries of a voice, in the order in which they apply."""

from typing import Any, Final, override

from homeassistant.helpers.selector import Selector
import voluptuous as vol

from ..api import DictionaryLocator, Model
from .account_selectors import dictionary_selector
from .setting_kinds import NAME, FormContext, SettingKind

MOST_DICTIONARIES: Final = 3
"""As many as a request has (docs/protocol.md, "HTTP requests")."""
_ID: Final = "pronunciation_dictionary_id"
_LOCATOR: Final = {
    vol.Required(_ID): vol.All(NAME, vol.Match(r"[A-Za-z0-9_-]{1,64}\Z")),
    vol.Optional("version_id"): NAME,
}


class DictionariesKind(SettingKind):
    """A list of pronunciation dictionaries."""

    error = "option_not_dictionaries"

    @property
    @override
    def validator(self) -> Any:
        locator = vol.All(_LOCATOR, lambda one: DictionaryLocator(**one))
        return vol.All([locator], vol.Length(max=MOST_DICTIONARIES), vol.Coerce(tuple))

    @property
    @override
    def placeholders(self) -> dict[str, str]:
        return {"maximum": str(MOST_DICTIONARIES)}

    @override
    def selector(self, name: str, form: FormContext) -> Selector[Any]:
        return dictionary_selector(form.account.dictionaries)

    @override
    def to_stored(self, selected: Any) -> Any:
        entered = dict.fromkeys(one.strip() for one in selected)
        return [{_ID: one} for one in entered if one] or None

    @override
    def to_selected(self, stored: Any, model: Model) -> Any:
        return [one[_ID] for one in stored]
