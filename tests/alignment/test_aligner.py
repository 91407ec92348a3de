"""Captions of a voice that really speaks, on both routes, well and badly."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from itertools import pairwise
from typing import Any, Literal

import aiohttp
import numpy as np
import pytest

from custom_components.elevenlabs_streaming.api import (
    Credentials,
    DictionaryLocator,
    ElevenLabsClient,
    Model,
    SpeechChunk,
)
from custom_components.elevenlabs_streaming.captions import CaptionTrack
from custom_components.elevenlabs_streaming.speech import (
    Outcome,
    Route,
    Synthesizer,
    TextSource,
    Utterance,
)
from simulator import Simulator
from simulator.behaviour import Behaviour
from tests.helpers.simulated_timings import check, texts
from tests.helpers.visible_text import visible_text
from tests.helpers.wires import FLASH, KEY, PCM, speech

SENTENCES = {
    "en": "The laundry is done after 10 min, please come down. It costs $3.50 and smells fine.",
    "de": "Die Waschmaschine ist um 17:30 Uhr fertig. Dr. Müller hat 25 kg Wäsche gebracht.",
    "zh": "晚饭好了。请下来吃饭，今天有鱼。",  # noqa: RUF001  # of many scripts
    "ja": "洗濯が終わりました。コーヒーもどうぞ。",
    "hi": "कपड़े धुल गए हैं। कृपया नीचे आइए।",
    "ar": "الغسيل جاهز، من فضلك انزل.",
    "he": "הכביסה מוכנה, בבקשה רד למטה.",
    "th": "ผ้าซักเสร็จแล้ว กรุณาลงมาเก็บ",
}
PAUSES = "Fire! Water! Earth! Summer! Laundry! Basement!"
ROUTES = [Route.HTTP, Route.WEBSOCKET]

type Known = Literal["whole", "growing", "never"]


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Replace the fixture that would start a Home Assistant."""


@pytest.fixture
async def voice(simulator: Simulator) -> AsyncIterator[Voice]:
    """Speak through the simulator."""
    async with aiohttp.ClientSession() as session:
        client = ElevenLabsClient(session, Credentials(api_key=KEY), simulator.url)
        yield Voice(simulator, client)


class Voice:
    """Says texts through our own speech room, with captions."""

    def __init__(self, simulator: Simulator, client: ElevenLabsClient) -> None:
        """`client` speaks to `simulator`."""
        self._simulator = simulator
        self._speaker = Synthesizer(client)
        self.audio = b""

    async def say(
        self,
        text: str,
        route: Route,
        known: Known = "whole",
        language: str = "en",
        request: dict[str, Any] | None = None,
        model: str = FLASH,
        **faults: Any,
    ) -> CaptionTrack:
        """Return the captions of a text; what was returned on the way is what is in it."""
        self._simulator.behave(Behaviour(**faults))
        track = CaptionTrack(language, message=text if known == "whole" else None)
        found: list[str] = []
        spoken = Utterance(
            request=speech(
                output_format=PCM, language_code=language, **{"model_id": model} | (request or {})
            ),
            model=Model.known(model),
            route=route,
        )
        pieces = _written(text, track, found) if known == "growing" else _written(text, None, found)
        self.audio = b""
        outcome = Outcome()

        async def hand_on(chunk: SpeechChunk) -> None:
            found.extend(texts(track.add(chunk)))
            self.audio += chunk.audio

        await self._speaker.speak(spoken, TextSource(pieces, limit=10_000), hand_on, outcome)
        found += texts(track.finish(outcome.seconds))
        assert found == texts(track.words)
        check(track.words, track.cues())
        return track

    @property
    def seconds(self) -> float:
        """How long the audio is."""
        return len(self.audio) / 32_000

    def onsets(self, pause: float = 0.15) -> list[float]:
        """Return when sound begins after silence, measured in the samples."""
        samples = np.abs(np.frombuffer(self.audio, dtype="<i2").astype(np.int32))
        loud = np.flatnonzero(samples > 400) / 16_000
        gaps = np.flatnonzero(np.diff(loud) > pause)
        return [float(loud[0]), *(float(loud[at + 1]) for at in gaps)]


async def _written(text: str, track: CaptionTrack | None, found: list[str]) -> AsyncGenerator[str]:
    """Yield a text in pieces, which the track learns first."""
    for at in range(0, len(text), 7):
        if track:
            found += texts(track.write(text[at : at + 7]))
        yield text[at : at + 7]


def apart(track: CaptionTrack, truth: CaptionTrack, *, measured: bool = False) -> float:
    """Return how far words start from where they should, at most."""
    pairs = zip(track.words, truth.words, strict=True)
    return max(
        (abs(one.start - true.start) for one, true in pairs if not (measured and one.estimated)),
        default=0.0,
    )


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("language", SENTENCES)
async def test_words_are_those_of_the_text(voice: Voice, route: Route, language: str) -> None:
    text = SENTENCES[language]
    tracks = [await voice.say(text, route, known, language) for known in ("whole", "growing")]
    for track in tracks:
        assert track.text == text
        assert not track.estimated
        if language not in ("zh", "ja", "th"):
            assert texts(track.words) == text.split()
    assert tracks[0].words == tracks[1].words


