"""A voice that speaks, heard through Home Assistant's own doors."""

from homeassistant.core import HomeAssistant
import pytest

from simulator import Simulator
from tests.home import Ears, decode, fragments, hear_growing

SENTENCE = "The laundry is done. Please come down in 10 min."


@pytest.mark.parametrize(
    ("route", "used"), [("auto", "http"), ("http", "http"), ("websocket", "websocket")]
)
async def test_a_whole_text_is_spoken_with_its_words(
    ears: Ears, simulator: Simulator, route: str, used: str
) -> None:
    sound = decode(await ears.hear(SENTENCE, options={"route": route}))
    captions = await ears.read()
    assert captions.text == SENTENCE
    assert captions.track["route"] == used
    assert captions.track["message"] == SENTENCE
    assert captions.words[-1]["end"] == pytest.approx(sound.seconds, abs=0.3)
    assert captions.track["duration"] == pytest.approx(sound.seconds, abs=0.1)
    assert sound.codec.startswith("mp3")
    assert sound.loudness > 0.01
    assert {item.route for item in simulator.journal.generations} == {used}


async def test_a_growing_text_is_spoken_while_it_grows(
    hass: HomeAssistant, ears: Ears, simulator: Simulator
) -> None:
    text = " ".join([SENTENCE] * 5)
    sound = decode(await hear_growing(hass, fragments(text)))
    captions = await ears.read()
    assert captions.text == text
    assert captions.track["route"] == "websocket"
    starts = [word["start"] for word in captions.words]
    assert starts == sorted(starts)
    assert captions.words[-1]["end"] == pytest.approx(sound.seconds, abs=0.3)
    assert len(simulator.journal.generations) > 1
    assert not simulator.journal.open_sockets
