"""One TTS entity per voice."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from typing import Any, override

from homeassistant.components.tts import (
    ResultStream,
    TextToSpeechEntity,
    TTSAudioRequest,
    TTSAudioResponse,
    Voice as AssistVoice,
)
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import chat_session
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .account import (
    OPTIONS,
    SUPPORTED_OPTIONS,
    SpeechOptions,
    SupportedLanguages,
    async_check_assistants,
    voice_subentries,
)
from .announcements import AnnouncementRequest, announcer
from .api import ElevenLabsError, base_language
from .api.errors import NothingToSpeakError
from .const import CONF_FALLBACK, CONF_MODEL, CONF_REPLACEMENTS, CONF_VOICE, DOMAIN
from .coordinator import CatalogueCoordinator
from .data import ElevenLabsConfigEntry
from .entity import voice_device
from .generation import (
    FallbackEngine,
    GenerationJob,
    ListenerCount,
    audio_outputs,
    is_converted,
    levelled,
    needs_filled_pauses,
    possible_outputs,
)
from .speech import LONGEST_TEXT, TextSource, Utterance
from .text import join_surrogates

# Utterances do not wait for each other; the plan's own limit answers where it is reached.
PARALLEL_UPDATES = 0
_FALLBACK_LANGUAGE = "en"
_MOST_CONVERSATIONS = 20


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001  # Home Assistant's signature
    entry: ElevenLabsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add one entity for each voice of the entry."""
    for subentry in voice_subentries(entry):
        async_add_entities(
            [ElevenLabsTextToSpeechEntity(entry, subentry)],
            config_subentry_id=subentry.subentry_id,
        )


