"""The form of one voice."""

from collections.abc import Mapping
from itertools import chain, count
import re
from typing import Any, Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
import voluptuous as vol

from ..api import Model, Voice
from ..api.errors import InvalidRequestError, MissingPermissionError, QuotaExceededError
from ..const import (
    CONF_DICTIONARIES,
    CONF_FALLBACK,
    CONF_MODEL,
    CONF_SPEAKERS,
    CONF_STABILITY,
    CONF_VOICE,
    DOMAIN,
)
from .setting_kinds import FormContext
from .settings import SETTINGS
from .validation import AccountAccess, FormError, refusing

_REQUIRED: Final = (CONF_VOICE, CONF_MODEL)
# IDs have twenty letters and digits today; a name typed by mistake is shorter or has blanks.
VOICE_ID: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")
_MODEL_ID: Final = re.compile(r"[A-Za-z0-9_.-]+")


class VoiceForm:
    """The form of one voice, which shows the settings that its model has."""

    def __init__(
        self,
        hass: HomeAssistant,
        account: AccountAccess,
        stored: Mapping[str, Any] | None = None,
        entity_id: str | None = None,
    ) -> None:
        """Open the form; `stored` and `entity_id` belong to a voice that is changed."""
        self._hass = hass
        self._account = account
        self._entity_id = entity_id
        self._values = dict(stored or {})
        """All that was ever entered: what one model does not have returns with another."""
        self._model = account.model(self._values.get(CONF_MODEL, SETTINGS[CONF_MODEL].default))
        self._stored = (self._values.get(CONF_VOICE), self._values.get(CONF_MODEL))
        self._warned: set[tuple[str, str]] = set()
        """The pairs of a voice and a model that were warned of."""

    @property
    def schema(self) -> Any:
        """Return the form. No voice is selected in advance."""
        # Which library's `Schema` Home Assistant's annotations name varies.
        return vol.Schema(self._fields(self._model))

    @property
    def suggested(self) -> dict[str, Any]:
        """Return what to fill in beforehand."""
        fields = self._fields(self._model)
        return _unchosen(fields) | {
            name: SETTINGS[name].kind.to_selected(self._values[name], self._model)
            for name in _names(fields)
            if name in self._values
        }

    async def async_submit(self, user_input: Mapping[str, Any]) -> tuple[Voice, dict[str, Any]]:
        """Check the input; return the voice and what to store, or raise FormError."""
        self._remember(user_input)
        voice = await async_find_voice(self._account, user_input[CONF_VOICE].strip())
        model = find_model(self._account, user_input[CONF_MODEL].strip())
        self._switch_to(model, user_input)
        self._warn(voice, model)
        await self._check_speakers()
        self._checked(FormError(CONF_DICTIONARIES, "dictionaries_invalid"))
        fallback = self._fallback(user_input.get(CONF_FALLBACK))
        chosen = {CONF_VOICE: voice.voice_id, CONF_MODEL: model.model_id}
        return voice, chosen | self._to_store() | fallback

    def _fields(self, model: Model) -> dict[vol.Marker, Any]:
        """Return the settings that a model has."""
        context = FormContext(account=self._account, model=model, entity_id=self._entity_id)
        return {
            self._marker(setting.name): setting.kind.selector(setting.name, context)
            for setting in SETTINGS.values()
            if setting.in_form and setting.applies(model)
        }

    def _marker(self, name: str) -> vol.Marker:
        models, default = self._account.models, SETTINGS[name].default
        if name not in _REQUIRED:
            # Any other field may be left empty; a switch cannot.
            return vol.Optional(name, default=True) if default is True else vol.Optional(name)
        if default and (not models or any(model.model_id == default for model in models)):
            return vol.Required(name, default=default)
        return vol.Required(name)

    def _remember(self, user_input: Mapping[str, Any]) -> None:
        """Keep the input; a field that was shown and left empty is empty."""
        for name in _names(self._fields(self._model)):
            self._values.pop(name, None)
        stored = {name: SETTINGS[name].kind.to_stored(one) for name, one in user_input.items()}
        self._values |= {name: value for name, value in stored.items() if value is not None}

    def _switch_to(self, model: Model, user_input: Mapping[str, Any]) -> None:
        """Show the form of another model if some of the input does not fit it."""
        self._model, before = model, self._model
        if before.facts == model.facts:
            return
        if set(user_input) - _names(self._fields(model)):
            raise FormError(CONF_MODEL, "settings_ignored")
        stability = self._values.get(CONF_STABILITY)
        if stability is not None and model.facts.stability(stability) != stability:
            raise FormError(CONF_STABILITY, "stability_steps")

    async def _check_speakers(self) -> None:
        """Raise FormError for speakers without a name, a voice, or a label of their own."""
        invalid = FormError(CONF_SPEAKERS, "speakers_invalid")
        speakers: Mapping[str, str] = self._checked(invalid) or {}
        if len({name.casefold() for name in speakers}) < len(speakers):
            raise invalid
        for wanted in speakers.values():
            try:
                await async_find_voice(self._account, wanted)
            except FormError as err:
                raise FormError(CONF_SPEAKERS, "speaker_voice_not_found") from err

    def _checked(self, invalid: FormError) -> Any:
        """Return what was entered in a field, in its type, or raise what says that it is wrong."""
        entered = self._values.get(invalid.at)
        try:
            return SETTINGS[invalid.at].check(entered) if entered else None
        except ServiceValidationError as err:
            raise invalid from err

    def _warn(self, voice: Voice, model: Model) -> None:
        """Raise FormError once for a voice that was made for other models."""
        pair = (voice.voice_id, model.model_id)
        if voice.suits(model.model_id) or pair == self._stored or pair in self._warned:
            return
        self._warned.add(pair)
        raise FormError(CONF_MODEL, "voice_not_tuned")

    def _fallback(self, wanted: str | None) -> dict[str, str]:
        """Return the fallback entity; raises FormError if it is missing or this voice itself."""
        if not wanted:
            return {}
        entry = er.async_get(self._hass).async_get(wanted)
        entity_id = entry.entity_id if entry else wanted
        is_there = entry is not None or self._hass.states.get(wanted) is not None
        if not is_there or not entity_id.startswith(f"{Platform.TTS}."):
            raise FormError(CONF_FALLBACK, "fallback_not_found")
        if self._leads_back(entity_id):
            raise FormError(CONF_FALLBACK, "fallback_circle")
        return {CONF_FALLBACK: entity_id}

    def _leads_back(self, entity_id: str) -> bool:
        """Whether the chain of fallbacks leads back to this voice."""
        seen: set[str] = set()
        following: str | None = entity_id
        while following and following not in seen:
            seen.add(following)
            following = _fallback_of(self._hass, following)
        return self._entity_id in seen

    def _to_store(self) -> dict[str, Any]:
        """Return the optional settings that the model has."""
        names = _names(self._fields(self._model)) - {*_REQUIRED, CONF_FALLBACK}
        return {name: value for name, value in self._values.items() if name in names}


