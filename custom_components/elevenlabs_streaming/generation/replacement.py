"""Lets the fallback of a voice speak where ElevenLabs cannot: all of a text, or its rest."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
import logging
from typing import Final

from ..api import ElevenLabsError, SpeechChunk
from ..api.errors import NothingToSpeakError
from ..audio import AudioContainer, DurationReader
from ..speech import BreakOff, Outcome, TextSource, TimeLimits
from ..text import is_sayable
from .billing import Billing
from .continuation import Continuation, has_more
from .fallback import FallbackEngine
from .gap_limit import GapLimit
from .output import AudioOutput
from .transcriber import Transcriber

_LOGGER = logging.getLogger(__name__)

# In seconds; an agent may use a tool for minutes, whoever speaks.
_LONGEST_SILENCE_S: Final = TimeLimits().silence

type HandOn = Callable[[SpeechChunk, bytes], Awaitable[None]]
"""Passes on a chunk, and its audio in the container."""


class Replacement:
    """Who speaks an utterance in place of ElevenLabs."""

    def __init__(
        self,
        fallback: FallbackEngine | None,
        text: TextSource,
        outcome: Outcome,
        *,
        transcriber: Transcriber,
        billing: Billing,
        opened: asyncio.Future[str],
        hand_on: HandOn,
        promised: AudioOutput | None = None,
    ) -> None:
        """Hand on what it speaks with `hand_on`; `opened` is done with the first audio.

        `promised`: what the audio has to be, if somebody was told already.
        """
        self._promised = promised
        self._fallback = fallback
        self._text = text
        self._outcome = outcome
        self._transcriber = transcriber
        self._billing = billing
        self._opened = opened
        self._hand_on = hand_on
        self._continuation: Continuation | None = None
        self.gap_limit = GapLimit(outcome, text, lambda: self.is_ready)

    @property
    def is_ready(self) -> bool:
        """Whether there is somebody else who could speak."""
        return self._fallback is not None and self._fallback.is_ready

    def begin(self, audio_output: AudioOutput, container: AudioContainer) -> None:
        """Note what a listener gets from ElevenLabs."""
        if self._fallback:
            self._continuation = Continuation(self._fallback, audio_output, container)

    def note(self, chunk: SpeechChunk, audio_output: AudioOutput) -> None:
        """Note what a listener hears of ElevenLabs, for a fallback that may have to go on."""
        if not self._continuation:
            return
        if not chunk.silent:
            self._continuation.note(chunk.audio)
        if rate := audio_output.output_format.bytes_per_second:
            self.gap_limit.audio_came(len(chunk.audio) / rate)

    async def speak(self, err: ElevenLabsError) -> bool:
        """Speak the whole text before anything was heard; return whether that was possible."""
        if not self._fallback or not await self._has_words(err) or not self._is_asked(err):
            return False
        try:
            await self._speak_whole(self._fallback, err)
        except Exception as broken:  # noqa: BLE001  # an engine may raise anything, and name the text
            self._complain(broken)
            if self._opened.done():
                raise err from None
            self._text.rewind()
        return self._opened.done()

    async def go_on(self, err: ElevenLabsError) -> bool:
        """Speak the rest of a text that broke off; return whether all of it was spoken."""
        continuation, point = self._continuation, self._outcome.broke_off
        if not continuation or not point:
            return False
        if not await has_more(self._text, point.offset, _LONGEST_SILENCE_S):
            return True
        if not self._is_asked(err):
            return False
        try:
            await self._speak_rest(continuation, point, err)
        except Exception as broken:  # noqa: BLE001  # as above
            self._complain(broken)
            return False
        return True

    def _is_asked(self, err: ElevenLabsError) -> bool:
        """Return whether the fallback can be asked; show if it does not exist."""
        if self._fallback and not self._fallback.is_named:
            self._billing.replaced(None, err)
        return self.is_ready

    async def _has_words(self, err: ElevenLabsError) -> bool:
        """Whether there is anything to speak that another engine could speak too."""
        text = self._text
        if isinstance(err, NothingToSpeakError) and not text.length:
            return False
        try:
            await text.take_ready(_LONGEST_SILENCE_S)
        except TimeoutError:
            return False
        return not text.too_long and (not text.ended or is_sayable(text.so_far()))

    async def _speak_whole(self, fallback: FallbackEngine, err: ElevenLabsError) -> None:
        if promised := self._promised:
            continuation = Continuation(fallback, promised, promised.framing())
            await self._speak_rest(continuation, BreakOff(0, None), err)
        else:
            await self._pass_on(fallback, err)

    async def _pass_on(self, fallback: FallbackEngine, err: ElevenLabsError) -> None:
        """Pass on what the fallback makes as it is."""
        duration = DurationReader()
        async with aclosing(fallback.speak(self._text)) as pieces:
            async for piece in pieces:
                if not piece:
                    continue
                if not self._opened.done():
                    self._tell(fallback, err, 0)
                    self._transcriber.listen_as(None)
                    self._opened.set_result(fallback.extension)
                duration.add(piece)
                self._outcome.seconds_spoken = duration.seconds
                await self._hand_on(SpeechChunk(piece), piece)
        if not self._opened.done():
            raise EOFError

    async def _speak_rest(
        self, continuation: Continuation, point: BreakOff, err: ElevenLabsError
    ) -> None:
        is_heard = False
        async with aclosing(continuation.speak(self._text, point.offset)) as pieces:
            async for piece in pieces:
                if not is_heard:
                    is_heard = True
                    self._tell(continuation.fallback, err, point.offset)
                    header = self._header(continuation)
                    await self._hand_on(SpeechChunk(b"", again=self._again(point)), header)
                self._outcome.seconds_spoken += continuation.seconds_of(piece)
                await self._hand_on(SpeechChunk(piece), continuation.container.add(piece))
        if not is_heard:
            raise EOFError
        await self._hand_on(SpeechChunk(b""), continuation.container.end())

    def _header(self, continuation: Continuation) -> bytes:
        """Return what goes before the first audio; nothing where there was some."""
        if self._opened.done():
            return b""
        self._opened.set_result(continuation.extension)
        return continuation.container.begin()

    def _again(self, point: BreakOff) -> float | None:
        """Return from where on, on the listener's clock, what was heard is said again."""
        return None if point.again is None else point.again + self._outcome.seconds_paused

    def _tell(self, fallback: FallbackEngine, err: ElevenLabsError, offset: int) -> None:
        """Record that the fallback speaks from an offset on."""
        _LOGGER.info("%s speaks instead: %s", fallback.engine, err.cause)
        self._billing.replaced(fallback.engine, err)
        self._transcriber.replaced(fallback.engine, err.cause, offset)

    def _complain(self, broken: Exception) -> None:
        assert self._fallback  # noqa: S101  # nobody else can have failed
        engine, kind = self._fallback.engine, type(broken).__name__
        _LOGGER.warning("%s could not speak instead: %s", engine, kind)
