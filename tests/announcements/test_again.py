"""The last announcements are announced again, as they were."""

from typing import Any

from homeassistant.const import EVENT_CALL_SERVICE
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events
import voluptuous as vol

from custom_components.elevenlabs_streaming.const import DOMAIN
from simulator import Behaviour
from tests.helpers.home import ENGINE, SARAH
from tests.helpers.music_player import MusicPlayer, music_player
from tests.helpers.players import House

TEXT = "Dinner is ready."


async def again(house: House, announcement_id: str, **data: Any) -> dict[str, Any]:
    """Announce again, and return the response."""
    response = await house.hass.services.async_call(
        DOMAIN,
        "announce_again",
        {"announcement_id": announcement_id, **data},
        blocking=True,
        return_response=True,
    )
    return dict(response or {})


async def finished(house: House, player: MusicPlayer, count: int = 1) -> dict[str, Any]:
    """Let a player come to the end of an announcement, and its volume be restored."""
    await house.settled()
    player.finish()
    outcome = await house.over(count)
    await house.hass.async_block_till_done(wait_background_tasks=True)
    return outcome


async def test_it_sounds_as_before_and_costs_nothing(house: House) -> None:
    kitchen, hall = await music_player(house), await house.satellite()
    wishes = {
        "options": {"voice": "Sarah", "speed": 1.1},
        "chime": "ding_dong",
        "volume": 0.6,
        "language": "en",
        "priority": "critical",
    }
    first = await house.announce(TEXT, kitchen.entity_id, hall.entity_id, **wishes)
    await finished(house, kitchen)
    second = await again(house, first["id"])
    assert second["id"] != first["id"]
    assert second.keys() == first.keys()
    assert (second["message"], second["engine"]) == (TEXT, ENGINE)
    assert set(second["players"]) == {kitchen.entity_id, hall.entity_id}
    assert second["players"][kitchen.entity_id]["volume"] == 0.6
    outcome = await finished(house, kitchen, 2)
    assert (outcome["id"], outcome["event_type"]) == (second["id"], "finished")
    assert outcome["credits"] == 0
    (made,) = house.simulator.journal.generations
    assert (made.voice, made.settings["speed"]) == (SARAH, 1.1)
    for device in (kitchen.device, hall.device):
        assert device.audio[0] == device.audio[1]
    assert kitchen.levels == [0.6, 0.3, 0.6, 0.3]


async def test_it_is_spoken_once_and_waits_in_the_line(house: House) -> None:
    kitchen = await house.player()
    urgent = {"priority": "critical", "repeat": 2, "repeat_pause": 1}
    first = await house.announce(TEXT, kitchen.entity_id, **urgent)
    await house.over()
    await house.play(kitchen, "The laundry is done. Please come down and fold it.")
    second = await again(house, first["id"])
    assert second["players"][kitchen.entity_id]["state"] == "queued"
    outcome = await house.over(3)
    assert (outcome["id"], outcome["times_spoken"]) == (second["id"], 1)


async def test_elsewhere(house: House) -> None:
    kitchen, bath = await house.player(), await house.player("Bath")
    first = await house.announce(TEXT, kitchen.entity_id)
    await house.over()
    second = await again(house, first["id"], entity_id=bath.entity_id)
    assert set(second["players"]) == {bath.entity_id}
    await house.over(2)
    third = await again(house, second["id"])
    assert set(third["players"]) == {bath.entity_id}
    await house.over(3)
    assert (len(kitchen.device.audio), len(bath.device.audio)) == (1, 2)


async def test_a_group_is_called_as_a_group(house: House) -> None:
    kitchen = await house.player()
    await house.add_universal("Everywhere", kitchen.entity_id)
    first = await house.announce(TEXT, "media_player.everywhere")
    await house.over()
    calls = async_capture_events(house.hass, EVENT_CALL_SERVICE)
    await again(house, first["id"])
    await house.over(2)
    called = [one.data for one in calls if one.data["service"] == "play_media"]
    assert called[0]["service_data"]["entity_id"] == "media_player.everywhere"
    assert house.outcomes[1]["states"] == {kitchen.entity_id: "finished"}


