"""The actions of the component."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from homeassistant.components.tts import DATA_COMPONENT, DOMAIN as TTS
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv, entity_registry as er
from homeassistant.helpers.service import async_get_config_entry
import voluptuous as vol

from .account import (
    LINES,
    Speaker,
    SpeechOptions,
    credits_reset,
    find_speaker,
    read_lines,
)
from .announcements import (
    ATTR_ANNOUNCEMENT_ID,
    CONTROL_ACTIONS,
    PAUSE_S,
    Announcement,
    AnnouncementRequest,
    AnnouncementTracker,
    OnlyIf,
    Priority,
    Repeat,
    announcer,
    players_of_call,
    seconds,
    targeted_players,
)
from .chimes import chime_id
from .const import CONF_REPLACEMENTS, CONF_SPEAKERS, CONF_VOICE as ATTR_VOICE, DOMAIN
from .coordinator import AccountReader
from .data import ElevenLabsConfigEntry, ElevenLabsData
from .media_players import Volume
from .tts import ElevenLabsTextToSpeechEntity
from .views import caption_urls

SERVICE_ANNOUNCE: Final = "announce"
ATTR_MESSAGE: Final = "message"
ATTR_LINES: Final = "lines"
ATTR_ENGINE: Final = "engine"
ATTR_LANGUAGE: Final = "language"
ATTR_OPTIONS: Final = "options"
ATTR_WAIT: Final = "wait"
ATTR_CACHE: Final = "cache"
ATTR_PREANNOUNCE: Final = "preannounce"
ATTR_PRIORITY: Final = "priority"
ATTR_TIME_TO_LIVE: Final = "time_to_live"
ATTR_VOLUME: Final = "volume"
ATTR_CHIME: Final = "chime"
ATTR_ONLY_IF: Final = "only_if"
ATTR_CHIME_AFTER: Final = "chime_after"
ATTR_REPEAT: Final = "repeat"
ATTR_REPEAT_PAUSE: Final = "repeat_pause"
SERVICE_ANNOUNCE_AGAIN: Final = "announce_again"
SERVICE_REFRESH: Final = "refresh_account"
ATTR_CONFIG_ENTRY: Final = "config_entry"

# For players that never report that they have finished.
_LONGEST_WAIT_S: Final = 7200.0
_LONGEST_PAUSE_S: Final = 3600.0


# Which library's `Schema` Home Assistant's annotations name varies.
_FIELDS: dict[Any, Any] = {**cv.TARGET_SERVICE_FIELDS}
_ANNOUNCE: Any = vol.Schema(
    {
        **_FIELDS,
        vol.Exclusive(ATTR_MESSAGE, "text"): cv.string,
        vol.Exclusive(ATTR_LINES, "text"): LINES,
        vol.Optional(ATTR_ENGINE): cv.entity_id,
        vol.Optional(ATTR_LANGUAGE): cv.string,
        vol.Optional(ATTR_OPTIONS, default=dict): dict,
        vol.Optional(ATTR_WAIT, default=False): cv.boolean,
        vol.Optional(ATTR_CACHE, default=True): cv.boolean,
        vol.Optional(ATTR_PREANNOUNCE, default=False): cv.boolean,
        vol.Optional(ATTR_PRIORITY, default="normal"): vol.In(
            [priority.name.lower() for priority in Priority]
        ),
        vol.Optional(ATTR_TIME_TO_LIVE): vol.All(seconds, vol.Range(min=0)),
        vol.Optional(ATTR_VOLUME): Volume.parse,
        vol.Optional(ATTR_ONLY_IF): vol.All(vol.In(list(OnlyIf)), vol.Coerce(OnlyIf)),
        vol.Optional(ATTR_CHIME): chime_id,
        vol.Optional(ATTR_CHIME_AFTER): chime_id,
        vol.Optional(ATTR_REPEAT): Repeat.parse,
        vol.Optional(ATTR_REPEAT_PAUSE, default=PAUSE_S): vol.All(
            seconds, vol.Range(min=0, max=_LONGEST_PAUSE_S)
        ),
    }
)
_SCHEMA: Any = vol.All(cv.has_at_least_one_key(ATTR_MESSAGE, ATTR_LINES), _ANNOUNCE)
_AGAIN_SCHEMA: Any = vol.Schema({**_FIELDS, vol.Required(ATTR_ANNOUNCEMENT_ID): cv.string})
_REFRESH_SCHEMA: Any = vol.Schema({vol.Optional(ATTR_CONFIG_ENTRY): cv.string})


@callback
def async_setup(hass: HomeAssistant) -> None:
    """Register the actions."""
    actions = {
        SERVICE_ANNOUNCE: (_announce, _SCHEMA),
        SERVICE_ANNOUNCE_AGAIN: (_announce_again, _AGAIN_SCHEMA),
        **CONTROL_ACTIONS,
        SERVICE_REFRESH: (_refresh, _REFRESH_SCHEMA),
    }
    for name, (handler, schema) in actions.items():
        hass.services.async_register(DOMAIN, name, handler, schema, SupportsResponse.OPTIONAL)


async def _announce(call: ServiceCall) -> ServiceResponse:
    """Announce a message on all targets and return what became of each."""
    hass, data = call.hass, call.data
    voice = _voice(hass, _engine(hass, data))
    message, options = _text(hass, voice, data)
    request = voice.announcement_request(
        message,
        language=data.get(ATTR_LANGUAGE),
        options=options,
        cache=data[ATTR_CACHE],
        preannounce=data[ATTR_PREANNOUNCE],
    )
    request = replace(
        request,
        priority=Priority[data[ATTR_PRIORITY].upper()],
        time_to_live=data.get(ATTR_TIME_TO_LIVE),
        volume=data.get(ATTR_VOLUME),
        chime=data.get(ATTR_CHIME),
        chime_after=data.get(ATTR_CHIME_AFTER),
        only_if=data.get(ATTR_ONLY_IF),
        repeat=_repeat(data),
    )
    return await _async_announce(call, request, targeted_players(hass, data))


async def _announce_again(call: ServiceCall) -> ServiceResponse:
    """Announce once more what is kept of an announcement, at its players or at other ones."""
    hass, players = call.hass, players_of_call(call)
    announcement = announcer(hass).registry.find(call.data[ATTR_ANNOUNCEMENT_ID])
    if announcement is None:
        raise _error("announcement_not_found")
    if announcement.private:
        raise _error("announcement_private")
    if announcement.message is None:
        raise _error("announcement_unfinished")
    if players is None:
        known = announcement.targets or announcement.parts
        players = targeted_players(hass, {ATTR_ENTITY_ID: [*known]})
    return await _async_announce(call, _request_again(hass, announcement), players)


def _request_again(hass: HomeAssistant, announcement: Announcement) -> AnnouncementRequest:
    """Return a request that sounds as an announcement did; raise if it cannot be spoken now."""
    registry, asked = er.async_get(hass), announcement.request
    engine = registry.async_get_entity_id(TTS, DOMAIN, announcement.voice or "")
    voice = _voice(hass, engine or announcement.engine)
    # What Home Assistant adds to the options of others tells one list of words from another.
    options = {**announcement.options}
    options.pop(CONF_REPLACEMENTS, None)
    request = voice.announcement_request(
        (asked or announcement).message or "",
        language=asked.language if asked else announcement.language,
        options=options,
    )
    if asked is None:
        return request
    return replace(
        request,
        cache=asked.cache,
        preannounce=asked.preannounce,
        volume=asked.volume,
        chime=asked.chime,
        chime_after=asked.chime_after,
    )


async def _async_announce(
    call: ServiceCall, request: AnnouncementRequest, players: list[str]
) -> ServiceResponse:
    """Announce on players; return what became of each, or raise if no response is wanted."""
    speaking = announcer(call.hass)
    await speaking.part_audio.async_check_chimes(request.chime, request.chime_after)
    tracker = await speaking.async_announce(request, players, call.context)
    if call.data.get(ATTR_WAIT):
        with suppress(TimeoutError):
            async with asyncio.timeout(_LONGEST_WAIT_S):
                await speaking.async_finish(tracker)
    response = _response(call.hass, tracker, request)
    if not call.return_response and (error := tracker.announcement.failure):
        raise error.exception()
    return response


def _engine(hass: HomeAssistant, data: Mapping[str, Any]) -> str | None:
    """Return the voice that was asked for, else that of the first line if it is an entity."""
    if (engine := data.get(ATTR_ENGINE)) or ATTR_LINES not in data:
        return engine
    first: str = data[ATTR_LINES][0][ATTR_VOICE]
    return first if first in _voices(hass) else None


def _text(
    hass: HomeAssistant, voice: ElevenLabsTextToSpeechEntity, data: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Return the message and the options of a call, where lines are one message with labels."""
    options = data[ATTR_OPTIONS]
    if ATTR_LINES not in data:
        return data[ATTR_MESSAGE], options
    voices = _voices(hass)

    def find(wanted: str) -> Speaker:
        if wanted in voices:
            return _speaker(voices[wanted])
        return find_speaker(voice.coordinator.data, wanted)

    def is_sayable(message: str) -> bool:
        checked = SpeechOptions.check({**voice.default_options, **options})
        return checked.is_sayable(message, data.get(ATTR_LANGUAGE) or voice.default_language)

    dialogue = read_lines(data[ATTR_LINES], find, is_sayable)
    return dialogue.message, {**options, CONF_SPEAKERS: dialogue.speakers}


