"""The responses of the text-to-speech routes: audio or JSON, whole or streamed."""

import base64
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from .alignment import AlignmentPair, concatenate_alignments, http_alignment
from .audio_formats import AudioFormat
from .behaviour import Behaviour
from .encoders import complete_wav_header
from .faults import FaultClose, FaultInjector
from .journal import GenerationEntry
from .request_context import SIMULATOR
from .speech_script import SpeechScript
from .speech_stream import AudioChunk, SpeechStream
from .throttle import GenerationThrottle
from .voice_segments import voice_segments


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechJob:
    """A request that is being answered."""

    request: web.Request
    script: SpeechScript
    behaviour: Behaviour
    faults: FaultInjector
    entry: GenerationEntry
    headers: dict[str, str]
    names_voices: bool

    @property
    def output_format(self) -> AudioFormat:
        """Return the output format."""
        return self.script.synthesis.output_format


async def respond_whole(job: SpeechJob) -> web.StreamResponse:
    """Respond with the whole audio."""
    audio = bytearray()
    async for chunk in _generate_chunks(job):
        await job.faults.stop_if_due()
        audio += chunk.audio
        job.faults.messages_sent += 1
    complete_wav_header(audio, job.output_format)
    content_type = job.output_format.content_type
    return web.Response(body=bytes(audio), headers=job.headers, content_type=content_type)


async def respond_whole_json(job: SpeechJob) -> web.StreamResponse:
    """Respond with one JSON object."""
    chunks = [chunk async for chunk in _generate_chunks(job)]
    audio = bytearray(b"".join(chunk.audio for chunk in chunks))
    complete_wav_header(audio, job.output_format)
    await job.faults.stop_if_due()
    alignments = AlignmentPair(
        concatenate_alignments(chunk.original for chunk in chunks),
        concatenate_alignments(chunk.normalized for chunk in chunks),
    )
    message = _json_message(job.faults, bytes(audio), alignments) | _voices(job, chunks)
    text = job.faults.serialize_message(message)
    return web.Response(text=text, headers=job.headers, content_type="application/json")


async def respond_stream(job: SpeechJob) -> web.StreamResponse:
    """Respond with the audio as it is generated."""
    response = _create_stream_response(job, job.output_format.content_type)
    try:
        async for chunk in _generate_chunks(job):
            await _prepare_next_message(job, response)
            await response.write(chunk.audio)
            job.faults.messages_sent += 1
        await job.faults.stop_if_due()
    except FaultClose:
        job.entry.state = "failed"
    await response.write_eof()
    return response


async def respond_json_lines(job: SpeechJob) -> web.StreamResponse:
    """Respond with a JSON object on each line."""
    response = _create_stream_response(job, "application/json")
    try:
        async for chunk in _generate_chunks(job):
            await _prepare_next_message(job, response)
            await _write_line(job, response, chunk)
        await job.faults.stop_if_due()
    except FaultClose:
        job.entry.state = "failed"
    await response.write_eof()
    return response


async def _generate_chunks(job: SpeechJob) -> AsyncIterator[AudioChunk]:
    """Yield the speech at the speed of the model."""
    behaviour, parts = job.behaviour, job.script.parts(job.behaviour)
    stream = SpeechStream(
        job.request.app[SIMULATOR].synthesis_thread,
        parts[0].settings,
        job.output_format,
        behaviour.chunk_ms,
    )
    stream.keeps_words_whole = behaviour.word_borders == "whole"
    throttle = GenerationThrottle(behaviour.inference_delay, behaviour.generation_speed)
    async for chunk in stream.stream_parts(parts, is_last=True):
        await throttle.wait_until_generated(chunk.end)
        yield chunk
        job.entry.chunks += 1
        job.entry.audio_seconds = chunk.end


def _create_stream_response(job: SpeechJob, content_type: str) -> web.StreamResponse:
    response = web.StreamResponse(headers=job.headers)
    response.content_type = content_type
    response.enable_chunked_encoding()
    return response


async def _prepare_next_message(job: SpeechJob, response: web.StreamResponse) -> None:
    """Send the headers before the first audio, and inject the faults that stop the stream."""
    if job.behaviour.silent:
        await job.faults.stop_if_due()
    if not response.prepared:
        await response.prepare(job.request)
        await job.faults.delay_first_byte()
    await job.faults.stop_if_due()


async def _write_line(job: SpeechJob, response: web.StreamResponse, chunk: AudioChunk) -> None:
    faults, every = job.faults, job.behaviour.blank_line_every
    for inserted in faults.inserted_messages():
        await response.write(
            (inserted if isinstance(inserted, bytes) else inserted.encode()) + b"\n"
        )
    message = _json_message(faults, chunk.audio, _chunk_alignments(job, chunk))
    message |= _voices(job, [chunk])
    line = faults.serialize_message(message).encode() + b"\n"
    if faults.cuts_line:
        await response.write(line[: len(line) // 2])
        raise FaultClose(0, "", "")
    blank = b"\n" if every and faults.next_number % every == 0 else b""
    await response.write(line + blank)
    faults.messages_sent += 1


def _chunk_alignments(job: SpeechJob, chunk: AudioChunk) -> AlignmentPair:
    is_repeated = job.script.synthesis.repeats_alignment(job.behaviour)
    original = chunk.repeated_alignment() if is_repeated else chunk.original
    return AlignmentPair(original, chunk.normalized)


def _voices(job: SpeechJob, chunks: Sequence[AudioChunk]) -> dict[str, Any]:
    """Return who speaks in a message of a dialogue."""
    return {"voice_segments": voice_segments(job.script, chunks)} if job.names_voices else {}


def _json_message(faults: FaultInjector, audio: bytes, alignments: AlignmentPair) -> dict[str, Any]:
    """Return a JSON object; its times count from the start of the response."""
    altered = faults.alter_alignments(alignments)
    message: dict[str, Any] = {"audio_base64": base64.b64encode(audio).decode()}
    for key, alignment in (
        ("alignment", altered.original),
        ("normalized_alignment", altered.normalized),
    ):
        value = http_alignment(alignment) if alignment and alignment.chars else None
        message |= faults.alter_alignment_json(key, value)
    return faults.alter_message(message, "audio_base64")