class ElevenLabsTextToSpeechEntity(CoordinatorEntity[CatalogueCoordinator], TextToSpeechEntity):
    """A voice that speaks through ElevenLabs."""

    _attr_supported_options = SUPPORTED_OPTIONS
    # A TTS engine must have a name of its own, so the device's name cannot stand for it.
    _attr_has_entity_name = False
    _attr_translation_key = "voice"

    def __init__(self, entry: ElevenLabsConfigEntry, subentry: ConfigSubentry) -> None:
        """Create the entity of one voice."""
        super().__init__(entry.runtime_data.coordinator)
        self._entry = entry
        self._settings: Mapping[str, Any] = subentry.data
        self._subentry = subentry
        self._attr_unique_id = subentry.subentry_id
        self.title = subentry.title
        self._attr_name = f"ElevenLabs {subentry.title}"
        self._defaults = {
            name: subentry.data[name] for name in OPTIONS if subentry.data.get(name) is not None
        }
        self._attr_device_info = voice_device(subentry)
        self._attendances: dict[str, ListenerCount] = {}
        """Who listens to the newest reply of each conversation."""
        self._learn_languages()

    @property
    @override
    def available(self) -> bool:
        """Stay available: the catalogue may be out of reach while speech is not."""
        return True

    @property
    @override
    def default_options(self) -> Mapping[str, Any]:
        """Return the voice's settings, and what tells audio of one list of words from another."""
        words = self._entry.runtime_data.replacements
        return {**self._defaults, CONF_REPLACEMENTS: words.digest} if words else self._defaults

    @override
    async def async_added_to_hass(self) -> None:
        """Choose the home's language where the model speaks it."""
        await super().async_added_to_hass()
        self._learn_languages()
        warmth = self._entry.runtime_data.prewarmer
        self.async_on_remove(warmth.add_voice(self.entity_id, self._expected))
        self.async_on_remove(async_at_started(self.hass, self._check_assistants))

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        self._learn_languages()
        self._check_assistants()
        super()._handle_coordinator_update()

    @callback
    def _check_assistants(self, _: HomeAssistant | None = None) -> None:
        """Offer this voice to assistants that speak with another one only by mistake."""
        async_check_assistants(
            self.hass, self._entry, self._subentry, self.entity_id, self.coordinator.data
        )

    @callback
    @override
    def async_get_supported_voices(self, language: str) -> list[AssistVoice]:
        """Return the account's voices, the entity's own first: Home Assistant takes the first."""
        catalogue = self.coordinator.data
        own = catalogue.voice_id(self._settings[CONF_VOICE])
        voices = catalogue.voices_for(language)
        listed = {voice.voice_id: AssistVoice(voice.voice_id, voice.name) for voice in voices}
        first = listed.pop(own, AssistVoice(own, self._subentry.title))
        return [first, *listed.values()] if voices else []

    @override
    async def async_speak(
        self,
        media_player_entity_id: list[str],
        message: str,
        cache: bool,
        language: str | None = None,
        options: dict[str, Any] | None = None,
    ) -> None:
        """Refuse what cannot be spoken while the caller is still there to be told."""
        request = self.announcement_request(
            message, language=language, options=options or {}, cache=cache
        )
        tracker = await announcer(self.hass).async_announce(
            request, media_player_entity_id, self._context
        )
        if error := tracker.announcement.refusal:
            raise error.exception()

    def announcement_request(
        self,
        message: str,
        *,
        language: str | None,
        options: dict[str, Any],
        cache: bool = True,
        preannounce: bool = False,
    ) -> AnnouncementRequest:
        """Return a request for a message; raises ServiceValidationError if it is invalid."""
        checked = SpeechOptions.check({**self._settings, **options})
        message = join_surrogates(message)
        if len(message) > LONGEST_TEXT:
            raise _validation_error("text_too_long", limit=str(LONGEST_TEXT))
        if not checked.is_sayable(message, language or self.default_language):
            raise _validation_error(NothingToSpeakError.cause)
        self._check_voice(checked)
        return AnnouncementRequest(
            engine=self.entity_id,
            message=message,
            language=language,
            options=options,
            cache=cache,
            private=checked.private,
            preannounce=preannounce,
        )

    @callback
    @override
    def async_supports_streaming_input(self) -> bool:
        """Speak while the text grows; that it is asked tells that a reply is coming."""
        streams = announcer(self.hass).overheard.streams
        streams.preparing(self.entity_id, self._on_reply)
        return super().async_supports_streaming_input()

    @override
    async def async_stream_tts_audio(self, request: TTSAudioRequest) -> TTSAudioResponse:
        """Speak a text that may still be growing."""
        job = self._perform(request)
        try:
            extension = await job.opened()
        except ElevenLabsError as err:
            raise _translated(err) from err
        except BaseException:
            job.stop()
            raise
        return TTSAudioResponse(extension, _audio(job))

    def _perform(self, request: TTSAudioRequest) -> GenerationJob:
        """Start speaking in a task that ends with the entry."""
        data = self._entry.runtime_data
        data.prewarmer.used()
        options = SpeechOptions.check({**self._settings, **request.options})
        if not self._settings.get(CONF_FALLBACK):
            self._check_voice(options)
        overheard = announcer(self.hass).overheard
        transcriber = overheard.record(self.entity_id, request, private=options.private)
        utterance = _filled(self._utterance(request.language, options), request, options)
        text = transcriber.spoken(
            overheard.pass_on(transcriber, request.message_gen),
            options.cleaner(request.language),
            options.replacer(data.replacements, utterance.model),
            performs_tags=utterance.model.facts.audio_tags,
            turns=utterance.turns,
        )
        # The loudness of several voices is that of none of them.
        is_levelled = options.levelled and utterance.turns is None
        job = GenerationJob(
            levelled(self.hass, data.synthesizer) if is_levelled else data.synthesizer,
            utterance,
            TextSource(text, limit=LONGEST_TEXT),
            audio_outputs(request.options),
            transcriber,
            billing=data.billing(self._subentry.subentry_id, usual=self._is_usual(utterance)),
            fallback=self._fallback(request, filed=transcriber.is_filed),
            converted=is_converted(request.options),
        )
        task = self._entry.async_create_background_task(self.hass, job.run(), f"{DOMAIN} speaks")
        data.active.add(task)
        task.add_done_callback(data.active.discard)
        self._attend(job, task)
        return job

    def _attend(self, job: GenerationJob, task: asyncio.Task[None]) -> None:
        """End a reply that nobody hears any more."""
        session = chat_session.current_session.get()
        attendance = self._attendances.pop(session.conversation_id, None) if session else None
        if attendance:
            attendance.watch(job.leave)
            task.add_done_callback(lambda _: attendance.close())

    @callback
    def _on_reply(self, conversation: str, stream: ResultStream) -> None:
        """Note what a reply will be asked for, and count its listeners."""
        self._check_assistants()
        if self._entry.runtime_data.prewarmer.prepared(self.entity_id, stream, conversation):
            self._attendances[conversation] = ListenerCount(stream)
            while len(self._attendances) > _MOST_CONVERSATIONS:
                del self._attendances[next(iter(self._attendances))]

    def _expected(self, language: str | None, options: Mapping[str, Any]) -> Utterance | None:
        """Return what ElevenLabs would be asked for; None for what cannot be spoken."""
        try:
            checked = SpeechOptions.check({**self._settings, **options})
            wanted = audio_outputs(options)
        except HomeAssistantError, ValueError:
            return None
        utterance = self._utterance(language or self.default_language, checked)
        first = possible_outputs(wanted, self._entry.runtime_data.synthesizer.lacks)[0]
        request = replace(utterance.request, output_format=first.output_format)
        return replace(utterance, request=request)

    def _utterance(self, language: str, options: SpeechOptions) -> Utterance:
        """Return what to say with which voice."""
        return options.utterance(self.coordinator.data, self._settings[CONF_VOICE], language)

    def _check_voice(self, options: SpeechOptions) -> None:
        """Raise ServiceValidationError for a name that several voices have."""
        for wanted in (options.values[CONF_VOICE], *options.speakers.values()):
            if meant := self.coordinator.data.voices_meant(wanted, self._settings[CONF_VOICE]):
                voices = ", ".join(sorted(f"{voice.name} ({voice.voice_id})" for voice in meant))
                raise _validation_error("voice_ambiguous", voice=wanted, voices=voices)

    def _is_usual(self, utterance: Utterance) -> bool:
        """Whether voice and model are those that this voice is set to."""
        usual = (self._settings[CONF_VOICE], self._settings[CONF_MODEL])
        return (utterance.request.voice_id, utterance.request.model_id) == usual

    def _fallback(self, request: TTSAudioRequest, *, filed: bool) -> FallbackEngine | None:
        """Return the engine that speaks if we cannot."""
        if not (engine := self._settings.get(CONF_FALLBACK)):
            return None
        return FallbackEngine(
            hass=self.hass,
            voice=self.entity_id,
            engine=engine,
            language=request.language.replace("_", "-"),
            options=request.options,
            filed=filed,
        )

    @callback
    def _learn_languages(self) -> None:
        """Offer the model's languages with the regional tags Home Assistant knows."""
        model = self.coordinator.data.model(self._settings[CONF_MODEL])
        supported = self._attr_supported_languages = SupportedLanguages(model)
        home = self.hass.config.language if self.hass else _FALLBACK_LANGUAGE
        listed = {*supported}
        self._attr_default_language = next(
            tag
            for tag in (home, base_language(home), _FALLBACK_LANGUAGE, supported[0])
            if tag in listed
        )


def _filled(utterance: Utterance, request: TTSAudioRequest, options: SpeechOptions) -> Utterance:
    """Return the utterance with its pauses filled where that is set or the player needs it."""
    is_set = options.fill_pauses
    fills = needs_filled_pauses(request.options) if is_set is None else is_set
    return replace(utterance, fill_pauses=fills)


async def _audio(job: GenerationJob) -> AsyncGenerator[bytes]:
    """Yield the audio; closing it stops the job."""
    try:
        while (audio := await job.next_audio()) is not None:
            yield audio
    except ElevenLabsError as err:
        raise _translated(err) from err
    finally:
        job.stop()


def _translated(err: ElevenLabsError) -> HomeAssistantError:
    """Return the error for a person."""
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=err.cause,
        translation_placeholders={"limit": str(LONGEST_TEXT)},
    )


def _validation_error(key: str, **placeholders: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders
    )
