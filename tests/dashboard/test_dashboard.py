"""The dashboards' player: what browsers are told and report, and what captions make of it."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.restore_state import RestoredExtraData, RestoreEntity
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.elevenlabs_streaming.const import DOMAIN
from simulator import Simulator
from tests.helpers.dashboards import PLAYER, Dashboards
from tests.helpers.home import make_entry, set_up
from tests.helpers.players import House

SHORT = "The laundry is done."
LONG = "The laundry is done. Please come down and fold it before dinner, will you? " * 3
MUSIC = "http://radio.example/one.mp3"
OTHER = "http://radio.example/two.mp3"
MISSING = "media-source://nowhere/nothing.mp3"


@pytest.fixture
async def dashboards(house: House, hass_ws_client: WebSocketGenerator) -> Dashboards:
    """Watch the dashboards' player of a home."""
    dashboards = Dashboards(house, hass_ws_client)
    dashboards.watch()
    return dashboards


def about(position: float) -> Any:
    """Expect a position as exact as a caption must be."""
    return pytest.approx(position, abs=0.06)


async def test_it_is_there_only_while_a_dashboard_can_play(dashboards: Dashboards) -> None:
    assert dashboards.state.state == "unavailable"
    hall = await dashboards.open(can_play=False)
    assert dashboards.state.state == "unavailable"
    await hall.update(can_play=True)
    assert dashboards.state.state == "idle"
    await hall.update(can_play=False)
    assert dashboards.state.state == "unavailable"
    kitchen = await dashboards.open("kitchen")
    assert dashboards.state.attributes["dashboards"] == ["kitchen"]
    await kitchen.leave()
    assert dashboards.state.state == "unavailable"


@pytest.mark.parametrize("way", ["speak", "announce"])
async def test_what_is_spoken_has_exact_captions(
    house: House, dashboards: Dashboards, way: str
) -> None:
    hall = await dashboards.open()
    await (house.speak if way == "speak" else house.announce)(LONG, PLAYER)
    await house.settled()
    await hall.listen()
    slot = hall.slot
    assert (slot["state"], slot["position"], slot["mime_type"]) == ("loading", 0, "audio/mpeg")
    announcement_id = slot["content_id"].split("/")[-2]
    assert slot["content_id"] == f"media-source://{DOMAIN}/{announcement_id}/{PLAYER}"
    assert dashboards.state.state == "buffering"
    assert dashboards.state.attributes["media_content_id"] == slot["url"]
    with dashboards.still():
        await hall.begin()
        for moment in (0.26, 1.3, 2.37):
            await house.clock.pass_(0.8)
            await hall.say("playing", moment)
            heard = await dashboards.heard(announcement_id)
            assert heard["state"] == "playing"
            assert dashboards.state.attributes["media_position"] == about(moment)
        await house.clock.pass_(2.2)
        assert (await dashboards.heard(announcement_id))["position"] == about(2.37 + 2.2)
        await hall.say("ended", 12.0)
        assert hall.wanted["announcement"] is None
        assert dashboards.state.state == "idle"
    outcome = await house.over()
    assert house.kinds == ["started", "finished"]
    assert (outcome["players"], outcome["errors"]) == ([PLAYER], {})


async def test_the_position_of_a_long_time_is_told_in_few_states(
    house: House, dashboards: Dashboards
) -> None:
    hall = await dashboards.open()
    await dashboards.play(MUSIC)
    await hall.say("ready")
    await hall.say("playing", 0.0)
    with dashboards.still():
        told = len(dashboards.written)
        started = house.clock()
        for _ in range(20):
            await house.clock.pass_(1)
            await hall.say("playing", house.clock() - started + 0.01)
        assert len(dashboards.written) == told
        await hall.say("playing", house.clock() - started + 0.2)
        assert len(dashboards.written) == told + 1


async def test_an_announcement_that_cannot_be_played_fails(
    house: House, dashboards: Dashboards
) -> None:
    hall = await dashboards.open()
    response = await house.announce(LONG, PLAYER)
    await house.settled()
    await hall.load()
    await hall.say("error", error="NotSupportedError")
    outcome = await house.over()
    assert house.kinds == ["failed"]
    assert outcome["errors"] == {PLAYER: "The dashboards could not play it."}
    assert (await dashboards.heard(response["id"]))["state"] == "failed"
    assert dashboards.state.state == "idle"
    await house.announce(SHORT, PLAYER)
    await hall.begin()
    assert dashboards.state.state == "playing"


