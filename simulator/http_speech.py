"""POST /v1/text-to-speech/{voice} and its three sisters."""

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass
import json
from typing import Any, Literal

from aiohttp import web

from . import alignment
from .accounts import Customer
from .audio import wav_header
from .behaviour import Behaviour
from .context import SIMULATOR, authenticate, request_entry
from .engine import Pacer, Piece, SpeechStream
from .errors import Invalid
from .faults import Alignments, ClosedEarly, Dropped, StreamFaults
from .journal import GenerationEntry
from .requests import SpeechRequest
from .speech import CharTimes

type Kind = Literal["whole", "stream", "whole_timed", "stream_timed"]

_WAV_HEADER = 44


@dataclass(slots=True)
class _Job:
    """One request while it is answered."""

    web: web.Request
    text: str
    request: SpeechRequest
    how: Behaviour
    faults: StreamFaults
    entry: GenerationEntry
    headers: dict[str, str]


async def whole(request: web.Request) -> web.StreamResponse:
    """Answer with the audio in one body."""
    return await _speak(request, "whole")


async def stream(request: web.Request) -> web.StreamResponse:
    """Answer with the audio as it is made."""
    return await _speak(request, "stream")


async def whole_timed(request: web.Request) -> web.StreamResponse:
    """Answer with one JSON object."""
    return await _speak(request, "whole_timed")


async def stream_timed(request: web.Request) -> web.StreamResponse:
    """Answer with one JSON object on each line."""
    return await _speak(request, "stream_timed")


async def _speak(request: web.Request, kind: Kind) -> web.StreamResponse:
    simulator = request.app[SIMULATOR]
    customer = authenticate(request, "text_to_speech")
    text, wanted, unknown = simulator.reader.http(
        customer,
        request.match_info["voice_id"],
        request.query,
        await _json(request),
        whole=kind.startswith("whole"),
        now=simulator.now(),
    )
    request_entry(request).unknown += unknown
    cost = wanted.cost(text)
    customer.need_credits(cost)
    async with customer.slot(wanted.model.group) as running:
        how = customer.stream_behaviour("http")
        entry = _generation(request, customer, text, wanted)
        headers = _headers(request, customer, wanted, cost, running)
        job = _Job(request, text, wanted, how, StreamFaults(how), entry, headers)
        return await _run(job, kind, customer, cost)


async def _run(job: _Job, kind: Kind, customer: Customer, cost: int) -> web.StreamResponse:
    """Answer, and note how it ended."""
    simulator = job.web.app[SIMULATOR]
    customer.charge(cost)
    job.entry.credits = cost
    try:
        response = await _ANSWERS[kind](job)
    except Dropped:
        job.entry.state = "failed"
        if job.web.transport:
            job.web.transport.abort()
        raise ConnectionResetError from None
    except asyncio.CancelledError, ConnectionError:
        job.entry.state = "aborted"
        raise
    else:
        if job.entry.state == "running":
            job.entry.state = "finished"
            simulator.history.add(request_entry(job.web).request_id, simulator.now())
    finally:
        simulator.journal.touch()
    return response


async def _pieces(job: _Job) -> AsyncIterator[Piece]:
    """Speak the text at the pace of the model."""
    simulator = job.web.app[SIMULATOR]
    how = job.how
    speech = SpeechStream(
        simulator.engine, job.request.manner(how), job.request.chosen, how.chunk_ms
    )
    speech.whole_words = how.word_borders == "whole"
    pacer = Pacer(how.inference_delay, how.generation_speed)
    async for piece in speech.speak(job.text, last=True):
        await pacer.wait(piece.end)
        yield piece
        job.entry.chunks += 1
        job.entry.audio_seconds = piece.end


async def _answer_whole(job: _Job) -> web.StreamResponse:
    audio = bytearray()
    async for piece in _pieces(job):
        await job.faults.gate()
        audio += piece.audio
        job.faults.sent += 1
    if job.request.chosen.codec == "wav":
        rate = job.request.chosen.sample_rate
        audio[:_WAV_HEADER] = wav_header(rate, len(audio) - _WAV_HEADER)
    kind = job.request.chosen.content_type
    return web.Response(body=bytes(audio), headers=job.headers, content_type=kind)


async def _answer_whole_timed(job: _Job) -> web.StreamResponse:
    audio = bytearray()
    written, spoken = list[CharTimes](), list[CharTimes]()
    async for piece in _pieces(job):
        audio += piece.audio
        written.append(piece.written)
        spoken.append(piece.spoken)
    if job.request.chosen.codec == "wav":
        rate = job.request.chosen.sample_rate
        audio[:_WAV_HEADER] = wav_header(rate, len(audio) - _WAV_HEADER)
    await job.faults.gate()
    both = Alignments(_concatenated(written), _concatenated(spoken))
    text = _line(job.faults, bytes(audio), both)
    return web.Response(text=text, headers=job.headers, content_type="application/json")


