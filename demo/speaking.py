"""The two ways a home speaks: an action to a player, and an assistant's growing answer."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
import time

import aiohttp

from demo.utterance import Utterance, next_utterance
from harness.errors import HarnessError
from harness.events import Arrival, CapturedEvents
from harness.furnished_home import FurnishedHome
from harness.home_api import Json
from harness.waiting import side_by_side, until

# A letter takes about 60 ms to say; a real service on a bad day may take a minute more.
PATIENCE = 60.0
START_PATIENCE = 40.0
PATIENCE_PER_LETTER = 0.3
PIECE = 4096


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text that was spoken, and what there is to show for it."""

    text: str
    started: float
    utterance: Utterance
    audio: Path
    facts: dict[str, Json]


@dataclass(frozen=True, slots=True)
class Download:
    """An audio file as Home Assistant served it, and when its first byte came."""

    path: Path
    first_byte: float


def patience_for(text: str) -> float:
    """Tell after how many seconds a text should long have been spoken."""
    return PATIENCE + PATIENCE_PER_LETTER * len(text)


async def speak_on_player(
    furnished: FurnishedHome, captions: CapturedEvents, text: str, output: Path
) -> Spoken:
    """Speak through `tts.speak` and wait until the player has played to the end."""
    patience = patience_for(text)
    states = CapturedEvents()
    await furnished.home.socket.subscribe(states, "subscribe_events", event_type="state_changed")
    heard = len(captions.arrivals)
    started = time.monotonic()
    await _call_speak(furnished, text)
    playing = await _until_player(furnished, states, seconds=START_PATIENCE)
    url = _state(playing.event)["attributes"]["media_content_id"]
    async with side_by_side() as group:
        audio = group.create_task(download(furnished, url, output, patience))
        utterance = group.create_task(
            next_utterance(captions, furnished.engine, after=heard, seconds=patience)
        )
        stopped = await _until_player(furnished, states, seconds=patience, since=playing)
    facts = {
        "player_started": round(playing.moment - started, 3),
        "player_stopped": round(stopped.moment - started, 3),
    }
    return Spoken(text, started, utterance.result(), audio.result().path, facts)


async def _call_speak(furnished: FurnishedHome, text: str) -> None:
    await furnished.home.socket.call_action(
        "tts.speak",
        furnished.engine,
        media_player_entity_id=furnished.player_entity,
        message=text,
    )


async def _until_player(
    furnished: FurnishedHome,
    states: CapturedEvents,
    *,
    seconds: float,
    since: Arrival | None = None,
) -> Arrival:
    """Wait until the player plays, or (since that moment) no longer plays."""
    after = states.arrivals.index(since) + 1 if since else 0

    def matches(event: Json) -> bool:
        is_playing = bool(_state(event).get("state") == "playing")
        is_ours = event["data"]["entity_id"] == furnished.player_entity
        return is_ours and is_playing != bool(since)

    async def look() -> Arrival | None:
        await _ask_player(furnished)
        return states.find(matches, after)

    what = "The player's end" if since else "The player's start"
    return await until(what, look, seconds=seconds)


def _state(event: Json) -> Json:
    return event["data"]["new_state"] or {}


async def _ask_player(furnished: FurnishedHome) -> None:
    # By itself Home Assistant asks MPD every ten seconds only; a sentence is shorter.
    await furnished.home.socket.call_action("homeassistant.update_entity", furnished.player_entity)


async def download(furnished: FurnishedHome, url: str, output: Path, seconds: float) -> Download:
    """Fetch audio while it is produced, as a player would."""
    timeout = aiohttp.ClientTimeout(total=seconds)
    async with furnished.home.session.get(url, timeout=timeout) as response:
        if not response.ok:
            message = f"Home Assistant served no audio: {response.status} for {url}"
            raise HarnessError(message)
        first = await response.content.readany()
        moment = time.monotonic()
        with output.open("wb") as file:
            file.write(first)
            async for piece in response.content.iter_chunked(PIECE):
                file.write(piece)
    return Download(output, moment)


async def answer_through_assist(
    furnished: FurnishedHome, captions: CapturedEvents, text: str, output: Path
) -> Spoken:
    """Let the agent's growing answer be spoken while it is written."""
    patience = patience_for(text)
    heard = len(captions.arrivals)
    run = CapturedEvents()
    started = time.monotonic()
    await _run_pipeline(furnished, run, text, patience)
    url, streaming = await _streaming_began(run)
    async with side_by_side() as group:
        audio = group.create_task(
            download(furnished, f"{furnished.home.url}{url}", output, patience)
        )
        utterance = group.create_task(
            next_utterance(captions, furnished.engine, after=heard, seconds=patience)
        )
        answer = await run.first("The answer's end", _is("intent-end"), seconds=patience)
        await run.first("The assistant's end", _is("run-end"), seconds=patience)
    facts = {
        "speech_began": round(streaming.moment - started, 3),
        "first_audio": round(audio.result().first_byte - started, 3),
        "text_complete": round(answer.moment - started, 3),
    }
    speech = answer.event["data"]["intent_output"]["response"]["speech"]
    reply = speech["plain"]["speech"]
    return Spoken(reply, started, utterance.result(), output, facts)


async def _run_pipeline(
    furnished: FurnishedHome, run: CapturedEvents, text: str, patience: float
) -> None:
    await furnished.home.socket.subscribe(
        run,
        "assist_pipeline/run",
        pipeline=furnished.pipeline,
        start_stage="intent",
        end_stage="tts",
        input={"text": text},
        timeout=patience,
    )


async def _streaming_began(run: CapturedEvents) -> tuple[str, Arrival]:
    """Wait until Home Assistant speaks a text that is not complete yet."""

    def matches(event: Json) -> bool:
        began = (event["data"] or {}).get("tts_start_streaming")
        return bool(began) or event["type"] in ("error", "run-end")

    found = await run.first("The answer's first speech", matches, seconds=PATIENCE)
    start = run.find(_is("run-start"))
    if found.event["type"] != "intent-progress" or start is None:
        message = f"Home Assistant did not stream the answer: {found.event}"
        raise HarnessError(message)
    return str(start.event["data"]["tts_output"]["url"]), found


def _is(kind: str) -> Callable[[Json], bool]:
    return lambda event: event["type"] == kind
