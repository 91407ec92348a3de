"""Announcements are spoken again until they are acknowledged, or were spoken often enough."""

from typing import Any

from homeassistant.components.media_player import MediaPlayerEntityFeature, MediaPlayerState
from homeassistant.exceptions import ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator
import voluptuous as vol

from custom_components.elevenlabs_streaming.announcements import announcer
from custom_components.elevenlabs_streaming.const import DOMAIN
from tests.helpers.dashboards import PLAYER as DASHBOARD, Dashboards
from tests.helpers.music_player import SONG, music_player
from tests.helpers.players import House, Player, restart

TEXT = "The water in the cellar is rising, so please look after it now."
UNTIL = {"repeat": "until_acknowledged", "priority": "high"}
# Home Assistant's own parts do not expect that anything is spoken after it has stopped.
AFTER_A_STOP = pytest.mark.parametrize("expected_lingering_timers", [True])


async def acknowledge(house: House, **data: Any) -> int:
    """Acknowledge, and return how many announcements that concerned."""
    response = await house.hass.services.async_call(
        DOMAIN, "acknowledge", data, blocking=True, return_response=True
    )
    assert response
    return int(str(response["acknowledged"]))


async def heard(house: House, player: Player, times: int) -> None:
    """Wait until a player was given the audio so many times."""
    await house.clock.until(lambda: len(player.device.audio) >= times, step=0.2)
    await house.settled()


async def in_the_pause(house: House, player: Player) -> None:
    """Announce until acknowledged, and wait for the first end."""
    await house.announce(TEXT, player.entity_id, **UNTIL)
    await heard(house, player, 1)
    await house.clock.pass_(6.5)
    await house.clock.pass_(0.5)


async def test_it_is_spoken_so_often(house: House) -> None:
    kitchen = await house.player()
    await house.announce(TEXT, kitchen.entity_id, repeat=3, repeat_pause=4, priority="high")
    outcome = await house.over()
    assert house.kinds == ["started", "finished"]
    assert (outcome["times_spoken"], outcome["acknowledged"]) == (3, False)
    assert outcome["states"] == {kitchen.entity_id: "finished"}
    assert kitchen.device.statuses == [200, 200, 200]
    assert len(set(kitchen.device.urls)) == 3
    assert len(house.simulator.journal.generations) == 1
    assert len(set(kitchen.device.audio)) == 1


async def test_there_is_a_pause_between_two_times(house: House) -> None:
    kitchen = await house.player()
    await house.announce(TEXT, kitchen.entity_id, repeat=2, repeat_pause=60, priority="high")
    await heard(house, kitchen, 1)
    await house.clock.pass_(7)
    for _ in range(10):
        await house.clock.pass_(5.5)
    assert len(kitchen.device.audio) == 1
    await heard(house, kitchen, 2)
    assert (await house.over())["times_spoken"] == 2


async def test_until_acknowledged(house: House) -> None:
    kitchen = await house.player()
    response = await house.announce(TEXT, kitchen.entity_id, **UNTIL)
    await heard(house, kitchen, 5)
    assert house.kinds == ["started"]
    assert await acknowledge(house, announcement_id="another") == 0
    assert await acknowledge(house, announcement_id=response["id"]) == 1
    outcome = await house.over()
    assert outcome["acknowledged"]
    assert outcome["times_spoken"] == 5
    await house.clock.pass_(60)
    assert len(kitchen.device.audio) == 5
    assert await acknowledge(house) == 0


async def test_in_the_pause(house: House) -> None:
    kitchen = await house.player()
    await in_the_pause(house, kitchen)
    assert await acknowledge(house) == 1
    (outcome,) = house.outcomes
    assert (outcome["event_type"], outcome["times_spoken"]) == ("finished", 1)
    assert outcome["states"] == {kitchen.entity_id: "finished"}
    assert outcome["errors"] == {}
    await house.clock.pass_(30)
    assert len(kitchen.device.audio) == 1


async def test_a_player_that_can_be_stopped_is_stopped(house: House) -> None:
    features = MediaPlayerEntityFeature.STOP
    kitchen = await music_player(house, features=features)
    kitchen.play_music(30.0)
    await house.announce(TEXT, kitchen.entity_id, **UNTIL)
    await heard(house, kitchen, 1)
    await house.clock.pass_(1)
    assert await acknowledge(house, entity_id=kitchen.entity_id) == 1
    outcome = await house.over()
    assert ("stop", None) in kitchen.told
    assert kitchen.told[-1][0] == "seek"
    assert outcome["states"] == {kitchen.entity_id: "stopped"}
    assert outcome["acknowledged"]


