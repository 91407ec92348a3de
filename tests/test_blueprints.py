"""The blueprints: imported by the README's links, saved as in the editor, and run in a home."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
import re
from typing import Any
from urllib.parse import unquote

from aiohttp import web
from aiohttp.test_utils import TestServer
from homeassistant.components.blueprint import importer
from homeassistant.core import CoreState, Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import area_registry as ar, entity_registry as er
from homeassistant.helpers.selector import selector
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import load_yaml_dict
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.elevenlabs_streaming.chimes import CHIMES
from custom_components.elevenlabs_streaming.const import DOMAIN
from tests.architecture import REPOSITORY
from tests.helpers.assist import AGENT, Butler, furnish
from tests.helpers.config_flow import fill_in_voice, open_notifier_form
from tests.helpers.home import ENGINE
from tests.helpers.music_player import MusicPlayer, music_player
from tests.helpers.players import House
from tests.helpers.readme import README, example

FOLDER = REPOSITORY / "blueprints"
FILES = sorted(FOLDER.rglob("*.yaml"))
RAW = "https://raw.githubusercontent.com"
REMOTE = "/elevenlabs-streaming/elevenlabs-streaming/main/blueprints"
PAGE = "https://github.com/elevenlabs-streaming/elevenlabs-streaming/blob/main/blueprints"
MY = "https://my.home-assistant.io/redirect/blueprint_import/?blueprint_url="

POWER, BELL, RAIN = "sensor.washer_power", "event.bell", "weather.home"
LONG = "The laundry is done. Please come down and fold it before dinner, will you?"
RUNS_S, DONE_S = 60, 300
"""The defaults of the appliance, in seconds."""
_TURNS = 50
"""Of the loop, in which an automation comes to its next step that waits."""


def address(path: Path) -> str:
    """Return the page of a blueprint, which is what a user imports."""
    return f"{PAGE}/{path.relative_to(FOLDER)}"


def inputs_of(path: Path) -> dict[str, dict[str, Any]]:
    """Return the inputs of a blueprint, out of their sections."""
    found: dict[str, dict[str, Any]] = {}
    for name, one in load_yaml_dict(str(path))["blueprint"]["input"].items():
        found |= one.get("input", {name: one})
    return found


@dataclass(slots=True)
class Editor:
    """The part of Home Assistant's pages that deals with blueprints."""

    house: House
    announced: list[dict[str, Any]] = field(default_factory=list)
    """What our action was told, in order."""

    def watch(self) -> None:
        """Write down the calls of our action from now on."""

        @callback
        def note(event: Event) -> None:
            if event.data["domain"] == DOMAIN and event.data["service"] == "announce":
                self.announced.append(event.data["service_data"])

        self.house.hass.bus.async_listen("call_service", note)

    async def ask(self, command: str, **data: Any) -> Any:
        """Return the answer to a WebSocket command."""
        await self.house.socket.send_json_auto_id({"type": command, **data})
        answer = await self.house.socket.receive_json()
        assert answer["success"], answer
        return answer["result"]

    async def import_(self, path: Path) -> str:
        """Import a blueprint from its page and save it; returns the path of the saved file."""
        got = await self.ask("blueprint/import", url=address(path))
        assert got["validation_errors"] is None
        domain, file = got["blueprint"]["metadata"]["domain"], got["suggested_filename"]
        saved = {
            "domain": domain,
            "path": file,
            "yaml": got["raw_data"],
            "source_url": address(path),
        }
        await self.ask("blueprint/save", **saved)
        return f"{file}.yaml"

    async def use(self, name: str, domain: str = "automation", **inputs: Any) -> None:
        """Import a blueprint and save what is made of it."""
        path = FOLDER / domain / DOMAIN / f"{name}.yaml"
        made = {"path": await self.import_(path), "input": inputs}
        await self.save(domain, name, {"alias": name, "use_blueprint": made})
        state = self.house.hass.states.get(f"{domain}.{name}")
        assert state
        assert state.state == ("on" if domain == "automation" else "off")

    async def save(self, domain: str, name: str, made: dict[str, Any]) -> None:
        """Save an automation or a script."""
        answer = await self.house.http.post(f"/api/config/{domain}/config/{name}", json=made)
        assert answer.status == 200, await answer.text()
        await self.house.hass.async_block_till_done()

    async def tell(self, entity_id: str, state: str) -> None:
        """Have an entity of the home change."""
        attributes = {"friendly_name": entity_id.partition(".")[2].replace("_", " ")}
        self.house.hass.states.async_set(entity_id, state, attributes)
        await self.pass_(0)

    async def pass_(self, seconds: float) -> None:
        """Let time pass, and automations run until they wait for something."""
        await self.house.clock.pass_(seconds)
        for _ in range(_TURNS):
            await asyncio.sleep(0)


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Let what the pages save be in a folder of the test's own."""
    folder = Path(hass_tmp_config_dir)
    lines = [f"{domain}: !include {domain}s.yaml\n" for domain in ("automation", "script")]
    (folder / "configuration.yaml").write_text("".join(lines), encoding="utf-8")
    (folder / "automations.yaml").write_text("[]", encoding="utf-8")
    (folder / "scripts.yaml").write_text("", encoding="utf-8")
    return hass_tmp_config_dir


