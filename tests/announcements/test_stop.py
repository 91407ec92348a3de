"""Somebody ends announcements: those that wait, and those that sound."""

import asyncio
from typing import Any, override

from homeassistant.components.media_player import MediaPlayerEntityFeature, MediaPlayerState
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.elevenlabs_streaming.announcements import announcer
from custom_components.elevenlabs_streaming.const import DOMAIN
from simulator import Behaviour
from tests.helpers.captions_reader import CaptionsReader
from tests.helpers.dashboards import PLAYER as DASHBOARD, Dashboards
from tests.helpers.home import ENGINE
from tests.helpers.music_player import SONG, MusicPlayer, music_player
from tests.helpers.players import House, Player

LONG = "The laundry is done. Please come down and fold it before dinner, will you?"
UNTIL = {"repeat": "until_acknowledged", "priority": "high"}
STOP = MediaPlayerEntityFeature.STOP
PAUSE = MediaPlayerEntityFeature.PAUSE
NATIVE = MediaPlayerEntityFeature.MEDIA_ANNOUNCE
NOTHING: dict[str, Any] = {"error": None, "cause": None, "placeholders": {}}


async def stop(house: House, **data: Any) -> dict[str, Any]:
    """Stop, and return the response."""
    response = await house.hass.services.async_call(
        DOMAIN, "stop", data, blocking=True, return_response=True
    )
    await house.clock.pass_(0)
    return dict(response or {})


def ended(result: str | None, dropped: int = 0) -> dict[str, Any]:
    """Return what a response tells of a player without trouble."""
    return {"result": result, "dropped": dropped, **NOTHING}


def state_of(house: House, announcement_id: str, player: str) -> str:
    """Return what has become of an announcement at a player."""
    found = announcer(house.hass).registry.find(announcement_id)
    assert found
    return str(found.outcome(house.hass.loop.time())[player]["state"])


# What waits


