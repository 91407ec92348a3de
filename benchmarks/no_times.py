"""How far captions are from the sound where the service tells no times."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import product

from benchmarks.figures import HEADER, plain_row
from benchmarks.untimed_speech import TimedSpeech, speak
from custom_components.elevenlabs_streaming.api import OutputFormat
from custom_components.elevenlabs_streaming.speech import Route

FORMATS = ("mp3_44100_128", "pcm_16000")
ROUTES = (Route.HTTP, Route.WEBSOCKET)
SPEEDS = (1.0, 10.0)


async def no_times(address: str, texts: Mapping[str, Sequence[str]]) -> list[str]:
    """Have all sentences spoken, withhold their times, and tell what a listener would see."""
    spoken = {
        (route, name): [
            await speak(address, language, text, route, OutputFormat.parse(name))
            for language, some in texts.items()
            for text in some
        ]
        for route, name in product(ROUTES, FORMATS)
    }
    return await asyncio.to_thread(_lines, spoken)


def _lines(spoken: Mapping[tuple[Route, str], Sequence[TimedSpeech]]) -> list[str]:
    lines = ["", "No times: word shown minus word spoken, while it is spoken", "", HEADER]
    for live, speed in product((False, True), SPEEDS):
        lines.append(f"{'with' if live else 'without'} live estimates, made at {speed:g} x sound")
        lines += [
            plain_row(
                f"  {route} {name}",
                (late for one in some for late in one.lateness(speed, live=live)),
            )
            for (route, name), some in spoken.items()
        ]
    return lines