async def test_an_announcement_is_stopped(house: House, dashboards: Dashboards) -> None:
    hall = await dashboards.open()
    response = await house.announce(LONG, PLAYER)
    await house.settled()
    await hall.begin()
    await dashboards.call("media_stop")
    await hall.listen()
    assert hall.wanted["announcement"] is None
    assert (await dashboards.heard(response["id"]))["state"] == "stopped"
    assert dashboards.state.state == "idle"


async def test_what_waits_when_all_is_stopped_is_told_so(
    house: House, dashboards: Dashboards
) -> None:
    hall = await dashboards.open()
    await house.announce(LONG, PLAYER)
    await house.announce(SHORT, PLAYER)
    await house.settled()
    await hall.load()
    await dashboards.call("media_stop")
    await house.over(2)
    waiting, heard = (item["errors"][PLAYER] for item in house.outcomes)
    assert heard == "The player was stopped."
    assert "queue was cleared" in waiting


async def test_pause_and_go_on(house: House, dashboards: Dashboards) -> None:
    hall = await dashboards.open()
    response = await house.announce(LONG, PLAYER)
    await house.settled()
    with dashboards.still():
        await hall.begin()
        await house.clock.pass_(2)
        await hall.say("playing", 2.01)
        await house.clock.pass_(1)
        await dashboards.call("media_pause")
        await hall.listen()
        assert hall.slot["state"] == "paused"
        await hall.say("playing", 3.02)
        await hall.say("paused", 3.03)
        await house.clock.pass_(60)
        assert dashboards.state.state == "paused"
        heard = await dashboards.heard(response["id"])
        assert (heard["state"], heard["position"]) == ("paused", about(3.03))
        await dashboards.call("media_play")
        await hall.listen()
        assert (hall.slot["state"], hall.slot["position"]) == ("playing", about(3.03))
        await hall.say("playing", 3.03)
        await house.clock.pass_(1.5)
        heard = await dashboards.heard(response["id"])
        assert (heard["state"], heard["position"]) == ("playing", about(4.53))


async def test_seek(house: House, dashboards: Dashboards) -> None:
    hall = await dashboards.open()
    response = await house.announce(LONG, PLAYER)
    await house.settled()
    with dashboards.still():
        await hall.begin()
        await house.clock.pass_(0.5)
        await hall.say("playing", 0.51)
        await house.clock.pass_(0.5)
        await dashboards.call("media_seek", seek_position=6.5)
        await hall.listen()
        assert hall.slot["position"] == about(6.5)
        await hall.say("playing", 1.01)
        assert (await dashboards.heard(response["id"]))["position"] == about(6.5)
        await hall.say("playing", 6.55)
        await house.clock.pass_(1.2)
        assert (await dashboards.heard(response["id"]))["position"] == about(7.75)


async def test_the_only_dashboard_leaves_in_mid_sentence(
    house: House, dashboards: Dashboards
) -> None:
    hall = await dashboards.open()
    response = await house.announce(LONG, PLAYER)
    await house.announce(SHORT, PLAYER)
    await house.settled()
    await hall.begin()
    await hall.leave()
    assert dashboards.state.state == "playing"
    await house.clock.pass_(11)
    assert dashboards.state.state == "unavailable"
    await house.over(2)
    errors = [item["errors"][PLAYER] for item in house.outcomes]
    assert errors == ["The player became unavailable.", "The player is unavailable."]
    assert (await dashboards.heard(response["id"]))["state"] == "failed"
    back = await dashboards.open("hall")
    assert back.wanted["announcement"] is None


async def test_ten_seconds_after_the_last_dashboard_it_is_over(
    house: House, dashboards: Dashboards
) -> None:
    hall, kitchen = await dashboards.open("hall"), await dashboards.open("kitchen")
    await dashboards.play(MUSIC)
    for one in (hall, kitchen):
        await one.say("ready")
    await hall.say("playing", 0.1)
    await kitchen.say("playing", 0.1)
    await hall.leave()
    await house.clock.pass_(11)
    assert dashboards.state.state == "playing"
    await kitchen.leave()
    with dashboards.still():
        await house.clock.pass_(9)
        assert dashboards.state.state == "playing"
        await house.clock.pass_(1.1)
        assert dashboards.state.state == "unavailable"
    assert (await dashboards.open("hall")).wanted["media"] is None


