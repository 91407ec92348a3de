"""One utterance on its way from the synthesizer to Home Assistant's TTS stream."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
import logging
from typing import Final

from ..api import ElevenLabsError, SpeechChunk
from ..api.errors import ConnectionFailedError, NothingToSpeakError, OutputFormatNotAllowedError
from ..audio import AudioContainer, DurationReader, silent_audio
from ..speech import Outcome, Synthesizer, TextSource, Utterance
from ..text import is_sayable
from .audio_queue import AudioQueue
from .batcher import Batcher
from .billing import Billing, BudgetError
from .fallback import FallbackEngine
from .output import AudioOutput, possible_outputs
from .transcriber import Transcriber

_LOGGER = logging.getLogger(__name__)

# Seconds in which a text must begin.
_LONGEST_SILENCE_S: Final = 60.0


class GenerationJob:
    """Speaks one utterance in a task of its own, so that whoever owns the task can end it."""

    def __init__(
        self,
        synthesizer: Synthesizer,
        utterance: Utterance,
        text: TextSource,
        audio_outputs: Sequence[AudioOutput],
        transcriber: Transcriber,
        *,
        billing: Billing,
        fallback: FallbackEngine | None = None,
        converted: bool = False,
    ) -> None:
        """`audio_outputs` are tried in turn where the plan does not include one.

        `converted`: whether Home Assistant converts the audio. Its converter can start while
        the speech is made, since there is but one audio output then.
        """
        self._synthesizer = synthesizer
        self._utterance = utterance
        self._outcome = Outcome(route=utterance.route)
        self._text = text
        self._audio_outputs = audio_outputs
        self._transcriber = transcriber
        self._billing = billing
        self._fallback = fallback
        # What a fallback gives out is known only when it does.
        self._is_sure = converted and fallback is None
        self._opened: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._audio = AudioQueue()
        self._batcher = Batcher(self._deliver)
        self._task: asyncio.Task[None] | None = None
        self._is_left = False

    async def run(self) -> None:
        """Speak to the end; the outcome is seen through `opened` and `next_audio`."""
        self._task = asyncio.current_task()
        error: ElevenLabsError | None = ConnectionFailedError("ended from outside")
        try:
            await self._generate()
            error = None
        except ElevenLabsError as err:
            error = None if await self._is_silent() else err
        finally:
            try:
                await self._text.close()
            finally:
                self._end(None if self._is_left else error)

    def stop(self) -> None:
        """Stop speaking: nobody listens."""
        if self._task:
            self._task.cancel()

    def leave(self) -> None:
        """Stop a text that is still being written: nobody is left to hear it."""
        if self._opened.done() and not self._text.ended:
            _LOGGER.debug("Nobody listens any more")
            self._is_left = True
            self.stop()

    async def opened(self) -> str:
        """Wait until it is sure what the audio is; returns that.

        Raises `ElevenLabsError` if there is none; where it is sure in advance, `next_audio` does.
        """
        if self._is_sure:
            return self._audio_outputs[-1].extension
        return await asyncio.shield(self._opened)

    async def next_audio(self) -> bytes | None:
        """Return the next audio, or None at the end.

        Raises `ElevenLabsError` where it breaks off.
        """
        return await self._audio.get()

    async def _generate(self) -> None:
        """Speak the text with ElevenLabs, or with the fallback where that fails."""
        refusal = self._billing.refusal(replaceable=self._is_replaceable)
        if refusal:
            if await self._is_replaced(refusal):
                return
            if isinstance(refusal, BudgetError):
                raise refusal
        try:
            await self._ask()
        except ElevenLabsError as err:
            if refusal or not await self._is_replaced(err):
                raise

    async def _is_silent(self) -> bool:
        """Hand on a moment of silence if the text holds nothing to speak; return whether it did.

        An action refuses such a text; a reply of only an emoji is no failure.
        """
        text = self._text
        if self._opened.done() or not text.ended or text.cut or is_sayable(text.so_far()):
            return False
        audio_output = possible_outputs(self._audio_outputs, self._synthesizer.lacks)[0]
        container = audio_output.framing()
        self._opened.set_result(audio_output.extension)
        self._audio.put_header(container.begin())
        silence = container.add(silent_audio(audio_output.output_format))
        await self._audio.put(silence + container.end())
        return True

    async def _ask(self) -> None:
        """Speak with ElevenLabs."""
        try:
            await self._speak()
        except ElevenLabsError as err:
            self._billing.failed(err, heard=self._opened.done())
            raise
        except Exception as err:
            _LOGGER.exception("Speaking failed")
            raise ElevenLabsError from err

    async def _speak(self) -> None:
        lacks = self._synthesizer.lacks
        for audio_output in possible_outputs(self._audio_outputs, lacks):
            try:
                await self._speak_as(audio_output)
            except OutputFormatNotAllowedError:
                if self._opened.done() or audio_output is self._audio_outputs[-1]:
                    raise
                _LOGGER.info("The plan does not include %s", audio_output.output_format)
                lacks.add(audio_output.output_format)
                self._text.rewind()
            else:
                return

    async def _speak_as(self, audio_output: AudioOutput) -> None:
        """Speak in one format."""
        container = audio_output.framing()

        async def hand_on(chunk: SpeechChunk) -> None:
            if chunk.audio:
                self._open(audio_output, container)
            await self._hand_on(chunk, container.add(chunk.audio) if chunk.audio else b"")

        request = replace(self._utterance.request, output_format=audio_output.output_format)
        utterance = replace(self._utterance, request=request)
        await self._synthesizer.speak(utterance, self._text, hand_on, self._outcome)
        await self._audio.put(container.end())

    def _open(self, audio_output: AudioOutput, container: AudioContainer) -> None:
        """Record the first audio."""
        if self._opened.done():
            return
        self._billing.heard(self._outcome, self._text.age)
        self._opened.set_result(audio_output.extension)
        self._audio.put_header(container.begin())

    @property
    def _is_replaceable(self) -> bool:
        return self._fallback is not None and self._fallback.is_ready

    async def _is_replaced(self, err: ElevenLabsError) -> bool:
        """Speak with the fallback; return whether it did."""
        fallback = self._fallback
        if fallback is None or self._opened.done() or not await self._has_words(err):
            return False
        if not fallback.is_ready:
            if not fallback.is_named:
                self._billing.replaced(None, err)
            return False
        try:
            await self._speak_instead(fallback, err)
        except Exception as broken:  # noqa: BLE001  # an engine may raise anything, and name the text
            _LOGGER.warning("%s could not stand in: %s", fallback.engine, type(broken).__name__)
            if self._opened.done():
                raise err from None
            self._text.rewind()
        return self._opened.done()

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

    async def _speak_instead(self, fallback: FallbackEngine, err: ElevenLabsError) -> None:
        duration = DurationReader()
        async with aclosing(fallback.speak(self._text)) as pieces:
            async for piece in pieces:
                if not piece:
                    continue
                if not self._opened.done():
                    _LOGGER.info("%s stands in: %s", fallback.engine, err.cause)
                    self._billing.replaced(fallback.engine, err)
                    self._transcriber.replaced(fallback.engine, err.cause)
                    self._opened.set_result(fallback.extension)
                duration.add(piece)
                self._outcome.seconds_spoken = duration.seconds
                await self._hand_on(SpeechChunk(piece), piece)
        if not self._opened.done():
            raise EOFError

    async def _hand_on(self, chunk: SpeechChunk, audio: bytes) -> None:
        """Pass a chunk on to whoever listens and reads."""
        await self._audio.put(audio)
        self._transcriber.add(chunk)
        self._batcher.add(self._outcome.seconds)

    def _deliver(self) -> None:
        self._audio.flush()
        self._transcriber.transcribe(self._outcome, self._text)

    def _end(self, error: ElevenLabsError | None) -> None:
        if not self._opened.done():
            self._opened.set_exception(error or ConnectionFailedError())
            # Nobody may be left to look at it.
            self._opened.exception()
        self._batcher.close()
        self._audio.end(error)
        self._billing.ended(self._utterance, self._outcome)
        self._transcriber.end(self._outcome, self._text, error)
