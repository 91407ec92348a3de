"""The form of one voice: what can be chosen, and what is kept of it."""

from collections.abc import Mapping
from itertools import count
import re
from typing import Any, Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
from homeassistant.helpers.translation import async_get_translations
import voluptuous as vol

from ..api import DEFAULT_MODEL, Model, Voice
from ..api.errors import InvalidRequestError, MissingPermissionError, QuotaExceededError
from ..const import (
    CONF_FALLBACK,
    CONF_FILL_PAUSES,
    CONF_LATENCY,
    CONF_MODEL,
    CONF_PRIVATE,
    CONF_ROUTE,
    CONF_SEED,
    CONF_SIMILARITY_BOOST,
    CONF_SPEED,
    CONF_STABILITY,
    CONF_STYLE,
    CONF_TEXT_NORMALIZATION,
    CONF_USE_SPEAKER_BOOST,
    CONF_VOICE,
    DOMAIN,
    LATENCIES,
    ROUTES,
    TEXT_NORMALIZATIONS,
)
from .validation import AccountAccess, FormError, refusing

OFFERED_MODELS: Final = (
    DEFAULT_MODEL,
    "eleven_flash_v2",
    "eleven_multilingual_v2",
    "eleven_v3",
    "eleven_v3_conversational",
    "eleven_v4",
    "eleven_v4_turbo",
)
"""What to choose from when the key may not list the account's models."""

STABILITIES: Final = {"creative": 0.0, "natural": 0.5, "robust": 1.0}
"""ElevenLabs' words for the only values that some models take."""

_SWITCHES: Final = (CONF_PRIVATE, CONF_FILL_PAUSES)
# Ids are twenty letters and digits today; a name typed by mistake is shorter or has blanks.
_VOICE_ID: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")
_MODEL_ID: Final = re.compile(r"[A-Za-z0-9_.-]+")