@pytest.fixture
async def pages(hass: HomeAssistant) -> None:
    """Let browsers save automations: this cannot be set up once somebody is connected."""
    for component in ("config", "automation", "script"):
        assert await async_setup_component(hass, component, {})


@pytest.fixture
async def github(socket_enabled: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Serve this repository's blueprints as GitHub does."""
    app = web.Application()
    app.router.add_static(REMOTE, FOLDER)
    async with TestServer(app) as server:
        real = importer._get_github_import_url
        local = str(server.make_url("")).rstrip("/")
        monkeypatch.setattr(
            importer, "_get_github_import_url", lambda url: real(url).replace(RAW, local)
        )
        yield


@pytest.fixture
async def editor(pages: None, github: None, house: House) -> AsyncIterator[Editor]:
    """Open the pages in a home with George's voice; afterwards its automations are turned off."""
    editor = Editor(house)
    editor.watch()
    yield editor
    everything = {"entity_id": "all"}
    await house.hass.services.async_call("automation", "turn_off", everything, blocking=True)


async def restored(house: House, player: MusicPlayer, level: float) -> None:
    """Wait until a volume that was set is what it was before."""
    await house.clock.until(lambda: len(player.levels) > 1, step=0.1)
    assert player.levels == [level, 0.3]


# All of them


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_each_is_imported_from_its_page(editor: Editor, path: Path) -> None:
    domain = path.relative_to(FOLDER).parts[0]
    file = await editor.import_(path)
    assert file == f"elevenlabs-streaming/{path.name}"
    listed = await editor.ask("blueprint/list", domain=domain)
    metadata = listed[file]["metadata"]
    assert metadata["source_url"] == address(path)
    assert metadata["domain"] == domain
    assert metadata["homeassistant"] == {"min_version": "2026.6.0"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_inputs_are_named_and_their_defaults_can_be_selected(path: Path) -> None:
    for name, one in inputs_of(path).items():
        assert one["name"], name
        select: Any = selector(one["selector"])
        if one.get("default"):
            select(one["default"])
        if name == "chime":
            values = [option["value"] for option in one["selector"]["select"]["options"]]
            assert values == ["none", *CHIMES]


def test_the_readme_lists_each_with_its_link() -> None:
    links = re.findall(r"\((https://my\.home-assistant\.io/\S+)\)", README)
    assert all(link.startswith(MY) for link in links)
    assert len(FILES) == 6
    names = [load_yaml_dict(str(path))["blueprint"]["name"] for path in FILES]
    assert [name for name in names if f"| *{name}* |" not in README] == []
    assert sorted(unquote(link.removeprefix(MY)) for link in links) == sorted(map(address, FILES))


# The appliance


async def appliance(editor: Editor, **inputs: Any) -> None:
    """Have the appliance watched, while it stands still."""
    await editor.tell(POWER, "1")
    await editor.use("appliance_done", power=POWER, **inputs)


async def test_an_appliance_that_has_finished_is_announced(editor: Editor) -> None:
    house, kitchen = editor.house, await music_player(editor.house)
    target = {"entity_id": kitchen.entity_id}
    await appliance(editor, players=target, message="Done.", chime="bell", volume=60, voice=ENGINE)
    await editor.tell(POWER, "300")
    await editor.pass_(RUNS_S + 1)
    await editor.tell(POWER, "2")
    await editor.pass_(DONE_S - 1)
    assert not editor.announced
    await editor.pass_(2)
    await house.clock.until(lambda: kitchen.device.audio)
    (told,) = editor.announced
    sound = {"engine": ENGINE, "chime": "bell", "volume": 0.6}
    assert told == {"entity_id": [kitchen.entity_id], "message": "Done.", **sound}
    kitchen.finish()
    outcome = await house.over()
    assert (outcome["message"], outcome["players"]) == ("Done.", [kitchen.entity_id])
    await restored(house, kitchen, 0.6)


async def test_a_short_rise_and_a_sensor_that_comes_back_are_no_run(editor: Editor) -> None:
    kitchen = await editor.house.player()
    await appliance(editor, players={"entity_id": kitchen.entity_id})
    await editor.tell(POWER, "300")
    await editor.pass_(RUNS_S - 1)
    for state in ("1", "unavailable", "1"):
        await editor.tell(POWER, state)
        await editor.pass_(DONE_S + 1)
    assert not editor.announced


async def test_a_run_is_noticed_after_a_restart(editor: Editor) -> None:
    hass, kitchen = editor.house.hass, await editor.house.player()
    await editor.tell(POWER, "300")
    hass.set_state(CoreState.not_running)
    await editor.use("appliance_done", power=POWER, players={"entity_id": kitchen.entity_id})
    await hass.async_start()
    await editor.pass_(0)
    await editor.tell(POWER, "0")
    await editor.pass_(DONE_S + 1)
    assert (await editor.house.over())["message"] == "The washing machine has finished."


@pytest.mark.parametrize("hours", [(-1, 1), (1, 2)])
async def test_it_is_quiet_at_other_times(editor: Editor, hours: tuple[int, int]) -> None:
    house, kitchen = editor.house, await editor.house.player()
    after, before = (f"{dt_util.now() + timedelta(hours=one):%H:%M:%S}" for one in hours)
    target = {"entity_id": kitchen.entity_id}
    await appliance(editor, players=target, after=after, before=before, chime="none")
    await editor.tell(POWER, "300")
    await editor.pass_(RUNS_S + 1)
    await editor.tell(POWER, "0")
    await editor.pass_(DONE_S + 1)
    if hours[0] > 0:
        assert not editor.announced
        return
    (told,) = editor.announced
    assert set(told) == {"entity_id", "message"}
    assert (await house.over())["event_type"] == "finished"


# The doorbell


async def ring(editor: Editor, count: int = 1) -> None:
    """Press the button."""
    await editor.tell(BELL, f"2026-11-30T12:00:{count:02}.000+00:00")


async def test_somebody_at_the_door_goes_first_with_a_chime(editor: Editor) -> None:
    house, kitchen = editor.house, await editor.house.player()
    await editor.tell(BELL, "unknown")
    await editor.use("doorbell", bells=[BELL], players={"entity_id": kitchen.entity_id})
    await house.play(kitchen, LONG)
    await house.announce("Dinner is ready.", kitchen.entity_id)
    editor.announced.clear()
    await ring(editor)
    # Its chime is decoded before it is queued; no time passes meanwhile.
    await house.hass.async_block_till_done()
    (told,) = editor.announced
    expected = {"chime": "ding_dong", "volume": 0.6, "priority": "high"}
    expected |= {"time_to_live": {"minutes": 1}}
    assert expected.items() <= told.items()
    await house.over(3)
    messages = [one["message"] for one in house.outcomes]
    assert messages == [LONG, "Somebody is at the door.", "Dinner is ready."]
    _, door, dinner = map(len, kitchen.device.audio)
    assert door > dinner


async def test_the_doorbell_has_its_volume(editor: Editor) -> None:
    house, kitchen = editor.house, await music_player(editor.house)
    await editor.use("doorbell", bells=[BELL], players={"entity_id": kitchen.entity_id}, volume=80)
    await editor.tell(BELL, "unknown")
    await ring(editor)
    await house.clock.until(lambda: kitchen.device.audio)
    assert kitchen.levels == [0.8]
    kitchen.finish()
    await house.over()
    await restored(house, kitchen, 0.8)


async def test_a_bell_that_comes_back_does_not_ring(editor: Editor) -> None:
    kitchen = await editor.house.player()
    await editor.use(
        "doorbell", bells=[BELL, "binary_sensor.gate"], players={"entity_id": kitchen.entity_id}
    )
    await ring(editor)
    await editor.tell("binary_sensor.gate", "on")
    await editor.house.clock.until(lambda: len(editor.announced) > 1)
    for state in ("unavailable", "2026-11-30T12:00:01.000+00:00"):
        await editor.tell(BELL, state)
    for state in ("off", "unknown", "off"):
        await editor.tell("binary_sensor.gate", state)
    await editor.house.hass.async_block_till_done()
    await editor.house.over()
    assert len(editor.announced) == 2


async def test_other_triggers_ring_and_what_waits_too_long_expires(editor: Editor) -> None:
    house, kitchen = editor.house, await editor.house.player()
    rung = {"trigger": "event", "event_type": "rung"}
    players = {"entity_id": kitchen.entity_id}
    await editor.use(
        "doorbell", players=players, other_triggers=[rung], expires_after={"seconds": 1}
    )
    await house.play(kitchen, LONG)
    house.hass.bus.async_fire("rung")
    await house.hass.async_block_till_done()
    await house.clock.until(lambda: house.outcomes, step=0.1)
    told = house.outcomes[0]
    assert (told["error"], told["message"]) == ("expired", "Somebody is at the door.")
    await house.over(2)


async def test_the_example_of_the_readme_rings(editor: Editor) -> None:
    house, kitchen = editor.house, await editor.house.player()
    area = ar.async_get(house.hass).async_create("Kitchen")
    er.async_get(house.hass).async_update_entity(kitchen.entity_id, area_id=area.id)
    made = example("doorbell.yaml")
    file = await editor.import_(FOLDER / "automation" / DOMAIN / "doorbell.yaml")
    assert file == made["use_blueprint"]["path"]
    await editor.save("automation", "door", made)
    await editor.tell("event.front_door", "2026-11-30T12:00:00.000+00:00")
    assert (await house.over())["message"] == "Somebody is at the front door."
    assert editor.announced[0]["volume"] == 0.8


# The briefing


async def briefing(editor: Editor, agent: str = AGENT, **inputs: Any) -> Butler:
    """Have a briefing written in two minutes; returns who writes it."""
    butler = await furnish(editor.house)
    kitchen = await editor.house.player()
    at = dt_util.now() + timedelta(minutes=2)
    given: dict[str, Any] = {
        "agent": agent,
        "at": f"{at:%H:%M:%S}",
        "players": {"entity_id": kitchen.entity_id},
    }
    await editor.use("morning_briefing", **given, **inputs)
    return butler


async def wake(editor: Editor) -> None:
    """Let it be morning."""
    async_fire_time_changed(editor.house.hass, dt_util.utcnow() + timedelta(minutes=2))
    await editor.house.hass.async_block_till_done()


async def test_what_the_agent_writes_is_announced(editor: Editor) -> None:
    butler = await briefing(editor)
    butler.answer = "Good morning. It is sunny, and the garage is open."
    asked = list[str]()
    handle = butler._async_handle_message

    async def note(user_input: Any, chat_log: Any) -> Any:
        asked.append(user_input.text)
        return await handle(user_input, chat_log)

    butler._async_handle_message = note  # type: ignore[method-assign]
    await wake(editor)
    assert (await editor.house.over())["message"] == butler.answer
    assert editor.announced[0]["chime"] == "gentle"
    assert re.match(r"It is \w+, .* Write a morning briefing", asked[0])


@pytest.mark.parametrize("fault", ["error", "silence", "gone"])
async def test_if_the_agent_fails_a_sentence_is_announced(editor: Editor, fault: str) -> None:
    fallback = "Good morning. Nobody knows anything."
    agent = "conversation.gone" if fault == "gone" else AGENT
    butler = await briefing(editor, agent, fallback=fallback)
    butler.answer = ""
    if fault == "error":

        async def fail(*_: Any) -> Any:
            raise HomeAssistantError("The model is overloaded.")

        butler._async_handle_message = fail  # type: ignore[assignment,method-assign]
    await wake(editor)
    assert (await editor.house.over())["message"] == fallback


@pytest.mark.parametrize("why", ["weekday", "condition"])
async def test_no_briefing_on_other_days_and_where_a_condition_fails(
    editor: Editor, why: str
) -> None:
    yesterday = f"{dt_util.now() - timedelta(days=2):%a}".lower()
    away = {"condition": "state", "entity_id": "zone.home", "state": "1"}
    await editor.tell("zone.home", "0")
    inputs = {"weekdays": [yesterday]} if why == "weekday" else {"further_conditions": [away]}
    await briefing(editor, **inputs)
    await wake(editor)
    assert not editor.announced


# The reminder


async def remind(editor: Editor, **inputs: Any) -> None:
    """Remind in two minutes, and let them pass."""
    kitchen = await editor.house.player()
    at = dt_util.now() + timedelta(minutes=2)
    players = {"entity_id": kitchen.entity_id}
    await editor.use("reminder", at=f"{at:%H:%M:%S}", players=players, buttons=[BELL], **inputs)
    await editor.tell(BELL, "unknown")
    async_fire_time_changed(editor.house.hass, dt_util.utcnow() + timedelta(minutes=2))
    await editor.pass_(0)


async def test_a_reminder_goes_on_until_the_button_is_pressed(editor: Editor) -> None:
    house = editor.house
    await remind(editor, pause={"seconds": 20})
    await house.clock.until(lambda: len(house.devices[0].audio) == 3, step=0.2)
    await ring(editor)
    outcome = await house.over()
    assert outcome["message"] == "Please take your medicine now."
    assert (outcome["acknowledged"], outcome["times_spoken"]) == (True, 3)
    (told,) = editor.announced
    assert told["chime"] == "gentle"
    await ring(editor, 2)
    assert len(editor.announced) == 1


@pytest.mark.parametrize("is_acknowledged", [True, False])
async def test_somebody_is_told_of_what_nobody_acknowledges(
    editor: Editor, *, is_acknowledged: bool
) -> None:
    house = editor.house
    told = [{"event": "nobody_came"}]
    happened = list[Event]()
    house.hass.bus.async_listen("nobody_came", happened.append)
    await remind(editor, ends_after={"minutes": 5}, unacknowledged=told)
    if is_acknowledged:
        await house.clock.until(lambda: house.devices[0].audio)
        await ring(editor)
    outcome = await house.over(step=1.0)
    await house.hass.async_block_till_done()
    assert outcome["acknowledged"] is is_acknowledged
    assert bool(happened) is not is_acknowledged


async def test_no_reminder_on_other_days(editor: Editor) -> None:
    yesterday = f"{dt_util.now() - timedelta(days=2):%a}".lower()
    await remind(editor, weekdays=[yesterday])
    assert not editor.announced


# Dinner


async def test_a_script_announces_dinner_in_an_area(editor: Editor) -> None:
    house = editor.house
    kitchen, garden = await music_player(house), await house.player("Garden")
    area = ar.async_get(house.hass).async_create("Cooking")
    er.async_get(house.hass).async_update_entity(kitchen.entity_id, area_id=area.id)
    await editor.use("dinner_is_ready", "script", players={"area_id": area.id}, volume=50)
    await house.hass.services.async_call("script", "dinner_is_ready", blocking=True)
    await house.clock.until(lambda: kitchen.device.audio)
    kitchen.finish()
    outcome = await house.over()
    assert (outcome["message"], outcome["players"]) == ("Dinner is ready.", [kitchen.entity_id])
    assert editor.announced == [
        {"area_id": [area.id], "message": "Dinner is ready.", "chime": "bell", "volume": 0.5}
    ]
    await restored(house, kitchen, 0.5)
    assert not garden.device.audio


# The windows


async def windows(editor: Editor, **inputs: Any) -> None:
    """Have three windows watched, with two announcement targets."""
    house = editor.house
    (entry,) = house.hass.config_entries.async_entries(DOMAIN)
    for name in ("Upstairs", "Hall"):
        player = await house.player(name)
        typed = {"name": name, "target": {"entity_id": player.entity_id}}
        await fill_in_voice(house.hass, await open_notifier_form(house.hass, entry), typed)
    for name, state in (("kitchen", "on"), ("attic", "off"), ("bath", "on")):
        await editor.tell(f"binary_sensor.{name}", state)
    await editor.tell(RAIN, "cloudy")
    await editor.tell("zone.home", "2")
    names = [f"binary_sensor.{name}" for name in ("kitchen", "attic", "bath")]
    targets = {"rain_targets": ["notify.upstairs"], "leaving_targets": ["notify.hall"]}
    await editor.use(
        "open_windows", **{"windows": names, "rain_sensors": [RAIN], **targets, **inputs}
    )


async def close(editor: Editor) -> None:
    """Close the windows."""
    for name in ("kitchen", "bath"):
        await editor.tell(f"binary_sensor.{name}", "off")


async def test_open_windows_are_told_when_it_begins_to_rain(editor: Editor) -> None:
    await windows(editor)
    for state in ("rainy", "pouring", "unavailable", "rainy"):
        await editor.tell(RAIN, state)
    outcome = await editor.house.over()
    await editor.house.hass.async_block_till_done()
    assert outcome["message"] == "It begins to rain. Still open: bath, kitchen."
    assert outcome["players"] == ["media_player.upstairs"]
    await close(editor)
    for state in ("sunny", "rainy"):
        await editor.tell(RAIN, state)
    await editor.tell("binary_sensor.attic", "on")
    for state in ("sunny", "rainy"):
        await editor.tell(RAIN, state)
    assert (await editor.house.over(2))["message"] == "It begins to rain. Still open: attic."


async def test_open_windows_are_told_when_all_have_left(editor: Editor) -> None:
    await windows(editor, leaving_message="Open, {{ open_windows | upper }}!")
    await editor.tell("zone.home", "1")
    await editor.tell("zone.home", "0")
    outcome = await editor.house.over()
    assert outcome["message"] == "Open, BATH, KITCHEN!"
    assert outcome["players"] == ["media_player.hall"]
    await close(editor)
    for state in ("1", "0"):
        await editor.tell("zone.home", state)
    assert len(editor.house.happened) == 2


async def test_rain_is_not_told_at_other_times_nor_without_a_target(editor: Editor) -> None:
    after, before = (f"{dt_util.now() + timedelta(hours=one):%H:%M:%S}" for one in (1, 2))
    await windows(editor, after=after, before=before, leaving_targets=[])
    await editor.tell(RAIN, "rainy")
    await editor.tell("zone.home", "0")
    assert not editor.house.happened
    assert not editor.house.simulator.journal.generations
