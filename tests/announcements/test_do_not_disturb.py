"""What is quiet is shown and noted, and not spoken."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.helpers import area_registry as ar, entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.elevenlabs_streaming.announcements import announcer
from custom_components.elevenlabs_streaming.const import DOMAIN
from simulator import Simulator
from tests.helpers.config_flow import count_loads
from tests.helpers.dashboards import PLAYER as DASHBOARD, Dashboards
from tests.helpers.home import make_entry, set_up
from tests.helpers.players import House

TEXT = "The laundry is done, and the door of the cellar is open."
SWITCH = "switch.elevenlabs_streaming_do_not_disturb"
DASHBOARD_SWITCH = "switch.elevenlabs_streaming_do_not_disturb_on_dashboards"
NIGHT = {"quiet_from": "22:00:00", "quiet_to": "07:00:00"}


async def configure(house: House, **options: Any) -> dict[str, Any]:
    """Fill in the account's form; return how it answers."""
    (entry,) = house.hass.config_entries.async_entries(DOMAIN)
    flow = house.hass.config_entries.options
    form = await flow.async_init(entry.entry_id)
    answer = await flow.async_configure(form["flow_id"], options)
    await house.hass.async_block_till_done()
    return dict(answer)


async def turn(house: House, switch: str, to: str) -> None:
    """Turn a switch on or off."""
    data = {"entity_id": switch}
    await house.hass.services.async_call("switch", f"turn_{to}", data, blocking=True)


async def state_after(house: House, **data: Any) -> str:
    """Announce at the kitchen, and return the state that the response tells."""
    if house.hass.states.get("media_player.kitchen") is None:
        await house.player()
    response = await house.announce(TEXT, "media_player.kitchen", **data)
    return str(response["players"]["media_player.kitchen"]["state"])


async def test_what_is_silenced_is_shown_and_noted_and_costs_nothing(house: House) -> None:
    messages: list[dict[str, Any]] = []
    stop = announcer(house.hass).registry.subscribe(messages.append)
    await turn(house, SWITCH, "on")
    assert await state_after(house) == "silenced"
    assert house.kinds == ["silenced"]
    (outcome,) = house.outcomes
    assert outcome["message"] == TEXT
    assert outcome["states"] == {"media_player.kitchen": "silenced"}
    assert (outcome["errors"], outcome["error"], outcome["credits"]) == ({}, None, 0)
    assert not house.simulator.journal.generations
    assert house.devices[0].urls == []
    track = next(one["track"] for one in messages if one["type"] == "track")
    assert " ".join(word["text"] for word in track["words"]) == TEXT
    assert track["estimated"]
    assert track["cues"]
    assert 2 < track["duration"] < 8
    stop()


async def test_it_can_be_heard_later(house: House) -> None:
    await turn(house, SWITCH, "on")
    await house.player()
    response = await house.announce(TEXT, "media_player.kitchen")
    await turn(house, SWITCH, "off")
    await house.socket.send_json_auto_id(
        {"type": f"{DOMAIN}/announcement/links", "announcement_id": response["id"]}
    )
    links = (await house.socket.receive_json())["result"]
    answer = await house.http.get(links["audio"]["url"])
    assert len(await answer.read()) > 1000
    assert [one.text for one in house.simulator.journal.generations] == [TEXT]


@pytest.mark.parametrize(
    ("lowest", "spoken"),
    [("high", ["high", "critical"]), ("critical", ["critical"]), ("none", [])],
)
async def test_some_priorities_are_spoken_nevertheless(
    house: House, lowest: str, spoken: list[str]
) -> None:
    await configure(house, quiet_priority=lowest)
    await turn(house, SWITCH, "on")
    for count, priority in enumerate(("low", "normal", "high", "critical"), 1):
        await state_after(house, priority=priority)
        outcome = await house.over(count)
        assert (outcome["event_type"] == "finished") is (priority in spoken)


@pytest.mark.parametrize(
    ("moment", "is_quiet"),
    [
        ("2026-11-30 21:59:59", False),
        ("2026-11-30 22:00:00", True),
        ("2026-12-01 03:00:00", True),
        ("2026-12-01 06:59:59", True),
        ("2026-12-01 07:00:00", False),
        # Summer time begins on 2026-03-29 and ends on 2026-10-25.
        ("2026-03-29 01:59:00", True),
        ("2026-03-29 06:59:00", True),
        ("2026-03-29 07:01:00", False),
        ("2026-10-25 06:59:00", True),
        ("2026-10-25 07:01:00", False),
    ],
)
async def test_quiet_hours_are_those_of_the_home_s_clock(
    house: House, monkeypatch: pytest.MonkeyPatch, moment: str, is_quiet: bool
) -> None:
    await house.hass.config.async_set_time_zone("Europe/Berlin")
    await configure(house, **NIGHT)
    there = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo("Europe/Berlin"))
    monkeypatch.setattr(dt_util, "now", lambda: there)
    assert (await state_after(house) == "silenced") is is_quiet
    assert (await house.over())["event_type"] == ("silenced" if is_quiet else "finished")


