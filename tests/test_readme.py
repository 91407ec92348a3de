"""The README's examples work as they stand, and what it quotes is what there is."""

from collections.abc import Iterator
import json
from pathlib import Path
import re
import shutil
from typing import Any

from homeassistant.components.conversation.const import DATA_COMPONENT as AGENTS
from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL
from homeassistant.components.lovelace.const import LOVELACE_DATA
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml_dict
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.elevenlabs_streaming.announcements import PartState, StopResult
from custom_components.elevenlabs_streaming.chimes import CHIMES
from custom_components.elevenlabs_streaming.const import DOMAIN
from simulator import Simulator
from tests.architecture import COMPONENT, REPOSITORY
from tests.helpers.assist import Announcing
from tests.helpers.config_flow import fill_in_voice, open_notifier_form
from tests.helpers.home import GEORGE, SARAH, make_entry, set_up
from tests.helpers.music_player import music_player
from tests.helpers.players import House
from tests.helpers.readme import README, example

FORMATS = ("MP3", "WAV 16 kHz", "FLAC 48 kHz")
# In place of a trigger that waits for a time of day.
ASKED = {"trigger": "event", "event_type": "asked"}
MEASURED = {
    "a bare client whose socket is open: the limit": "bare client, open socket (the limit)",
    "**ElevenLabs Streaming**": "ElevenLabs Streaming",
    "LiveKit's plugin": "LiveKit's plugin",
    "Home Assistant's own ElevenLabs": "Home Assistant's own ElevenLabs",
}
OTHERS = {
    "From OpenAI TTS": {
        "target", "tts_entity", "message", "voice", "speed", "instructions", "extra_payload",
        "language", "chime: true", "chime_sound", "normalize_audio", "volume", "pause_playback",
    },
    "From Chime TTS": {
        "target", "message", "tts_platform", "chime_path", "end_chime_path", "offset",
        "crossfade", "initial_delay", "final_delay", "tts_speed", "tts_pitch", "volume_level",
        "join_players", "unjoin_players", "cache", "announce", "fade_audio", "audio_conversion",
        "language", "tld", "voice", "options", "repeat", "repeat_delay", "pre_script",
        "post_script", "extra", "chime_tts.say_url", "chime_tts.replay", "chime_tts.clear_cache",
        "notify",
    },
}  # fmt: skip
"""The fields of the actions that ours takes the place of, and what else belongs to them."""
STEPS = {
    "the agent's first token, over a connection that is open": "the agent's first token",
    "60 characters are there": "60 characters are there",
    "Home Assistant calls the voice": "Home Assistant calls the engine",
    "the words leave the house": "the words leave the house",
    "ElevenLabs begins to speak": "the service begins to speak",
    "the first sound leaves ElevenLabs": "the first sound leaves the service",
    "it reaches the house": "it reaches the house",
    "the listener has it": "the listener has it",
}


