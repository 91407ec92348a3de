"""Triggers and conditions, as an automation has them and as its editor shows them."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from homeassistant.components.group.media_player import MediaPlayerGroup
from homeassistant.components.media_player import DATA_COMPONENT, MediaPlayerState
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.helpers import area_registry as ar, entity_registry as er
from homeassistant.helpers.dispatcher import DATA_DISPATCHER
from homeassistant.helpers.translation import async_get_translations
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.elevenlabs_streaming.announcements import SIGNAL_ANNOUNCEMENT
from custom_components.elevenlabs_streaming.const import DOMAIN
from custom_components.elevenlabs_streaming.event import EVENT_TYPES
from custom_components.elevenlabs_streaming.generation import requester
from simulator import Behaviour, Simulator
from tests.helpers.assist import furnish, talker
from tests.helpers.home import ENGINE, make_entry, set_up
from tests.helpers.players import EVENT, House, Stopwatch

SHORT = "The laundry is done."
LONG = (
    "The laundry is done, so please come down. The soup is hot and needs a pinch of salt. "
    "Somebody rang at the door a minute ago."
)
SECRET = "Quincy hides zwieback in Xanten."
AUTOMATION = "automation.told"
KITCHEN, GARDEN = "media_player.kitchen", "media_player.garden"

OURS = {f"{DOMAIN}.announcement_{kind}" for kind in EVENT_TYPES}


def trigger(kind: str, players: dict[str, Any] | None = None, **target: Any) -> dict[str, Any]:
    """Return a trigger for the voice's entity of events, or for another target."""
    return {
        "trigger": f"{DOMAIN}.announcement_{kind}",
        "target": target or {"entity_id": EVENT},
        **({"options": {"players": players}} if players else {}),
    }