@pytest.mark.parametrize("page", ["hall", "loaded again"])
async def test_the_only_dashboard_comes_back_in_mid_sentence(
    page: str, house: House, dashboards: Dashboards
) -> None:
    hall = await dashboards.open()
    response = await house.announce(LONG, PLAYER)
    await house.settled()
    await hall.begin()
    slot = hall.slot
    await hall.leave()
    with dashboards.still():
        await house.clock.pass_(2)
        back = await dashboards.open(page)
        assert back.slot["id"] == slot["id"]
        assert back.slot["state"] == "playing"
        assert back.slot["position"] == pytest.approx(2.0, abs=0.5)
        await back.say("playing", back.slot["position"])
        await house.clock.pass_(9)
        assert dashboards.state.state == "playing"
        await back.say("ended", 12.0)
    assert (await house.over())["errors"] == {}
    assert (await dashboards.heard(response["id"]))["state"] == "finished"


async def test_who_turns_sound_off_is_not_waited_for(house: House, dashboards: Dashboards) -> None:
    hall = await dashboards.open()
    await house.announce(LONG, PLAYER)
    await house.settled()
    await hall.begin()
    await hall.update(can_play=False)
    assert dashboards.state.state == "unavailable"


async def test_another_one_takes_over(house: House, dashboards: Dashboards) -> None:
    hall, kitchen = await dashboards.open("hall"), await dashboards.open("kitchen")
    response = await house.announce(LONG, PLAYER)
    await house.settled()
    with dashboards.still():
        await hall.load()
        await kitchen.load()
        await hall.say("playing", 0.1)
        await kitchen.say("playing", 0.02)
        await house.clock.pass_(1)
        await kitchen.say("playing", 1.02)
        await hall.say("playing", 1.3)
        await house.clock.pass_(1)
        assert dashboards.state.attributes["media_position"] == about(1.3)
    await hall.leave()
    positions = [state.attributes["media_position"] for state in dashboards.written[-3:]]
    assert positions == sorted(positions)
    assert dashboards.state.state == "playing"
    await house.clock.pass_(1)
    await kitchen.say("playing", 3.02)
    assert dashboards.state.attributes["media_position"] == about(3.02)
    heard = await dashboards.heard(response["id"])
    assert (heard["state"], heard["error"]) == ("playing", None)
    await kitchen.say("ended", 12.0)
    assert (await house.over())["errors"] == {}
    assert house.kinds == ["started", "finished"]


async def test_all_begin_together(house: House, dashboards: Dashboards) -> None:
    hall, kitchen = await dashboards.open("hall"), await dashboards.open("kitchen")
    await dashboards.open("attic", can_play=False)
    with dashboards.still():
        await dashboards.play(MUSIC)
        await hall.say("ready")
        assert hall.slot["state"] == "loading"
        await kitchen.say("ready")
        await hall.listen()
        assert (hall.slot["state"], kitchen.slot["state"]) == ("playing", "playing")
        await dashboards.play(OTHER)
        await hall.say("ready")
        await house.clock.pass_(0.29)
        await hall.listen()
        assert hall.slot["state"] == "loading"
        await house.clock.pass_(0.02)
        await hall.listen()
        assert hall.slot["state"] == "playing"


async def test_one_that_comes_later_joins_and_one_that_strays_is_called_back(
    house: House, dashboards: Dashboards
) -> None:
    hall = await dashboards.open("hall")
    with dashboards.still():
        await dashboards.play(MUSIC)
        await hall.say("ready")
        await hall.say("playing", 0.1)
        await house.clock.pass_(20)
        await hall.say("playing", 20.1)
        began = house.clock() - 20.1
        kitchen = await dashboards.open("kitchen")
        assert kitchen.slot["state"] == "playing"
        assert kitchen.slot["position"] == about(house.clock() - began)
        told, heard = len(hall.events), len(kitchen.events)
        await kitchen.say("playing", house.clock() - began)
        assert len(kitchen.events) == heard
        await kitchen.say("playing", house.clock() - began - 0.2)
        assert kitchen.events[heard]["media"]["position"] == about(house.clock() - began)
        await hall.listen()
        assert len(hall.events) == told


