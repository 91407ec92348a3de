"""The speaking half of a WebSocket: released text in, audio messages out."""

import asyncio
import base64
from typing import Any

from aiohttp import web

from . import alignment, errors
from .accounts import Customer
from .behaviour import Behaviour
from .engine import Engine, Pacer, Piece, SpeechStream
from .faults import Alignments, StreamFaults
from .http_speech import double_pass
from .journal import GenerationEntry, Journal, SocketEntry
from .requests import SpeechRequest
from .speech import CharTimes

_SILENT_TAIL = Alignments(None, None)


class SocketSpeech:
    """Generates the texts of one socket in order."""

    def __init__(
        self,
        *,
        socket: web.WebSocketResponse,
        engine: Engine,
        journal: Journal,
        entry: SocketEntry,
        customer: Customer,
        wanted: SpeechRequest,
        sync_alignment: bool,
    ) -> None:
        self._socket = socket
        self._journal = journal
        self._entry = entry
        self._customer = customer
        self._wanted = wanted
        self._how: Behaviour = customer.stream_behaviour("websocket")
        self._sync = sync_alignment
        self._faults = StreamFaults(self._how)
        self._stream = SpeechStream(
            engine, wanted.manner(self._how), wanted.chosen, self._how.chunk_ms
        )
        self._stream.whole_words = self._how.word_borders == "whole"
        twice = self._how.double_pass
        self._double = twice == "always" or (twice == "dictionary" and bool(wanted.aliases))
        self._texts: asyncio.Queue[str | None] = asyncio.Queue()

    @property
    def how(self) -> Behaviour:
        """How this stream behaves."""
        return self._how

    def put(self, text: str) -> None:
        """Queue a text for generation."""
        if text:
            self._texts.put_nowait(text)

    def end(self) -> None:
        """Say that no more text comes."""
        self._texts.put_nowait(None)

    async def run(self) -> None:
        """Speak until the end of input, then send the final message."""
        while (text := await self._texts.get()) is not None:
            await self._generate(text)
        if tail := await self._stream.finish():
            await self._send(tail.audio, _SILENT_TAIL)
        await self._faults.gate()
        await self._send_final()
        if self._how.hang_after_final:
            await asyncio.Event().wait()

    async def _generate(self, text: str) -> None:
        model = self._wanted.model
        if len(text) > model.limit:
            raise errors.text_too_long(len(text), model.limit)
        cost = self._wanted.cost(text)
        self._customer.need_credits(cost)
        async with self._customer.slot(model.group):
            entry = self._note(text, cost)
            self._customer.charge(cost)
            try:
                await self._speak(text, entry)
            except asyncio.CancelledError, ConnectionError:
                entry.state = "aborted"
                raise
            except Exception:
                entry.state = "failed"
                raise
            finally:
                self._journal.touch()

    async def _speak(self, text: str, entry: GenerationEntry) -> None:
        base = self._stream.seconds
        pacer = Pacer(self._how.inference_delay, self._how.generation_speed)
        async for piece in self._stream.speak(text):
            await pacer.wait(piece.end - base)
            await self._send(piece.audio, self._alignments(piece))
            entry.chunks += 1
            entry.audio_seconds = piece.end - base
        entry.state = "finished"

    def _alignments(self, piece: Piece) -> Alignments:
        """Choose what a message carries and set its clock."""
        unit = piece.unit
        if unit is None:
            return _SILENT_TAIL
        written: CharTimes | None = piece.written
        spoken: CharTimes | None = piece.spoken
        if not self._sync:
            written, spoken = (unit.written, unit.spoken) if not piece.number else (None, None)
        origin = piece.start if self._sync else unit.start
        repeated = self._double and piece.number <= 1
        if self._double:
            written = double_pass(piece)
        return Alignments(
            self._clocked(written, unit.start if repeated else origin, unit.start),
            self._clocked(spoken, origin, unit.start),
        )

    def _clocked(
        self, times: CharTimes | None, message: float, generation: float
    ) -> CharTimes | None:
        if times is None or not times.chars:
            return None
        origins = {"message": message, "generation": generation, "cumulative": 0.0}
        return times.shifted(-origins[self._how.ws_clock])

    async def _send(self, audio: bytes, given: Alignments) -> None:
        faults = self._faults
        await faults.gate()
        await faults.first_byte() if not faults.sent else None
        for extra in faults.extras():
            if isinstance(extra, bytes):
                await self._socket.send_bytes(extra)
            else:
                await self._socket.send_str(extra)
        message = self._message(audio, faults.alignments(given))
        await self._socket.send_str(faults.text(faults.spoil(message, "audio")))
        faults.sent += 1
        self._entry.sent += 1

    def _message(self, audio: bytes, both: Alignments) -> dict[str, Any]:
        keys = self._how.ws_keys
        message: dict[str, Any] = {"audio": base64.b64encode(audio).decode()}
        if self._how.ws_is_final != "absent":
            name = "is_final" if keys == "snake" else "isFinal"
            message[name] = None if self._how.ws_is_final == "null" else False
        normalized = "normalized_alignment" if keys == "snake" else "normalizedAlignment"
        pairs = [(normalized, both.spoken), ("alignment", both.written)]
        for name, times in pairs[:1] if keys == "seed" else pairs:
            value = alignment.ws_json(times, keys) if times is not None else None
            send, shaped = self._faults.shape(name, value)
            if send:
                message[name] = shaped
        return message

    async def _send_final(self) -> None:
        how = self._how
        if how.ws_final == "none":
            return
        name = "is_final" if how.ws_keys == "snake" else "isFinal"
        message: dict[str, Any] = {name: True}
        if how.ws_final == "full":
            message = {
                "audio": None,
                name: True,
                "normalizedAlignment": None,
                "alignment": None,
            }
        await self._socket.send_str(self._faults.text(message))

    def _note(self, text: str, cost: int) -> GenerationEntry:
        entry = GenerationEntry(
            at=asyncio.get_running_loop().time(),
            account=self._customer.account.name,
            route="websocket",
            text=text,
            voice=self._wanted.voice.voice_id,
            model=self._wanted.model.model_id,
            output_format=self._wanted.chosen.name,
            language=self._wanted.language,
            settings=self._wanted.settings,
            credits=cost,
        )
        self._journal.generations.append(entry)
        self._journal.touch()
        return entry
