"""Home Assistant's own log lines about speech, which begin with the text."""

import logging
from typing import Any

from homeassistant.components.tts import DOMAIN as TTS
from homeassistant.core import HomeAssistant
import pytest

from simulator import Simulator
from tests.helpers.engines import PIPER, add_piper
from tests.helpers.home import Ears, make_entry, set_up
from tests.helpers.players import House

SECRET = "Quincy hides zwieback in Xanten."
OPEN = "The laundry is done."
LOGGER = f"homeassistant.components.{TTS}"


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what Home Assistant's text-to-speech logged."""
    return [one.getMessage() for one in caplog.records if one.name == LOGGER]


@pytest.fixture
def debug(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Log everything."""
    caplog.set_level(logging.DEBUG)
    return caplog


async def test_a_private_voice_leaves_no_text_in_home_assistant_s_log(
    hass: HomeAssistant,
    simulator: Simulator,
    hass_client: Any,
    hass_ws_client: Any,
    debug: pytest.LogCaptureFixture,
) -> None:
    await set_up(hass, make_entry(simulator, private=True))
    ears = Ears(await hass_client(), await hass_ws_client())
    for _ in range(2):
        await ears.hear(SECRET)
    assert "Quincy" not in str(lines(debug))
    assert "Generating audio for a text" in lines(debug)
    assert "Found audio in cache for a text" in lines(debug)


@pytest.mark.parametrize("private", [True, "on", "yes"])
async def test_a_private_call_leaves_none(
    ears: Ears, debug: pytest.LogCaptureFixture, private: Any
) -> None:
    await ears.hear(SECRET, options={"private": private})
    assert "Quincy" not in str(lines(debug))
    assert "Generating audio for a text" in lines(debug)


async def test_our_action_and_home_assistant_s_leave_none(
    house: House, debug: pytest.LogCaptureFixture
) -> None:
    player = await house.player()
    await house.announce(SECRET, player.entity_id, options={"private": True})
    await house.speak(SECRET, player.entity_id, options={"private": True}, language="en-GB")
    await house.over(2)
    assert "Quincy" not in str(lines(debug))


async def test_lines_about_others_stay_as_they_are(
    hass: HomeAssistant, ears: Ears, debug: pytest.LogCaptureFixture
) -> None:
    await ears.hear(OPEN)
    await add_piper(hass)
    await ears.hear("It rains.", engine_id=PIPER)
    assert f"Generating audio for {OPEN}" in lines(debug)
    assert "Generating audio for It rains." in lines(debug)


async def test_a_line_of_which_nobody_knows_the_voice_has_no_text(
    ears: Ears, debug: pytest.LogCaptureFixture
) -> None:
    logging.getLogger(LOGGER).debug("Generating audio for %s", SECRET)
    logging.getLogger(LOGGER).debug("Cleaning up %s", "a file")
    assert lines(debug)[-2:] == ["Generating audio for a text", "Cleaning up a file"]
