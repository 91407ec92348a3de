"""What utterances cost, from the sound to the sensors and the budget."""

from homeassistant.core import HomeAssistant
import pytest

from simulator import Simulator
from tests.helpers.home import Ears, make_entry, set_up

TEXT = "The laundry is done, please come down and fetch it."


@pytest.fixture
def ears(ears_alone: Ears) -> Ears:
    """Listen; the voice is to be set up by the test."""
    return ears_alone


@pytest.mark.parametrize("route", ["http", "websocket"])
async def test_an_utterance_is_counted(
    hass: HomeAssistant, simulator: Simulator, ears: Ears, route: str
) -> None:
    await set_up(hass, make_entry(simulator, route=route))
    before = simulator.account_state().credits_used
    await ears.hear(TEXT)
    await hass.async_block_till_done(wait_background_tasks=True)
    cost = simulator.account_state().credits_used - before
    last = hass.states.get("sensor.elevenlabs_streaming_last_cost")
    today = hass.states.get("sensor.elevenlabs_streaming_spent_today")
    assert last
    assert today
    assert last.state == today.state == str(cost)
    assert last.attributes["route"] == route
    assert last.attributes["voice"] == "George"
    assert last.attributes["characters"] == len(TEXT)
    assert last.attributes["estimated"] is (route == "websocket")
    await ears.hear(TEXT)
    assert hass.states.get("sensor.elevenlabs_streaming_spent_today") is today


async def test_beyond_the_budget_nothing_is_asked(
    hass: HomeAssistant, simulator: Simulator, ears: Ears
) -> None:
    entry = await set_up(hass, make_entry(simulator))
    hass.config_entries.async_update_entry(entry, options={"daily_budget": 20})
    await hass.async_block_till_done(wait_background_tasks=True)
    await ears.hear(TEXT)
    await hass.async_block_till_done(wait_background_tasks=True)
    await ears.hear("Another one.", status=500)
    assert len(simulator.journal.generations) == 1
