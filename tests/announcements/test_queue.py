"""Announcements at one player wait for each other, whatever happens meanwhile."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
import itertools
import random
from typing import Any, override

from homeassistant.components import tts
from homeassistant.components.media_player import DATA_COMPONENT, MediaPlayerState
from homeassistant.components.media_source import Unresolvable, async_resolve_media
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import chat_session, device_registry as dr, entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.util.async_ import get_scheduled_timer_handles
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator
import voluptuous as vol

from custom_components.elevenlabs_streaming.announcements import (
    SIGNAL_ANNOUNCEMENT,
    Announcement,
    announcer,
    async_setup_announcer,
)
from custom_components.elevenlabs_streaming.announcements.queue import MOST_WAITING
from custom_components.elevenlabs_streaming.const import DOMAIN
from simulator import Behaviour
from tests.helpers.dashboards import PLAYER as DASHBOARD, Dashboards
from tests.helpers.home import ENGINE, SARAH, fragments, hear_growing, make_entry, set_up
from tests.helpers.players import House, Player, restart

LONG = "The laundry is done. Please come down and fold it before dinner, will you?"
FIRE = "Fire in the cellar, leave the house."
STORED = f"{DOMAIN}.queue"
CALLS = f"{DOMAIN} calls "
TIMERS = (" Queue.", " Wakeup.")
# Home Assistant's own parts do not expect that anything is spoken after it has stopped.
AFTER_A_STOP = pytest.mark.parametrize("expected_lingering_timers", [True])
NUMBERS = ("One.", "Two.", "Three.", "Four.", "Five.")


def told(house: House, kind: str = "started") -> list[str]:
    """Return the texts of which an event was told, in order."""
    return [item["message"] for item in house.happened if item["event_type"] == kind]


def state_of(response: dict[str, Any], player: Player | str) -> str:
    """Return what a response says of a player."""
    entity = player if isinstance(player, str) else player.entity_id
    return str(response["players"][entity]["state"])


def made(house: House) -> list[str]:
    """Return what ElevenLabs was asked to speak, in order."""
    return [generation.text.strip() for generation in house.simulator.journal.generations]


def is_silent(house: House) -> bool:
    """Return whether all announcements are over."""
    return all(tracker.done.is_set() for tracker in announcer(house.hass).registry)


def kept(house: House) -> set[str]:
    """Return the IDs of the announcements that are known."""
    return {tracker.announcement.announcement_id for tracker in announcer(house.hass).registry}


async def nothing_is_left(house: House) -> None:
    """Make sure that nobody waits, nobody is called and no timer runs."""
    await house.clock.pass_(0)
    assert is_silent(house)
    assert await clear(house) == 0
    timers = get_scheduled_timer_handles(house.hass.loop)
    running = [repr(timer) for timer in timers if not timer.cancelled()]
    assert not [timer for timer in running if any(name in timer for name in TIMERS)]
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith(CALLS)]


async def clear(house: House, **target: Any) -> Any:
    """Clear the queue; returns how many were dropped."""
    response = await house.hass.services.async_call(
        DOMAIN, "clear_queue", target, blocking=True, return_response=True
    )
    assert response
    return response["dropped"]


# Order


async def test_announcements_at_one_player_are_heard_in_order(house: House) -> None:
    kitchen = await house.player()
    responses = [await house.announce(text, kitchen.entity_id) for text in NUMBERS]
    assert [state_of(one, kitchen) for one in responses[1:]] == ["queued"] * 4
    await house.over(5)
    assert told(house) == told(house, "finished") == list(NUMBERS)
    assert house.kinds == ["started", "finished"] * 5
    assert len(kitchen.device.urls) == 5
    await nothing_is_left(house)


async def test_the_next_is_made_while_one_sounds_and_no_other(house: House) -> None:
    kitchen = await house.player()
    for text in (LONG, *NUMBERS):
        await house.announce(text, kitchen.entity_id)
    await house.settled()
    assert made(house) == [LONG, NUMBERS[0]]
    assert len(kitchen.device.urls) == 1
    await house.over(1)
    await house.settled()
    assert made(house)[:3] == [LONG, *NUMBERS[:2]]


async def test_plain_speak_waits_in_the_same_line(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    await house.speak("One.", kitchen.entity_id)
    await house.announce("Two.", kitchen.entity_id)
    assert len(kitchen.device.urls) == 1
    await house.over(3)
    assert told(house) == [LONG, "One.", "Two."]


async def test_free_players_do_not_wait_for_busy_ones(house: House) -> None:
    kitchen, bath = await house.player(), await house.player("Bath")
    await house.play(kitchen, LONG)
    response = await house.announce("Dinner.", kitchen.entity_id, bath.entity_id)
    assert state_of(response, kitchen) == "queued"
    assert state_of(response, bath) != "queued"
    await house.settled()
    assert (len(kitchen.device.urls), len(bath.device.urls)) == (1, 1)
    outcome = await house.over(2)
    assert (outcome["message"], outcome["errors"]) == ("Dinner.", {})
    assert house.kinds.count("started") == 2
    assert made(house) == [LONG, "Dinner."]
    assert kitchen.device.audio[1] == bath.device.audio[0]


async def test_wait_lasts_until_the_turn_has_come_and_gone(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    call = house.hass.async_create_task(house.announce("One.", kitchen.entity_id, wait=True))
    await house.settled()
    assert not call.done()
    await house.clock.until(call.done, step=0.2)
    assert state_of(call.result(), kitchen) == "finished"
    assert house.kinds == ["started", "finished"] * 2


async def test_an_automation_hears_of_no_error_where_it_only_waits(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    data = {"message": "One.", "entity_id": kitchen.entity_id}
    await house.hass.services.async_call(DOMAIN, "announce", data, blocking=True)
    await house.speak("Two.", kitchen.entity_id)
    kitchen.failure = HomeAssistantError("The fuse is blown.")
    await house.over(3)
    assert house.kinds == ["started", "finished", "failed", "failed"]


async def test_a_cancelled_call_leaves_what_waits_alone(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    call = house.hass.async_create_task(house.announce("One.", kitchen.entity_id, wait=True))
    await house.clock.pass_(0)
    call.cancel()
    await asyncio.wait([call])
    await house.over(2)
    assert told(house, "finished") == [LONG, "One."]


# Priorities


async def test_the_more_urgent_goes_first(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    for text, priority in zip(NUMBERS, ("low", "normal", "high", "normal", "high"), strict=True):
        await house.announce(text, kitchen.entity_id, priority=priority)
    await house.over(6)
    assert told(house) == [LONG, "Three.", "Five.", "Two.", "Four.", "One."]


async def test_a_critical_one_breaks_off_what_is_said_afterwards(house: House) -> None:
    kitchen = await house.player()
    first = await house.play(kitchen, LONG)
    await house.announce("One.", kitchen.entity_id)
    await house.socket.send_json_auto_id({"type": f"{DOMAIN}/captions/subscribe"})
    fire = await house.announce(FIRE, kitchen.entity_id, priority="critical")
    assert state_of(fire, kitchen) != "queued"
    await house.settled()
    old, new = kitchen.device.urls
    assert (await house.http.get(old)).status == 404
    assert (await house.http.get(new)).status == 200
    broken = announcer(house.hass).registry.find(first["id"])
    assert broken
    now = house.hass.loop.time()
    at_player = broken.players(now)[kitchen.entity_id]
    assert [at_player[key] for key in ("state", "place", "position")] == ["queued", 1, None]
    await house.over(3)
    assert told(house) == [LONG, FIRE, "One."]
    assert told(house, "finished") == [FIRE, LONG, "One."]
    assert kitchen.device.audio[0] == kitchen.device.audio[2]
    assert sorted(made(house)) == sorted([LONG, FIRE, "One."])
    await nothing_is_left(house)


async def test_what_was_broken_off_is_not_given_to_a_player_that_comes_late(
    house: House,
) -> None:
    kitchen = await house.player()
    first = await house.play(kitchen, LONG)
    await house.announce(FIRE, kitchen.entity_id, priority="critical")
    media_id = f"media-source://{DOMAIN}/{first['id']}/{kitchen.entity_id}"
    with pytest.raises(Unresolvable):
        await async_resolve_media(house.hass, media_id, kitchen.entity_id)
    await house.over(2)


class StubbornPlayer(Player):
    """A player that fails when its call is withdrawn."""

    @override
    async def async_play_media(self, media_type: Any, media_id: str, **kwargs: Any) -> None:
        if self.hangs:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError as err:
                raise HomeAssistantError("The fuse is blown.") from err
        await super().async_play_media(media_type, media_id, **kwargs)


async def test_a_cancelled_call_that_fails_tells_nothing(house: House) -> None:
    kitchen = StubbornPlayer("Kitchen", house.device({}), hangs=True)
    await house.hass.data[DATA_COMPONENT].async_add_entities([kitchen])
    call = house.hass.async_create_task(house.announce(LONG, kitchen.entity_id))
    await house.settled()
    kitchen.hangs = False
    await house.announce(FIRE, kitchen.entity_id, priority="critical")
    await house.over(2)
    assert told(house, "finished") == [FIRE, LONG]
    await call


async def test_critical_ones_wait_for_each_other(house: House) -> None:
    kitchen = await house.player()
    await house.announce(FIRE, kitchen.entity_id, priority="critical")
    second = await house.announce("Flood.", kitchen.entity_id, priority="critical")
    assert state_of(second, kitchen) == "queued"
    await house.over(2)
    assert told(house, "finished") == [FIRE, "Flood."]
    assert len(kitchen.device.urls) == 2


async def test_a_critical_one_breaks_off_only_where_it_is_heard(house: House) -> None:
    kitchen, bath = await house.player(), await house.player("Bath")
    await house.announce(LONG, kitchen.entity_id, bath.entity_id)
    await house.clock.until(lambda: "started" in house.kinds)
    await house.settled()
    await house.announce(FIRE, kitchen.entity_id, priority="critical")
    outcome = await house.over(2)
    assert (len(kitchen.device.urls), len(bath.device.urls)) == (3, 1)
    assert (outcome["message"], outcome["errors"]) == (LONG, {})
    assert house.kinds.count("started") == 2


async def test_a_critical_one_at_a_satellite_that_speaks(house: House) -> None:
    hall = await house.satellite(quick=False)
    await house.announce(LONG, hall.entity_id)
    await house.announce(FIRE, hall.entity_id, priority="critical")
    hall.finished.set()
    outcome = await house.over(2)
    assert (len(hall.device.urls), outcome["errors"]) == (3, {})
    assert told(house, "finished") == [FIRE, LONG]


async def test_a_critical_one_that_comes_while_a_player_is_called(house: House) -> None:
    kitchen = await house.player(hangs=True)
    call = house.hass.async_create_task(house.announce(LONG, kitchen.entity_id))
    await house.settled()
    kitchen.hangs = False
    await house.announce(FIRE, kitchen.entity_id, priority="critical")
    await house.over(2)
    assert told(house, "finished") == [FIRE, LONG]
    assert len(kitchen.device.urls) == 2
    assert call.done()


async def test_dashboards_break_off_at_once(
    house: House, hass_ws_client: WebSocketGenerator
) -> None:
    dashboards = Dashboards(house, hass_ws_client)
    hall = await dashboards.open()
    first = await house.announce(LONG, DASHBOARD)
    await house.settled()
    await hall.begin()
    fire = await house.announce(FIRE, DASHBOARD, priority="critical")
    await dashboards.given(hall, fire["id"])
    await hall.begin()
    await hall.say("ended", 2.5)
    await dashboards.given(hall, first["id"])
    await hall.begin()
    await hall.say("ended", 4.5)
    await house.over(2)
    assert told(house) == [LONG, FIRE]
    assert told(house, "finished") == [FIRE, LONG]


async def test_stopping_the_dashboards_forgets_what_waits_there(
    house: House, hass_ws_client: WebSocketGenerator
) -> None:
    dashboards = Dashboards(house, hass_ws_client)
    hall, kitchen = await dashboards.open(), await house.player()
    await house.announce(LONG, DASHBOARD)
    await house.settled()
    await hall.begin()
    await house.announce("One.", DASHBOARD, kitchen.entity_id)
    await dashboards.call("media_stop")
    await house.over(2)
    assert len(kitchen.device.urls) == 1
    (error,) = house.outcomes[-1]["errors"].values()
    assert "queue was cleared" in error
    assert house.outcomes[-1]["players"] == [DASHBOARD, kitchen.entity_id]


# Time to live


@pytest.mark.parametrize("way", [10, "00:00:10", {"seconds": 10}, timedelta(seconds=10)])
async def test_what_has_waited_too_long_is_never_spoken(house: House, way: Any) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    await house.announce("Before.", kitchen.entity_id)
    kitchen.tell(MediaPlayerState.PAUSED)
    call = house.hass.async_create_task(
        house.announce("One.", kitchen.entity_id, time_to_live=way, wait=True)
    )
    await house.settled()
    await house.clock.pass_(9)
    assert not call.done()
    await house.clock.pass_(1.1)
    await house.clock.until(call.done)
    assert state_of(call.result(), kitchen) == "failed"
    assert "time to live" in call.result()["players"][kitchen.entity_id]["error"]
    (outcome,) = house.outcomes
    assert (outcome["event_type"], outcome["message"], outcome["error"]) == (
        "failed",
        "One.",
        "expired",
    )
    assert (outcome["credits"], outcome["players"]) == (0, [kitchen.entity_id])
    kitchen.tell(MediaPlayerState.PLAYING)
    await house.over(3)
    assert made(house) == [LONG, "Before."]
    assert len(kitchen.device.urls) == 2
    await nothing_is_left(house)


async def test_it_expires_on_the_tick_and_not_before(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    kitchen.tell(MediaPlayerState.PAUSED)
    clock = house.clock
    real, now = clock._real, clock._real()
    clock._real = lambda: now
    await house.announce("One.", kitchen.entity_id, time_to_live=10)
    await clock.pass_(9.99)
    assert not house.outcomes
    await clock.pass_(0.01)
    assert [item["error"] for item in house.outcomes] == ["expired"]
    clock._real = real


async def test_now_or_never(house: House) -> None:
    kitchen = await house.player()
    await house.announce(LONG, kitchen.entity_id, time_to_live=0)
    never = await house.announce("One.", kitchen.entity_id, time_to_live=0)
    assert state_of(never, kitchen) == "failed"
    with pytest.raises(HomeAssistantError, match="time to live"):
        await house.hass.services.async_call(
            DOMAIN,
            "announce",
            {"message": "Two.", "entity_id": kitchen.entity_id, "time_to_live": 0},
            blocking=True,
        )
    await house.over(3)
    assert told(house, "finished") == [LONG]


async def test_what_was_broken_off_may_expire(house: House) -> None:
    kitchen = await house.player()
    await house.announce("One.", kitchen.entity_id, time_to_live=5)
    await house.clock.until(lambda: house.kinds)
    await house.announce(LONG, kitchen.entity_id, priority="critical")
    await house.over(2)
    assert told(house, "failed") == ["One."]
    assert [item["error"] for item in house.outcomes] == ["expired", None]
    assert len(kitchen.device.urls) == 2


async def test_where_it_was_heard_it_has_not_failed(house: House) -> None:
    kitchen, bath = await house.player(), await house.player("Bath")
    await house.play(kitchen, LONG)
    await house.announce("One.", kitchen.entity_id, bath.entity_id, time_to_live=1)
    await house.over(2)
    one = next(item for item in house.outcomes if item["message"] == "One.")
    assert one["event_type"] == "finished"
    assert list(one["errors"]) == [kitchen.entity_id]


# Merging


async def test_equal_messages_that_wait_are_one(house: House) -> None:
    kitchen, bath = await house.player(), await house.player("Bath")
    await house.play(kitchen, LONG)
    same = [await house.announce("One.", kitchen.entity_id) for _ in range(3)]
    assert len({one["id"] for one in same}) == 1
    other = await house.announce("One.", kitchen.entity_id, options={"speed": 1.1})
    assert other["id"] != same[0]["id"]
    both = await house.announce("One.", kitchen.entity_id, bath.entity_id)
    assert both["id"] == same[0]["id"]
    assert set(both["players"]) == {kitchen.entity_id, bath.entity_id}
    await house.over(3)
    assert (len(kitchen.device.urls), len(bath.device.urls)) == (3, 1)


async def test_what_sounds_is_not_merged(house: House) -> None:
    kitchen = await house.player()
    first = await house.play(kitchen, LONG)
    second = await house.announce(LONG, kitchen.entity_id)
    assert first["id"] != second["id"]
    bath = await house.player("Bath")
    here = await house.announce("One.", kitchen.entity_id, bath.entity_id)
    there = await house.announce("One.", kitchen.entity_id, bath.entity_id)
    assert here["id"] != there["id"]
    fire = await house.announce(FIRE, kitchen.entity_id, priority="critical")
    third = await house.announce(LONG, kitchen.entity_id)
    assert (third["id"], fire["id"] in {first["id"], second["id"]}) == (second["id"], False)
    await house.over(5)
    assert sorted(made(house)) == sorted([LONG, FIRE, "One."])


async def test_of_equal_messages_the_wider_wishes_count(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    kitchen.tell(MediaPlayerState.PAUSED)
    await house.announce("One.", kitchen.entity_id, priority="low", time_to_live=50)
    await house.announce("Two.", kitchen.entity_id)
    await house.announce("One.", kitchen.entity_id, priority="normal", time_to_live=5)
    await house.clock.pass_(20)
    assert not house.outcomes
    kitchen.tell(MediaPlayerState.PLAYING)
    await house.over(3)
    assert told(house, "finished") == [LONG, "One.", "Two."]


async def test_it_is_merged_only_where_it_waits(house: House) -> None:
    kitchen, bath = await house.player(), await house.player("Bath")
    await house.announce(LONG, kitchen.entity_id, bath.entity_id)
    await house.settled()
    one = await house.announce("One.", kitchen.entity_id)
    two = await house.announce("One.", bath.entity_id)
    assert one["id"] != two["id"]
    await house.over(3)
    assert (len(kitchen.device.urls), len(bath.device.urls)) == (2, 2)
    assert made(house) == [LONG, "One."]


# Players


@pytest.mark.parametrize("way", [{"hangs": True}, {"fetches": False}, {"leaves_early": True}])
async def test_a_player_that_never_ends_blocks_nobody(house: House, way: dict[str, Any]) -> None:
    kitchen = await house.player(**way)
    text = LONG * 5
    first = house.hass.async_create_task(house.announce(text, kitchen.entity_id))
    await house.settled()
    await house.announce("One.", kitchen.entity_id, priority="low")
    kitchen.hangs, kitchen.fetches, kitchen.device.leaves_early = False, True, False
    await house.over(2, step=0.5)
    assert told(house, "finished")[-1] == "One."
    await first
    await nothing_is_left(house)


async def test_a_reply_that_never_ends_blocks_nobody(house: House) -> None:
    hall = await house.satellite()
    house.hass.states.async_set(hall.entity_id, "responding")
    token = chat_session.current_session.set(chat_session.ChatSession("a talk"))
    stream = tts.async_create_stream(house.hass, ENGINE)
    stream.async_set_message_stream(dying(LONG))
    chat_session.current_session.reset(token)
    await house.clock.until(lambda: house.kinds, step=0.05)
    response = await house.announce("One.", hall.entity_id)
    assert state_of(response, hall.entity_id) == "queued"
    await house.clock.until(lambda: "One." in told(house, "finished"), step=0.5)


async def dying(text: str) -> AsyncGenerator[str]:
    """Yield a text and never end."""
    async for piece in fragments(text):
        yield piece
    await asyncio.Event().wait()


async def test_a_player_that_plays_for_ever_blocks_nobody(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    url = f"http://home{kitchen.device.urls[0]}"
    kitchen.tell(MediaPlayerState.PLAYING, content=url)
    await house.announce("One.", kitchen.entity_id)
    await house.clock.until(lambda: told(house, "finished") == [LONG, "One."], step=0.2)


@pytest.mark.parametrize(
    ("state", "seconds"), [(MediaPlayerState.IDLE, 30), (MediaPlayerState.PLAYING, 900)]
)
async def test_a_player_that_shows_its_last_url_for_ever(
    house: House, state: MediaPlayerState, seconds: float
) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    kitchen.fetches = False
    await house.over()
    kitchen.tell(state, content=f"http://home{kitchen.device.urls[0]}")
    call = house.hass.async_create_task(house.announce("One.", kitchen.entity_id))
    await house.settled()
    kitchen.fetches = True
    await house.announce("Two.", kitchen.entity_id)
    await house.clock.pass_(seconds - 5)
    assert len(house.outcomes) == 1
    await house.clock.pass_(6)
    assert list(house.outcomes[-1]["errors"].values()) == ["The player did not start."]
    await call
    await house.over(3)
    assert told(house, "finished") == [LONG, "Two."]


async def test_a_satellite_that_never_answers_blocks_nobody(house: House) -> None:
    hall = await house.satellite(quick=False)
    await house.announce("One.", hall.entity_id)
    await house.announce("Two.", hall.entity_id)
    await house.clock.until(lambda: len(hall.device.urls) == 2, step=0.2)
    hall.finished.set()
    await house.over(2)
    assert told(house, "finished") == ["One.", "Two."]
    await nothing_is_left(house)


async def test_a_satellite_is_called_again_only_when_it_has_answered(house: House) -> None:
    hall = await house.satellite(quick=False)
    await house.announce("One.", hall.entity_id)
    await house.announce("Two.", hall.entity_id)
    await house.clock.until(lambda: house.outcomes, step=0.1)
    await house.settled()
    assert len(hall.device.urls) == 1
    hall.finished.set()
    outcome = await house.over(2)
    assert outcome["errors"] == {}


async def test_a_group_waits_for_its_members_and_they_for_it(house: House) -> None:
    kitchen, bath = await house.player(), await house.player("Bath")
    members = [kitchen.entity_id, bath.entity_id]
    options = {
        "name": "Floor",
        "entities": members,
        "group_type": "media_player",
        "hide_members": False,
    }
    entry = MockConfigEntry(domain="group", title="Floor", data={}, options=options)
    entry.add_to_hass(house.hass)
    assert await house.hass.config_entries.async_setup(entry.entry_id)
    await house.hass.async_block_till_done()
    await house.play(kitchen, LONG)
    group = await house.announce("One.", "media_player.floor", bath.entity_id)
    assert group["players"] == {
        "media_player.floor": {
            "state": "queued",
            "place": 1,
            "error": None,
            "cause": None,
            "placeholders": {},
            "volume": None,
            "resumed": None,
        }
    }
    alone = await house.announce("Two.", bath.entity_id)
    assert state_of(alone, bath) == "queued"
    await house.over(3)
    assert told(house) == [LONG, "One.", "Two."]
    assert (len(kitchen.device.urls), len(bath.device.urls)) == (2, 2)
    assert await clear(house, entity_id="media_player.floor") == 0
    await house.announce("Zero.", "media_player.floor")
    await house.clock.until(lambda: (len(kitchen.device.urls), len(bath.device.urls)) == (3, 3))
    await house.announce(FIRE, bath.entity_id, priority="critical")
    await house.over(5)
    assert told(house, "finished") == [LONG, "One.", "Two.", FIRE, "Zero."]
    assert (len(kitchen.device.urls), len(bath.device.urls)) == (3, 5)
    await house.announce("Zero.", bath.entity_id)
    await house.announce(FIRE, "media_player.floor", priority="critical")
    await house.over(7)
    assert told(house, "finished")[5:] == [FIRE, "Zero."]
    await house.announce(LONG, bath.entity_id)
    await house.settled()
    await house.announce("Three.", "media_player.floor")
    await house.announce("Four.", bath.entity_id)
    assert await clear(house, entity_id=bath.entity_id) == 1
    assert await clear(house, entity_id="media_player.floor") == 1
    await house.over(10)


async def test_a_universal_player_and_what_it_stands_for(house: House) -> None:
    kitchen = await house.player()
    kitchen.tell(MediaPlayerState.PLAYING)
    await house.add_universal("Front", kitchen.entity_id)
    await house.hass.async_block_till_done()
    await house.announce(LONG, "media_player.front")
    await house.settled()
    second = await house.announce("One.", kitchen.entity_id)
    assert state_of(second, kitchen) == "queued"
    await house.announce("Two.", "media_player.front", kitchen.entity_id)
    await house.over(3)
    assert told(house, "finished") == [LONG, "One.", "Two."]
    assert list(house.outcomes[-1]["errors"]) == []
    await house.announce(LONG, kitchen.entity_id)
    last = await house.announce("Three.", "media_player.front")
    assert state_of(last, "media_player.front") == "queued"
    await house.over(5)


async def test_a_satellite_and_the_player_in_the_same_device(house: House) -> None:
    owner = MockConfigEntry()
    owner.add_to_hass(house.hass)
    device = dr.async_get(house.hass).async_get_or_create(
        config_entry_id=owner.entry_id, identifiers={("test", "one")}
    )
    hall, speaker = await house.satellite(), await house.player("Speaker")
    for entity in (hall, speaker):
        er.async_get(house.hass).async_update_entity(entity.entity_id, device_id=device.id)
    await house.play(speaker, LONG)
    assert state_of(await house.announce("One.", hall.entity_id), hall.entity_id) == "queued"
    await house.over(2)
    # Time runs faster here than the satellite answers, and until then it is busy.
    await house.hass.async_block_till_done(wait_background_tasks=True)
    assert told(house) == [LONG, "One."]
    both = await house.announce("Two.", hall.entity_id, speaker.entity_id)
    assert "queued" not in {one["state"] for one in both["players"].values()}
    await house.over(3)


async def test_what_others_have_spoken_at_a_satellite_is_waited_for(house: House) -> None:
    hall = await house.satellite()
    house.hass.states.async_set(hall.entity_id, "responding")
    data = {"entity_id": hall.entity_id, "message": LONG, "preannounce": False}
    await house.hass.services.async_call("tts", "clear_cache", {}, blocking=True)
    announce = house.hass.services.async_call("assist_satellite", "announce", data, blocking=True)
    hall.finished.clear()
    call = house.hass.async_create_task(announce)
    await house.clock.until(lambda: "started" in house.kinds, step=0.05)
    response = await house.announce("One.", hall.entity_id)
    assert state_of(response, hall.entity_id) == "queued"
    hall.finished.set()
    await house.over(2)
    await call
    assert told(house, "finished") == [LONG, "One."]


async def test_a_player_that_is_away_when_its_turn_comes(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    await house.announce("One.", kitchen.entity_id)
    await house.announce("Two.", kitchen.entity_id)
    kitchen._attr_available = False
    kitchen.async_write_ha_state()
    await house.over(3)
    assert [list(item["errors"].values()) for item in house.outcomes[1:]] == [
        ["The player is unavailable."]
    ] * 2


async def test_a_player_that_was_away_for_a_moment_is_spoken_at(house: House) -> None:
    kitchen, bath = await house.player(), await house.player("Bath")
    await house.announce(LONG, kitchen.entity_id, bath.entity_id)
    await house.announce("One.", kitchen.entity_id, bath.entity_id)
    await house.settled()
    for player in (kitchen, bath):
        player._attr_available = False
        player.async_write_ha_state()
        player._attr_available = True
        player.async_write_ha_state()
    outcome = await house.over(2)
    assert (outcome["message"], outcome["errors"]) == ("One.", {})


async def test_a_player_renamed_while_it_is_waited_for(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    await house.announce("One.", kitchen.entity_id)
    er.async_get(house.hass).async_update_entity(
        kitchen.entity_id, new_entity_id="media_player.galley"
    )
    await house.hass.async_block_till_done()
    outcome = await house.over(2)
    assert (outcome["players"], outcome["errors"]) == (["media_player.galley"], {})


# Captions


async def test_the_words_of_what_waits_are_told_when_its_turn_comes(house: House) -> None:
    kitchen = await house.player()
    first = await house.play(kitchen, LONG)
    second = await house.announce("One.", kitchen.entity_id)
    await house.settled()
    messages: list[dict[str, Any]] = []
    announcer(house.hass).registry.subscribe(messages.append, 20)
    assert [one["track"]["id"] for one in messages] == [first["id"], second["id"]]
    assert not messages.pop()["track"]["words"]
    await house.over(2)
    ids = [one["id"] if "id" in one else one["track"]["id"] for one in messages]
    begins = ids.index(second["id"])
    ends = max(index for index, one in enumerate(ids) if one == first["id"])
    assert begins >= ends
    track = messages[begins]["track"]
    assert (track["message"], track["state"]) == ("One.", "finished")
    assert track["age"] < 1
    assert track["words"]
    assert house.shown[-2:] == ["One.", ""]


async def test_what_was_never_said_is_told_as_failed(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    await house.announce("One.", kitchen.entity_id)
    await house.announce("Two.", kitchen.entity_id)
    messages: list[dict[str, Any]] = []
    announcer(house.hass).registry.subscribe(messages.append)
    messages.clear()
    assert await clear(house) == 2
    tracks = [one["track"] for one in messages if one["type"] == "track"]
    assert [track["message"] for track in tracks] == ["One.", "Two."]
    for track in tracks:
        assert track["players"][kitchen.entity_id]["state"] == "failed"
    assert tracks[1]["state"] == "failed"
    await house.over(3)


# The voice


async def entry_of(house: House) -> Any:
    """Return the account of the home."""
    (entry,) = house.hass.config_entries.async_entries(DOMAIN)
    return entry


async def test_a_reload_loses_nothing_that_waits(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    for text in NUMBERS:
        await house.announce(text, kitchen.entity_id)
    entry = await entry_of(house)
    await house.hass.config_entries.async_reload(entry.entry_id)
    await house.over(6)
    assert told(house, "finished") == [LONG, *NUMBERS]


async def test_a_reload_while_the_next_is_being_made(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    house.simulator.behave(Behaviour(generation_speed=0.05))
    await house.announce("One.", kitchen.entity_id)
    entry = await entry_of(house)
    await house.clock.until(lambda: entry.runtime_data.active)
    reload = house.hass.async_create_task(house.hass.config_entries.async_reload(entry.entry_id))
    await house.clock.until(reload.done, step=0.5)
    house.simulator.behave(Behaviour())
    await house.over(2)
    assert told(house, "finished") == [LONG, "One."]
    # A route that stays mute for long is asked for beside another one.
    before, *again = made(house)
    assert (before, set(again)) == (LONG, {"One."})
    assert len(again) > 1


async def test_settings_that_changed_meanwhile_count(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    await house.announce("One.", kitchen.entity_id)
    await house.announce("Two.", kitchen.entity_id)
    entry = await entry_of(house)
    (voice,) = entry.subentries.values()
    house.hass.config_entries.async_update_subentry(
        entry, voice, data={**voice.data, "voice": SARAH}
    )
    await house.over(3)
    voices = [generation.voice for generation in house.simulator.journal.generations]
    assert voices[-1] == SARAH
    assert told(house, "finished") == [LONG, "One.", "Two."]


async def test_a_voice_that_is_away_for_a_while_is_waited_for(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    await house.announce("One.", kitchen.entity_id)
    await house.announce("Two.", kitchen.entity_id)
    await house.settled()
    entry = await entry_of(house)
    await house.hass.config_entries.async_unload(entry.entry_id)
    await house.clock.until(lambda: len(kitchen.device.urls) == 2, step=0.2)
    await house.settled()
    await house.clock.pass_(30)
    await house.clock.pass_(20)
    assert len(kitchen.device.urls) == 2
    await house.hass.config_entries.async_setup(entry.entry_id)
    await house.clock.until(lambda: len(kitchen.device.urls) == 3)
    await house.clock.until(lambda: "Two." in told(house, "finished"), step=0.2)
    assert made(house) == [LONG, "One.", "Two."]


async def test_a_voice_that_stays_away(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    await house.announce("One.", kitchen.entity_id)
    late = await house.announce("Two.", kitchen.entity_id)
    soon = await house.announce("Three.", kitchen.entity_id, time_to_live=20)
    await house.settled()
    entry = await entry_of(house)
    await house.hass.config_entries.async_unload(entry.entry_id)
    await house.clock.until(lambda: len(kitchen.device.urls) == 2, step=0.2)
    found = [announcer(house.hass).registry.find(one["id"]) for one in (late, soon)]
    for seconds in (30, 35):
        await house.clock.pass_(seconds)
    assert [one.state for one in found if one] == ["failed", "failed"]
    assert [one.cause for one in found if one] == ["voice_absent", "expired"]
    await house.clock.pass_(30)
    await house.clock.until(lambda: is_silent(house), step=0.5)
    await nothing_is_left(house)


async def test_a_voice_that_is_away_holds_up_no_other(house: House) -> None:
    kitchen = await house.player()
    await set_up(house.hass, second := make_entry(house.simulator, voice=SARAH))
    sarah = er.async_get(house.hass).async_get_entity_id(
        "tts", DOMAIN, next(iter(second.subentries))
    )
    await house.announce(LONG, kitchen.entity_id, engine=ENGINE)
    await house.announce("Zero.", kitchen.entity_id, engine=ENGINE)
    await house.announce("One.", kitchen.entity_id, engine=sarah)
    await house.announce("Two.", kitchen.entity_id, engine=ENGINE)
    await house.settled()
    await house.hass.config_entries.async_unload(second.entry_id)
    await house.over(3)
    assert told(house, "finished") == [LONG, "Zero.", "Two."]
    await house.hass.config_entries.async_setup(second.entry_id)
    await house.clock.until(lambda: len(kitchen.device.urls) == 4, step=0.2)
    await house.clock.until(lambda: is_silent(house), step=0.2)


@pytest.mark.parametrize("what", ["entry", "voice"])
async def test_what_waits_for_a_removed_voice_fails(house: House, what: str) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    await house.announce("One.", kitchen.entity_id)
    call = house.hass.async_create_task(house.announce("Two.", kitchen.entity_id, wait=True))
    await house.settled()
    entry = await entry_of(house)
    if what == "entry":
        await house.hass.config_entries.async_remove(entry.entry_id)
    else:
        house.hass.config_entries.async_remove_subentry(entry, next(iter(entry.subentries)))
    await house.clock.until(call.done)
    assert "voice was removed" in call.result()["players"][kitchen.entity_id]["error"]
    await house.clock.until(lambda: len(kitchen.device.urls) == 2, step=0.2)
    await house.clock.until(lambda: is_silent(house), step=0.2)
    await nothing_is_left(house)
    assert made(house) == [LONG, "One."]


async def test_a_voice_renamed_while_it_is_waited_for(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    await house.announce("One.", kitchen.entity_id)
    last = await house.announce("Two.", kitchen.entity_id)
    er.async_get(house.hass).async_update_entity(ENGINE, new_entity_id="tts.george")
    await house.hass.async_block_till_done()
    await house.over(3)
    assert told(house, "finished") == [LONG, "One.", "Two."]
    found = announcer(house.hass).registry.find(last["id"])
    assert found
    assert found.engine == "tts.george"


async def test_a_text_that_could_not_be_made_ahead_is_tried_again(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    house.simulator.behave(Behaviour(fail_status=400))
    await house.announce("One.", kitchen.entity_id)
    await house.settled()
    house.simulator.behave(Behaviour())
    await house.over(2)
    assert told(house, "finished") == [LONG, "One."]


async def test_a_text_that_cannot_be_made_fails_when_its_turn_comes(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    house.simulator.behave(Behaviour(quota=True))
    await house.announce("One.", kitchen.entity_id)
    await house.over(2)
    assert house.kinds == ["started", "finished", "failed"]
    assert house.outcomes[-1]["error"] == "quota_exceeded"


# The end


async def test_home_assistant_stops_while_many_wait(house: House) -> None:
    kitchen, bath = await house.player(), await house.player("Bath")
    await house.play(kitchen, LONG)
    calls = [
        house.hass.async_create_task(
            house.announce(text, kitchen.entity_id, bath.entity_id, wait=True)
        )
        for text in NUMBERS
    ]
    await house.settled()
    await house.socket.close()
    house.hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await asyncio.wait_for(asyncio.wait(calls), 5)
    await house.clock.pass_(0)
    await nothing_is_left(house)


async def test_what_sounds_and_what_waits_ends_with_home_assistant(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    await house.clock.until(lambda: house.shown, step=0.1)
    call = house.hass.async_create_task(house.announce("One.", kitchen.entity_id, wait=True))
    await house.settled()
    await house.socket.close()
    house.hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await house.clock.until(call.done)
    assert house.kinds == ["started", "failed", "failed"]
    assert {item["message"] for item in house.outcomes} == {LONG, "One."}
    for outcome in house.outcomes:
        assert outcome["error"] == "home_assistant_stopped"
        assert "Home Assistant stopped" in outcome["errors"][kitchen.entity_id]
    assert state_of(call.result(), kitchen) == "failed"
    assert house.shown[-1] == ""


@AFTER_A_STOP
async def test_what_may_wait_for_a_while_waits_over_a_restart(
    house: House, hass_storage: dict[str, Any]
) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    secret = {"options": {"private": True}}
    for text, more in (("Two.", {}), ("Three.", secret), ("Four.", {"priority": "high"})):
        ttl = {} if text == "Two." else {"time_to_live": 600}
        await house.announce(text, kitchen.entity_id, **ttl, **more)
    await house.clock.pass_(1.1)
    await house.hass.async_block_till_done(wait_background_tasks=True)
    assert "Four." in str(hass_storage[STORED])
    assert "Two." not in str(hass_storage[STORED])
    assert "Three." not in str(hass_storage[STORED])
    await house.socket.close()
    await restart(house, kitchen)
    outcome = await house.over(4)
    assert (outcome["message"], outcome["event_type"]) == ("Four.", "finished")
    assert told(house) == [LONG, "Four."]
    assert [item["error"] for item in house.outcomes] == ["home_assistant_stopped"] * 3 + [None]
    await restart(house, kitchen)
    await house.clock.pass_(90)
    assert told(house) == [LONG, "Four."]
    await nothing_is_left(house)


class WatchedPlayer(Player):
    """A player that looks at what is stored when it is called."""

    def __init__(self, house: House, storage: dict[str, Any]) -> None:
        """Look at `storage`."""
        super().__init__("Kitchen", house.device({}))
        self.storage = storage
        self.stored: list[str] = []

    @override
    async def async_play_media(self, media_type: Any, media_id: str, **kwargs: Any) -> None:
        self.stored.append(str(self.storage.get(STORED)))
        await super().async_play_media(media_type, media_id, **kwargs)


async def test_a_crash_makes_nothing_heard_twice(
    house: House, hass_storage: dict[str, Any]
) -> None:
    kitchen = WatchedPlayer(house, hass_storage)
    await house.hass.data[DATA_COMPONENT].async_add_entities([kitchen])
    await house.play(kitchen, LONG)
    await house.announce("One.", kitchen.entity_id, time_to_live=600)
    await house.clock.pass_(1.1)
    await house.hass.async_block_till_done(wait_background_tasks=True)
    assert "One." in str(hass_storage[STORED])
    await house.over(2)
    assert len(kitchen.stored) == 2
    assert "One." not in kitchen.stored[1]


@AFTER_A_STOP
async def test_players_that_come_back_late_are_waited_for_after_a_restart(
    house: House, hass_storage: dict[str, Any]
) -> None:
    kitchen, bath = await house.player(), await house.player("Bath")
    await house.play(kitchen, LONG)
    await house.play(bath, LONG)
    await house.announce("One.", kitchen.entity_id, bath.entity_id, time_to_live=600)
    await house.socket.close()
    await restart(house, kitchen, bath, available=False)
    await house.clock.pass_(20)
    assert told(house, "failed") == [LONG, LONG]
    kitchen._attr_available = True
    kitchen.async_write_ha_state()
    await house.clock.until(lambda: "One." in told(house), step=0.1)
    outcome = await house.over(3)
    assert outcome["event_type"] == "finished"
    assert outcome["errors"] == {bath.entity_id: "The player is unavailable."}
    await nothing_is_left(house)


@pytest.mark.parametrize(
    "kept", [None, {}, [], {"announcements": 7}, {"announcements": [7, {}, {"id": "x"}]}]
)
async def test_a_damaged_store_costs_only_what_waited(
    house: House, hass_storage: dict[str, Any], kept: Any
) -> None:
    hass_storage[STORED] = {"version": 1, "minor_version": 1, "key": STORED, "data": kept}
    await async_setup_announcer(house.hass)
    kitchen = await house.player()
    await house.announce("One.", kitchen.entity_id)
    assert (await house.over())["event_type"] == "finished"


@AFTER_A_STOP
async def test_what_expired_while_home_assistant_was_away_is_told(
    house: House, hass_storage: dict[str, Any]
) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    await house.announce("One.", kitchen.entity_id, time_to_live=600)
    await house.socket.close()
    await house.clock.pass_(1.1)
    await house.hass.async_block_till_done(wait_background_tasks=True)
    stored = hass_storage[STORED]["data"]["announcements"]
    stored[0]["expires_at"] -= 601
    await restart(house)
    assert told(house, "failed") == [LONG, "One."]
    assert house.outcomes[-1]["error"] == "expired"


async def test_the_queue_can_be_cleared(house: House) -> None:
    kitchen, bath = await house.player(), await house.player("Bath")
    await house.announce(LONG, kitchen.entity_id, bath.entity_id)
    for text in NUMBERS[:3]:
        await house.announce(text, kitchen.entity_id)
    await house.announce("Four.", kitchen.entity_id, bath.entity_id)
    assert await clear(house, entity_id=bath.entity_id) == 1
    assert await clear(house, entity_id=[kitchen.entity_id]) == 4
    assert await clear(house) == 0
    assert len(house.outcomes) == 4
    assert {item["error"] for item in house.outcomes} == {"queue_cleared"}
    with pytest.raises(ServiceValidationError):
        await clear(house, entity_id="light.lamp")
    await house.over(5)
    assert told(house, "finished") == [LONG]


async def test_an_automation_gone_mad(house: House) -> None:
    kitchen = await house.player()
    await house.announce(LONG, kitchen.entity_id, priority="low")
    urgent = await house.announce("High.", kitchen.entity_id, priority="high")
    for number in range(200):
        await house.announce(f"Number {number}.", kitchen.entity_id)
    assert len(told(house, "failed")) == 201 - MOST_WAITING
    fire = await house.announce(FIRE, kitchen.entity_id, priority="critical")
    assert state_of(fire, kitchen) != "failed"
    low = await house.announce("Low.", kitchen.entity_id, priority="low")
    assert state_of(low, kitchen) == "queued"
    again = await house.announce("Low again.", kitchen.entity_id, priority="low")
    assert state_of(again, kitchen) == "queued"
    texts = told(house, "failed")
    assert texts == [*(f"Number {number}." for number in range(152)), LONG, "Low."]
    assert {item["error"] for item in house.outcomes} == {"queue_full"}
    assert await clear(house) == MOST_WAITING
    await house.over(len(texts) + MOST_WAITING + 1)
    await house.clock.until(lambda: told(house, "finished") == [FIRE], step=0.2)
    found = announcer(house.hass).registry.find(urgent["id"])
    assert found is None or found.state == "failed"
    await nothing_is_left(house)
    assert len(kept(house)) <= 60
    assert len(made(house)) < 10


@pytest.mark.parametrize(
    "wrong",
    [
        {"priority": "urgent"},
        {"priority": 3},
        {"priority": None},
        {"time_to_live": -1},
        {"time_to_live": "soon"},
        {"time_to_live": float("inf")},
        {"time_to_live": float("nan")},
        {"time_to_live": {"seconds": -5}},
        {"time_to_live": None},
    ],
)
async def test_bad_input_is_refused(house: House, wrong: dict[str, Any]) -> None:
    kitchen = await house.player()
    with pytest.raises(vol.Invalid):
        await house.announce("One.", kitchen.entity_id, **wrong)
    assert not made(house)


async def test_a_voice_refuses_before_anything_waits(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    with pytest.raises(HomeAssistantError):
        await house.announce("One.", kitchen.entity_id, language="xx")
    assert await clear(house) == 0


async def test_whoever_asks_has_no_part_in_what_follows(house: House) -> None:
    """What Assist says must not be taken for the announcement that waits for it, nor back."""
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    await house.announce("One.", kitchen.entity_id)
    await hear_growing(house.hass, fragments("An answer that grows."))
    await house.over(3)
    assert sorted(told(house, "finished")) == sorted([LONG, "One.", "An answer that grows."])


class CuriousPlayer(Player):
    """A player that looks at who calls it."""

    callers: list[Any]

    @override
    async def async_play_media(self, media_type: Any, media_id: str, **kwargs: Any) -> None:
        self.callers.append(chat_session.current_session.get())
        await super().async_play_media(media_type, media_id, **kwargs)


async def test_players_are_not_called_in_the_name_of_a_conversation(house: House) -> None:
    kitchen = CuriousPlayer("Kitchen", house.device({}))
    kitchen.callers = []
    await house.hass.data[DATA_COMPONENT].async_add_entities([kitchen])
    token = chat_session.current_session.set(chat_session.ChatSession("a talk"))
    await house.announce(LONG, kitchen.entity_id)
    await house.announce("One.", kitchen.entity_id)
    chat_session.current_session.reset(token)
    await house.over(2)
    assert kitchen.callers == [None, None]


# All at once


class Chaos:
    """A home where much happens at random."""

    def __init__(self, house: House, seed: int) -> None:
        """Bring the same troubles for the same seed."""
        self.house = house
        self.dice = random.Random(seed)  # noqa: S311  # troubles, not secrets
        self.numbers = itertools.count()
        self.calls: list[asyncio.Task[Any]] = []
        self.players: list[Player] = []
        self.entities: list[str] = []

    async def furnish(self) -> None:
        """Put players of all kinds into the home."""
        ways: list[dict[str, Any]] = [{}, {"tells": False}, {"gets": 2}, {"head_first": True}]
        for number, way in enumerate(ways):
            self.players.append(await self.house.player(f"Room {number}", **way))
        satellite = await self.house.satellite()
        self.entities = [*(one.entity_id for one in self.players), satellite.entity_id]

    def announce(self) -> None:
        """Ask for something."""
        dice = self.dice
        text = dice.choice([f"Number {next(self.numbers)}.", "The door.", LONG])
        data: dict[str, Any] = {"priority": dice.choice(["low", "normal", "high", "critical"])}
        if dice.random() < 0.5:
            data["time_to_live"] = dice.choice([0, 1, 5, 60])
        targets = dice.sample(self.entities, dice.randint(1, 3))
        call = self.house.announce(text, *targets, wait=dice.random() < 0.3, **data)
        self.calls.append(self.house.hass.async_create_task(call))

    async def trouble(self) -> None:
        """Let something go wrong, or right again."""
        player = self.dice.choice(self.players)
        match self.dice.randrange(8):
            case 0:
                player.failure = HomeAssistantError("no") if player.failure is None else None
            case 1:
                player.fetches = not player.fetches
            case 2:
                player._attr_available = not player.available
                player.async_write_ha_state()
            case 3:
                player.tell(MediaPlayerState.IDLE)
            case 4:
                status = self.dice.choice([0, 0, 500])
                self.house.simulator.behave(Behaviour(fail_status=status))
            case 5:
                await self.reload()
            case 6:
                await clear(self.house, entity_id=player.entity_id)
            case _:
                self.dice.choice(self.calls).cancel()

    async def reload(self) -> None:
        """Reload the account, whatever is said."""
        entry = await entry_of(self.house)
        reload = self.house.hass.config_entries.async_reload(entry.entry_id)
        task = self.house.hass.async_create_task(reload)
        await self.house.clock.until(task.done, step=0.2)

    def mend(self) -> None:
        """Let all go well from now on."""
        self.house.simulator.behave(Behaviour())
        for player in self.players:
            player.failure, player.fetches, player._attr_available = None, True, True
            player.async_write_ha_state()


@pytest.mark.parametrize("seed", range(4))
async def test_every_announcement_ends_once(house: House, seed: int) -> None:
    chaos = Chaos(house, seed)
    await chaos.furnish()
    ends, seen = dict[str, list[str]](), set[str]()

    @callback
    def note(kind: str, announcement: Announcement) -> None:
        ends.setdefault(announcement.announcement_id, []).append(kind)

    async_dispatcher_connect(house.hass, SIGNAL_ANNOUNCEMENT, note)
    for _ in range(60):
        chaos.announce()
        if chaos.dice.random() < 0.3:
            await chaos.trouble()
        await house.clock.pass_(chaos.dice.choice([0, 0.1, 1, 3]))
        seen.update(kept(house))
    chaos.mend()
    await house.clock.until(lambda: is_silent(house), step=1)
    await house.clock.until(lambda: all(call.done() for call in chaos.calls), step=1)
    seen.update(kept(house))
    assert set(ends) == seen
    assert {*map(tuple, ends.values())} <= {
        ("started", "finished"),
        ("started", "failed"),
        ("failed",),
    }
    assert len(seen) >= 30
    await nothing_is_left(house)
