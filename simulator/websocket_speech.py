"""Generate the text of a WebSocket and send the audio messages."""

import asyncio
import base64
from typing import Any

from aiohttp import web

from .accounts import AccountState
from .alignment import AlignmentPair, CharacterAlignment, websocket_alignment
from .behaviour import Behaviour
from .faults import FaultInjector
from .journal import GenerationEntry, SocketEntry
from .request_rules import check_text_length
from .speech_stream import AudioChunk, SpeechStream
from .state import SimulatorState
from .synthesis_request import SynthesisRequest
from .throttle import GenerationThrottle

_NULL_ALIGNMENTS = AlignmentPair(None, None)


class WebSocketSpeech:
    """Generates the texts of a WebSocket in order."""

    def __init__(
        self,
        *,
        socket: web.WebSocketResponse,
        simulator: SimulatorState,
        entry: SocketEntry,
        caller: AccountState,
        synthesis: SynthesisRequest,
        sync_alignment: bool,
    ) -> None:
        self._socket = socket
        self._simulator = simulator
        self._entry = entry
        self._caller = caller
        self._synthesis = synthesis
        self._sync_alignment = sync_alignment
        self.behaviour: Behaviour = caller.next_stream_behaviour("websocket")
        self._repeats_alignment = synthesis.repeats_alignment(self.behaviour)
        self._faults = FaultInjector(self.behaviour)
        self._stream = SpeechStream(
            simulator.synthesis_thread,
            synthesis.synthesis_settings(self.behaviour),
            synthesis.output_format,
            self.behaviour.chunk_ms,
        )
        self._stream.keeps_words_whole = self.behaviour.word_borders == "whole"
        self._texts: asyncio.Queue[str | None] = asyncio.Queue()

    def queue_text(self, text: str) -> None:
        """Queue a text for generation."""
        if text:
            self._texts.put_nowait(text)

    def end_input(self) -> None:
        """Mark the end of the text."""
        self._texts.put_nowait(None)

    async def generate(self) -> None:
        """Generate until the end of the text, then send the final message."""
        while (text := await self._texts.get()) is not None:
            await self._generate_text(text)
        if audio := await self._stream.finish():
            await self._send_audio(audio, _NULL_ALIGNMENTS)
        await self._faults.stop_if_due()
        await self._send_final_message()
        if self.behaviour.hang_after_final:
            await asyncio.Event().wait()

    async def _generate_text(self, text: str) -> None:
        check_text_length(text, self._synthesis.model)
        self._caller.require_credits(self._synthesis.cost(text))
        async with self._caller.concurrency_slot(self._synthesis.model.concurrency_group):
            entry = self._simulator.start_generation(
                self._caller, self._synthesis, route="websocket", text=text
            )
            try:
                await self._send_speech(text, entry)
            except asyncio.CancelledError, ConnectionError:
                entry.state = "aborted"
                raise
            except Exception:
                entry.state = "failed"
                raise
            finally:
                self._simulator.journal.notify_change()

    async def _send_speech(self, text: str, entry: GenerationEntry) -> None:
        start, behaviour = self._stream.seconds, self.behaviour
        throttle = GenerationThrottle(behaviour.inference_delay, behaviour.generation_speed)
        async for chunk in self._stream.stream_text(text):
            await throttle.wait_until_generated(chunk.end - start)
            await self._send_audio(chunk.audio, self._alignments(chunk))
            entry.chunks += 1
            entry.audio_seconds = chunk.end - start
        entry.state = "finished"

    def _alignments(self, chunk: AudioChunk) -> AlignmentPair:
        """Return the alignments of a chunk on the clock of its message."""
        segment, is_first = chunk.segment, not chunk.index
        start = chunk.start if self._sync_alignment else segment.start
        original_start = start
        original: CharacterAlignment | None = chunk.original
        normalized: CharacterAlignment | None = chunk.normalized
        if not self._sync_alignment:
            original = segment.original if is_first else None
            normalized = segment.normalized if is_first else None
        if self._repeats_alignment:
            original = chunk.repeated_alignment()
            original_start = segment.start
        return AlignmentPair(
            self._set_clock(original, original_start, segment.start),
            self._set_clock(normalized, start, segment.start),
        )

    def _set_clock(
        self, alignment: CharacterAlignment | None, message_start: float, generation_start: float
    ) -> CharacterAlignment | None:
        if alignment is None or not alignment.chars:
            return None
        origins = {"message": message_start, "generation": generation_start, "cumulative": 0.0}
        return alignment.shift(-origins[self.behaviour.ws_clock])

    async def _send_audio(self, audio: bytes, alignments: AlignmentPair) -> None:
        faults = self._faults
        await faults.stop_if_due()
        if not faults.messages_sent:
            await faults.delay_first_byte()
        for inserted in faults.inserted_messages():
            if isinstance(inserted, bytes):
                await self._socket.send_bytes(inserted)
            else:
                await self._socket.send_str(inserted)
        message = self._audio_message(audio, faults.alter_alignments(alignments))
        altered = faults.alter_message(message, "audio")
        await self._socket.send_str(faults.serialize_message(altered))
        faults.messages_sent += 1
        self._entry.sent += 1

    def _audio_message(self, audio: bytes, alignments: AlignmentPair) -> dict[str, Any]:
        keys = self.behaviour.ws_keys
        message: dict[str, Any] = {"audio": base64.b64encode(audio).decode()}
        if self.behaviour.ws_is_final != "absent":
            message[self._is_final_key] = None if self.behaviour.ws_is_final == "null" else False
        normalized_key = "normalized_alignment" if keys == "snake" else "normalizedAlignment"
        pairs = [(normalized_key, alignments.normalized), ("alignment", alignments.original)]
        for key, alignment in pairs[:1] if keys == "seed" else pairs:
            value = None if alignment is None else websocket_alignment(alignment, keys)
            message |= self._faults.alter_alignment_json(key, value)
        return message

    @property
    def _is_final_key(self) -> str:
        return "is_final" if self.behaviour.ws_keys == "snake" else "isFinal"

    async def _send_final_message(self) -> None:
        if self.behaviour.ws_final == "none":
            return
        message: dict[str, Any] = {self._is_final_key: True}
        if self.behaviour.ws_final == "full":
            message = {
                "audio": None,
                **message,
                "normalizedAlignment": None,
                "alignment": None,
            }
        await self._socket.send_str(self._faults.serialize_message(message))