async def test_what_failed_can_be_tried_again(house: House) -> None:
    kitchen = await house.player()
    house.simulator.behave(Behaviour(quota=True))
    first = await house.announce(TEXT, kitchen.entity_id)
    await house.over()
    (entry,) = house.hass.config_entries.async_entries(DOMAIN)
    house.simulator.behave(Behaviour())
    await house.hass.config_entries.async_reload(entry.entry_id)
    second = await again(house, first["id"])
    outcome = await house.over(2)
    assert (outcome["id"], outcome["event_type"]) == (second["id"], "finished")


async def test_lines_have_their_voices_again(house: House) -> None:
    kitchen = await house.player()
    lines = [{"voice": "George", "message": TEXT}, {"voice": "Sarah", "message": "I am coming!"}]
    data = {"lines": lines, "entity_id": kitchen.entity_id}
    first = await house.hass.services.async_call(
        DOMAIN, "announce", data, blocking=True, return_response=True
    )
    assert first
    await house.over()
    await again(house, str(first["id"]))
    await house.over(2)
    assert kitchen.device.audio[0] == kitchen.device.audio[1]
    assert house.outcomes[1]["credits"] == 0


async def test_what_others_had_spoken(house: House) -> None:
    kitchen = await house.player()
    data = {
        "entity_id": kitchen.entity_id,
        "media_content_id": f"media-source://tts/{ENGINE}?message=Dinner+is+ready.",
        "media_content_type": "music",
    }
    await house.hass.services.async_call("media_player", "play_media", data, blocking=True)
    overheard = await house.over()
    second = await again(house, overheard["id"])
    assert set(second["players"]) == {kitchen.entity_id}
    outcome = await house.over(2)
    assert (outcome["message"], outcome["credits"]) == (TEXT, 0)
    assert len(house.simulator.journal.generations) == 1


async def test_what_nobody_known_has_heard_needs_a_target(house: House) -> None:
    kitchen = await house.player()
    body = {"engine_id": ENGINE, "message": TEXT}
    path = (await (await house.http.post("/api/tts_get_url", json=body)).json())["path"]
    assert (await house.http.get(path)).status == 200
    heard = await house.over()
    with pytest.raises(ServiceValidationError) as raised:
        await again(house, heard["id"])
    assert raised.value.translation_key == "no_players"
    await again(house, heard["id"], entity_id=kitchen.entity_id)
    assert (await house.over(2))["message"] == TEXT


async def test_what_is_private_is_refused(house: House) -> None:
    kitchen = await house.player()
    first = await house.announce(TEXT, kitchen.entity_id, options={"private": True})
    await house.over()
    with pytest.raises(ServiceValidationError) as raised:
        await again(house, first["id"])
    assert raised.value.translation_key == "announcement_private"
    assert raised.value.translation_domain == DOMAIN
    assert len(kitchen.device.audio) == 1


async def test_what_is_not_known_is_refused(house: House) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        await again(house, "another")
    assert raised.value.translation_key == "announcement_not_found"
    with pytest.raises(vol.Invalid):
        await house.hass.services.async_call(DOMAIN, "announce_again", {}, blocking=True)


async def test_a_voice_that_was_renamed_speaks_and_one_that_is_gone_does_not(
    house: House,
) -> None:
    kitchen = await house.player()
    first = await house.announce(TEXT, kitchen.entity_id)
    await house.over()
    er.async_get(house.hass).async_update_entity(ENGINE, new_entity_id="tts.butler")
    await house.hass.async_block_till_done()
    assert (await again(house, first["id"]))["engine"] == "tts.butler"
    await house.over(2)
    (entry,) = house.hass.config_entries.async_entries(DOMAIN)
    await house.hass.config_entries.async_unload(entry.entry_id)
    with pytest.raises(ServiceValidationError) as raised:
        await again(house, first["id"])
    assert raised.value.translation_key == "no_such_engine"


async def test_without_a_response_a_failure_is_an_error(house: House) -> None:
    kitchen = await house.player()
    first = await house.announce(TEXT, kitchen.entity_id)
    await house.over()
    kitchen.failure = HomeAssistantError("The fuse is blown.")
    data = {"announcement_id": first["id"]}
    with pytest.raises(HomeAssistantError, match="fuse"):
        await house.hass.services.async_call(DOMAIN, "announce_again", data, blocking=True)
