"""Another TTS engine, which speaks when ElevenLabs cannot."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Final

from homeassistant.components import tts
from homeassistant.components.tts import TextToSpeechEntity
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.util import language as language_util

from ..const import CONF_REPLACE_WORDS, DOMAIN
from ..speech import TextSource, TimeLimits
from .ha_internals import replaced_voices, speaking_instead_of
from .output import FORMAT_OPTIONS, PREFERRED_BITRATE, PREFERRED_FORMAT

# Seconds: engines that are no streams speak only when all is made, on small machines slowly.
_LONGEST_WAIT_S: Final = 120.0
_LOOK_AGAIN_S: Final = 5.0
# What can be measured. Home Assistant makes anything else out of it, whoever spoke.
_MEASURED: Final = ("mp3", "wav")


@dataclass(frozen=True, slots=True, kw_only=True)
class FallbackEngine:
    """The engine named for a voice, as it would speak one utterance."""

    hass: HomeAssistant
    voice: str
    """The entity that cannot speak."""
    engine: str
    """The entity that speaks in its place."""
    language: str
    options: Mapping[str, Any] = field(repr=False)
    """What Home Assistant asked for."""
    filed: bool = True
    """Whether the engine's own audio may be kept on the disk."""

    @property
    def is_named(self) -> bool:
        """Whether there is such an entity at all, be it out of order."""
        return self._entity() is not None or self.hass.states.get(self.engine) is not None

    @property
    def is_ready(self) -> bool:
        """Whether it can be asked; never in a circle, from which nobody would speak."""
        if self.engine in (self.voice, *replaced_voices()) or self._entity() is None:
            return False
        state = self.hass.states.get(self.engine)
        return state is not None and state.state != STATE_UNAVAILABLE

    @property
    def extension(self) -> str:
        """What the audio is."""
        return str(self._wishes().get(PREFERRED_FORMAT, "mp3"))

    async def speak(self, text: TextSource, offset: int = 0) -> AsyncGenerator[bytes]:
        """Yield the audio of a text from an offset on; raises what the engine raises."""
        text.rewind(offset)
        stream = self._stream()
        with speaking_instead_of(self.voice):
            if text.ended and not self._is_ours():
                stream.async_set_message(text.since(offset))
            else:
                # Not shared through Home Assistant's cache: two voices that are fallbacks of each
                # other would wait for each other there.
                stream.async_set_message_stream(_read_on(text))
        async with aclosing(_audio_of(stream, lambda: text.is_waited_for)) as pieces:
            async for piece in pieces:
                yield piece

    async def say(self, sentence: str) -> AsyncGenerator[bytes]:
        """Yield the audio of a sentence; raises what the engine raises."""
        stream = self._stream()
        with speaking_instead_of(self.voice):
            stream.async_set_message(sentence)
        async with aclosing(_audio_of(stream)) as pieces:
            async for piece in pieces:
                yield piece

    @property
    def takes_growing_text(self) -> bool:
        """Whether it speaks a text while it is written."""
        entity = self._entity()
        return entity is not None and entity.async_supports_streaming_input()

    @callback
    def _stream(self) -> tts.ResultStream:
        """Return a stream of the engine, which has no text yet."""
        options = self._wishes()
        if self._is_ours():
            # The text is what a person should hear, whatever words its own account has.
            options[CONF_REPLACE_WORDS] = False
        stream = tts.async_create_stream(
            self.hass, self.engine, language=self._language(), options=options
        )
        stream.use_file_cache = stream.use_file_cache and self.filed
        return stream

    def _language(self) -> str:
        """Return the nearest language that the engine has, else its own."""
        if (entity := self._entity()) is None:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="fallback_not_found",
                translation_placeholders={"engine": self.engine},
            )
        if self.language in (supported := entity.supported_languages):
            return self.language
        country = self.hass.config.country
        found = language_util.matches(self.language, supported, country=country)
        return next(iter(found), entity.default_language)

    def _wishes(self) -> dict[str, Any]:
        """Return which format is wanted."""
        options = self.options
        wishes = {name: options[name] for name in FORMAT_OPTIONS if options.get(name) is not None}
        if wishes.get(PREFERRED_FORMAT, "mp3") not in _MEASURED:
            return {PREFERRED_FORMAT: "wav"}
        if not hasattr(tts, "ATTR_PREFERRED_BITRATE"):
            wishes.pop(PREFERRED_BITRATE, None)
        return wishes

    def _entity(self) -> TextToSpeechEntity | None:
        return self.hass.data[tts.DATA_COMPONENT].get_entity(self.engine)

    def _is_ours(self) -> bool:
        entry = er.async_get(self.hass).async_get(self.engine)
        return entry is not None and entry.platform == DOMAIN


async def _audio_of(
    stream: tts.ResultStream, pauses: Callable[[], bool] = lambda: False
) -> AsyncGenerator[bytes]:
    """Yield the audio of a stream whose text is given; the engine's task knows whom it replaces.

    `pauses`: returns whether the text pauses; an engine that has spoken may do so too. Raises
    TimeoutError for one that is silent for too long.
    """
    async with aclosing(stream.async_stream_result()) as pieces:
        piece = await _next_in_time(pieces, lambda: False)
        while piece is not None:
            yield piece
            piece = await _next_in_time(pieces, pauses)


async def _next_in_time(
    pieces: AsyncGenerator[bytes], is_paused: Callable[[], bool]
) -> bytes | None:
    """Return the next piece; raises TimeoutError where it takes too long."""
    reading = asyncio.ensure_future(anext(pieces, None))
    waited = 0.0
    try:
        while not reading.done():
            if waited >= _LONGEST_WAIT_S:
                raise TimeoutError
            await asyncio.wait({reading}, timeout=_LOOK_AGAIN_S)
            waited = 0.0 if is_paused() else waited + _LOOK_AGAIN_S
        return reading.result()
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def _read_on(text: TextSource) -> AsyncGenerator[str]:
    """Yield what was read already, then the rest as it is written."""
    while True:
        try:
            piece = await text.next(TimeLimits().silence)
        except TimeoutError:
            text.give_up()
            return
        if piece is None:
            return
        yield piece
