"""One utterance on its way from the speaker to Home Assistant's TTS stream."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
import logging
from typing import Final

from ..api import ElevenLabsError, SpeechChunk
from ..api.errors import ConnectionFailedError, NothingToSpeakError, OutputFormatNotAllowedError
from ..audio import AudioContainer, DurationReader
from ..speech import Synthesizer, TextSource, Utterance
from ..text import is_sayable
from .billing import Billing, BudgetError
from .fallback import FallbackEngine
from .output import AudioOutput, possible_outputs
from .transcriber import Transcriber

_LOGGER = logging.getLogger(__name__)

# Chunks that may wait for Home Assistant, which reads as fast as they come.
_WAITING_CHUNKS: Final = 64
# Seconds in which a text must begin.
_LONGEST_SILENCE_S: Final = 60.0


class GenerationJob:
    """Speaks one utterance in a task of its own, so that whoever owns the task can end it."""

    def __init__(
        self,
        speaker: Synthesizer,
        utterance: Utterance,
        text: TextSource,
        audio_outputs: Sequence[AudioOutput],
        transcriber: Transcriber,
        *,
        payer: Billing,
        fallback: FallbackEngine | None = None,
        converted: bool = False,
    ) -> None:
        """`audio_outputs` are tried in turn where the plan does not include one.

        `converted`: whether Home Assistant converts the audio. Its converter can start while
        the speech is made, since there is but one audio_output then.
        """
        self._speaker = speaker
        self._utterance = utterance
        self._text = text
        self._audio_outputs = audio_outputs
        self._transcriber = transcriber
        self._payer = payer
        self._fallback = fallback
        # What a fallback gives out is known only when it does.
        self._is_sure = converted and fallback is None
        self._opened: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._audio: asyncio.Queue[bytes | ElevenLabsError | None] = asyncio.Queue()
        self._room = asyncio.Semaphore(_WAITING_CHUNKS)
        self._task: asyncio.Task[None] | None = None
        self._is_left = False

    async def run(self) -> None:
        """Speak to the end; the outcome is seen through `opened` and `audio`."""
        self._task = asyncio.current_task()
        error: ElevenLabsError | None = ConnectionFailedError("ended from outside")
        try:
            await self._perform()
            error = None
        except ElevenLabsError as err:
            error = err
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

        Raises `ElevenLabsError` if there is none; where it is sure in advance, `audio` does.
        """
        if self._is_sure:
            return self._audio_outputs[-1].extension
        return await asyncio.shield(self._opened)

    async def audio(self) -> AsyncGenerator[bytes]:
        """Yield the audio; raises `ElevenLabsError` where it breaks off. Closing it stops."""
        try:
            while (piece := await self._audio.get()) is not None:
                if isinstance(piece, ElevenLabsError):
                    raise piece
                self._room.release()
                yield piece
        finally:
            self.stop()

    async def _perform(self) -> None:
        """Speak the text with ElevenLabs, or with the fallback where that fails."""
        refusal = self._payer.refusal(replaceable=self._is_replaceable)
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

    async def _ask(self) -> None:
        """Speak with ElevenLabs."""
        try:
            await self._speak()
        except ElevenLabsError as err:
            self._payer.failed(err, heard=self._opened.done())
            raise
        except Exception as err:
            _LOGGER.exception("Speaking failed")
            raise ElevenLabsError from err

    async def _speak(self) -> None:
        for audio_output in possible_outputs(self._audio_outputs, self._speaker.lacks):
            self._utterance = replace(
                self._utterance,
                request=replace(self._utterance.request, output_format=audio_output.output_format),
            )
            try:
                await self._deliver(audio_output)
            except OutputFormatNotAllowedError:
                if self._opened.done() or audio_output is self._audio_outputs[-1]:
                    raise
                _LOGGER.info("The plan does not include %s", audio_output.output_format)
                self._speaker.lacks.add(audio_output.output_format)
                self._text.rewind()
            else:
                return

    async def _deliver(self, audio_output: AudioOutput) -> None:
        framing = audio_output.framing()
        async with aclosing(self._speaker.speak(self._utterance, self._text)) as chunks:
            async for chunk in chunks:
                if chunk.audio:
                    self._open(audio_output, framing)
                    await self._hand_on(framing.add(chunk.audio))
                self._caption(chunk)
        await self._hand_on(framing.end())

    def _open(self, audio_output: AudioOutput, framing: AudioContainer) -> None:
        """Record the first audio."""
        if self._opened.done():
            return
        self._payer.heard(self._utterance, self._text.age)
        self._opened.set_result(audio_output.extension)
        if header := framing.begin():
            self._audio.put_nowait(header)

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
                self._payer.replaced(None, err)
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
        meter = DurationReader()
        async with aclosing(fallback.speak(self._text)) as pieces:
            async for piece in pieces:
                if not piece:
                    continue
                if not self._opened.done():
                    _LOGGER.info("%s stands in: %s", fallback.engine, err.cause)
                    self._payer.replaced(fallback.engine, err)
                    self._transcriber.replaced(fallback.engine, err.cause)
                    self._opened.set_result(fallback.extension)
                await self._hand_on(piece)
                meter.add(piece)
                self._utterance.seconds = meter.seconds
                self._caption(SpeechChunk(piece))
        if not self._opened.done():
            raise EOFError

    async def _hand_on(self, audio: bytes) -> None:
        if not audio:
            return
        await self._room.acquire()
        self._audio.put_nowait(audio)

    def _caption(self, chunk: SpeechChunk) -> None:
        """Captions that fail leave the speech alone."""
        try:
            self._transcriber.add(chunk, self._utterance, self._text)
        except Exception:
            _LOGGER.exception("Captions failed")

    def _end(self, error: ElevenLabsError | None) -> None:
        if not self._opened.done():
            self._opened.set_exception(error or ConnectionFailedError())
            # Nobody may be left to look at it.
            self._opened.exception()
        self._audio.put_nowait(error)
        self._payer.ended(self._utterance)
        self._record_end(error)

    def _record_end(self, error: ElevenLabsError | None) -> None:
        """Complete the captions, which must not stop the listener either."""
        try:
            self._transcriber.end(self._utterance, self._text, error)
        except Exception:
            _LOGGER.exception("Captions failed")
