"""What a player tells counts only if it can concern our announcement."""

import logging

from homeassistant.components.media_player import MediaPlayerEntityFeature, MediaPlayerState
from homeassistant.components.media_source import async_resolve_media
from homeassistant.util import dt as dt_util
import pytest

from custom_components.elevenlabs_streaming.const import DOMAIN
from tests.helpers.music_player import music_player
from tests.helpers.players import House, Player

LONG = "The washing machine is done, and somebody should hang up the laundry in the garden now."
MUSIC = "http://radio/stream"


async def _begin(house: House, told: MediaPlayerState) -> Player:
    """Announce at a player that does not tell when it plays announcements, and let it begin."""
    kitchen = await house.player(tells=False)
    kitchen.tell(told, content=MUSIC)
    await house.announce(LONG, kitchen.entity_id)
    await house.settled()
    await house.clock.until(lambda: "started" in house.kinds, step=0.2)
    return kitchen


def _turn_up(kitchen: Player) -> None:
    kitchen._attr_volume_level = 0.7
    kitchen.async_write_ha_state()


@pytest.mark.parametrize(
    "told",
    [
        MediaPlayerState.PAUSED,
        MediaPlayerState.IDLE,
        MediaPlayerState.STANDBY,
        MediaPlayerState.ON,
        MediaPlayerState.OFF,
        MediaPlayerState.PLAYING,
    ],
)
async def test_a_player_that_announces_over_what_it_plays_is_heard_to_the_end(
    house: House, told: MediaPlayerState
) -> None:
    """As Sonos does, which stays in the state of its music."""
    kitchen = await _begin(house, told)
    began = house.clock()
    await house.clock.pass_(2.0)
    _turn_up(kitchen)
    outcome = await house.over()
    assert outcome["event_type"] == "finished"
    assert house.shown[-2].split()[-1] == "now."
    assert outcome["duration"] - 1 < house.clock() - began < outcome["duration"] + 60


async def test_the_next_one_waits_for_the_end_only(house: House) -> None:
    kitchen = await _begin(house, MediaPlayerState.PAUSED)
    _turn_up(kitchen)
    began = house.clock()
    await house.announce("Dinner is ready.", kitchen.entity_id)
    await house.over(2)
    assert len(kitchen.device.urls) == 2
    assert house.clock() - began < 60


async def test_a_player_that_sounds_late_is_waited_for(house: House) -> None:
    kitchen = await house.player(tells=False)
    await house.announce("Dinner is ready.", kitchen.entity_id)
    await house.settled()
    await house.clock.pass_(1.0)
    _turn_up(kitchen)
    assert not house.outcomes
    kitchen.tell(MediaPlayerState.PLAYING)
    await house.clock.pass_(0.2)
    assert not house.outcomes
    assert (await house.over())["event_type"] == "finished"


async def test_a_stop_of_our_own_sound_counts(house: House) -> None:
    kitchen = await _begin(house, MediaPlayerState.IDLE)
    kitchen.tell(MediaPlayerState.PLAYING)
    kitchen.tell(MediaPlayerState.IDLE)
    outcome = await house.over()
    assert outcome["players"] == [kitchen.entity_id]
    assert not any(cue.endswith("now.") for cue in house.shown)


async def test_a_time_without_a_zone_is_utc(house: House, caplog: pytest.LogCaptureFixture) -> None:
    kitchen = await _begin(house, MediaPlayerState.IDLE)
    kitchen._attr_state = MediaPlayerState.PLAYING
    kitchen._attr_media_position = 1
    kitchen._attr_media_position_updated_at = dt_util.utcnow().replace(tzinfo=None)
    kitchen.async_write_ha_state()
    assert (await house.over())["event_type"] == "finished"
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


@pytest.mark.parametrize(("priority", "longest"), [("high", 30), ("normal", 100)])
async def test_what_is_paused_gives_way(house: House, priority: str, longest: float) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    kitchen.tell(MediaPlayerState.PAUSED)
    began = house.clock()
    await house.announce("Dinner is ready.", kitchen.entity_id, priority=priority)
    await house.clock.until(lambda: len(kitchen.device.urls) == 2, step=0.2)
    assert house.clock() - began < longest
    await house.over(2)
    # What somebody has paused is said again after what interrupts it.
    assert len(kitchen.device.urls) == (3 if priority == "high" else 2)