class VoiceForm:
    """The form of one voice, which shows the settings that its model has."""

    def __init__(
        self,
        hass: HomeAssistant,
        account: AccountAccess,
        kept: Mapping[str, Any] | None = None,
        entity_id: str | None = None,
    ) -> None:
        """`kept` and `entity_id` belong to a voice that is changed."""
        self._hass = hass
        self._account = account
        self._entity_id = entity_id
        self._model = account.model((kept or {}).get(CONF_MODEL, DEFAULT_MODEL))
        self._filled = _as_filled_in(kept or {})
        """All that was ever filled in: what a model ignores comes back with another one."""

    @property
    def schema(self) -> Any:
        """The form. No voice is chosen in advance."""
        # Which library's `Schema` Home Assistant's annotations name varies.
        return vol.Schema({**self._choices(), **self._settings(self._model)})

    @property
    def suggested(self) -> dict[str, Any]:
        """What to fill in beforehand."""
        names = {str(marker) for marker in self.schema.schema}
        shown = {name: value for name, value in self._filled.items() if name in names}
        if self._model.facts.stability_steps and CONF_STABILITY in shown:
            shown[CONF_STABILITY] = _word(self._model, shown[CONF_STABILITY])
        return shown

    async def async_hints(self) -> dict[str, str]:
        """Return what the form says of the account: what its key does not let us list."""
        account = self._account
        hidden = {"voices_hidden": account.voices is None, "models_hidden": account.models is None}
        language = self._hass.config.language
        texts = await async_get_translations(self._hass, language, "common", {DOMAIN})
        wanted = (f"component.{DOMAIN}.common.{key}" for key, is_so in hidden.items() if is_so)
        return {"hint": " ".join(texts[key] for key in wanted)}

    async def async_take(self, filled: Mapping[str, Any]) -> tuple[Voice, dict[str, Any]]:
        """Check what was filled in; return the voice and what to keep of it."""
        self._remember(filled)
        voice = await async_find_voice(self._account, filled[CONF_VOICE].strip())
        model = find_model(self._account, filled[CONF_MODEL].strip())
        if filled.get(CONF_ROUTE) == "websocket" and not model.facts.websocket:
            raise FormError(CONF_ROUTE, "route_unsupported")
        self._turn_to(model, filled)
        fallback = self._fallback(filled.get(CONF_FALLBACK))
        chosen = {CONF_VOICE: voice.voice_id, CONF_MODEL: model.model_id}
        return voice, chosen | self._to_keep() | fallback

    def _choices(self) -> dict[vol.Marker, Any]:
        account = self._account
        return {
            vol.Required(CONF_VOICE): voice_selector(account.voices),
            _model_marker(account.models): model_selector(account.models),
            vol.Optional(CONF_ROUTE): _choice(CONF_ROUTE, ROUTES),
        }

    def _settings(self, model: Model) -> dict[vol.Marker, Any]:
        """Return the settings that a model has."""
        facts = model.facts
        steps = _choice(CONF_STABILITY, tuple(STABILITIES)) if facts.stability_steps else None
        fields = {
            CONF_STABILITY: steps or _number(0, 1),
            CONF_SIMILARITY_BOOST: _number(0, 1),
            CONF_STYLE: _number(0, 1) if facts.style else None,
            CONF_USE_SPEAKER_BOOST: _choice(CONF_USE_SPEAKER_BOOST, ("on", "off"))
            if facts.speaker_boost
            else None,
            CONF_SPEED: _number(0.7, 1.2) if facts.speed else None,
            CONF_SEED: _number(0, 2**32 - 1, step=1),
            CONF_TEXT_NORMALIZATION: _choice(CONF_TEXT_NORMALIZATION, TEXT_NORMALIZATIONS),
            CONF_LATENCY: _choice(CONF_LATENCY, LATENCIES) if facts.websocket else None,
            CONF_FILL_PAUSES: BooleanSelector(),
            CONF_PRIVATE: BooleanSelector(),
            CONF_FALLBACK: _engine_selector(self._entity_id),
        }
        return {vol.Optional(name): field for name, field in fields.items() if field}

    def _remember(self, filled: Mapping[str, Any]) -> None:
        """Keep what was filled in; a field that was shown and left empty is empty."""
        shown = {str(marker) for marker in self.schema.schema}
        kept = {name: value for name, value in self._filled.items() if name not in shown}
        self._filled = {**kept, **filled}
        if (stability := filled.get(CONF_STABILITY)) in STABILITIES:
            self._filled[CONF_STABILITY] = STABILITIES[stability]

    def _turn_to(self, model: Model, filled: Mapping[str, Any]) -> None:
        """Show the form of another model where something that was filled in does not fit it."""
        self._model, before = model, self._model
        if before.facts == model.facts:
            return
        has = {str(marker) for marker in {**self._choices(), **self._settings(model)}}
        if set(filled) - has:
            raise FormError(CONF_MODEL, "settings_ignored")
        stability = self._filled.get(CONF_STABILITY)
        if stability is not None and model.facts.stability(stability) != stability:
            raise FormError(CONF_STABILITY, "stability_steps")

    def _fallback(self, wanted: str | None) -> dict[str, str]:
        """Return the entity that speaks in place of this voice; never this voice itself."""
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
        """Whether the fallback's own fallback end at this voice."""
        seen: set[str] = set()
        following: str | None = entity_id
        while following and following not in seen:
            seen.add(following)
            following = _fallback_of(self._hass, following)
        return self._entity_id in seen

    def _to_keep(self) -> dict[str, Any]:
        """Return the settings that the model has as they are kept, of the right type."""
        names = {CONF_ROUTE, *(str(marker) for marker in self._settings(self._model))}
        given = {name: self._filled.get(name) for name in names - {CONF_FALLBACK, *_SWITCHES}}
        kept = {name: value for name, value in given.items() if value is not None}
        if CONF_SEED in kept:
            kept[CONF_SEED] = int(kept[CONF_SEED])
        if CONF_USE_SPEAKER_BOOST in kept:
            kept[CONF_USE_SPEAKER_BOOST] = kept[CONF_USE_SPEAKER_BOOST] == "on"
        return kept | {switch: True for switch in _SWITCHES if self._filled.get(switch)}


