"""Generate the text of a WebSocket, or of one of its contexts, and send the audio messages."""

import asyncio
import json

from .accounts import AccountState
from .alignment import AlignmentPair
from .behaviour import Behaviour
from .faults import FaultInjector
from .journal import GenerationEntry
from .request_rules import check_text_length
from .speech_script import SpeechScript
from .speech_stream import SpeechStream
from .synthesis_request import SynthesisRequest
from .throttle import GenerationThrottle
from .websocket_connection import WebSocketConnection
from .websocket_messages import SpokenMessages

_NULL_ALIGNMENTS = AlignmentPair(None, None)


class WebSocketSpeech:
    """Generates scripts in order, as one stream of audio."""

    def __init__(
        self,
        *,
        connection: WebSocketConnection,
        caller: AccountState,
        behaviour: Behaviour,
        synthesis: SynthesisRequest,
        messages: SpokenMessages,
        route: str,
        context: str | None = None,
    ) -> None:
        self._connection = connection
        self._caller = caller
        self.behaviour = behaviour
        self._messages = messages
        self._route = route
        self._context = context
        self._faults = FaultInjector(behaviour)
        self._stream = SpeechStream(
            connection.simulator.synthesis_thread,
            synthesis.synthesis_settings(behaviour),
            synthesis.output_format,
            behaviour.chunk_ms,
        )
        self._stream.keeps_words_whole = behaviour.word_borders == "whole"
        self._scripts: asyncio.Queue[SpeechScript | None] = asyncio.Queue()

    def queue_script(self, script: SpeechScript) -> None:
        """Queue a script for generation."""
        self._scripts.put_nowait(script)

    def end_input(self) -> None:
        """Mark the end of the scripts."""
        self._scripts.put_nowait(None)

    async def generate(self) -> None:
        """Generate until the end of the scripts, then send the final message."""
        while (script := await self._scripts.get()) is not None:
            await self._generate_script(script)
        if audio := await self._stream.finish():
            await self._send_audio(audio, _NULL_ALIGNMENTS)
        await self._faults.stop_if_due()
        if message := self._messages.final_message():
            await self._connection.send(self._faults.serialize_message(message))
        if self.behaviour.hang_after_final:
            await asyncio.Event().wait()

    async def _generate_script(self, script: SpeechScript) -> None:
        simulator, model = self._connection.simulator, script.synthesis.model
        check_text_length(script.text, model)
        self._caller.require_credits(script.cost)
        async with self._caller.concurrency_slot(model.concurrency_group):
            entry = simulator.start_generation(
                self._caller, script, route=self._route, context=self._context
            )
            try:
                await self._send_speech(script, entry)
            except asyncio.CancelledError, ConnectionError:
                entry.state = "aborted"
                raise
            except Exception:
                entry.state = "failed"
                raise
            finally:
                simulator.journal.notify_change()

    async def _send_speech(self, script: SpeechScript, entry: GenerationEntry) -> None:
        start, behaviour = self._stream.seconds, self.behaviour
        throttle = GenerationThrottle(behaviour.inference_delay, behaviour.generation_speed)
        async for chunk in self._stream.stream_parts(script.parts(behaviour)):
            await throttle.wait_until_generated(chunk.end - start)
            await self._send_audio(chunk.audio, self._messages.alignments(chunk))
            entry.chunks += 1
            entry.audio_seconds = chunk.end - start
        if message := self._messages.end_of_generation():
            await self._faults.stop_if_due()
            await self._connection.send(json.dumps(message))
        entry.state = "finished"

    async def _send_audio(self, audio: bytes, alignments: AlignmentPair) -> None:
        faults = self._faults
        await faults.stop_if_due()
        if not faults.messages_sent:
            await faults.delay_first_byte()
        for inserted in faults.inserted_messages():
            await self._connection.send(inserted)
        message = self._messages.audio_message(audio)
        altered = faults.alter_alignments(alignments)
        for key, value in self._messages.write_alignments(altered).items():
            message |= faults.alter_alignment_json(key, value)
        message = faults.alter_message(message, "audio")
        await self._connection.send(faults.serialize_message(message))
        faults.messages_sent += 1
        self._connection.entry.sent += 1