def _speaker(voice: ElevenLabsTextToSpeechEntity) -> Speaker:
    """Return a voice under the name that a user gave it."""
    device = voice.device_entry
    name = device.name_by_user if device else None
    voice_id = voice.coordinator.data.voice_id(voice.default_options[ATTR_VOICE])
    return Speaker(name or voice.title, voice_id)


def _repeat(data: Mapping[str, Any]) -> Repeat | None:
    """Return how often to speak; raise ServiceValidationError for what is not urgent."""
    repeat: Repeat | None = data.get(ATTR_REPEAT)
    if repeat is None:
        return None
    if Priority[data[ATTR_PRIORITY].upper()] < Priority.HIGH:
        raise _error("repeat_needs_priority")
    return replace(repeat, pause=data[ATTR_REPEAT_PAUSE])


def _voice(hass: HomeAssistant, engine: str | None) -> ElevenLabsTextToSpeechEntity:
    """Return the requested voice; without a request, the only one."""
    voices = _voices(hass)
    if engine in voices:
        return voices[engine]
    if engine is None and len(voices) == 1:
        return next(iter(voices.values()))
    key = "no_such_engine" if engine else "choose_engine"
    raise _error(key, engine=engine or "", engines=", ".join(sorted(voices)) or "-")


def _error(key: str, **placeholders: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders
    )