def _names(fields: Mapping[vol.Marker, Any]) -> set[str]:
    return {str(marker) for marker in fields}


def _unchosen(fields: Mapping[vol.Marker, Any]) -> dict[str, str]:
    """Return an empty text for each required field: the frontend selects the first of a list."""
    return {
        str(marker): ""
        for marker in fields
        if isinstance(marker, vol.Required) and not callable(marker.default)
    }


def _fallback_of(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return the fallback of a voice of ours, or None for other engines."""
    entity = er.async_get(hass).async_get(entity_id)
    if entity is None or entity.platform != DOMAIN:
        return None
    entry = hass.config_entries.async_get_entry(entity.config_entry_id or "")
    subentry = entry.subentries.get(entity.unique_id) if entry else None
    return subentry.data.get(CONF_FALLBACK) if subentry else None


async def async_find_voice(account: AccountAccess, wanted: str) -> Voice:
    """Return a voice by ID or name; raises FormError if it does not exist."""
    if known := account.voice(wanted):
        return known
    if account.voices is not None:
        with refusing(account.endpoint):
            try:
                return await account.client.voice(wanted)
            except MissingPermissionError, QuotaExceededError:
                pass  # Only the format of the ID can be checked then.
            except InvalidRequestError as err:
                raise FormError(CONF_VOICE, "voice_not_found") from err
    if not VOICE_ID.fullmatch(wanted):
        raise FormError(CONF_VOICE, "invalid_voice_id")
    return Voice(voice_id=wanted, name=wanted)


def find_model(account: AccountAccess, wanted: str) -> Model:
    """Return a model by ID; raises FormError if the account does not list it."""
    listed = {model.model_id for model in account.models or ()}
    if (listed and wanted not in listed) or not _MODEL_ID.fullmatch(wanted):
        raise FormError(CONF_MODEL, "model_not_found")
    return account.model(wanted)


def free_title(titles: list[str], taken: set[str]) -> str:
    """Return the first title that is free, or the last one with a number."""
    numbered = (f"{titles[-1]} {number}" for number in count(2))
    return next(title for title in chain(titles, numbered) if title not in taken)


def voice_titles(voice: Voice, model: Model) -> list[str]:
    """Return the default titles of a voice, the preferred one first."""
    names = dict.fromkeys((voice.short_name, voice.name))
    return [*names, f"{voice.short_name} ({model.name})"]


def is_given_title(title: str, account: AccountAccess, data: Mapping[str, Any]) -> bool:
    """Whether a voice still has a default title."""
    voice_id, model = data[CONF_VOICE], account.model(data[CONF_MODEL])
    unnamed = Voice(voice_id=voice_id, name=voice_id)
    voices = {unnamed, account.voice(voice_id) or unnamed}
    given = {one for voice in voices for one in voice_titles(voice, model)}
    given |= {f"{voice.name} ({model.name})" for voice in voices}
    return title in given or re.sub(r" \d+$", "", title) in given
