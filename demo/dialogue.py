"""A second voice, in Eleven v4, and a dialogue of both to try."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
import time

from demo.checks import Check
from demo.speaking import Spoken, download, patience_for
from demo.utterance import next_utterance
from harness.dashboard import add_card
from harness.events import CapturedEvents
from harness.furnished_home import FurnishedHome
from harness.home_api import Json
from harness.integrations import DOMAIN, add_subentry, options_of
from harness.progress import Progress
from harness.waiting import until

MODEL = "eleven_v4"
# A preset voice of every account; any other does where it is gone.
SECOND_VOICE = "EXAVITQu4vr4xnSDxMaL"
NAMES = ("Nora", "Tom")
PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Lines of two voices, and the entity of the one that speaks first."""

    engine: str
    lines: list[Json]

    @property
    def text(self) -> str:
        """What captions show of all lines."""
        messages = (str(line["message"]) for line in self.lines)
        return " ".join(message.partition("] ")[2] or message for message in messages)


async def add_dialogue(furnished: FurnishedHome, progress: Progress) -> Dialogue | None:
    """Add a voice in Eleven v4 and a button for the dialogue; None if the account has no v4."""
    before = await _voices(furnished)
    settings = {"model": _model, "voice": _VoiceChooser(furnished.voice)}
    if not await add_subentry(furnished.home, furnished.engine, "voice", settings):
        progress.step(f"The account does not offer {MODEL}: no dialogue to try")
        return None

    async def added() -> str | None:
        return next(iter(await _voices(furnished) - before), None)

    engine = await until("The second voice", added, seconds=PATIENCE)
    dialogue = Dialogue(engine, _lines(engine, furnished.engine))
    await add_card(furnished.home, _button(dialogue, furnished.player_entity))
    progress.step("Adding a second voice in Eleven v4, and a dialogue of both")
    return dialogue


async def speak_dialogue(
    furnished: FurnishedHome, captions: CapturedEvents, dialogue: Dialogue, output: Path
) -> Spoken:
    """Announce the dialogue on the player, to its end."""
    patience = patience_for(dialogue.text)
    heard, started = len(captions.arrivals), time.monotonic()
    response = await furnished.home.socket.call_action(
        f"{DOMAIN}.announce",
        furnished.player_entity,
        response=True,
        lines=dialogue.lines,
        wait=True,
    )
    utterance = await next_utterance(captions, dialogue.engine, after=heard, seconds=patience)
    links = await furnished.home.socket.call(
        f"{DOMAIN}/announcement/links", announcement_id=response["id"]
    )
    url = f"{furnished.home.url}{links['audio']['url']}"
    audio = await download(furnished, url, output, patience)
    facts = {"all_played": round(time.monotonic() - started, 3)}
    return Spoken(dialogue.text, started, utterance, audio.path, facts)


def check_speakers(words: Sequence[Json]) -> Check:
    """Check that the captions show who speaks, turn by turn."""
    turns = [name for name, _ in groupby(words, lambda word: str(word.get("speaker")))]
    wanted = [NAMES[number % 2] for number in range(len(turns))]
    holds = len(turns) > 1 and turns == wanted
    return Check("the captions show who speaks", holds=holds, found=", ".join(turns))


async def _voices(furnished: FurnishedHome) -> set[str]:
    entities = await furnished.home.socket.call("config/entity_registry/list")
    ours = (str(one["entity_id"]) for one in entities if one["platform"] == DOMAIN)
    return {entity_id for entity_id in ours if entity_id.startswith("tts.")}


def _model(field: Json) -> Json:
    return MODEL if MODEL in options_of(field) else None


@dataclass(frozen=True, slots=True)
class _VoiceChooser:
    """Chooses a voice that is not the first one."""

    first: str

    def __call__(self, field: Json, /) -> Json:
        others = [voice for voice in options_of(field) if voice != self.first]
        return SECOND_VOICE if SECOND_VOICE in others else next(iter(others), self.first)


def _lines(second: str, first: str) -> list[Json]:
    nora, tom = NAMES
    return [
        {
            "voice": second,
            "name": nora,
            "message": "[whispers] Hear that? Dinner is ready.",
        },
        {"voice": first, "name": tom, "message": "I did! I am already on my way to the kitchen."},
        {"voice": second, "name": nora, "message": "Then I will count to ten, and you be quick."},
    ]


def _button(dialogue: Dialogue, player: str) -> Json:
    action = {
        "action": "perform-action",
        "perform_action": f"{DOMAIN}.announce",
        "target": {"entity_id": player},
        "data": {"lines": dialogue.lines},
    }
    return {
        "type": "button",
        "name": "A dialogue in Eleven v4",
        "icon": "mdi:account-voice",
        "tap_action": action,
        "grid_options": {"columns": "full", "rows": 2},
    }