async def test_one_that_waits_is_dropped_and_the_others_stay(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    one, two = [await house.announce(text, kitchen.entity_id) for text in ("One.", "Two.")]
    reader = await CaptionsReader.subscribe(house.socket)
    response = await stop(house, announcement_id=one["id"])
    assert response == {"stopped": 1, "players": {kitchen.entity_id: ended(None, 1)}}
    await reader.news()
    (track,) = [one for one in reader.of(one["id"]) if one.get("cause")]
    assert track["cause"] == track["players"][kitchen.entity_id]["cause"] == "stopped_by_user"
    assert "somebody stopped it" in track["error"]
    assert reader.players(two["id"])[kitchen.entity_id]["place"] == 1
    await house.over(3)
    assert [(item["message"], item["event_type"]) for item in house.outcomes] == [
        ("One.", "failed"),
        (LONG, "finished"),
        ("Two.", "finished"),
    ]
    assert house.outcomes[0]["error"] == "stopped_by_user"


async def test_what_waits_at_a_player_is_dropped_there_alone(house: House) -> None:
    kitchen, bath = await music_player(house, features=STOP), await house.player("Bath")
    await house.announce(LONG, kitchen.entity_id, bath.entity_id)
    await house.clock.until(lambda: "started" in house.kinds)
    await house.settled()
    both = await house.announce("One.", kitchen.entity_id, bath.entity_id)
    response = await stop(house, entity_id=kitchen.entity_id)
    assert response == {"stopped": 2, "players": {kitchen.entity_id: ended("stopped", 1)}}
    outcome = await house.over(2)
    assert (outcome["id"], outcome["event_type"]) == (both["id"], "finished")
    assert outcome["states"] == {kitchen.entity_id: "failed", bath.entity_id: "finished"}
    assert outcome["causes"] == {kitchen.entity_id: "stopped_by_user"}
    assert (len(kitchen.device.urls), len(bath.device.urls)) == (1, 2)


async def test_without_a_target_all_is_ended(house: House) -> None:
    kitchen, bath = await music_player(house, features=STOP), await house.player("Bath")
    await house.announce(LONG, kitchen.entity_id, bath.entity_id)
    await house.clock.until(lambda: "started" in house.kinds)
    await house.settled()
    await house.announce("One.", kitchen.entity_id)
    await house.announce("Two.", kitchen.entity_id, bath.entity_id)
    response = await stop(house)
    assert response["stopped"] == 3
    assert response["players"][kitchen.entity_id] == ended("stopped", 2)
    assert response["players"][bath.entity_id]["dropped"] == 1
    await house.over(3)
    assert len(kitchen.device.urls) == 1
    assert await stop(house) == {"stopped": 0, "players": {}}


async def test_what_does_not_exist_is_not_stopped(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    assert await stop(house, announcement_id="another") == {"stopped": 0, "players": {}}
    with pytest.raises(ServiceValidationError) as raised:
        await stop(house, entity_id="light.kitchen")
    assert raised.value.translation_key == "no_players"
    assert (await house.over())["event_type"] == "finished"


# What sounds


async def test_a_player_is_stopped_and_goes_on_with_its_music(house: House) -> None:
    kitchen = await music_player(house, features=STOP)
    kitchen.play_music(30.0)
    response = await house.announce(LONG, kitchen.entity_id, volume=0.6)
    await house.clock.until(lambda: "started" in house.kinds)
    await house.settled()
    await house.clock.pass_(1)
    reader = await CaptionsReader.subscribe(house.socket)
    assert await stop(house, announcement_id=response["id"]) == {
        "stopped": 1,
        "players": {kitchen.entity_id: ended("stopped")},
    }
    outcome = await house.over()
    assert (outcome["event_type"], outcome["states"]) == (
        "finished",
        {kitchen.entity_id: "stopped"},
    )
    assert (outcome["errors"], outcome["error"]) == ({}, None)
    await reader.news()
    told = reader.players(response["id"])[kitchen.entity_id]
    assert (told["state"], told["cause"]) == ("stopped", None)
    await house.clock.until(lambda: kitchen.told[-1][0] == "seek", step=0.2)
    assert [what for what, _ in kitchen.told if what not in ("volume", "pause")] == [
        "announce",
        "stop",
        "play",
        "seek",
    ]
    assert kitchen.levels == [0.6, 0.3]


async def test_the_next_is_spoken_when_the_player_was_stopped(house: House) -> None:
    kitchen = await music_player(house, features=STOP)
    first = await house.announce(LONG, kitchen.entity_id)
    await house.clock.until(lambda: "started" in house.kinds)
    await house.settled()
    await house.announce("One.", kitchen.entity_id)
    await stop(house, announcement_id=first["id"])
    await house.clock.until(lambda: len(kitchen.device.audio) == 2)
    assert [what for what, _ in kitchen.told] == ["announce", "stop", "announce"]
    await house.over(2)
    assert [item["message"] for item in house.outcomes] == [LONG, "One."]


async def test_a_short_one_is_stopped_too(house: House) -> None:
    kitchen = await music_player(house, features=STOP)
    await house.announce("Dinner is ready.", kitchen.entity_id)
    await house.clock.until(lambda: "started" in house.kinds)
    await house.clock.pass_(0.3)
    assert (await stop(house))["stopped"] == 1
    assert (await house.over())["states"] == {kitchen.entity_id: "stopped"}


async def test_a_player_without_a_stop_is_paused(house: House) -> None:
    kitchen = await music_player(house, features=PAUSE)
    await house.announce(LONG, kitchen.entity_id)
    await house.clock.until(lambda: "started" in house.kinds)
    await house.settled()
    response = await stop(house)
    assert response == {"stopped": 1, "players": {kitchen.entity_id: ended("paused")}}
    assert kitchen.told == [("announce", None), ("pause", None)]
    assert (await house.over())["states"] == {kitchen.entity_id: "stopped"}


class DeafPlayer(MusicPlayer):
    """A player that fails to do as it is told."""

    @override
    async def async_media_stop(self) -> None:
        raise HomeAssistantError("It is deaf.")


@pytest.mark.parametrize("kind", [MusicPlayer, DeafPlayer])
async def test_a_player_that_cannot_be_stopped_is_not_followed_any_more(
    house: House, kind: type[MusicPlayer]
) -> None:
    features = STOP if kind is DeafPlayer else MediaPlayerEntityFeature(0)
    kitchen = await music_player(house, features=features, kind=kind)
    await house.announce(LONG, kitchen.entity_id)
    await house.clock.until(lambda: "started" in house.kinds)
    await house.settled()
    response = await stop(house)
    told = response["players"][kitchen.entity_id]
    assert (response["stopped"], told["result"]) == (1, "ended")
    assert told["cause"] == "player_cannot_stop"
    assert "may be heard" in told["error"]
    assert (await house.over())["states"] == {kitchen.entity_id: "stopped"}
    (url,) = kitchen.device.urls
    assert (await house.http.get(url)).status == 404


@pytest.mark.parametrize(("content", "is_told"), [(SONG, False), (None, True)])
async def test_the_music_under_an_announcement_is_not_stopped_with_it(
    house: House, content: str | None, is_told: bool
) -> None:
    kitchen = await music_player(house, features=STOP | NATIVE)
    await house.announce(LONG, kitchen.entity_id)
    await house.clock.until(lambda: "started" in house.kinds)
    await house.settled()
    kitchen.tell(MediaPlayerState.PLAYING, content=content)
    told = (await stop(house))["players"][kitchen.entity_id]
    assert told["result"] == ("stopped" if is_told else "ended")
    assert (("stop", None) in kitchen.told) is is_told
    await house.over()


async def test_music_assistant_ends_its_announcement_over_music(house: House) -> None:
    kitchen = await music_player(house, features=STOP | NATIVE, platform="music_assistant")
    await house.announce(LONG, kitchen.entity_id)
    await house.clock.until(lambda: "started" in house.kinds)
    await house.settled()
    kitchen.tell(MediaPlayerState.PLAYING, content=SONG)
    assert (await stop(house))["players"] == {kitchen.entity_id: ended("stopped")}
    await house.over()


async def test_what_is_not_fetched_yet_is_withdrawn(house: House) -> None:
    kitchen = await music_player(house, features=STOP)
    kitchen.hangs = True
    kitchen.play_music(30.0)
    call = house.hass.async_create_task(house.announce(LONG, kitchen.entity_id, wait=True))
    await house.settled()
    response = await stop(house)
    assert response == {"stopped": 1, "players": {kitchen.entity_id: ended("stopped")}}
    # It plays its own music still.
    assert ("stop", None) not in kitchen.told
    await house.clock.until(call.done)
    told = call.result()["players"][kitchen.entity_id]
    assert (told["state"], told["cause"]) == ("failed", "stopped_by_user")
    assert (house.kinds, house.outcomes[0]["error"]) == (["failed"], "stopped_by_user")


async def test_the_next_does_not_wait_for_a_call_that_was_withdrawn(house: House) -> None:
    kitchen = await house.player(hangs=True)
    call = house.hass.async_create_task(house.announce(LONG, kitchen.entity_id))
    await house.settled()
    await stop(house)
    kitchen.hangs = False
    await house.announce("One.", kitchen.entity_id)
    await house.settled()
    assert len(kitchen.device.audio) == 1
    assert call.done()
    await house.over(2)


async def test_a_player_that_comes_too_late_gets_nothing(house: House) -> None:
    kitchen = await house.player(fetches=False)
    response = await house.announce(LONG, kitchen.entity_id)
    found = announcer(house.hass).registry.find(response["id"])
    assert found
    await house.settled()
    url = f"/api/{DOMAIN}/audio/{found.parts[kitchen.entity_id].token}.mp3?v=1"
    assert (await house.http.head(url)).status == 200
    assert (await stop(house))["stopped"] == 1
    assert (await house.http.get(url)).status == 404
    await house.over()


async def test_a_player_that_is_fetching_gets_no_more(house: House) -> None:
    house.simulator.behave(Behaviour(stall_after=3, chunk_ms=200))
    kitchen = await house.player()
    await house.announce(LONG * 5, kitchen.entity_id)
    await house.clock.until(lambda: "started" in house.kinds)
    assert kitchen.device.busy
    await stop(house)
    house.simulator.behave(Behaviour())
    await house.clock.until(lambda: not kitchen.device.busy, step=0.5)
    assert len(kitchen.device.audio[0]) > 1000
    await house.over()
    await house.clock.until(lambda: not house._is_busy(), step=0.5)
    again = await house.announce(LONG * 5, kitchen.entity_id)
    assert again["id"]
    await house.over(2)
    assert len(kitchen.device.audio[1]) > len(kitchen.device.audio[0])


async def test_members_of_a_group_can_be_stopped_alone(house: House) -> None:
    kitchen, bath = await music_player(house, features=STOP), await house.player("Bath")
    options = {
        "name": "Floor",
        "entities": [kitchen.entity_id, bath.entity_id],
        "group_type": "media_player",
        "hide_members": False,
    }
    entry = MockConfigEntry(domain="group", title="Floor", data={}, options=options)
    entry.add_to_hass(house.hass)
    assert await house.hass.config_entries.async_setup(entry.entry_id)
    await house.hass.async_block_till_done()
    await house.announce(LONG, "media_player.floor")
    await house.clock.until(lambda: "started" in house.kinds)
    await house.settled()
    response = await stop(house, entity_id=kitchen.entity_id)
    assert response == {"stopped": 1, "players": {kitchen.entity_id: ended("stopped")}}
    outcome = await house.over()
    assert outcome["states"] == {kitchen.entity_id: "stopped", bath.entity_id: "finished"}
    await house.announce(LONG, "media_player.floor")
    await house.clock.until(lambda: len(house.happened) == 3)
    await house.settled()
    response = await stop(house, entity_id="media_player.floor")
    assert set(response["players"]) == {kitchen.entity_id, bath.entity_id}
    await house.over(2)


# Satellites


async def test_a_satellite_alone_speaks_to_the_end(house: House) -> None:
    hall = await house.satellite(quick=False)
    await house.announce(LONG, hall.entity_id)
    await house.settled()
    await house.announce("One.", hall.entity_id)
    response = await stop(house, entity_id=hall.entity_id)
    told = response["players"][hall.entity_id]
    assert (response["stopped"], told["dropped"]) == (1, 1)
    assert (told["result"], told["cause"]) == ("goes_on", "satellite_cannot_stop")
    assert "speaks the announcement to its end" in told["error"]
    assert len(house.outcomes) == 1
    assert (await house.http.get(hall.device.urls[0])).status == 200
    await house.clock.pass_(3)
    await house.clock.pass_(3)
    hall.finished.set()
    outcome = await house.over(2)
    assert (outcome["message"], outcome["states"]) == (LONG, {hall.entity_id: "finished"})


async def test_a_satellite_is_stopped_by_the_player_of_its_device(house: House) -> None:
    owner = MockConfigEntry()
    owner.add_to_hass(house.hass)
    device = dr.async_get(house.hass).async_get_or_create(
        config_entry_id=owner.entry_id, identifiers={("test", "one")}
    )
    hall, speaker = await house.satellite(quick=False), await music_player(house, features=STOP)
    for entity in (hall, speaker):
        er.async_get(house.hass).async_update_entity(entity.entity_id, device_id=device.id)
    await house.announce(LONG, hall.entity_id)
    await house.clock.until(lambda: "started" in house.kinds, step=0.1)
    await house.settled()
    assert await stop(house) == {"stopped": 1, "players": {hall.entity_id: ended("stopped")}}
    assert ("stop", None) in speaker.told
    hall.finished.set()
    assert (await house.over())["states"] == {hall.entity_id: "stopped"}


async def test_a_satellite_that_has_nothing_yet_stays_silent(house: House) -> None:
    hall = await house.satellite(quick=False, fetches=False)
    call = house.hass.async_create_task(house.announce(LONG, hall.entity_id))
    await house.settled()
    response = await stop(house)
    assert response == {"stopped": 1, "players": {hall.entity_id: ended("stopped")}}
    await house.clock.until(call.done)
    assert house.outcomes[0]["causes"] == {hall.entity_id: "stopped_by_user"}


# What is repeated


async def heard(house: House, player: Player, times: int) -> None:
    """Wait until a player was given the audio so many times."""
    await house.clock.until(lambda: len(player.device.audio) >= times, step=0.2)
    await house.settled()


@pytest.mark.parametrize("moment", [1.0, 7.0])
async def test_what_is_repeated_is_repeated_no_more(house: House, moment: float) -> None:
    reader = await CaptionsReader.subscribe(house.socket)
    kitchen = await music_player(house, features=STOP)
    response = await house.announce(LONG, kitchen.entity_id, **UNTIL)
    await heard(house, kitchen, 2)
    await house.clock.pass_(moment)
    await house.clock.pass_(0.5)
    assert (await stop(house, announcement_id=response["id"]))["stopped"] == 1
    outcome = await house.over()
    assert (outcome["event_type"], outcome["acknowledged"]) == ("finished", False)
    assert outcome["times_spoken"] == 2
    await house.clock.pass_(60)
    assert len(kitchen.device.audio) == 2
    await reader.news()
    assert not reader.of(response["id"])[-1]["can_acknowledge"]


async def test_what_goes_on_at_a_satellite_is_not_repeated(house: House) -> None:
    reader = await CaptionsReader.subscribe(house.socket)
    hall = await house.satellite(quick=False)
    response = await house.announce(LONG, hall.entity_id, **UNTIL)
    await house.settled()
    assert (await stop(house))["players"][hall.entity_id]["result"] == "goes_on"
    await reader.news()
    assert not reader.of(response["id"])[-1]["can_acknowledge"]
    assert reader.players(response["id"])[hall.entity_id]["state"] in ("waiting", "playing")
    hall.finished.set()
    outcome = await house.over()
    assert (outcome["times_spoken"], outcome["acknowledged"]) == (1, False)
    await reader.news()
    assert not reader.of(response["id"])[-1]["can_acknowledge"]


async def test_stopping_it_at_one_player_ends_the_repetition_and_not_the_first_time(
    house: House,
) -> None:
    kitchen, bath = await music_player(house, features=STOP), await house.player("Bath")
    await house.play(bath, LONG, priority="high")
    response = await house.announce("Rain.", kitchen.entity_id, bath.entity_id, **UNTIL)
    assert state_of(house, response["id"], bath.entity_id) == "queued"
    await stop(house, entity_id=kitchen.entity_id)
    outcome = await house.over(2)
    assert outcome["message"] == "Rain."
    assert outcome["times_spoken"] == 1
    assert outcome["states"][bath.entity_id] == "finished"
    assert len(bath.device.audio) == 2


# Dashboards, and what others have spoken


async def test_dashboards_fall_silent_and_their_music_goes_on(
    house: House, hass_ws_client: WebSocketGenerator
) -> None:
    dashboards = Dashboards(house, hass_ws_client)
    hall = await dashboards.open()
    await dashboards.play(SONG)
    await hall.say("ready")
    await hall.say("playing", 0.1)
    await house.announce(LONG, DASHBOARD)
    await house.announce("One.", DASHBOARD)
    await hall.begin()
    await house.clock.pass_(1)
    await hall.say("playing", 1.0)
    assert await stop(house) == {"stopped": 2, "players": {DASHBOARD: ended("stopped", 1)}}
    await hall.listen()
    assert hall.wanted["announcement"] is None
    assert hall.wanted["media"]["state"] == "playing"
    await house.over(2)
    assert [item["states"] for item in house.outcomes] == [
        {DASHBOARD: "failed"},
        {DASHBOARD: "stopped"},
    ]


async def test_a_dashboard_that_is_loading_it_forgets_it(
    house: House, hass_ws_client: WebSocketGenerator
) -> None:
    hall = await Dashboards(house, hass_ws_client).open()
    await house.announce(LONG, DASHBOARD)
    await house.settled()
    await hall.listen()
    assert hall.wanted["announcement"]
    assert (await stop(house))["players"] == {DASHBOARD: ended("stopped")}
    await hall.listen()
    assert hall.wanted["announcement"] is None
    assert (await house.over())["causes"] == {DASHBOARD: "stopped_by_user"}


async def test_what_others_have_spoken_is_stopped_too(house: House) -> None:
    kitchen = await music_player(house, features=STOP)
    await house.hass.async_block_till_done()
    reader = await CaptionsReader.subscribe(house.socket)
    data = {
        "entity_id": kitchen.entity_id,
        "media_content_id": f"media-source://tts/{ENGINE}?message={LONG.replace(' ', '+')}",
        "media_content_type": "music",
    }
    await house.hass.services.async_call("media_player", "play_media", data, blocking=True)
    await house.clock.until(lambda: "started" in house.kinds, step=0.05)
    track = (await reader.tracks())[0]
    assert await stop(house, announcement_id=track["id"]) == {
        "stopped": 1,
        "players": {kitchen.entity_id: ended("stopped")},
    }
    assert ("stop", None) in kitchen.told
    assert (await house.over())["states"] == {kitchen.entity_id: "stopped"}


async def test_a_stop_without_an_answer_does_not_hold_it_up(house: House) -> None:
    class SlowPlayer(MusicPlayer):
        @override
        async def async_media_stop(self) -> None:
            await asyncio.Event().wait()

    kitchen = await music_player(house, features=STOP, kind=SlowPlayer)
    await house.announce(LONG, kitchen.entity_id)
    await house.clock.until(lambda: "started" in house.kinds)
    await house.settled()
    call = house.hass.async_create_task(stop(house))
    await house.clock.pass_(0)
    await house.clock.pass_(5.1)
    await house.clock.until(call.done)
    assert call.result()["players"][kitchen.entity_id]["result"] == "ended"
    await house.over()