def _fallback_of(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return the fallback of a voice of ours; other engines have none."""
    entity = er.async_get(hass).async_get(entity_id)
    if entity is None or entity.platform != DOMAIN:
        return None
    entry = hass.config_entries.async_get_entry(entity.config_entry_id or "")
    subentry = entry.subentries.get(entity.unique_id) if entry else None
    return subentry.data.get(CONF_FALLBACK) if subentry else None


def _word(model: Model, stability: float) -> str:
    """Return the word for the accepted value that is nearest."""
    nearest = model.facts.stability(stability)
    return next(word for word, value in STABILITIES.items() if value == nearest)


def _engine_selector(but: str | None) -> EntitySelector:
    config = EntitySelectorConfig(filter=[{"domain": [Platform.TTS]}])
    if but:
        config["exclude_entities"] = [but]
    return EntitySelector(config)


def voice_selector(voices: list[Voice] | None) -> TextSelector | SelectSelector:
    """Return the field that chooses a voice, which can be typed where none may be listed."""
    if not voices:
        return TextSelector()
    options = [SelectOptionDict(value=voice.voice_id, label=_label(voice)) for voice in voices]
    # A custom value is what makes the frontend show a list that can be searched.
    return SelectSelector(
        SelectSelectorConfig(
            options=options, custom_value=True, mode=SelectSelectorMode.DROPDOWN, sort=True
        )
    )


def _label(voice: Voice) -> str:
    words = ", ".join(
        word.replace("_", " ") for word in (voice.category, voice.description) if word
    )
    return f"{voice.name} ({words})" if words else voice.name


def _model_marker(models: list[Model] | None) -> vol.Marker:
    if models is None or any(model.model_id == DEFAULT_MODEL for model in models):
        return vol.Required(CONF_MODEL, default=DEFAULT_MODEL)
    return vol.Required(CONF_MODEL)


def model_selector(models: list[Model] | None) -> SelectSelector:
    """Return the field that chooses a model."""
    offered = models or [Model.known(model_id) for model_id in OFFERED_MODELS]
    return SelectSelector(
        SelectSelectorConfig(
            options=[SelectOptionDict(value=model.model_id, label=model.name) for model in offered],
            custom_value=True,
            mode=SelectSelectorMode.DROPDOWN,
        )
    )


def _choice(key: str, options: tuple[str, ...]) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(
            options=list(options), translation_key=key, mode=SelectSelectorMode.DROPDOWN
        )
    )


def _number(lowest: float, highest: float, step: float = 0.01) -> NumberSelector:
    # A slider could not be left empty, and empty means: as the voice is set at ElevenLabs.
    return NumberSelector(
        NumberSelectorConfig(min=lowest, max=highest, step=step, mode=NumberSelectorMode.BOX)
    )


async def async_find_voice(account: AccountAccess, wanted: str) -> Voice:
    """Return the wanted voice, asking the account where it may be asked."""
    if known := account.voice(wanted):
        return known
    if account.voices is not None:
        with refusing(account.endpoint):
            try:
                return await account.client.voice(wanted)
            except MissingPermissionError, QuotaExceededError:
                pass  # Then the id's form has to do, as for a key that may not list voices.
            except InvalidRequestError as err:
                raise FormError(CONF_VOICE, "voice_not_found") from err
    if not _VOICE_ID.fullmatch(wanted):
        raise FormError(CONF_VOICE, "invalid_voice_id")
    return Voice(voice_id=wanted, name=wanted)


def find_model(account: AccountAccess, wanted: str) -> Model:
    """Return the wanted model, which must be one that the account lists if it lists any."""
    listed = {model.model_id for model in account.models or ()}
    if (listed and wanted not in listed) or not _MODEL_ID.fullmatch(wanted):
        raise FormError(CONF_MODEL, "model_not_found")
    return account.model(wanted)


def _as_filled_in(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return kept data as the form has it."""
    filled = dict(data)
    if CONF_USE_SPEAKER_BOOST in filled:
        filled[CONF_USE_SPEAKER_BOOST] = "on" if filled[CONF_USE_SPEAKER_BOOST] else "off"
    return filled


def free_title(wishes: list[str], taken: set[str]) -> str:
    """Return the first wish that is free, else the last one with a number."""
    last = wishes[-1]
    numbered = (f"{last} {number}" for number in count(2))
    return next(title for titles in (wishes, numbered) for title in titles if title not in taken)


def voice_titles(voice_name: str, model: Model) -> list[str]:
    """Return the titles a voice may be given, the best first."""
    return [voice_name, f"{voice_name} ({model.name})"]


def is_given_title(title: str, account: AccountAccess, data: Mapping[str, Any]) -> bool:
    """Whether a voice still has the title that we gave it."""
    voice, model = account.voice(data[CONF_VOICE]), account.model(data[CONF_MODEL])
    names = {data[CONF_VOICE], voice.name if voice else data[CONF_VOICE]}
    given = {wish for name in names for wish in voice_titles(name, model)}
    return title in given or re.sub(r" \d+$", "", title) in given