def condition(players: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a condition."""
    return {
        "condition": f"{DOMAIN}.is_speaking",
        **({"options": {"players": players}} if players else {}),
    }


async def automate(
    hass: HomeAssistant,
    triggers: Sequence[dict[str, Any]],
    conditions: Sequence[dict[str, Any]] = (),
) -> list[ServiceCall]:
    """Set an automation up; return the calls of its action, which grow."""
    calls: list[ServiceCall] = async_mock_service(hass, "test", "tell")
    data = {"id": "{{ trigger.id }}", "told": "{{ trigger.announcement }}"}
    automation = {
        "id": "told",
        "alias": "Told",
        "triggers": list(triggers),
        "conditions": list(conditions),
        "actions": {"action": "test.tell", "data": data},
    }
    assert await async_setup_component(hass, "automation", {"automation": [automation]})
    await hass.async_block_till_done()
    return calls


async def passes(house: House, players: dict[str, Any] | None = None) -> bool:
    """Return what the editor's test of a condition tells."""
    await house.socket.send_json_auto_id(
        {"type": "test_condition", "condition": condition(players)}
    )
    answer = await house.socket.receive_json()
    assert answer["success"], answer
    return bool(answer["result"]["result"])


async def entry_id(house: House) -> str:
    """Return the ID of the only entry."""
    (entry,) = house.hass.config_entries.async_entries(DOMAIN)
    return str(entry.entry_id)


def listeners(hass: HomeAssistant) -> int:
    """Return how many listen to what becomes of announcements."""
    signals: dict[Any, Any] = hass.data[DATA_DISPATCHER]
    return len(signals.get(SIGNAL_ANNOUNCEMENT, ()))


# Triggers


async def test_triggers_tell_what_the_event_tells(house: House) -> None:
    kinds = ("started", "finished", "failed")
    calls = await automate(house.hass, [{**trigger(kind), "id": kind} for kind in kinds])
    kitchen = await house.player()
    await house.announce(SHORT, kitchen.entity_id)
    await house.over()
    await house.announce(SHORT, "media_player.ghost")
    await house.over(2)
    await house.hass.async_block_till_done()
    assert [call.data["id"] for call in calls] == ["started", "finished", "failed"] == house.kinds
    for call, event in zip(calls, house.happened, strict=True):
        told = call.data["told"]
        assert set(told["captions"]) == {"vtt", "srt", "json"}
        added = {"event_type", "event_types", "friendly_name", "icon", "at", "captions"}
        assert {**told, "captions": None} == {
            "captions": None,
            **{key: value for key, value in event.items() if key not in added},
        }


async def test_a_long_text_is_whole(house: House) -> None:
    calls = await automate(house.hass, [trigger("failed")])
    text = "The laundry is done. " * 1000
    await house.announce(text, "media_player.ghost")
    outcome = await house.over()
    await house.hass.async_block_till_done()
    (call,) = calls
    assert outcome["truncated"]
    assert (call.data["told"]["message"], call.data["told"]["truncated"]) == (text, False)


@pytest.mark.parametrize("what", ["event", "tts", "device"])
async def test_a_voice_is_targeted_by_its_entities_or_its_device(house: House, what: str) -> None:
    entity = EVENT if what == "event" else ENGINE
    entry = er.async_get(house.hass).async_get(ENGINE)
    assert entry
    target = {"device_id": entry.device_id} if what == "device" else {"entity_id": entity}
    calls = await automate(house.hass, [trigger("failed", **target)])
    await set_up(house.hass, make_entry(house.simulator))
    (other,) = set(house.hass.states.async_entity_ids("tts")) - {ENGINE}
    await house.announce(SHORT, "media_player.ghost", engine=other)
    await house.announce("Mind the step.", "media_player.ghost", engine=ENGINE)
    await house.over()
    await house.hass.async_block_till_done()
    assert [call.data["told"]["message"] for call in calls] == ["Mind the step."]


async def test_other_entities_of_a_voice_are_no_target(house: House) -> None:
    caption = "sensor.elevenlabs_george_caption"
    calls = await automate(house.hass, [trigger("failed", entity_id=[caption, KITCHEN])])
    await house.announce(SHORT, "media_player.ghost")
    await house.over()
    await house.hass.async_block_till_done()
    assert not calls


async def test_a_voice_keeps_its_trigger_when_it_is_renamed(house: House) -> None:
    calls = await automate(house.hass, [trigger("failed", entity_id="event.our_voice")])
    er.async_get(house.hass).async_update_entity(EVENT, new_entity_id="event.our_voice")
    await house.hass.async_block_till_done()
    await house.announce(SHORT, "media_player.ghost")
    await house.clock.until(lambda: calls, step=0.2)
    assert calls[0].data["told"]["engine"] == ENGINE


@pytest.mark.parametrize("by", ["entity_id", "area_id", "group"])
async def test_only_announcements_for_the_players_fire(house: House, by: str) -> None:
    await house.player()
    await house.player("Garden")
    area = ar.async_get(house.hass).async_create("Cooking")
    er.async_get(house.hass).async_update_entity(KITCHEN, area_id=area.id)
    group = MediaPlayerGroup(None, "Downstairs", [KITCHEN])
    await house.hass.data[DATA_COMPONENT].async_add_entities([group])
    players = {
        "entity_id": {"entity_id": KITCHEN},
        "area_id": {"area_id": area.id},
        "group": {"entity_id": "media_player.downstairs"},
    }
    kinds = ("started", "finished", "failed")
    calls = await automate(house.hass, [trigger(kind, players[by]) for kind in kinds])
    await house.announce(SHORT, GARDEN)
    await house.over()
    await house.announce(SHORT, "media_player.ghost")
    await house.over(2)
    await house.hass.async_block_till_done()
    assert not calls
    await house.announce("Mind the step.", KITCHEN, GARDEN)
    await house.over(3)
    await house.hass.async_block_till_done()
    assert [call.data["told"]["players"] for call in calls] == [[GARDEN, KITCHEN]] * 2


async def test_a_group_that_passes_it_on_may_be_selected(house: House) -> None:
    await house.player()
    await house.add_universal("Everywhere", KITCHEN)
    everywhere = "media_player.everywhere"
    calls = await automate(house.hass, [trigger("finished", {"entity_id": everywhere})])
    await house.announce(SHORT, everywhere)
    await house.over()
    await house.hass.async_block_till_done()
    assert [call.data["told"]["players"] for call in calls] == [[KITCHEN]]


async def test_a_reply_of_an_assistant_fires_too(house: House) -> None:
    butler, hall = await furnish(house), await talker(house)
    butler.answer = SHORT
    selected = {"entity_id": hall.entity_id}
    calls = await automate(
        house.hass, [trigger(kind, selected) for kind in ("started", "finished")]
    )
    assert not await passes(house)
    asked = house.hass.async_create_task(hall.asked())
    await house.clock.until(lambda: calls, step=0.05)
    assert await passes(house, selected)
    hall.finish.set()
    await house.over(step=0.05)
    await asked
    await house.hass.async_block_till_done()
    assert [call.data["told"]["players"] for call in calls] == [[hall.entity_id]] * 2
    assert calls[1].data["told"]["message"] == SHORT


async def test_a_group_that_cannot_be_called_may_be_selected(house: House) -> None:
    away = await house.player("Away", available=False)
    group = MediaPlayerGroup(None, "Downstairs", [away.entity_id])
    await house.hass.data[DATA_COMPONENT].async_add_entities([group])
    downstairs = "media_player.downstairs"
    calls = await automate(house.hass, [trigger("failed", {"entity_id": downstairs})])
    await house.announce(SHORT, downstairs)
    await house.over()
    await house.hass.async_block_till_done()
    assert [call.data["told"]["players"] for call in calls] == [[downstairs]]


@pytest.mark.parametrize("by", ["announce", "assistant"])
async def test_private_speech_fires_without_its_text(house: House, by: str) -> None:
    (entry,) = house.hass.config_entries.async_entries(DOMAIN)
    (voice,) = entry.subentries.values()
    data = {**voice.data, "private": True}
    house.hass.config_entries.async_update_subentry(entry, voice, data=data)
    await house.hass.async_block_till_done(wait_background_tasks=True)
    calls = await automate(house.hass, [trigger("started"), trigger("finished")])
    if by == "announce":
        await house.announce(SECRET, (await house.player()).entity_id)
    else:
        butler, hall = await furnish(house), await talker(house)
        butler.answer = SECRET
        hall.finish.set()
        await hall.asked()
    await house.over(step=0.05)
    await house.hass.async_block_till_done()
    assert [call.data["told"]["message"] for call in calls] == [None, None]
    assert "Quincy" not in str([call.data for call in calls])
    traces = [str(trace) async for trace in told_traces(house)]
    assert [(ENGINE in trace, "Quincy" in trace) for trace in traces] == [(True, False)] * 2


async def told_traces(house: House) -> AsyncIterator[dict[str, Any]]:
    """Yield what Home Assistant keeps of the automation's runs."""
    which = {"domain": "automation", "item_id": "told"}
    await house.socket.send_json_auto_id({"type": "trace/list", **which})
    for run in (await house.socket.receive_json())["result"]:
        await house.socket.send_json_auto_id(
            {"type": "trace/get", **which, "run_id": run["run_id"]}
        )
        yield (await house.socket.receive_json())["result"]


async def test_nobody_listens_once_the_automation_is_turned_off(house: House) -> None:
    before = listeners(house.hass)
    calls = await automate(
        house.hass, [trigger("started"), trigger("finished"), trigger("failed")], [condition()]
    )
    assert listeners(house.hass) == before + 3
    for action, expected in (("turn_off", 0), ("turn_on", 3), ("turn_off", 0)):
        await house.hass.services.async_call(
            "automation", action, {"entity_id": AUTOMATION}, blocking=True
        )
        assert listeners(house.hass) == before + expected
    await house.announce(SHORT, "media_player.ghost")
    await house.over()
    await house.hass.async_block_till_done()
    assert not calls


async def test_a_reload_of_the_account_leaves_triggers_as_they_are(house: House) -> None:
    calls = await automate(house.hass, [trigger("finished")])
    kitchen = await house.player()
    before = listeners(house.hass)
    await house.play(kitchen, LONG)
    assert await house.hass.config_entries.async_unload(await entry_id(house))
    await house.clock.until(lambda: calls, step=0.5)
    assert await house.hass.config_entries.async_setup(await entry_id(house))
    await house.hass.async_block_till_done(wait_background_tasks=True)
    assert listeners(house.hass) == before
    await house.announce(SHORT, kitchen.entity_id)
    await house.clock.until(lambda: len(calls) > 1, step=0.2)
    await house.hass.async_block_till_done()
    assert [call.data["told"]["message"] for call in calls] == [LONG, SHORT]


async def test_automations_may_be_there_before_the_integration(
    hass: HomeAssistant,
    simulator: Simulator,
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for component in ("homeassistant", "media_player", "input_boolean"):
        assert await async_setup_component(hass, component, {})
    asked = {"trigger": "event", "event_type": "asked"}
    calls = await automate(hass, [trigger("failed"), asked], [{"not": [condition()]}])
    assert DOMAIN not in hass.config.components
    hass.bus.async_fire("asked")
    await hass.async_block_till_done()
    assert len(calls) == 1
    clock = Stopwatch(hass, monkeypatch)
    await set_up(hass, make_entry(simulator))
    house = House(hass, await hass_client(), await hass_ws_client(), simulator, clock)
    await house.announce(SHORT, "media_player.ghost")
    await clock.until(lambda: len(calls) > 1, step=0.2)
    assert calls[1].data["told"]["message"] == SHORT


async def test_what_an_action_speaks_is_no_part_of_what_has_failed(house: House) -> None:
    requesters = []

    @callback
    def note(_: ServiceCall) -> None:
        requesters.append(requester())

    await automate(house.hass, [trigger("failed")])
    house.hass.services.async_register("test", "tell", note)
    kitchen = await house.player()
    house.simulator.behave(Behaviour(drop_after=0))
    await house.speak(SHORT, kitchen.entity_id)
    await house.over()
    await house.hass.async_block_till_done()
    assert requesters == [None]


# Conditions


async def test_it_passes_while_a_voice_is_heard(house: House) -> None:
    kitchen = await house.player()
    assert not await passes(house)
    await house.play(kitchen, LONG)
    assert await passes(house)
    kitchen.tell(MediaPlayerState.PAUSED)
    await house.clock.pass_(0)
    assert not await passes(house)
    kitchen.tell(MediaPlayerState.PLAYING)
    await house.clock.pass_(0)
    assert await passes(house)
    await house.over()
    assert not await passes(house)


async def test_what_waits_for_its_turn_or_its_sound_does_not_count(house: House) -> None:
    kitchen = await house.player()
    quiet = await house.player("Garden", fetches=False)
    await house.play(kitchen, LONG)
    await house.announce(SHORT, kitchen.entity_id)
    await house.announce(SHORT, quiet.entity_id)
    assert await passes(house, {"entity_id": KITCHEN})
    assert not await passes(house, {"entity_id": GARDEN})


async def test_it_looks_at_the_players_alone(house: House) -> None:
    kitchen = await house.player()
    await house.player("Garden")
    area = ar.async_get(house.hass).async_create("Cooking")
    er.async_get(house.hass).async_update_entity(KITCHEN, area_id=area.id)
    group = MediaPlayerGroup(None, "Downstairs", [KITCHEN])
    await house.hass.data[DATA_COMPONENT].async_add_entities([group])
    await house.play(kitchen, LONG, options={"private": True})
    assert await passes(house, {"entity_id": [GARDEN, KITCHEN]})
    assert await passes(house, {"area_id": area.id})
    assert await passes(house, {"entity_id": "media_player.downstairs"})
    assert not await passes(house, {"entity_id": GARDEN})
    assert not await passes(house, {"area_id": "attic"})


async def test_an_automation_runs_only_while_a_voice_is_heard(house: House) -> None:
    asked = {"trigger": "event", "event_type": "asked"}
    calls = await automate(house.hass, [asked], [condition({"entity_id": KITCHEN})])
    kitchen = await house.player()
    house.hass.bus.async_fire("asked")
    await house.hass.async_block_till_done()
    assert not calls
    await house.play(kitchen, LONG)
    house.hass.bus.async_fire("asked")
    await house.hass.async_block_till_done()
    assert len(calls) == 1
    assert await house.hass.config_entries.async_unload(await entry_id(house))
    assert await passes(house)
    await house.clock.pass_(60)
    assert not await passes(house)


# The editor


async def describe(socket: MockHAClientWebSocket, kind: str) -> dict[str, Any]:
    """Return the descriptions of our triggers or conditions, as the editor is told them."""
    await socket.send_json_auto_id({"type": f"{kind}_platforms/subscribe"})
    assert (await socket.receive_json())["success"]
    event: dict[str, Any] = (await socket.receive_json())["event"]
    return {key: value for key, value in event.items() if key.startswith(f"{DOMAIN}.")}


async def test_the_editor_is_told_of_triggers_and_conditions(house: House) -> None:
    triggers = await describe(house.socket, "trigger")
    assert set(triggers) == OURS
    for description in triggers.values():
        domains = [(one["integration"], *one["domain"]) for one in description["target"]["entity"]]
        assert domains == [(DOMAIN, "event"), (DOMAIN, "tts")]
    conditions = await describe(house.socket, "condition")
    assert list(conditions) == [f"{DOMAIN}.is_speaking"]
    for description in (*triggers.values(), *conditions.values()):
        (players,) = description["fields"].values()
        kinds = [
            domain for one in players["selector"]["target"]["entity"] for domain in one["domain"]
        ]
        assert kinds == ["media_player", "assist_satellite"]


async def test_a_device_of_a_voice_offers_its_triggers(house: House) -> None:
    entry = er.async_get(house.hass).async_get(ENGINE)
    assert entry
    target = {"device_id": [entry.device_id]}
    await house.socket.send_json_auto_id({"type": "get_triggers_for_target", "target": target})
    offered = (await house.socket.receive_json())["result"]
    assert set(offered) >= OURS


@pytest.mark.parametrize(
    ("part", "key"),
    [
        ({"triggers": {"trigger": f"{DOMAIN}.announcement_failed"}}, "no_voices"),
        ({"triggers": trigger("failed") | {"target": {"entity_id": []}}}, "no_voices"),
        ({"triggers": trigger("failed") | {"target": {}}}, "no_voices"),
    ],
)
async def test_a_trigger_without_a_voice_is_explained(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, part: dict[str, Any], key: str
) -> None:
    socket = await hass_ws_client()
    await socket.send_json_auto_id({"type": "validate_config", **part})
    (result,) = (await socket.receive_json())["result"].values()
    texts = await async_get_translations(hass, "en", "exceptions", {DOMAIN})
    expected = texts[f"component.{DOMAIN}.exceptions.{key}.message"]
    assert (result["valid"], result["error"]) == (False, expected)


@pytest.mark.parametrize(
    "options",
    [
        {"players": KITCHEN},
        {"player": {"entity_id": KITCHEN}},
        {"players": {"room": 1}},
        {"players": {"exclude": {"entity_id": KITCHEN}}},
    ],
)
async def test_options_that_do_not_exist_are_refused(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, options: dict[str, Any]
) -> None:
    socket = await hass_ws_client()
    ours = {"triggers": {**trigger("failed"), "options": options}}
    ours["conditions"] = {**condition(), "options": options}
    await socket.send_json_auto_id({"type": "validate_config", **ours})
    result = (await socket.receive_json())["result"]
    assert set(result) == {"triggers", "conditions"}
    assert not any(one["valid"] for one in result.values())


async def test_players_that_are_left_empty_mean_all(house: House) -> None:
    calls = await automate(house.hass, [{**trigger("failed"), "options": {"players": {}}}])
    await house.announce(SHORT, "media_player.ghost")
    await house.over()
    await house.hass.async_block_till_done()
    assert len(calls) == 1