@pytest.mark.parametrize(("away", "is_called_back"), [(0.075, False), (0.085, True)])
async def test_one_that_strays_is_called_back_beyond_80_ms(
    dashboards: Dashboards, away: float, is_called_back: bool
) -> None:
    hall, kitchen = await dashboards.open("hall"), await dashboards.open("kitchen")
    clock = dashboards.house.clock
    with dashboards.still():
        await dashboards.play(MUSIC)
        for one in (hall, kitchen):
            await one.say("ready")
        for one in (hall, kitchen):
            await one.say("playing", 0.1)
        await clock.pass_(20)
        await hall.say("playing", 20.1)
        for position in (20.1 - away, 20.1 + away):
            told = len(kitchen.events)
            await kitchen.say("playing", position)
            assert (len(kitchen.events) > told) == is_called_back


async def test_one_that_fails_does_not_stop_the_others(
    house: House, dashboards: Dashboards
) -> None:
    hall, kitchen = await dashboards.open("hall"), await dashboards.open("kitchen")
    await house.announce(LONG, PLAYER)
    await house.settled()
    await hall.load()
    await kitchen.say("error")
    await hall.say("playing", 0.1)
    assert dashboards.state.state == "playing"
    await hall.say("ended", 12.0)
    outcome = await house.over()
    assert (house.kinds, outcome["errors"]) == (["started", "finished"], {})


async def test_a_leader_that_fails_or_is_held_up_gives_way(
    house: House, dashboards: Dashboards
) -> None:
    hall, kitchen = await dashboards.open("hall"), await dashboards.open("kitchen")
    await dashboards.play(MUSIC)
    for one in (hall, kitchen):
        await one.say("ready")
    await hall.say("playing", 0.1)
    await kitchen.say("playing", 0.1)
    await hall.say("paused", 0.2)
    assert dashboards.state.state == "playing"
    await kitchen.say("paused", 0.4)
    assert dashboards.state.state == "buffering"
    await hall.say("playing", 0.5)
    assert dashboards.state.state == "playing"
    await hall.say("error", 0.6)
    assert dashboards.state.state == "buffering"
    await kitchen.say("playing", 0.5)
    assert dashboards.state.state == "playing"
    await kitchen.say("error", 0.6)
    assert dashboards.state.state == "idle"


async def test_the_others_may_end_a_little_later(house: House, dashboards: Dashboards) -> None:
    hall, kitchen = await dashboards.open("hall"), await dashboards.open("kitchen")
    with dashboards.still():
        for after in (0.2, 0.6):
            await dashboards.play(MUSIC)
            for one in (hall, kitchen):
                await one.say("ready")
            await hall.say("playing", 0.1)
            await kitchen.say("playing", 0.1)
            await hall.say("ended", 5.0)
            await kitchen.listen()
            assert kitchen.wanted["media"]
            await house.clock.pass_(after)
            if after < 0.5:
                await kitchen.say("ended", 5.0)
            await kitchen.listen()
            assert kitchen.wanted["media"] is None
            assert dashboards.state.state == "idle"


async def test_music_makes_way_for_an_announcement(house: House, dashboards: Dashboards) -> None:
    hall = await dashboards.open()
    await dashboards.play(MUSIC, extra={"metadata": {"title": "One"}})
    await hall.listen()
    music = hall.slot
    await hall.say("ready")
    await hall.say("playing", 0.1)
    assert dashboards.state.attributes["media_title"] == "One"
    response = await house.announce(LONG, PLAYER)
    await house.settled()
    with dashboards.still():
        await hall.begin()
        assert (hall.wanted["media"]["id"], hall.wanted["media"]["state"]) == (
            music["id"],
            "playing",
        )
        assert dashboards.state.attributes["media_title"] == LONG.strip()
        await house.clock.pass_(2)
        await hall.say("playing", 2.02)
        written = len(dashboards.written)
        await hall.say("playing", 4.5, slot=music["id"])
        assert len(dashboards.written) == written
        assert (await dashboards.heard(response["id"]))["position"] == about(2.02)
        await dashboards.call("media_pause")
        await hall.listen()
        assert hall.wanted["media"]["state"] == "paused"
        await house.clock.pass_(40)
        assert dashboards.state.state == "paused"
        await dashboards.call("media_play")
        await hall.say("playing", 2.1)
        assert hall.wanted["media"]["state"] == "playing"
        await hall.say("ended", 12.0)
        assert (hall.wanted["media"]["id"], hall.wanted["announcement"]) == (music["id"], None)
        state = dashboards.state
        assert (state.state, state.attributes["media_content_id"]) == ("playing", MUSIC)
    outcome = await house.over()
    assert (house.kinds, outcome["errors"]) == (["started", "finished"], {})