@pytest.mark.parametrize("route", ROUTES)
async def test_words_start_when_the_sound_does(voice: Voice, route: Route) -> None:
    track = await voice.say(PAUSES, route)
    onsets = voice.onsets()
    assert len(onsets) == len(track.words)
    for word, onset in zip(track.words, onsets, strict=True):
        assert word.start == pytest.approx(onset, abs=0.08)


FAULTS: list[tuple[dict[str, Any], float]] = [
    ({"drift": 1.25}, 0.35),
    ({"drift": 0.85}, 0.35),
    ({"overlap": True}, 0.35),
    ({"double_pass": "always"}, 0.35),
    ({"normalized": "null"}, 0.08),
    ({"alignment": "missing"}, 0.08),
    ({"alignment": "mismatched"}, 0.08),
    ({"lead": "double"}, 0.08),
    ({"word_borders": "whole"}, 0.08),
    ({"ws_clock": "cumulative"}, 0.08),
    ({"ws_clock": "generation"}, 0.08),
    ({"ws_keys": "snake"}, 0.08),
    ({"ws_keys": "seed"}, 0.08),
    ({"alignment_null_every": 3}, 0.3),
    ({"alignment_null_every": 2}, 0.3),
    ({"alignment": "null", "normalized": "null"}, 0.6),
    ({"negative_times": True}, 0.6),
]


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(("faults", "tolerance"), FAULTS, ids=str)
async def test_faults_cost_little_time_and_no_word(
    voice: Voice, route: Route, faults: dict[str, Any], tolerance: float
) -> None:
    track = await voice.say(PAUSES, route, **faults)
    assert track.text == PAUSES
    for word, onset in zip(track.words, voice.onsets(), strict=True):
        assert word.start == pytest.approx(onset, abs=tolerance)


@pytest.mark.parametrize(("route", "known"), [(Route.HTTP, "whole"), (Route.WEBSOCKET, "growing")])
@pytest.mark.parametrize("faults", [faults for faults, _ in FAULTS], ids=str)
async def test_faults_leave_the_text_as_it_was_written(
    voice: Voice, route: Route, known: Known, faults: dict[str, Any]
) -> None:
    language = "en" if route is Route.HTTP else "zh"
    text = SENTENCES[language]
    truth = await voice.say(text, route, known, language)
    track = await voice.say(text, route, known, language, **faults)
    assert track.text == text
    assert apart(track, truth) < 1.0
    assert apart(track, truth, measured=True) < 0.4


@pytest.mark.parametrize("route", ROUTES)
async def test_estimated_times_are_marked(voice: Voice, route: Route) -> None:
    track = await voice.say(PAUSES, route, alignment="null", normalized="null")
    assert all(word.estimated for word in track.words)
    assert track.duration == pytest.approx(voice.seconds)


@pytest.mark.parametrize("route", ROUTES)
async def test_without_a_text_what_comes_is_shown(voice: Voice, route: Route) -> None:
    text = SENTENCES["en"]
    assert (await voice.say(text, route, "never")).text == text
    spoken = await voice.say(text, route, "never", alignment="null")
    assert "ten minutes, please come down." in spoken.text


@pytest.mark.parametrize("route", ROUTES)
async def test_dictionaries_change_what_is_said_and_not_what_is_shown(
    voice: Voice, route: Route
) -> None:
    text = "Ask HA about its TTS today."
    locator = DictionaryLocator(pronunciation_dictionary_id="dict_demo", version_id="version_1")
    request = {"pronunciation_dictionary_locators": (locator,)}
    track = await voice.say(text, route, request=request)
    assert texts(track.words) == text.split()
    assert not track.estimated
    lasting = {word.text: word.end - word.start for word in track.words}
    assert lasting["TTS"] > 0.7 > lasting["Ask"]


async def test_audio_tags_are_performed_and_not_shown(voice: Voice) -> None:
    text = "[whispers] The baby is asleep. [laughs softly] At last!"
    for known in ("whole", "never"):
        track = await voice.say(text, Route.HTTP, known, model="eleven_v3")
        assert track.text == visible_text(text) == "The baby is asleep. At last!"
        assert not track.estimated


async def test_ssml_is_heard_and_not_shown(voice: Voice) -> None:
    text = 'Wait <break time="1s"/> a <phoneme alphabet="ipa" ph="ˈmɪnɪt">minute</phoneme> now.'  # noqa: RUF001  # of many scripts
    for known in ("whole", "growing", "never"):
        track = await voice.say(text, Route.WEBSOCKET, known, request={"enable_ssml_parsing": True})
        assert texts(track.words) == ["Wait", "a", "minute", "now."]
        gaps = _gaps(track)
        assert max(gaps) == gaps[0] > 0.9


def _gaps(track: CaptionTrack) -> Sequence[float]:
    return [after.start - word.end for word, after in pairwise(track.words)]