def _voices(hass: HomeAssistant) -> dict[str, ElevenLabsTextToSpeechEntity]:
    """Return the voices by entity ID."""
    return {
        entity.entity_id: entity
        for entity in hass.data[DATA_COMPONENT].entities
        if isinstance(entity, ElevenLabsTextToSpeechEntity)
    }


def _response(
    hass: HomeAssistant, tracker: AnnouncementTracker, request: AnnouncementRequest
) -> dict[str, Any]:
    announcement = tracker.announcement
    recording = announcement.recording
    return {
        "id": announcement.announcement_id,
        "engine": announcement.engine,
        "message": announcement.message if request.private else request.message,
        "duration": recording.duration,
        "credits": announcement.credits,
        "fallback": recording.fallback,
        "fallback_from": recording.fallback_from,
        "spoken_until": recording.spoken_until,
        "times_spoken": announcement.repetition.times_spoken,
        "acknowledged": announcement.repetition.is_acknowledged,
        "unspoken_text": announcement.unspoken_text,
        "players": announcement.outcome(hass.loop.time()),
        "captions": caption_urls(hass, announcement),
    }


async def _refresh(call: ServiceCall) -> ServiceResponse:
    """Refresh the models, voices, and credits of one account or of all."""
    # Kept here, since an entry may be unloaded while its account is read.
    accounts = [(entry, entry.runtime_data) for entry in _entries(call)]
    readers = [reader for _, data in accounts for reader in (data.coordinator, data.account)]
    await asyncio.gather(*(reader.async_refresh() for reader in readers))
    for reader in readers:
        _raise_failure(reader)
    return {"accounts": [_account(entry, data) for entry, data in accounts]}


def _entries(call: ServiceCall) -> list[ElevenLabsConfigEntry]:
    if entry_id := call.data.get(ATTR_CONFIG_ENTRY):
        return [async_get_config_entry(call.hass, DOMAIN, entry_id)]
    entries: list[ElevenLabsConfigEntry] = call.hass.config_entries.async_loaded_entries(DOMAIN)
    return entries


def _raise_failure(reader: AccountReader[Any]) -> None:
    """Raise HomeAssistantError if the last update failed."""
    failure = reader.last_exception
    if not reader.last_update_success and isinstance(failure, HomeAssistantError):
        raise HomeAssistantError(
            translation_domain=failure.translation_domain,
            translation_key=failure.translation_key,
        ) from failure


def _account(entry: ElevenLabsConfigEntry, data: ElevenLabsData) -> dict[str, Any]:
    """Return what is known of an account; None where the key lacks permission."""
    catalogue, account = data.coordinator, data.account
    subscription = account.data
    resets = credits_reset(subscription)
    models, voices = catalogue.data.models, catalogue.data.voices
    return {
        "config_entry": entry.entry_id,
        "title": entry.title,
        "tier": subscription.tier if subscription else None,
        "credits_used": subscription.used if subscription else None,
        "credits_remaining": account.remaining,
        "credits_limit": subscription.limit if subscription else None,
        "credits_reset": resets.isoformat() if resets else None,
        "models": None if "models" in catalogue.hidden else len(models),
        "voices": None if "voices" in catalogue.hidden else len(voices),
    }