@pytest.mark.parametrize(
    ("message", "options", "title"),
    [
        (SHORT, {}, SHORT),
        ("**Dinner** is [ready](https://example.com/a).", {}, "Dinner is ready."),
        (SHORT, {"private": True}, None),
        ("Ladida. " * 50, {}, f"{('Ladida. ' * 50)[:254].strip()}…"),
    ],
)
async def test_the_title_is_what_is_said_unless_it_is_private(
    house: House, dashboards: Dashboards, message: str, options: dict[str, Any], title: str | None
) -> None:
    hall = await dashboards.open()
    await house.announce(message, PLAYER, options=options)
    await house.settled()
    assert dashboards.state.attributes.get("media_title") == title
    await hall.begin()
    assert hall.slot["title"] == title
    assert dashboards.state.attributes.get("media_title") == title
    await hall.say("ended", 60.0)
    await house.over()
    assert "media_title" not in dashboards.state.attributes


async def test_a_dashboard_is_called_as_it_calls_itself(dashboards: Dashboards) -> None:
    name = "The tablet at the wall of the kitchen ".ljust(100, ".")
    await dashboards.open("tablet", name=name)
    assert dashboards.state.attributes["dashboards"] == [name]
    page = await dashboards.page("other")
    assert (await page.connect(name=f"{name}."))["error"]["code"] == "invalid_format"


async def test_two_announcements_are_heard_one_after_the_other(
    house: House, dashboards: Dashboards
) -> None:
    hall = await dashboards.open()
    first = await house.announce(LONG, PLAYER)
    second = await house.announce(SHORT, PLAYER)
    assert [one["players"][PLAYER]["state"] for one in (first, second)] == ["waiting", "queued"]
    await house.settled()
    with dashboards.still():
        await hall.begin()
        assert first["id"] in hall.slot["content_id"]
        await house.clock.pass_(2)
        await hall.say("playing", 2.01)
        assert (await dashboards.heard(first["id"]))["position"] == about(2.01)
        await hall.say("ended", 12.0)
        assert house.kinds == ["started", "finished"]
    await dashboards.given(hall, second["id"])
    await hall.begin()
    await hall.say("ended", 1.3)
    await house.over(2)
    assert house.kinds == ["started", "finished"] * 2
    assert [item["id"] for item in house.outcomes] == [first["id"], second["id"]]


async def test_without_a_dashboard_the_others_speak(house: House, dashboards: Dashboards) -> None:
    kitchen = await house.player()
    response = await house.announce(SHORT, PLAYER, kitchen.entity_id)
    assert response["players"][PLAYER] == {
        "state": "failed",
        "place": None,
        "error": "The player is unavailable.",
        "cause": "player_unavailable",
        "placeholders": {},
        "volume": None,
        "resumed": None,
    }
    outcome = await house.over()
    assert house.kinds == ["started", "finished"]
    assert outcome["errors"] == {PLAYER: "The player is unavailable."}


async def test_enqueued_media(dashboards: Dashboards) -> None:
    hall = await dashboards.open()

    async def url() -> str:
        await hall.listen()
        return str(hall.slot["url"].removeprefix("http://radio.example/"))

    async def end() -> None:
        await hall.say("ready")
        await hall.say("playing", 0.1)
        await hall.say("ended", 1.0)

    await dashboards.play("http://radio.example/1")
    await dashboards.play("http://radio.example/2", enqueue="add")
    await dashboards.play("http://radio.example/3", enqueue="add")
    await dashboards.play("http://radio.example/4", enqueue="next")
    heard = [await url()]
    await end()
    heard.append(await url())
    await dashboards.play("http://radio.example/5", enqueue="play")
    heard.append(await url())
    await end()
    heard.append(await url())
    await end()
    heard.append(await url())
    assert heard == ["1", "4", "5", "2", "3"]
    await dashboards.play("http://radio.example/6", enqueue="add")
    await dashboards.play("http://radio.example/7", enqueue="replace")
    assert await url() == "7"
    await end()
    assert dashboards.state.state == "idle"


