"""Messages in which several voices speak: over every route, whole and growing, and broken off."""

from homeassistant.core import HomeAssistant
import pytest

from simulator import Behaviour, Simulator
from tests.helpers.home import GEORGE, SARAH, Ears, decode, fragments, hear_growing
from tests.helpers.speaker_turns import turns_of

SPEAKERS = {"Nora": SARAH, "Tom": "George"}
TURNS = [
    ("", GEORGE, "Good evening, this is the kitchen speaking to you all."),
    ("Nora", SARAH, "**Dinner** is ready, and the table is laid for five."),
    ("Tom", GEORGE, "I am coming! Please keep a warm plate for me until I am there."),
    ("Nora", SARAH, "We will wait for you."),
]
MESSAGE = "\n".join(f"[{name}]: {text}" if name else text for name, _, text in TURNS)
SPOKEN = [(voice, text.replace("*", "")) for _, voice, text in TURNS]
SHOWN = [(name, text) for (name, _, _), (_, text) in zip(TURNS, SPOKEN, strict=True)]


def spoken(simulator: Simulator) -> list[tuple[str, str]]:
    """Return which voice was asked to speak what, turn by turn."""
    turns: list[tuple[str, str]] = []
    for one in simulator.journal.generations:
        if turns and turns[-1][0] == one.voice:
            turns[-1] = (one.voice, f"{turns[-1][1]} {one.text.strip()}")
        else:
            turns.append((one.voice, one.text.strip()))
    return turns


@pytest.mark.parametrize("route", ["auto", "http", "websocket"])
async def test_each_turn_of_a_whole_message_has_its_voice(
    ears: Ears, simulator: Simulator, route: str
) -> None:
    options = {"speakers": SPEAKERS, "route": route}
    sound = decode(await ears.hear(MESSAGE, options=options))
    captions = await ears.read()
    assert spoken(simulator) == SPOKEN
    assert turns_of(captions.words) == SHOWN
    assert sound.seconds - 0.6 < captions.words[-1]["end"] < sound.seconds + 0.05
    assert not captions.track["estimated"]
    assert captions.track["message"].splitlines()[1] == f"Nora: {SPOKEN[1][1]}"


@pytest.mark.parametrize("route", ["auto", "http"])
@pytest.mark.parametrize("size", [1, 7, 1000])
async def test_each_turn_of_a_growing_reply_has_its_voice(
    hass: HomeAssistant, ears: Ears, simulator: Simulator, route: str, size: int
) -> None:
    options = {"speakers": SPEAKERS, "route": route}
    sound = decode(await hear_growing(hass, fragments(MESSAGE, size), options))
    captions = await ears.read()
    assert spoken(simulator) == SPOKEN
    assert turns_of(captions.words) == SHOWN
    assert sound.seconds - 0.6 < captions.words[-1]["end"] < sound.seconds + 0.05


async def test_without_speakers_a_label_is_text(ears: Ears, simulator: Simulator) -> None:
    await ears.hear("Look:\n[Nora]: Dinner is ready.", options={"clean_text": False})
    assert len(simulator.journal.generations) == 1
    assert "[Nora]" in simulator.journal.generations[0].text


@pytest.mark.parametrize(
    "message",
    ["[Nora]: Hello there.", "[Tom]:\n[Nora]: Hello there.", "[Nora]: Hello there.\n[Tom]: \n"],
)
async def test_turns_without_words_cost_nothing(
    ears: Ears, simulator: Simulator, message: str
) -> None:
    await ears.hear(message, options={"speakers": SPEAKERS})
    assert spoken(simulator) == [(SARAH, "Hello there.")]


@pytest.mark.parametrize("route", ["http", "websocket"])
async def test_a_turn_that_breaks_off_goes_on_with_its_voice(
    hass: HomeAssistant, ears: Ears, simulator: Simulator, route: str
) -> None:
    simulator.behave(Behaviour(drop_after=4))
    options = {"speakers": SPEAKERS, "route": route}
    await hear_growing(hass, fragments(MESSAGE, 7), options)
    captions = await ears.read()
    assert captions.track["state"] == "finished"
    assert turns_of(captions.words) == SHOWN
    generations = simulator.journal.generations
    assert len(generations) > len(TURNS)
    for voice in (GEORGE, SARAH):
        written = " ".join(text for one, text in SPOKEN if one == voice)
        assert all(one.text.strip() in written for one in generations if one.voice == voice)
