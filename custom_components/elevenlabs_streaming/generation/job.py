"""One utterance on its way from the synthesizer to Home Assistant's TTS stream."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
import logging

from ..api import ElevenLabsError, SpeechChunk
from ..api.errors import ConnectionFailedError, OutputFormatNotAllowedError, StalledError
from ..audio import AudioContainer, silent_audio
from ..speech import Outcome, Synthesizer, TextSource, Utterance
from ..text import is_sayable
from .audio_queue import AudioQueue
from .batcher import Batcher
from .billing import Billing, BudgetError
from .fallback import FallbackEngine
from .levelling import LevellingSynthesizer
from .output import AudioOutput, possible_outputs
from .replacement import Replacement
from .transcriber import Transcriber

_LOGGER = logging.getLogger(__name__)


class GenerationJob:
    """Speaks one utterance in a task of its own, so that whoever owns the task can end it."""

    def __init__(
        self,
        synthesizer: Synthesizer | LevellingSynthesizer,
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
        self._is_sure = converted
        self._opened: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._audio = AudioQueue()
        self._batcher = Batcher(self._deliver)
        self._task: asyncio.Task[None] | None = None
        self._is_left = False
        self._replacement = Replacement(
            fallback,
            text,
            self._outcome,
            transcriber=transcriber,
            billing=billing,
            opened=self._opened,
            hand_on=self._hand_on,
            promised=audio_outputs[-1] if converted else None,
        )

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
        replacement = self._replacement
        if refusal := self._billing.refusal(replaceable=replacement.is_ready):
            if await replacement.speak(refusal):
                return
            if isinstance(refusal, BudgetError):
                raise refusal
        try:
            await self._ask()
        except ElevenLabsError as err:
            if self._opened.done():
                is_spoken = await replacement.go_on(err)
            else:
                is_spoken = not refusal and await replacement.speak(err)
            if not is_spoken:
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
            await self._speak_in_time()
        except ElevenLabsError as err:
            self._billing.failed(err, heard=self._opened.done())
            raise
        except Exception as err:
            _LOGGER.exception("Speaking failed")
            raise ElevenLabsError from err

    async def _speak_in_time(self) -> None:
        """Speak as long as the listener has sound, or nobody else could go on."""
        try:
            async with self._replacement.gap_limit.applied():
                await self._speak()
        except TimeoutError:
            raise self._outcome.failure or StalledError("the listener heard nothing") from None

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
        self._transcriber.listen_as(audio_output.output_format)

        async def hand_on(chunk: SpeechChunk) -> None:
            if chunk.audio:
                self._open(audio_output, container)
                self._outcome.failure = None
                self._replacement.note(chunk, audio_output)
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
        self._replacement.begin(audio_output, container)

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