async def test_volume_and_mute(dashboards: Dashboards) -> None:
    hall = await dashboards.open()
    await dashboards.call("volume_set", volume_level=0.5)
    await dashboards.call("volume_up")
    await dashboards.call("volume_mute", is_volume_muted=True)
    await hall.listen()
    assert (hall.wanted["volume"], hall.wanted["muted"]) == (pytest.approx(0.6), True)
    attributes = dashboards.state.attributes
    assert (attributes["volume_level"], attributes["is_volume_muted"]) == (pytest.approx(0.6), True)


@pytest.mark.parametrize(
    ("stored", "wanted"),
    [
        ({"volume": 0.3, "muted": True}, (0.3, True)),
        ({"volume": "loud", "muted": "yes"}, (1.0, False)),
        ({"volume": 7}, (1.0, False)),
    ],
)
async def test_volume_is_kept_over_a_restart(
    hass: HomeAssistant,
    simulator: Simulator,
    hass_ws_client: WebSocketGenerator,
    monkeypatch: pytest.MonkeyPatch,
    stored: dict[str, Any],
    wanted: tuple[float, bool],
) -> None:
    async def kept(_: RestoreEntity) -> RestoredExtraData:
        return RestoredExtraData(stored)

    monkeypatch.setattr(RestoreEntity, "async_get_last_extra_data", kept)
    await set_up(hass, make_entry(simulator))
    socket = await hass_ws_client()
    connect = {"type": f"{DOMAIN}/dashboard/connect", "client": "hall", "can_play": True}
    await socket.send_json_auto_id(connect)
    assert (await socket.receive_json())["result"] == {"entity_id": PLAYER}
    event = (await socket.receive_json())["event"]
    assert (event["volume"], event["muted"]) == wanted


async def test_a_reload_sends_dashboards_away_and_keeps_the_volume(
    house: House, dashboards: Dashboards
) -> None:
    hall = await dashboards.open()
    await dashboards.call("volume_set", volume_level=0.4)
    response = await house.announce(LONG, PLAYER)
    await house.settled()
    await hall.begin()
    (entry,) = house.hass.config_entries.async_entries(DOMAIN)
    await house.hass.config_entries.async_reload(entry.entry_id)
    await hall.listen()
    assert hall.wanted["announcement"] is None
    assert hall.events[-1] == {"type": "gone"}
    assert dashboards.state.state == "unavailable"
    heard = await dashboards.heard(response["id"])
    assert (heard["state"], heard["error"]) == ("failed", "The player became unavailable.")
    assert not (await hall.update(can_play=True))["success"]
    await hall.connect()
    assert hall.wanted["volume"] == 0.4
    assert dashboards.state.state == "idle"


async def test_a_page_that_sleeps_counts_as_unable(house: House, dashboards: Dashboards) -> None:
    hall = await dashboards.open()
    with dashboards.still():
        await dashboards.play(MUSIC)
        await hall.say("ready")
        await hall.say("playing", 0.1)
        slot = hall.slot["id"]
        await house.clock.pass_(29)
        assert dashboards.state.state == "playing"
        await house.clock.pass_(2)
        assert dashboards.state.state == "unavailable"
        await hall.say("playing", 31.0, slot=slot)
        assert dashboards.state.state == "idle"
        assert hall.wanted["media"] is None


async def test_a_page_may_be_silent_while_nothing_is_expected(
    house: House, dashboards: Dashboards
) -> None:
    hall = await dashboards.open()
    with dashboards.still():
        await house.clock.pass_(40)
        await dashboards.play(MUSIC)
        await hall.say("ready")
        await hall.say("playing", 0.1)
        await dashboards.call("media_pause")
        await house.clock.pass_(40)
        assert dashboards.state.state == "paused"
        await dashboards.call("media_play")
        await house.clock.pass_(29)
        assert dashboards.state.state == "buffering"