async def test_what_waits_for_data_does_not_give_way(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    kitchen.tell(MediaPlayerState.BUFFERING)
    await house.announce("Dinner is ready.", kitchen.entity_id, priority="high")
    await house.clock.pass_(0.5)
    kitchen.tell(MediaPlayerState.PLAYING)
    assert (await house.over())["message"] == LONG
    await house.over(2)
    assert len(kitchen.device.urls) == 2


async def test_what_is_paused_waits_while_nothing_else_does(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    kitchen.tell(MediaPlayerState.PAUSED)
    await house.clock.pass_(300)
    assert not house.outcomes
    kitchen.tell(MediaPlayerState.PLAYING)
    assert (await house.over())["event_type"] == "finished"


async def _be_away(house: House, player: Player, seconds: float) -> None:
    """Let a player be unavailable for a while, as in a poor wireless network."""
    state = player._attr_state
    player._attr_available = False
    player.async_write_ha_state()
    await house.clock.pass_(seconds)
    player._attr_available, player._attr_state = True, state
    player.async_write_ha_state()


async def test_a_player_that_is_away_for_a_moment_goes_on(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    await house.announce("Dinner is ready.", kitchen.entity_id)
    await _be_away(house, kitchen, 0.6)
    await house.over(2)
    assert [one["event_type"] for one in house.outcomes] == ["finished", "finished"]
    assert "in the garden now." in " ".join(house.shown)
    assert len(kitchen.device.urls) == 2


async def test_a_player_that_is_away_when_its_turn_comes_is_waited_for(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    await house.announce("Dinner is ready.", kitchen.entity_id)
    kitchen.tell(MediaPlayerState.IDLE)
    await _be_away(house, kitchen, 5.0)
    await house.over(2)
    assert [one["event_type"] for one in house.outcomes] == ["finished", "finished"]


async def test_the_end_of_the_audio_is_no_end_while_the_player_is_away(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, "Dinner is ready.")
    kitchen._attr_available = False
    kitchen.async_write_ha_state()
    outcome = await house.over()
    assert outcome["causes"] == {kitchen.entity_id: "player_became_unavailable"}


async def test_one_that_fetches_too_late_is_refused(house: House) -> None:
    """Otherwise two announcements would sound together."""
    kitchen = await house.player(fetches=False)
    response = await house.announce(LONG, kitchen.entity_id)
    media_id = f"media-source://{DOMAIN}/{response['id']}/{kitchen.entity_id}"
    found = await async_resolve_media(house.hass, media_id, kitchen.entity_id)
    kitchen.fetches = True
    await house.announce("Dinner is ready.", kitchen.entity_id)
    await house.clock.until(lambda: kitchen.device.audio, step=0.5)
    assert house.outcomes[0]["causes"] == {kitchen.entity_id: "player_not_started"}
    assert (await house.http.get(found.url)).status == 404
    await house.over(2)


@pytest.mark.parametrize("natively", [False, True])
async def test_players_that_sound_together_are_one(house: House, natively: bool) -> None:
    features = MediaPlayerEntityFeature.GROUPING
    if natively:
        features |= MediaPlayerEntityFeature.MEDIA_ANNOUNCE
    one = await music_player(house, "One", features=features)
    other = await music_player(house, "Other", features=features)
    for player in (one, other):
        player._attr_group_members = [one.entity_id, other.entity_id]
        player.async_write_ha_state()
    await house.announce(LONG, one.entity_id)
    await house.settled()
    await house.announce("Dinner is ready.", other.entity_id)
    await house.clock.pass_(0.5)
    assert len(other.told) == natively
    await house.announce("It gets cold.", one.entity_id, other.entity_id)
    await house.over(3)
    calls = [kind for player in (one, other) for kind, _ in player.told]
    assert calls == ["announce"] * (4 if natively else 3)


async def test_all_tell_the_end_at_each_player(house: House) -> None:
    hall, kitchen = await house.satellite(), await house.player()
    waiting = house.hass.async_create_task(
        house.announce(LONG, hall.entity_id, kitchen.entity_id, wait=True)
    )
    outcome = await house.over()
    response = await waiting
    assert outcome["states"] == {hall.entity_id: "stopped", kitchen.entity_id: "finished"}
    assert outcome["states"] == {who: told["state"] for who, told in response["players"].items()}
