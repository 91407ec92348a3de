"""A service that tells no times at all: captions run along with the audio, marked as estimates."""

from collections.abc import Mapping
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from simulator import Behaviour, Simulator
from tests.helpers.home import Ears, fragments, hear_growing, make_entry, set_up

TEXT = (
    "The laundry is done, please come down and fetch it. "
    "It smells of lavender, and of a warm summer day."
)
FASTER_THAN_SOUND = 10.0
FEW = 3
FORMATS: Mapping[str, dict[str, Any]] = {
    "mp3": {},
    "wav": {"preferred_format": "wav"},
}


@pytest.fixture
async def ears(hass: HomeAssistant, simulator: Simulator, ears_alone: Ears) -> Ears:
    """Listen to a voice of a service that tells no times."""
    simulator.behave(
        Behaviour(generation_speed=FASTER_THAN_SOUND, alignment="null", normalized="null")
    )
    await set_up(hass, make_entry(simulator))
    await ears_alone.subscribe()
    return ears_alone


async def words_on_the_way(ears: Ears) -> tuple[list[list[dict[str, Any]]], dict[str, Any]]:
    """Return the words of each message that came while the audio was made, and the last track."""
    messages: list[list[dict[str, Any]]] = []
    while True:
        event = (await ears.socket.receive_json())["event"]
        if event["type"] == "words":
            messages.append(event["words"])
        elif event["type"] == "track" and event["track"]["state"] != "speaking":
            # What came last came with the end.
            return messages[:-1], event["track"]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("growing", [False, True])
async def test_captions_grow_with_the_audio(
    hass: HomeAssistant, ears: Ears, name: str, *, growing: bool
) -> None:
    if growing:
        await hear_growing(hass, fragments(TEXT), FORMATS[name])
    else:
        await ears.hear(TEXT, options=FORMATS[name])
    on_the_way, track = await words_on_the_way(ears)
    told = [word for words in on_the_way for word in words]
    assert len(on_the_way) > 1
    assert len(told) > FEW
    assert all(word["estimated"] for word in told)
    assert track["estimated"]
    assert [word["text"] for word in track["words"]] == TEXT.split()
    assert track["words"][-1]["end"] <= track["duration"]