async def test_the_same_page_on_a_new_socket(house: House, dashboards: Dashboards) -> None:
    before = await dashboards.open("hall")
    await dashboards.play(MUSIC)
    await before.listen()
    await before.say("ready")
    await before.say("playing", 0.1)
    after = await dashboards.open("hall")
    assert after.slot["id"] == before.slot["id"]
    await before.socket.close()
    await after.say("playing", 0.2)
    assert dashboards.state.state == "playing"
    assert dashboards.state.attributes["dashboards"] == ["hall"]


async def test_what_is_wanted_has_the_fields_of_the_readme(
    house: House, dashboards: Dashboards
) -> None:
    page = await dashboards.page()
    answer = await page.connect(name="Hall", entity_id=PLAYER)
    assert answer["result"] == {"entity_id": PLAYER}
    assert page.wanted.keys() == {"type", "volume", "muted", "media", "announcement"}
    assert (page.wanted["media"], page.wanted["announcement"]) == (None, None)
    await dashboards.play(MUSIC, extra={"metadata": {"title": "One"}})
    await page.say("ready")
    await page.say("playing", 0.1)
    await house.announce(SHORT, PLAYER)
    await house.settled()
    await page.listen()
    fields = {
        "id",
        "content_id",
        "url",
        "mime_type",
        "title",
        "state",
        "position",
        "rate",
        "volume",
    }
    for place, state in (("media", "playing"), ("announcement", "loading")):
        assert page.wanted[place].keys() == fields
        assert page.wanted[place]["state"] == state
    assert page.wanted["media"]["title"] == "One"


async def test_a_page_names_itself_in_up_to_64_characters(dashboards: Dashboards) -> None:
    assert (await (await dashboards.page("x" * 64)).connect())["success"]
    for odd in ("x" * 65, ""):
        page = await dashboards.page(odd)
        answer = await page.send("connect", client=odd, can_play=True)
        assert answer["error"]["code"] == "invalid_format"


@pytest.mark.parametrize(
    "odd",
    [
        {"position": -1},
        {"position": "5"},
        {"position": True},
        {"position": None},
        {"position": 1e300},
        {"duration": -3.0},
        {"state": "dancing"},
        {"slot": ""},
        {"slot": "x" * 65},
        {"client": ""},
        {"entity_id": 5},
        {"surprise": 1},
    ],
)
async def test_odd_reports_are_refused(dashboards: Dashboards, odd: dict[str, Any]) -> None:
    hall = await dashboards.open()
    await dashboards.play(MUSIC)
    await hall.listen()
    good = {"entity_id": PLAYER, "client": "hall", "slot": hall.slot["id"]}
    answer = await hall.send("report", **{**good, "state": "playing", "position": 1.0, **odd})
    assert answer["error"]["code"] == "invalid_format"
    assert dashboards.state.state == "buffering"


async def test_reports_of_strangers_and_of_other_sounds_change_nothing(
    dashboards: Dashboards,
) -> None:
    hall, stranger = await dashboards.open(), await dashboards.page("stranger")
    await dashboards.play(OTHER)
    await hall.listen()
    over = hall.slot["id"]
    await dashboards.play(MUSIC)
    await hall.listen()
    assert (await hall.say("playing", 3.0, slot=over))["success"]
    assert (await hall.say("ended", 3.0, slot="nothing"))["success"]
    report = {"slot": hall.slot["id"], "state": "playing", "position": 3.0, "entity_id": PLAYER}
    for client in ("hall", "stranger"):
        answer = await stranger.send("report", client=client, **report)
        assert answer["error"]["code"] == "not_found"
    answer = await hall.send("report", client="hall", **{**report, "entity_id": "media_player.no"})
    assert answer["error"]["code"] == "not_found"
    assert dashboards.state.state == "buffering"
    assert not (await stranger.update(can_play=False))["success"]


async def test_no_such_player_and_too_many_dashboards(dashboards: Dashboards) -> None:
    hall = await dashboards.page()
    answer = await hall.send("connect", client="x", can_play=True, entity_id="media_player.no")
    assert answer["error"]["code"] == "not_found"
    for number in range(50):
        assert (await hall.send("connect", client=f"page {number}", can_play=True))["success"]
    answer = await hall.send("connect", client="one more", can_play=True)
    assert answer["error"]["code"] == "too_many"
    assert (await hall.send("connect", client="page 7", can_play=True))["success"]