async def test_those_at_other_players_go_on(house: House) -> None:
    kitchen, bath = await house.player(), await house.player("Bath")
    await house.announce(TEXT, kitchen.entity_id, **UNTIL)
    await house.announce(TEXT, bath.entity_id, **UNTIL)
    assert await acknowledge(house, entity_id=bath.entity_id) == 1
    await heard(house, kitchen, 3)
    assert len(bath.device.audio) == 1
    assert await acknowledge(house) == 1


@pytest.mark.parametrize("state", [MediaPlayerState.PAUSED, MediaPlayerState.IDLE])
async def test_to_pause_or_stop_the_player_is_to_acknowledge(
    house: House, state: MediaPlayerState
) -> None:
    kitchen = await house.player()
    await house.play(kitchen, TEXT, **UNTIL)
    await house.clock.pass_(1)
    kitchen.tell(state)
    if state is MediaPlayerState.PAUSED:
        await house.clock.pass_(1)
        kitchen.tell(MediaPlayerState.PLAYING)
    outcome = await house.over()
    assert (outcome["acknowledged"], outcome["times_spoken"]) == (True, 1)


@pytest.mark.parametrize(
    ("state", "content"),
    [
        (MediaPlayerState.BUFFERING, None),
        (MediaPlayerState.PLAYING, SONG),
    ],
)
async def test_what_nobody_did_acknowledges_nothing(
    house: House, state: MediaPlayerState, content: str | None
) -> None:
    kitchen = await house.player()
    await house.play(kitchen, TEXT, **UNTIL)
    kitchen.tell(MediaPlayerState.PLAYING, 1.0, kitchen.device.urls[0])
    await house.clock.pass_(0.5)
    kitchen.tell(state, 1.0, content)
    await house.clock.pass_(0.5)
    kitchen.tell(MediaPlayerState.PLAYING, 1.5, content)
    await heard(house, kitchen, 2)
    assert house.outcomes == []
    assert await acknowledge(house) == 1


async def test_a_player_that_stops_near_the_end_acknowledges_nothing(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, TEXT, **UNTIL)
    await house.clock.pass_(3.5)
    kitchen.tell(MediaPlayerState.PAUSED)
    kitchen.tell(MediaPlayerState.IDLE)
    await heard(house, kitchen, 2)
    assert await acknowledge(house) == 1


@pytest.mark.parametrize("priority", ["low", "normal"])
async def test_only_what_is_urgent_is_repeated(house: House, priority: str) -> None:
    kitchen = await house.player()
    with pytest.raises(ServiceValidationError, match="priority"):
        await house.announce(TEXT, kitchen.entity_id, repeat=2, priority=priority)
    assert house.kinds == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"repeat": 1},
        {"repeat": 21},
        {"repeat": "often"},
        {"repeat": None},
        {"repeat": 2, "repeat_pause": -1},
        {"repeat": 2, "repeat_pause": 3601},
    ],
)
async def test_so_often_it_cannot_be_repeated(house: House, wrong: dict[str, Any]) -> None:
    kitchen = await house.player()
    with pytest.raises(vol.Invalid):
        await house.announce(TEXT, kitchen.entity_id, priority="high", **wrong)


async def test_an_empty_house_is_spoken_to_for_an_hour(house: House) -> None:
    kitchen = await house.player()
    await house.announce(TEXT, kitchen.entity_id, repeat_pause=600, **UNTIL)
    outcome = await house.over(step=4.0)
    assert (outcome["event_type"], outcome["acknowledged"]) == ("finished", False)
    assert outcome["times_spoken"] == 6


async def test_it_is_not_repeated_when_its_time_is_over(house: House) -> None:
    kitchen = await house.player()
    await house.announce(TEXT, kitchen.entity_id, repeat_pause=10, time_to_live=40, **UNTIL)
    outcome = await house.over()
    assert outcome["event_type"] == "finished"
    assert 2 <= outcome["times_spoken"] <= 3


