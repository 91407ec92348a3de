"""The simulator's speech with its times withheld, and how far estimated words are from it."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import aiohttp

from custom_components.elevenlabs_streaming.api import (
    Credentials,
    ElevenLabsClient,
    Model,
    OutputFormat,
    SpeechChunk,
    SpeechRequest,
)
from custom_components.elevenlabs_streaming.captions import CaptionTrack
from custom_components.elevenlabs_streaming.speech import (
    Outcome,
    Route,
    Synthesizer,
    TextSource,
    Utterance,
)

VOICE = "JBFqnCBsd6RMkjVDRZzb"
MODEL = "eleven_flash_v2_5"
_LONGEST_TEXT = 10_000
_PIECE = 5


@dataclass(frozen=True, slots=True)
class TimedSpeech:
    """One sentence as the service spoke it, with its times."""

    language: str
    text: str
    route: Route
    output_format: OutputFormat
    chunks: list[SpeechChunk] = field(repr=False)

    def starts(self) -> list[float]:
        """Return when the words start, by the times of the service."""
        track = CaptionTrack(self.language, message=self.text)
        track.add(*self.chunks)
        track.finish(self.seconds)
        return [word.start for word in track.words]

    @property
    def seconds(self) -> float:
        """How long the audio is."""
        return sum(map(self._seconds_of, self.chunks))

    def play(self, speed: float, *, live: bool = True) -> Played:
        """Play it while the service makes it at so many times the speed of sound, without times.

        `live`: whether words are estimated while they are spoken; else as before that was so.
        """
        track = CaptionTrack(self.language, message=self.text)
        if live:
            track.listen_as(self.output_format)
        made, first, shown = 0.0, None, list[float]()
        for chunk in self.chunks:
            made += self._seconds_of(chunk)
            first = made / speed if first is None else first
            position = made / speed - first
            untimed = chunk._replace(timings=None, spoken=None)
            words = track.add(untimed, seconds=made if live else 0.0)
            shown += [max(position, word.start) for word in words]
        over = made / speed - (first or 0.0)
        track.finish(made)
        final = [word.start for word in track.words]
        # The final times take the place of those that nobody has seen yet.
        seen = [at for at in shown if at <= over]
        return Played(track, [*seen, *(max(over, at) for at in final[len(seen) :])])

    def lateness(self, speed: float, *, live: bool = True) -> list[float]:
        """Return how much later than it is spoken each word is shown, in seconds."""
        shown = self.play(speed, live=live).shown
        return [at - start for at, start in zip(shown, self.starts(), strict=True)]

    def _seconds_of(self, chunk: SpeechChunk) -> float:
        return len(chunk.audio) / (self.output_format.bytes_per_second or 1.0)


@dataclass(frozen=True, slots=True)
class Played:
    """The captions of speech without times, and at which position each word was shown first."""

    track: CaptionTrack
    shown: list[float]


async def speak(
    url: str, language: str, text: str, route: Route, output_format: OutputFormat
) -> TimedSpeech:
    """Have the service at an address speak a sentence, whole over HTTP and growing else."""
    chunks: list[SpeechChunk] = []

    async def take(chunk: SpeechChunk) -> None:
        chunks.append(chunk)

    request = SpeechRequest(
        voice_id=VOICE, model_id=MODEL, output_format=output_format, language_code=language
    )
    utterance = Utterance(request=request, model=Model.known(MODEL), route=route)
    async with aiohttp.ClientSession() as session:
        client = ElevenLabsClient(session, Credentials(api_key="sk_demo"), url)
        source = TextSource(_written(text, route), limit=_LONGEST_TEXT)
        await Synthesizer(client).speak(utterance, source, take, Outcome())
    return TimedSpeech(language, text, route, output_format, [one for one in chunks if one.audio])


async def _written(text: str, route: Route) -> AsyncGenerator[str]:
    size = len(text) if route is Route.HTTP else _PIECE
    for at in range(0, len(text), size):
        yield text[at : at + size]