@pytest.mark.parametrize(
    ("media_id", "error", "key"),
    [
        (MISSING, HomeAssistantError, "resolve_media_failed"),
        (f"media-source://{DOMAIN}/nothing/{PLAYER}", HomeAssistantError, "announcement_over"),
        ("media-source://media_source/no/file.mp3", HomeAssistantError, "media_not_found"),
        ("spotify:track:1", ServiceValidationError, "media_not_playable"),
        ("http://radio.example/cover.png", ServiceValidationError, "media_not_playable"),
    ],
)
async def test_what_cannot_be_played_is_refused(
    dashboards: Dashboards, media_id: str, error: type[HomeAssistantError], key: str
) -> None:
    await dashboards.open()
    with pytest.raises(error) as raised:
        await dashboards.play(media_id)
    assert raised.value.translation_key == key
    assert dashboards.state.state == "idle"


async def test_addresses_are_for_browsers(house: House, dashboards: Dashboards) -> None:
    assert await async_setup_component(house.hass, "media_source", {})
    hall = await dashboards.open()
    for media_id, start, is_signed in (
        ("/local/chime.mp3", "/local/chime.mp3", False),
        ("/media/local/chime.mp3", "/media/local/chime.mp3?authSig=", True),
        (MUSIC, MUSIC, False),
    ):
        await dashboards.play(media_id)
        await hall.listen()
        assert hall.slot["url"].startswith(start)
        assert ("authSig" in hall.slot["url"]) is is_signed
        assert hall.slot["mime_type"] == "audio/mpeg"


async def test_there_is_something_to_browse(dashboards: Dashboards) -> None:
    hall = await dashboards.open()
    await hall.socket.send_json_auto_id({"type": "media_player/browse_media", "entity_id": PLAYER})
    answer = await hall.socket.receive_json()
    assert answer["success"]
    assert answer["result"]["children"]


async def test_an_announcement_may_wait_long_for_another_one(
    house: House, dashboards: Dashboards
) -> None:
    hall = await dashboards.open()
    await house.announce(LONG, PLAYER)
    second = await house.announce(SHORT, PLAYER)
    await house.settled()
    await hall.begin()
    for position in range(10, 70, 10):
        await house.clock.pass_(10)
        await hall.say("playing", float(position))
    assert (await dashboards.heard(second["id"]))["state"] == "waiting"
    await hall.say("ended", 60.0)
    await dashboards.given(hall, second["id"])
    await hall.begin()
    await hall.say("ended", 1.3)
    await house.over(2)
    assert house.kinds == ["started", "finished"] * 2


async def test_what_sounds_before_an_announcement_tells_nothing_of_it(
    house: House, dashboards: Dashboards
) -> None:
    hall = await dashboards.open()
    await dashboards.play("http://radio.example/gong.mp3", announce=True)
    await hall.say("ready")
    await hall.say("playing", 0.1)
    response = await house.announce(LONG, PLAYER)
    await house.settled()
    await house.clock.pass_(3)
    await hall.say("playing", 6.0)
    assert (await dashboards.heard(response["id"]))["position"] is None
    await hall.say("ended", 6.1)
    await hall.begin()
    with dashboards.still():
        for position in (0.2, 1.2, 2.2):
            await house.clock.pass_(1)
            await hall.say("playing", position)
        assert (await dashboards.heard(response["id"]))["position"] == about(2.2)


@pytest.mark.parametrize(("volume", "own"), [(0.8, 0.8), ("-0.5", 0.5), (None, None)])
async def test_an_announcement_has_its_own_volume(
    house: House, dashboards: Dashboards, volume: Any, own: float | None
) -> None:
    page = await dashboards.open()
    await dashboards.play(MUSIC)
    await page.say("ready")
    await page.say("playing", 0.1)
    response = await house.announce(SHORT, PLAYER, **({} if volume is None else {"volume": volume}))
    await page.begin()
    assert page.wanted["announcement"]["volume"] == own
    assert page.wanted["media"]["volume"] is None
    assert (page.wanted["volume"], page.wanted["media"]["state"]) == (1, "playing")
    assert response["players"][PLAYER]["volume"] == own
    state = house.hass.states.get(PLAYER)
    assert state
    assert state.attributes["volume_level"] == 1
