"""Volume and music are as before when an announcement is over."""

import asyncio
from datetime import timedelta
from typing import Any, override

from homeassistant.components.media_player import MediaPlayerEntityFeature, MediaPlayerState
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
import voluptuous as vol

from custom_components.elevenlabs_streaming.announcements import async_setup_announcer
from custom_components.elevenlabs_streaming.const import DOMAIN
from tests.helpers.music_player import SONG, MusicPlayer, enable_number, music_player
from tests.helpers.players import House, restart

TEXT = "The laundry is done."
NATIVE = MediaPlayerEntityFeature.MEDIA_ANNOUNCE


async def finished(house: House, player: MusicPlayer, count: int = 1) -> None:
    """Let a player come to the end of an announcement, and all that follows happen."""
    await house.clock.until(lambda: len(house.outcomes) >= count - 1)
    await house.settled()
    player.finish()
    await house.over(count)
    await house.hass.async_block_till_done(wait_background_tasks=True)


async def test_the_volume_is_set_first_and_restored(house: House) -> None:
    player = await music_player(house)
    response = await house.announce(TEXT, player.entity_id, volume=0.6)
    assert response["players"][player.entity_id]["volume"] == 0.6
    await finished(house, player)
    assert player.told == [("volume", 0.6), ("announce", None), ("volume", 0.3)]


@pytest.mark.parametrize(
    ("volume", "level"), [("+0.1", 0.4), ("-0.2", 0.1), (-0.2, 0.1), ("+0.9", 1.0), ("-0.9", 0.0)]
)
async def test_a_change_is_relative_to_the_players_own(
    house: House, volume: Any, level: float
) -> None:
    player = await music_player(house)
    await house.announce(TEXT, player.entity_id, volume=volume)
    await finished(house, player)
    assert player.levels == [level, 0.3]


@pytest.mark.parametrize("volume", [1.1, "-2", "loud", True, "nan", [0.5]])
async def test_what_is_no_volume_is_refused(house: House, volume: Any) -> None:
    player = await music_player(house)
    with pytest.raises(vol.Invalid):
        await house.announce(TEXT, player.entity_id, volume=volume)
    assert player.told == []


async def test_several_in_a_row_go_back_to_what_was_before_the_first(house: House) -> None:
    player = await music_player(house)
    await house.announce("One.", player.entity_id, volume=0.6)
    await house.announce("Two.", player.entity_id, volume="+0.2")
    await house.announce("Three.", player.entity_id)
    for count in (1, 2):
        await finished(house, player, count)
    assert player.levels == [0.6, 0.5, 0.3]
    await finished(house, player, 3)
    assert player.levels == [0.6, 0.5, 0.3, 0.3]


async def test_a_volume_that_somebody_changes_stays_theirs(house: House) -> None:
    player = await music_player(house)
    await house.announce(TEXT, player.entity_id, volume=0.6)
    await house.settled()
    player.turn_to(0.8)
    await finished(house, player)
    assert player.levels == [0.6]


async def test_a_players_rounding_is_no_change(house: House) -> None:
    player = await music_player(house)
    await house.announce(TEXT, player.entity_id, volume=0.63)
    await house.settled()
    player.turn_to(0.65)
    await finished(house, player)
    assert player.levels == [0.63, 0.3]


async def test_it_is_restored_after_a_failure(house: House) -> None:
    player = await music_player(house, failure=HomeAssistantError("broken"))
    response = await house.announce(TEXT, player.entity_id, volume=0.6)
    assert response["players"][player.entity_id]["state"] == "failed"
    await house.hass.async_block_till_done(wait_background_tasks=True)
    assert player.levels == [0.6, 0.3]


async def test_it_is_restored_after_a_critical_one_cut_in(house: House) -> None:
    player = await music_player(house)
    await house.announce("One.", player.entity_id, volume=0.6)
    await house.settled()
    await house.announce("Fire!", player.entity_id, volume=1, priority="critical")
    for count in (1, 2):
        await finished(house, player, count)
    assert player.levels == [0.6, 1.0, 0.6, 0.3]


async def test_a_player_without_a_volume_speaks(house: House) -> None:
    player = await music_player(house, lacks=MediaPlayerEntityFeature.VOLUME_SET)
    response = await house.announce(TEXT, player.entity_id, volume=0.6)
    assert response["players"][player.entity_id]["volume"] is None
    await finished(house, player)
    assert player.told == [("announce", None)]
    assert house.kinds == ["started", "finished"]


