"""Speaks through LiveKit's ElevenLabs plugin, in an environment of its own.

`python livekit_speaker.py ADDRESS VOICE MODEL KEY`: each line of the standard input is an answer
to speak, as JSON; each line of the standard output what came of it. It imports nothing of ours.
"""

import asyncio
import json
import sys
import time
from typing import Any

import aiohttp
from livekit.plugins import elevenlabs

GATE = 60


async def main() -> None:
    """Speak one answer after the other."""
    voices: dict[str, Any] = {}
    async with aiohttp.ClientSession() as session:
        while line := await asyncio.to_thread(sys.stdin.readline):
            wanted = json.loads(line)
            encoding = wanted["encoding"]
            if encoding not in voices:
                voices[encoding] = _voice(session, encoding)
            sys.stdout.write(f"{json.dumps(await _speak(voices[encoding], wanted))}\n")
            sys.stdout.flush()
        for voice in voices.values():
            await voice.aclose()


def _voice(session: aiohttp.ClientSession, encoding: str) -> Any:
    address, voice, model, key = sys.argv[1:]
    return elevenlabs.TTS(
        voice_id=voice,
        model=model,
        encoding=encoding,
        api_key=key,
        base_url=f"{address}/v1",
        language="en",
        http_session=session,
    )


async def _speak(voice: Any, wanted: dict[str, Any]) -> dict[str, Any]:
    """Push tokens at their moments, and note when how many samples come."""
    moments: dict[str, float] = {}
    async with voice.stream() as stream:
        writing = asyncio.create_task(_write(stream, wanted, moments))
        pieces = [(time.monotonic(), audio.frame.samples_per_channel) async for audio in stream]
        await writing
    return {"moments": moments, "pieces": pieces, "rate": voice.sample_rate}


async def _write(stream: Any, wanted: dict[str, Any], moments: dict[str, float]) -> None:
    """Push an answer as Home Assistant hands it over: 60 characters first."""
    begun, waiting, length = time.monotonic(), "", 0
    for number, token in enumerate(wanted["tokens"]):
        await asyncio.sleep(begun + number / wanted["rate"] - time.monotonic())
        moments.setdefault("first token", time.monotonic())
        waiting, length = waiting + token, length + len(token)
        if length > GATE:
            moments.setdefault("60 characters", time.monotonic())
            stream.push_text(waiting)
            waiting = ""
    stream.end_input()


if __name__ == "__main__":
    asyncio.run(main())