@pytest.mark.parametrize(
    ("options", "field", "error"),
    [
        ({"quiet_from": "22:00:00"}, "quiet_to", "quiet_incomplete"),
        ({"quiet_to": "22:00:00"}, "quiet_from", "quiet_incomplete"),
        ({"quiet_from": "07:00:00", "quiet_to": "07:00:00"}, "quiet_to", "quiet_empty"),
    ],
)
async def test_the_form_wants_two_different_times(
    house: House, options: dict[str, str], field: str, error: str
) -> None:
    assert (await configure(house, **options))["errors"] == {field: error}


async def test_quiet_hours_change_without_a_reload(house: House) -> None:
    (entry,) = house.hass.config_entries.async_entries(DOMAIN)
    loads = count_loads(entry)
    await configure(house, quiet_from="00:00:00", quiet_to="23:59:59")
    assert await state_after(house) == "silenced"
    await configure(house)
    assert await state_after(house) != "silenced"
    await house.over(2)
    assert loads == []


async def test_what_waits_is_silenced_when_the_quiet_begins(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, TEXT)
    await house.announce("Dinner is ready.", kitchen.entity_id)
    await turn(house, SWITCH, "on")
    await house.over(2)
    assert {one["message"]: one["event_type"] for one in house.outcomes} == {
        TEXT: "finished",
        "Dinner is ready.": "silenced",
    }


async def test_dashboards_have_a_switch_of_their_own(
    house: House, hass_ws_client: WebSocketGenerator
) -> None:
    await Dashboards(house, hass_ws_client).open()
    kitchen = await house.player()
    await turn(house, DASHBOARD_SWITCH, "on")
    response = await house.announce(TEXT, kitchen.entity_id, DASHBOARD)
    assert response["players"][DASHBOARD]["state"] == "silenced"
    outcome = await house.over()
    assert outcome["event_type"] == "finished"
    assert outcome["states"] == {kitchen.entity_id: "finished", DASHBOARD: "silenced"}


async def test_a_switch_stays_as_it_was_over_a_reload(hass: Any, simulator: Simulator) -> None:
    entry = make_entry(simulator)
    await set_up(hass, entry)
    await hass.services.async_call("switch", "turn_on", {"entity_id": SWITCH}, blocking=True)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.get(SWITCH).state == STATE_ON
    assert hass.states.get(DASHBOARD_SWITCH).state == STATE_OFF
    assert announcer(hass).do_not_disturb.account(entry.entry_id).is_on


@pytest.mark.parametrize(
    ("persons", "state"),
    [
        ((), "finished"),
        (("home",), "finished"),
        (("not_home", "unknown"), "finished"),
        (("not_home", "Work"), "silenced"),
    ],
)
async def test_only_if_somebody_is_home(house: House, persons: tuple[str, ...], state: str) -> None:
    for number, where in enumerate(persons):
        house.hass.states.async_set(f"person.number_{number}", where)
    await state_after(house, only_if="home")
    assert (await house.over())["event_type"] == state


@pytest.mark.parametrize(
    ("sensors", "state"),
    [
        ({}, "finished"),
        ({"motion": "on"}, "finished"),
        ({"motion": "off", "occupancy": "on"}, "finished"),
        ({"presence": "unavailable"}, "finished"),
        ({"door": "off"}, "finished"),
        ({"motion": "off", "door": "on"}, "silenced"),
    ],
)
async def test_only_if_somebody_is_in_the_room(
    house: House, sensors: dict[str, str], state: str
) -> None:
    room = ar.async_get(house.hass).async_create("Kitchen").id
    hall = ar.async_get(house.hass).async_create("Hall").id
    registry = er.async_get(house.hass)
    kitchen = await house.player()
    registry.async_update_entity(kitchen.entity_id, area_id=room)
    for kind, told in sensors.items():
        sensor = registry.async_get_or_create("binary_sensor", "test", kind).entity_id
        registry.async_update_entity(sensor, area_id=room)
        house.hass.states.async_set(sensor, told, {"device_class": kind})
    other = registry.async_get_or_create("binary_sensor", "test", "elsewhere").entity_id
    registry.async_update_entity(other, area_id=hall)
    house.hass.states.async_set(other, "on", {"device_class": "motion"})
    await state_after(house, only_if="occupied")
    assert (await house.over())["event_type"] == state