def _concatenated(parts: list[CharTimes]) -> CharTimes:
    return CharTimes(
        tuple(char for part in parts for char in part.chars),
        tuple(at for part in parts for at in part.starts),
        tuple(at for part in parts for at in part.ends),
    )


async def _answer_stream(job: _Job) -> web.StreamResponse:
    response = _chunked(job, job.request.chosen.content_type)
    try:
        async for piece in _pieces(job):
            await _before(job, response)
            await response.write(piece.audio)
            job.faults.sent += 1
        await job.faults.gate()
    except ClosedEarly:
        job.entry.state = "failed"
    await response.write_eof()
    return response


async def _answer_stream_timed(job: _Job) -> web.StreamResponse:
    response = _chunked(job, "application/json")
    double = _DoublePass(job)
    try:
        async for piece in _pieces(job):
            await _before(job, response)
            await _write_line(job, response, piece.audio, double.alignments(piece))
        await job.faults.gate()
    except ClosedEarly:
        job.entry.state = "failed"
    await response.write_eof()
    return response


def _chunked(job: _Job, content_type: str) -> web.StreamResponse:
    response = web.StreamResponse(headers=job.headers)
    response.content_type = content_type
    response.enable_chunked_encoding()
    return response


async def _before(job: _Job, response: web.StreamResponse) -> None:
    """Send the headers once there is audio, and let the faults act."""
    if job.how.silent:
        await job.faults.gate()
    if not response.prepared:
        await response.prepare(job.web)
        await job.faults.first_byte()
    await job.faults.gate()


async def _write_line(
    job: _Job, response: web.StreamResponse, audio: bytes, both: Alignments
) -> None:
    faults, every = job.faults, job.how.blank_line_every
    for extra in faults.extras():
        await response.write((extra if isinstance(extra, bytes) else extra.encode()) + b"\n")
    line = _line(faults, audio, both).encode() + b"\n"
    if faults.cuts_line:
        await response.write(line[: len(line) // 2])
        raise ClosedEarly(0, "", "")
    blank = b"\n" if every and faults.number % every == 0 else b""
    await response.write(line + blank)
    faults.sent += 1


def _line(faults: StreamFaults, audio: bytes, given: Alignments) -> str:
    """Write one JSON object; its times count from the start of the request."""
    both = faults.alignments(given)
    message: dict[str, Any] = {"audio_base64": base64.b64encode(audio).decode()}
    for key, times in (("alignment", both.written), ("normalized_alignment", both.spoken)):
        value = alignment.http_json(times) if times is not None else None
        send, shaped = faults.shape(key, value)
        if send:
            message[key] = shaped
    return faults.text(faults.spoil(message, "audio_base64"))


class _DoublePass:
    """Repeats the written alignment of each unit from its first character."""

    def __init__(self, job: _Job) -> None:
        how = job.how.double_pass
        self._active = how == "always" or (how == "dictionary" and bool(job.request.aliases))

    def alignments(self, piece: Piece) -> Alignments:
        """Choose what to send with a piece."""
        if not self._active or piece.unit is None:
            return Alignments(piece.written, piece.spoken)
        return Alignments(double_pass(piece), piece.spoken)


def double_pass(piece: Piece) -> CharTimes | None:
    """Give a part with the first piece of a unit and all of it with the second."""
    if piece.unit is None or piece.number > 1:
        return None
    times = piece.unit.written
    return times.at(range(len(times.chars) * 3 // 5)) if piece.number == 0 else times


async def _json(request: web.Request) -> object:
    raw = await request.read()
    try:
        data: object = json.loads(raw)
    except ValueError:
        raise Invalid(("body", 0), "JSON decode error", "json_invalid") from None
    request_entry(request).body = data
    return data


def _generation(
    request: web.Request, customer: Customer, text: str, wanted: SpeechRequest
) -> GenerationEntry:
    simulator = request.app[SIMULATOR]
    entry = GenerationEntry(
        at=simulator.now(),
        account=customer.account.name,
        route="http",
        text=text,
        voice=wanted.voice.voice_id,
        model=wanted.model.model_id,
        output_format=wanted.chosen.name,
        language=wanted.language,
        settings=wanted.settings,
    )
    simulator.journal.generations.append(entry)
    simulator.journal.touch()
    return entry


def _headers(
    request: web.Request,
    customer: Customer,
    wanted: SpeechRequest,
    cost: int,
    running: int,
) -> dict[str, str]:
    how = customer.behaviour
    headers = {
        "request-id": request_entry(request).request_id,
        "current-concurrent-requests": str(running),
        "maximum-concurrent-requests": str(customer.account.slots(wanted.model.group)),
    }
    if how.cost_header in ("character-cost", "both"):
        headers["character-cost"] = str(cost)
    if how.cost_header in ("x-character-count", "both"):
        headers["x-character-count"] = str(cost)
    if how.history_header:
        headers["history-item-id"] = f"history{headers['request-id']}"
    return headers


_ANSWERS = {
    "whole": _answer_whole,
    "stream": _answer_stream,
    "whole_timed": _answer_whole_timed,
    "stream_timed": _answer_stream_timed,
}