async def test_to_clear_the_queue_ends_it(house: House) -> None:
    kitchen, bath = await house.player(), await house.player("Bath")
    await house.announce(TEXT, kitchen.entity_id, bath.entity_id, **UNTIL)
    await heard(house, kitchen, 1)
    await house.clock.pass_(6.5)
    await house.clock.pass_(0.5)
    data = {"entity_id": kitchen.entity_id}
    await house.hass.services.async_call(DOMAIN, "clear_queue", data, blocking=True)
    await heard(house, bath, 2)
    assert len(kitchen.device.audio) == 1
    await house.clock.pass_(6.5)
    await house.clock.pass_(0.5)
    await house.hass.services.async_call(DOMAIN, "clear_queue", {}, blocking=True)
    (outcome,) = house.outcomes
    assert (outcome["event_type"], outcome["acknowledged"]) == ("finished", False)
    assert outcome["states"] == {kitchen.entity_id: "finished", bath.entity_id: "finished"}


async def test_what_is_more_urgent_comes_between(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, TEXT, **UNTIL)
    await house.announce("Fire in the cellar.", kitchen.entity_id, priority="critical")
    await heard(house, kitchen, 4)
    assert [item["message"] for item in house.outcomes] == ["Fire in the cellar."]
    assert await acknowledge(house) == 1
    outcome = await house.over(2)
    assert (outcome["event_type"], outcome["times_spoken"]) == ("finished", 2)


async def test_others_are_spoken_in_the_pause(house: House) -> None:
    kitchen = await house.player()
    await in_the_pause(house, kitchen)
    await house.announce("Dinner is ready.", kitchen.entity_id)
    await heard(house, kitchen, 3)
    assert [item["message"] for item in house.outcomes] == ["Dinner is ready."]
    assert await acknowledge(house) == 1


async def test_quiet_begins_in_the_pause(house: House) -> None:
    kitchen = await house.player()
    await in_the_pause(house, kitchen)
    data = {"entity_id": "switch.elevenlabs_streaming_do_not_disturb"}
    await house.hass.services.async_call("switch", "turn_on", data, blocking=True)
    outcome = await house.over()
    assert (outcome["event_type"], outcome["times_spoken"]) == ("finished", 1)
    assert len(kitchen.device.audio) == 1


async def test_a_group_is_called_each_time(house: House) -> None:
    kitchen = await house.player()
    await house.add_universal("Everywhere", kitchen.entity_id)
    await house.announce(TEXT, "media_player.everywhere", **UNTIL)
    await heard(house, kitchen, 3)
    await house.clock.pass_(6.5)
    await house.clock.pass_(0.5)
    assert await acknowledge(house, entity_id=kitchen.entity_id) == 1
    (outcome,) = house.outcomes
    assert outcome["states"] == {kitchen.entity_id: "finished"}
    assert outcome["times_spoken"] == 3
    first = house.shown[0]
    assert house.shown.count(first) > 1


async def test_a_satellite_repeats(house: House) -> None:
    hall = await house.satellite()
    await house.announce(TEXT, hall.entity_id, repeat=3, priority="high")
    outcome = await house.over()
    assert (outcome["event_type"], outcome["times_spoken"]) == ("finished", 3)
    assert len(hall.device.audio) == 3


async def test_acknowledged_before_its_turn(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, "The laundry is done, so fold it before dinner.", priority="critical")
    response = await house.announce(TEXT, kitchen.entity_id, **UNTIL)
    assert await acknowledge(house, announcement_id=response["id"]) == 1
    outcome = await house.over(1, step=0)
    assert (outcome["event_type"], outcome["error"]) == ("failed", "acknowledged")
    assert outcome["times_spoken"] == 0


async def test_what_nobody_can_speak_fails_at_once(house: House) -> None:
    kitchen = await house.player(available=False)
    await house.announce(TEXT, kitchen.entity_id, **UNTIL)
    outcome = await house.over()
    assert outcome["event_type"] == "failed"
    assert await acknowledge(house) == 0


async def test_a_player_that_fails_is_tried_again(house: House) -> None:
    kitchen, bath = await house.player(), await house.player("Bath", available=False)
    await house.announce(TEXT, kitchen.entity_id, bath.entity_id, **UNTIL)
    await heard(house, kitchen, 1)
    bath._attr_available = True
    bath.async_write_ha_state()
    await heard(house, bath, 1)
    assert await acknowledge(house) == 1
    assert (await house.over())["states"] == {
        kitchen.entity_id: "finished",
        bath.entity_id: "finished",
    }