def section(heading: str) -> str:
    """Return what is below a heading, up to the next one."""
    _, _, rest = README.partition(f"# {heading}\n")
    return re.split(r"^#+ ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def table(text: str) -> Iterator[list[str]]:
    """Yield the cells of the rows of all tables in a text."""
    for line in re.findall(r"^\|(.*)\|$", text, re.MULTILINE):
        yield [cell.strip() for cell in line.split("|")]


# Examples


async def test_the_automation_tells_what_was_not_spoken(house: House) -> None:
    told = async_mock_service(house.hass, "notify", "mobile_app_phone")
    await automate(house, example("notify.mobile_app_phone"))
    kitchen, away = await house.player(), await house.player("Away", available=False)
    await house.announce("Dinner is ready.", kitchen.entity_id)
    await house.over()
    await house.hass.async_block_till_done()
    assert not told
    await house.announce("The laundry is done.", away.entity_id)
    await house.over(2)
    await house.hass.async_block_till_done()
    assert [call.data["message"] for call in told] == ["Not spoken: The laundry is done."]


async def automate(house: House, automation: dict[str, Any]) -> None:
    """Set an automation up, and the kitchen with its player."""
    config = {"alias": "Example", **automation}
    assert await async_setup_component(house.hass, "automation", {"automation": [config]})
    await house.hass.async_block_till_done()
    state = house.hass.states.get("automation.example")
    assert state
    assert state.state == "on"


async def kitchen_of(house: House) -> str:
    """Return a player in the area of the examples."""
    player = await house.player()
    area = ar.async_get(house.hass).async_create("Kitchen")
    er.async_get(house.hass).async_update_entity(player.entity_id, area_id=area.id)
    return player.entity_id


async def test_the_automation_flashes_where_something_is_said(house: House) -> None:
    flashed = async_mock_service(house.hass, "light", "turn_on")
    await automate(house, example("flash: short"))
    kitchen, garden = await kitchen_of(house), await house.player("Garden")
    await house.announce("Dinner is ready.", garden.entity_id)
    await house.over()
    await house.hass.async_block_till_done()
    assert not flashed
    await house.announce("The laundry is done.", kitchen)
    await house.over(2)
    await house.hass.async_block_till_done()
    assert [call.data for call in flashed] == [{"entity_id": ["light.kitchen"], "flash": "short"}]


async def test_the_automation_keeps_what_was_said(house: House) -> None:
    told = async_mock_service(house.hass, "notify", "mobile_app_tablet")
    await automate(house, example("notify.mobile_app_tablet"))
    kitchen = await house.player()
    await house.announce("Dinner is ready.", kitchen.entity_id)
    await house.over()
    await house.announce("A secret.", kitchen.entity_id, options={"private": True})
    await house.over(2)
    await house.hass.async_block_till_done()
    assert [call.data["message"] for call in told] == ["Dinner is ready."]


async def test_the_automation_waits_for_silence(house: House) -> None:
    started = async_mock_service(house.hass, "vacuum", "start")
    await automate(house, {**example("vacuum.start"), "triggers": ASKED})
    kitchen = await kitchen_of(house)
    await house.announce("The laundry is done, so please come down.", kitchen)
    await house.settled()
    await house.clock.until(lambda: "started" in house.kinds)
    house.hass.bus.async_fire("asked")
    await house.hass.async_block_till_done()
    assert not started
    await house.over()
    house.hass.bus.async_fire("asked")
    await house.hass.async_block_till_done()
    assert [call.data for call in started] == [{"entity_id": ["vacuum.robot"]}]


@pytest.mark.parametrize(
    "mark", ["message: The laundry is done.", "message: Dinner is ready!", "area_id: [kitchen"]
)
async def test_the_actions_take_what_the_examples_give_them(
    house: House, hass: HomeAssistant, mark: str
) -> None:
    kitchen = await house.player()
    action = example(mark)
    domain, _, name = action["action"].partition(".")
    is_response = "response_variable" in action
    # The area of the last one is not in this home, and nobody here lets time pass for `wait`.
    target = {"entity_id": kitchen.entity_id, "wait": False} if is_response else action["target"]
    data = {**action["data"], **target}
    await hass.services.async_call(domain, name, data, blocking=True, return_response=is_response)
    outcome = await house.over()
    assert (outcome["event_type"], outcome["message"]) == ("finished", action["data"]["message"])


@pytest.fixture
def media(hass: HomeAssistant, tmp_path: Path) -> Path:
    """Return the media folder of the home that is set up next."""
    hass.config.media_dirs = {"local": str(tmp_path)}
    return tmp_path


async def test_an_action_of_openai_tts_is_moved_over(
    media: Path, house: House, hass: HomeAssistant
) -> None:
    kitchen = await music_player(house)
    shutil.copy(COMPONENT / "chimes/sounds/bell.flac", media / "threetone.mp3")
    action = example("chime: threetone.mp3")
    data = {**action["data"], **action["target"]}
    await hass.services.async_call(DOMAIN, "announce", data, blocking=True)
    await house.settled()
    (made,) = house.simulator.journal.generations
    assert (made.text, made.voice) == (data["message"], SARAH)
    assert made.settings["speed"] == 1.1
    assert kitchen.levels == [0.6]
    kitchen.finish()
    assert (await house.over())["event_type"] == "finished"


async def test_segments_of_chime_tts_are_moved_over(house: House, hass: HomeAssistant) -> None:
    kitchen = await house.player()
    scripts = {"script": {"moved": example("chime_after: bell")}}
    assert await async_setup_component(hass, "script", scripts)
    run = hass.async_create_task(hass.services.async_call("script", "moved", blocking=True))
    await house.clock.until(run.done, step=0.2)
    await run
    await house.clock.until(lambda: len(house.outcomes) > 1, step=0.2)
    assert house.kinds == ["started", "finished"] * 2
    made = [(one.text, one.voice) for one in house.simulator.journal.generations]
    assert made == [("May I have your attention?", GEORGE), ("The soup is hot.", SARAH)]
    assert len(kitchen.device.audio) == 2


async def test_a_message_is_sent_as_in_the_example(house: House, hass: HomeAssistant) -> None:
    kitchen = await house.player()
    action = example("notify.upstairs")
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    typed = {"name": "Upstairs", "target": {"entity_id": kitchen.entity_id}}
    await fill_in_voice(hass, await open_notifier_form(hass, entry), typed)
    domain, _, name = action["action"].partition(".")
    data = {**action["data"], **action["target"]}
    await hass.services.async_call(domain, name, data, blocking=True)
    outcome = await house.over()
    assert outcome["event_type"] == "finished"
    assert outcome["message"].endswith(action["data"]["message"])


async def test_an_automation_asks_an_agent_to_announce(house: House, hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, "conversation", {})
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    form = await hass.config_entries.options.async_init(entry.entry_id)
    allowed = {"assistant_announces": True}
    await hass.config_entries.options.async_configure(form["flow_id"], allowed)
    await hass.async_block_till_done(wait_background_tasks=True)
    await kitchen_of(house)
    agent = Announcing(message="Dinner is ready.", areas=["Kitchen"])
    await hass.data[AGENTS].async_add_entities([agent])
    action = example("conversation.process")
    domain, _, name = action["action"].partition(".")
    await hass.services.async_call(domain, name, action["data"], blocking=True)
    assert (await house.over())["message"] == "Dinner is ready."


async def test_the_line_for_yaml_resources_names_the_file_that_is_served(
    hass: HomeAssistant, simulator: Simulator, hass_client_no_auth: ClientSessionGenerator
) -> None:
    assert await async_setup_component(hass, "frontend", example("resource_mode: yaml"))
    await set_up(hass, make_entry(simulator))
    (resource,) = hass.data[LOVELACE_DATA].resources.async_items()
    assert not hass.data[DATA_EXTRA_MODULE_URL].urls
    client = await hass_client_no_auth()
    assert (await client.get(resource["url"])).status == 200


# Figures


def figures(name: str) -> dict[tuple[str, str], list[float]]:
    """Return the figures of a measurement by its part and what was measured."""
    part, found = "", dict[tuple[str, str], list[float]]()
    text = (REPOSITORY / "benchmarks" / "results" / name).read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line.startswith("  "):
            part = re.split(r"[,:]", line)[0] if "30 tokens" in line or "one reply" in line else ""
        elif part and (match := re.match(r"  (.+?)\s{2,}(-?[\d.]+(?:\s+-?[\d.]+)*)$", line)):
            found[part, match[1]] = [float(one) for one in match[2].split()]
    return found


def test_the_figures_are_those_that_were_measured() -> None:
    measured, found = figures("first_sound.txt"), {}
    for name, *cells in table(section("First sound")):
        if name in MEASURED:
            for part, cell in zip(FORMATS, cells, strict=True):
                told = [float(one) for one in re.findall(r"\d+", cell)]
                found[part, MEASURED[name]] = told
                assert told == measured.get((part, MEASURED[name]), [])[:2], (name, part)
    assert len(found) == len(MEASURED) * len(FORMATS)


def test_the_steps_are_those_that_were_measured() -> None:
    measured, found = figures("first_sound.txt"), []
    for name, *cells in table(section("First sound")):
        if name in STEPS:
            found.append(name)
            told = [float(one.replace("−", "-")) for one in cells if one]  # noqa: RUF001  # a minus sign
            exact = measured["ElevenLabs Streaming", STEPS[name]]
            assert all(abs(a - b) < 1 for a, b in zip(told, exact, strict=False)), name
    assert found == list(STEPS)


def test_the_distance_to_the_limit_is_what_was_measured() -> None:
    measured = figures("first_sound-2026.11.0.txt")
    above = [
        measured[part, "ElevenLabs Streaming"][0]
        - measured[part, "bare client, open socket (the limit)"][0]
        for part in FORMATS[1:]
    ]
    (told,) = re.findall(r"WAV and FLAC are (\d+) and (\d+) ms above", section("First sound"))
    assert [float(one) for one in told] == above


def test_the_figures_of_text_to_dialogue_are_those_that_were_measured() -> None:
    measured = figures("first_sound-eleven_v4_turbo.txt")
    who = ("ElevenLabs Streaming", "bare client, open socket (the limit)", "LiveKit's plugin")
    told = re.search(
        r"MP3 sounds after (\d+) ms, where the limit is (\d+) and LiveKit's\s+plugin takes (\d+)",
        section("First sound"),
    )
    assert told
    assert [float(one) for one in told.groups()] == [measured[FORMATS[0], one][0] for one in who]


# Moving over


def moved(heading: str) -> list[list[str]]:
    """Return the rows of the table about another integration, without its head."""
    _, _, rest = section("Moving over").partition(f"**{heading}**")
    return list(table(rest.partition("\n**")[0]))[2:]


@pytest.mark.parametrize("heading", OTHERS)
def test_every_field_of_the_others_is_told(heading: str) -> None:
    told = {name for there, _ in moved(heading) for name in re.findall(r"`([^`]+)`", there)}
    assert told == OTHERS[heading]


@pytest.mark.parametrize("heading", OTHERS)
def test_what_takes_their_place_is_there(heading: str) -> None:
    fields = load_yaml_dict(str(COMPONENT / "services.yaml"))["announce"]["fields"]
    known = {name for one in fields.values() for name in one.get("fields", ())}
    options = {name.strip("`") for name, *_ in table(section("Use")) if name.startswith("`")}
    assert {"voice", "speed"} <= options
    known |= {*fields, *CHIMES, "target", "voice", "speed"}
    told = {name for _, here in moved(heading) for name in re.findall(r"`([a-z_]+)`", here)}
    assert told <= known


# States


def first_cells(heading: str) -> list[str]:
    """Return what the rows of the tables below a heading are about, without the heads."""
    cells = [name for name, *_ in table(section(heading))]
    return [name.strip("`") for name in cells if name.startswith("`") or name == "null"]


def test_the_states_are_those_of_the_code() -> None:
    told = first_cells("States")
    assert told == list(dict.fromkeys(state.public for state in PartState))


def test_the_results_of_stopping_are_those_of_the_code() -> None:
    assert first_cells("Stop and announce again") == [*StopResult, "null"]


async def test_all_is_stopped_in_an_area_as_in_the_example(
    house: House, hass: HomeAssistant
) -> None:
    kitchen = await kitchen_of(house)
    await house.announce("The laundry is done.", kitchen)
    action = example("response_variable: ended")
    domain, _, name = action["action"].partition(".")
    response: Any = await hass.services.async_call(
        domain, name, action["target"], blocking=True, return_response=True
    )
    told = example("stopped: 2")
    assert response.keys() == told.keys()
    assert response["players"][kitchen].keys() == told["players"]["media_player.kitchen"].keys()
    await house.over()


async def test_the_last_one_is_announced_again_as_in_the_example(house: House) -> None:
    await house.announce("The laundry is done.", await kitchen_of(house))
    await house.over()
    await house.hass.async_block_till_done()
    scripts = {"script": {"again": {"sequence": [example("announce_again")]}}}
    assert await async_setup_component(house.hass, "script", scripts)
    await house.hass.services.async_call("script", "again", blocking=True)
    assert (await house.over(2))["message"] == "The laundry is done."


# Texts


def test_the_messages_quoted_are_those_that_people_see() -> None:
    english = json.loads((COMPONENT / "translations/en.json").read_text(encoding="utf-8"))
    seen = [*english["config"]["error"].values()]
    seen += [one["message"] for one in english["exceptions"].values()]
    quoted = [
        re.sub("[*…]", "", what) for what, _ in table(section("When something is wrong"))
        if what.startswith("*")
    ]  # fmt: skip
    assert len(quoted) == 5
    for text in quoted:
        assert any(text in one for one in seen), text


# Places


def test_every_picture_and_link_leads_to_a_file() -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", README)
    files = [link for link in links if not link.startswith(("https://", "#"))]
    assert "docs/card.png" in files
    assert [file for file in files if not (REPOSITORY / file).is_file()] == []
    places = {
        re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    }
    assert {link[1:] for link in links if link.startswith("#")} <= places


def test_the_folders_are_there() -> None:
    folders = [name.strip("`") for name, *_ in table(section("Develop")) if name.startswith("`")]
    assert {"tests", "simulator", "card"} <= set(folders)
    assert [folder for folder in folders if not (REPOSITORY / folder).is_dir()] == []