async def test_a_volume_that_fails_does_not_keep_it_silent(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = await music_player(house)

    async def fail(volume: float) -> None:
        raise HomeAssistantError("no")

    monkeypatch.setattr(player, "async_set_volume_level", fail)
    response = await house.announce(TEXT, player.entity_id, volume=0.6)
    assert response["players"][player.entity_id]["volume"] is None
    await finished(house, player)
    assert house.kinds == ["started", "finished"]


@pytest.mark.parametrize(
    ("platform", "extra"),
    [
        ("sonos", {"volume": 60}),
        ("music_assistant", {"use_pre_announce": False, "announce_volume": 60}),
        ("bang_olufsen", {"overlay_absolute_volume": 60}),
        ("squeezebox", {"announce_volume": 0.6}),
    ],
)
async def test_some_are_told_the_volume_natively(
    house: House, platform: str, extra: dict[str, Any]
) -> None:
    player = await music_player(house, features=NATIVE, platform=platform)
    await house.announce(TEXT, player.entity_id, volume=0.6)
    await finished(house, player)
    assert player.extras == [extra]
    assert player.levels == []


async def test_music_goes_on_where_it_was(house: House) -> None:
    player = await music_player(house)
    player.play_music(42)
    response = await house.announce(TEXT, player.entity_id, wait=False)
    assert response["players"][player.entity_id]["resumed"] is None
    await finished(house, player)
    assert player.told == [("announce", None), ("play", SONG), ("seek", 42)]
    assert player.state == MediaPlayerState.PLAYING


async def test_music_does_not_become_louder_for_a_moment(house: House) -> None:
    player = await music_player(house, features=MediaPlayerEntityFeature.PAUSE)
    player.play_music()
    await house.announce(TEXT, player.entity_id, volume=0.6)
    await finished(house, player)
    assert player.told == [
        ("pause", None),
        ("volume", 0.6),
        ("announce", None),
        ("volume", 0.3),
        ("play", SONG),
        ("seek", 42),
    ]


async def test_the_response_tells_that_it_goes_on(house: House) -> None:
    player = await music_player(house)
    player.play_music()
    waiting = house.hass.async_create_task(house.announce(TEXT, player.entity_id, wait=True))
    await house.clock.until(lambda: player.told)
    await finished(house, player)
    assert (await waiting)["players"][player.entity_id]["resumed"] is True


async def test_the_response_tells_that_it_does_not(house: House) -> None:
    player = await music_player(house)
    player.play_music(content=None)
    waiting = house.hass.async_create_task(house.announce(TEXT, player.entity_id, wait=True))
    await house.clock.until(lambda: player.told)
    await finished(house, player)
    assert (await waiting)["players"][player.entity_id]["resumed"] is False


async def test_a_source_is_selected_again(house: House) -> None:
    player = await music_player(house)
    player._attr_source = "TV"
    player.play_music(content=None)
    await house.announce(TEXT, player.entity_id)
    await finished(house, player)
    assert player.told == [("announce", None), ("source", "TV")]


async def test_music_waits_for_all_announcements(house: House) -> None:
    player = await music_player(house)
    player.play_music()
    await house.announce("One.", player.entity_id)
    await house.announce("Two.", player.entity_id)
    for count in (1, 2):
        await finished(house, player, count)
    assert [kind for kind, _ in player.told] == ["announce", "announce", "play", "seek"]


async def test_what_somebody_starts_meanwhile_stays(house: House) -> None:
    player = await music_player(house)
    player.play_music()
    await house.announce(TEXT, player.entity_id)
    await house.settled()
    player.play_music(0, "http://radio.test/other.mp3")
    await house.over()
    await house.hass.async_block_till_done(wait_background_tasks=True)
    assert player.told == [("announce", None)]


async def test_the_next_announcement_does_not_wait_for_the_music(house: House) -> None:
    player = await music_player(house, takes_music=False)
    player.play_music()
    await house.announce("One.", player.entity_id)
    await house.settled()
    player.finish()
    await house.over()
    await house.clock.until(lambda: ("play", SONG) in player.told)
    await house.announce("Two.", player.entity_id)
    assert [kind for kind, _ in player.told] == ["announce", "play", "announce"]
    player.takes_music = True
    await finished(house, player, 2)
    assert [kind for kind, _ in player.told[3:]] == ["play", "seek"]


async def test_a_player_that_is_slow_to_tell_its_end_is_waited_for(house: House) -> None:
    player = await music_player(house)
    player.play_music()
    await house.announce(TEXT, player.entity_id)
    await house.over()
    await house.clock.pass_(0.5)
    assert player.told == [("announce", None)]
    player.finish()
    await house.hass.async_block_till_done(wait_background_tasks=True)
    assert player.told == [("announce", None), ("play", SONG), ("seek", 42)]


async def test_players_that_announce_natively_are_left_to_it(house: House) -> None:
    player = await music_player(house, features=NATIVE)
    player.play_music()
    await house.announce(TEXT, player.entity_id)
    await finished(house, player)
    assert player.told == [("announce", None)]


async def test_music_of_those_that_announce_natively_is_not_paused(house: House) -> None:
    kitchen = await music_player(house, features=NATIVE | MediaPlayerEntityFeature.PAUSE)
    kitchen.play_music()
    await house.announce(TEXT, kitchen.entity_id, volume=0.6)
    await house.over()
    await house.clock.until(lambda: len(kitchen.levels) > 1, step=0.1)
    assert kitchen.levels == [0.6, 0.3]
    assert {what for what, _ in kitchen.told} == {"volume", "announce"}


async def test_members_of_a_group_are_restored(house: House) -> None:
    one, other = await music_player(house, "One"), await music_player(house, "Other", level=0.5)
    group = "media_player.both"
    house.hass.states.async_set(group, "idle", {"entity_id": [one.entity_id, other.entity_id]})
    await house.announce(TEXT, group, volume="+0.1")
    assert (one.levels[0], other.levels[0]) == (0.4, 0.6)
    await house.hass.async_block_till_done(wait_background_tasks=True)
    await house.over()
    await house.hass.async_block_till_done(wait_background_tasks=True)
    assert (one.levels, other.levels) == ([0.4, 0.3], [0.6, 0.5])


@pytest.mark.parametrize("age", [10, 3600])
async def test_a_restart_brings_all_back(
    house: House, hass_storage: dict[str, Any], age: int
) -> None:
    player = await music_player(house)
    player.turn_to(0.6)
    taken_at = (dt_util.utcnow() - timedelta(seconds=age)).timestamp()
    media = {
        "media_id": SONG, "media_type": "music", "source": None, "position": 42.0, "shuffle": None
    }  # fmt: skip
    stored = {"taken_at": taken_at, "volume": 0.3, "announced_at": 0.6, "media": media}
    hass_storage[f"{DOMAIN}.snapshots"] = {"version": 1, "data": {player.entity_id: stored}}
    await async_setup_announcer(house.hass)
    await house.hass.async_block_till_done(wait_background_tasks=True)
    is_recent = age < 600
    music = [("play", SONG), ("seek", 42)] if is_recent else []
    assert player.told == [("volume", 0.3), *music]


@pytest.mark.parametrize("expected_lingering_timers", [True])
@pytest.mark.parametrize("step", ["volume", "called", "fetched", "sounding", "queued"])
async def test_home_assistant_may_restart_at_any_step(
    house: House, hass_storage: dict[str, Any], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    player = await music_player(house, fetches=step != "called", tells=step != "fetched")
    player.play_music()
    turn_up = player.async_set_volume_level
    if step == "volume":

        async def hang(volume: float) -> None:
            await turn_up(volume)
            await asyncio.Event().wait()

        monkeypatch.setattr(player, "async_set_volume_level", hang)
    announcing = house.hass.async_create_task(house.announce(TEXT, player.entity_id, volume=0.6))
    await house.clock.until(lambda: player.levels == [0.6])
    if step in ("fetched", "sounding", "queued"):
        await house.settled()
    if step == "queued":
        await house.announce("Dinner is ready.", player.entity_id, volume=0.8)
    await house.socket.close()
    if step == "volume":
        monkeypatch.setattr(player, "async_set_volume_level", turn_up)
    await restart(house, player)
    await house.hass.async_block_till_done(wait_background_tasks=True)
    assert player.told[-3:] == [("volume", 0.3), ("play", SONG), ("seek", 42)]
    assert hass_storage[f"{DOMAIN}.snapshots"]["data"].keys() <= {player.entity_id}
    announcing.cancel()


async def test_a_damaged_store_is_left_out(
    house: House, hass_storage: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    player = await music_player(house)
    damaged = {player.entity_id: {"volume": 0.3}, "media_player.other": 7}
    hass_storage[f"{DOMAIN}.snapshots"] = {"version": 1, "data": damaged}
    await async_setup_announcer(house.hass)
    await house.hass.async_block_till_done(wait_background_tasks=True)
    assert player.told == []
    assert caplog.text.count("before an announcement is lost") == 2


async def test_it_is_on_the_disk_before_the_volume_changes(
    house: House, hass_storage: dict[str, Any]
) -> None:
    player = await music_player(house)
    player.play_music()
    await house.announce(TEXT, player.entity_id, volume=0.6)
    stored = hass_storage[f"{DOMAIN}.snapshots"]["data"][player.entity_id]
    assert (stored["volume"], stored["announced_at"]) == (0.3, 0.6)
    assert stored["media"]["media_id"] == SONG
    await finished(house, player)


async def test_a_player_has_a_usual_volume(house: House) -> None:
    player = await music_player(house)
    await house.announce("One.", player.entity_id)
    await finished(house, player)
    assert player.levels == []
    await enable_number(house, "number.announcement_volume_of_kitchen", 70)
    await house.announce("Two.", player.entity_id)
    await finished(house, player, 2)
    assert player.levels == [0.7, 0.3]
    await house.announce("Three.", player.entity_id, volume=0.5)
    await finished(house, player, 3)
    assert player.levels == [0.7, 0.3, 0.5, 0.3]


async def test_a_number_that_is_disabled_has_no_effect(house: House) -> None:
    player = await music_player(house)
    await house.announce("One.", player.entity_id)
    await finished(house, player)
    number = "number.announcement_volume_of_kitchen"
    await enable_number(house, number, 70)
    registry = er.async_get(house.hass)
    registry.async_update_entity(number, disabled_by=er.RegistryEntryDisabler.USER)
    await house.hass.async_block_till_done()
    await house.announce("Two.", player.entity_id)
    await finished(house, player, 2)
    assert player.levels == []


class MusicAssistantPlayer(MusicPlayer):
    """It refuses an announcement while another is in progress, and for a moment after a stop."""

    in_progress = 0

    @override
    async def async_play_media(self, media_type: Any, media_id: str, **kwargs: Any) -> None:
        """Refuse, or announce."""
        if self.in_progress:
            self.in_progress -= self.told[-1][0] in ("stop", "refuse")
            self.told.append(("refuse", None))
            raise HomeAssistantError("An announcement is already in progress")
        self.in_progress = 2
        await super().async_play_media(media_type, media_id, **kwargs)


@pytest.mark.parametrize(("platform", "is_stopped"), [("music_assistant", True), ("sonos", False)])
async def test_a_critical_one_stops_what_would_keep_it_waiting(
    house: House, platform: str, *, is_stopped: bool
) -> None:
    features = NATIVE | MediaPlayerEntityFeature.STOP
    kind = MusicAssistantPlayer if is_stopped else MusicPlayer
    player = await music_player(house, kind=kind, features=features, platform=platform)
    await house.play(player, f"{TEXT} {TEXT} {TEXT}")
    await house.announce("Fire in the cellar.", player.entity_id, priority="critical")
    await house.clock.until(lambda: len(player.device.audio) > 1, step=0.1)
    told = [what for what, _ in player.told]
    refused = ["stop", "refuse", "refuse"] if is_stopped else []
    assert told == ["announce", *refused, "announce"]
    assert "failed" not in house.kinds


async def test_two_at_once_have_their_own_volumes(house: House) -> None:
    player = await music_player(house)
    await house.announce(TEXT, player.entity_id, volume=0.6)
    await house.announce("Dinner is ready.", player.entity_id, volume=0.9)
    await house.settled()
    player.finish()
    await finished(house, player, 2)
    assert player.told == [
        ("volume", 0.6),
        ("announce", None),
        ("volume", 0.9),
        ("announce", None),
        ("volume", 0.3),
    ]
    assert [outcome["event_type"] for outcome in house.outcomes] == ["finished", "finished"]


async def test_a_player_that_goes_away_between_volume_and_sound_is_restored_when_it_is_back(
    house: House,
) -> None:
    player = await music_player(house, fetches=False)
    await house.announce(TEXT, player.entity_id, volume=0.6)
    assert player.levels == [0.6]
    player._attr_available = False
    player.async_write_ha_state()
    outcome = await house.over(step=1.0)
    assert outcome["event_type"] == "failed"
    assert player.levels == [0.6]
    player._attr_available = True
    player.async_write_ha_state()
    await house.clock.until(lambda: len(player.levels) > 1, step=0.2)
    assert player.levels == [0.6, 0.3]


async def test_a_group_whose_leader_is_away_is_an_error_that_names_it(house: House) -> None:
    leader = await music_player(house, "Leader", available=False)
    member = await music_player(house, "Member")
    together = [leader.entity_id, member.entity_id]
    for player in (leader, member):
        player._attr_group_members = together
        player.async_write_ha_state()
    response = await house.announce(TEXT, *together, volume=0.6)
    await finished(house, member)
    assert response["players"][leader.entity_id]["error"] == "The player is unavailable."
    assert house.outcomes[-1]["states"][member.entity_id] == "finished"
    assert member.levels == [0.6, 0.3]