@AFTER_A_STOP
async def test_the_rest_is_spoken_after_a_restart(
    house: House, hass_storage: dict[str, Any]
) -> None:
    kitchen = await house.player()
    await house.announce(
        TEXT, kitchen.entity_id, repeat=3, priority="high", repeat_pause=60, time_to_live=600
    )
    await heard(house, kitchen, 1)
    await house.clock.pass_(6.5)
    await house.clock.pass_(0.5)
    await house.socket.close()
    await restart(house, kitchen)
    outcome = await house.over(2)
    assert (outcome["event_type"], outcome["times_spoken"]) == ("finished", 2)
    assert len(kitchen.device.audio) == 3


async def test_cards_are_told_that_it_can_be_acknowledged(house: House) -> None:
    messages: list[dict[str, Any]] = []
    stop = announcer(house.hass).registry.subscribe(messages.append)
    kitchen = await house.player()
    await in_the_pause(house, kitchen)
    assert all(one["can_acknowledge"] for one in messages if one["type"] == "playback")
    assert messages[-1]["players"][kitchen.entity_id]["state"] == "queued"
    assert all(one["track"]["can_acknowledge"] for one in messages if one["type"] == "track")
    await acknowledge(house)
    assert not messages[-1]["can_acknowledge"]
    assert messages[-1]["players"][kitchen.entity_id]["state"] == "finished"
    stop()


async def test_an_announcement_that_is_spoken_once_needs_nobody(house: House) -> None:
    messages: list[dict[str, Any]] = []
    stop = announcer(house.hass).registry.subscribe(messages.append)
    kitchen = await house.player()
    await house.play(kitchen, TEXT)
    await house.over()
    told = [one.get("track", one) for one in messages]
    assert not any(one["can_acknowledge"] for one in told if "players" in one)
    assert (house.outcomes[0]["times_spoken"], house.outcomes[0]["acknowledged"]) == (1, False)
    stop()


@pytest.mark.parametrize("way", ["acknowledge", "stop", "pause"])
async def test_the_dashboards_fall_silent(
    house: House, hass_ws_client: WebSocketGenerator, way: str
) -> None:
    tablet = await Dashboards(house, hass_ws_client).open()
    await house.announce(TEXT, DASHBOARD, **UNTIL)
    await tablet.begin()
    await house.clock.pass_(1)
    await tablet.say("playing", 1.0)
    await house.announce("Dinner is ready.", DASHBOARD, priority="low")
    if way == "acknowledge":
        assert await acknowledge(house) == 1
    else:
        data = {"entity_id": DASHBOARD}
        service = f"media_{way}"
        await house.hass.services.async_call("media_player", service, data, blocking=True)
        await tablet.listen()
        if way == "pause":
            await tablet.say("paused", 1.0)
    outcome = await house.over()
    assert outcome["acknowledged"]
    assert outcome["times_spoken"] == 1
    if way != "stop":
        await tablet.begin()
        await house.clock.until(lambda: "Dinner is ready." in str(house.happened), step=0.2)


async def test_the_response_tells_whether_somebody_has_acknowledged(house: House) -> None:
    kitchen = await house.player()
    response: dict[str, Any] = {}

    async def announce() -> None:
        response.update(await house.announce(TEXT, kitchen.entity_id, wait=True, **UNTIL))

    task = house.hass.async_create_task(announce())
    await heard(house, kitchen, 2)
    assert await acknowledge(house) == 1
    await house.clock.until(task.done, step=0.2)
    assert (response["acknowledged"], response["times_spoken"]) == (True, 2)


async def test_music_does_not_go_on_for_a_moment(house: House) -> None:
    kitchen = await music_player(house)
    kitchen.play_music(30.0)
    await house.announce(TEXT, kitchen.entity_id, repeat=2, priority="high", volume=0.6)
    await house.over()
    await house.clock.until(lambda: kitchen.told[-1][0] == "seek", step=0.2)
    assert kitchen.levels == [0.6, 0.6, 0.3]
    assert [what for what, _ in kitchen.told if what != "volume"] == [
        "announce",
        "announce",
        "play",
        "seek",
    ]
