"""The tool of conversation agents: who gets it, where it announces, and what it answers."""

from importlib import import_module
import json
from typing import Any

from homeassistant.components import conversation
from homeassistant.components.conversation.const import DATA_COMPONENT as AGENTS
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
    llm,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from custom_components.elevenlabs_streaming.const import DOMAIN
from tests.helpers.assist import AGENT, ANNOUNCE_TOOL as TOOL, Announcing
from tests.helpers.config_flow import (
    Result,
    fill_in_voice,
    open_voice_form,
    options_of,
    suggested,
    voices_of,
)
from tests.helpers.home import SARAH, make_entry, set_up
from tests.helpers.players import House, Player

SHORT = "The laundry is done."
LONG = "The laundry is done. Please come down and fold it before dinner, will you?"
SECRET = "Quincy hides zwieback in Xanten."


@pytest.fixture(autouse=True)
async def _assist(house: House) -> None:
    """Set Assist up."""
    assert await async_setup_component(house.hass, "conversation", {})


def entry_of(house: House) -> ConfigEntry:
    """Return the first account of the house."""
    return house.hass.config_entries.async_entries(DOMAIN)[0]


async def configure(house: House, **options: Any) -> Result:
    """Fill in the options of the account."""
    flow = house.hass.config_entries.options
    form = await flow.async_init(entry_of(house).entry_id)
    done = await flow.async_configure(form["flow_id"], options)
    await house.hass.async_block_till_done(wait_background_tasks=True)
    return done


async def allow(house: House) -> None:
    """Let assistants announce."""
    done = await configure(house, assistant_announces=True)
    assert done["type"] == "create_entry"


async def apis(house: House, device_id: str | None = None) -> list[llm.APIInstance]:
    """Return Assist's API, and those of accounts where Home Assistant has no tools of others."""
    who = llm.LLMContext("test", Context(), "en", "conversation", device_id)
    ids = [api.id for api in llm.async_get_apis(house.hass)]
    ours = ["assist", *(one for one in ids if one.startswith(DOMAIN))]
    return [await llm.async_get_api(house.hass, one, who) for one in ours]


async def tools(house: House) -> dict[str, llm.Tool]:
    """Return our tools that an agent is offered."""
    offered = [tool for api in await apis(house) for tool in api.tools]
    return {tool.name: tool for tool in offered if tool.name.startswith(DOMAIN)}


async def call(
    house: House, name: str = TOOL, device_id: str | None = None, **args: Any
) -> dict[str, Any]:
    """Call our tool as an agent does, and return its answer."""
    for api in await apis(house, device_id):
        if name in {tool.name for tool in api.tools}:
            result: Any = await api.async_call_tool(llm.ToolInput(name, args))
            data = getattr(result, "data", result)
            assert getattr(result, "error", not data["success"]) is not data["success"]
            json.dumps(data)
            return dict(data)
    raise AssertionError(f"no tool {name}")


def put(house: House, player: Player | str, area: str) -> str:
    """Put a player into an area; return its entity ID."""
    entity_id = player if isinstance(player, str) else player.entity_id
    areas = ar.async_get(house.hass)
    found = areas.async_get_area_by_name(area) or areas.async_create(area)
    er.async_get(house.hass).async_update_entity(entity_id, area_id=found.id)
    return entity_id


async def furnish(house: House) -> tuple[Player, Player]:
    """Put a kitchen and a garden with a player each into the house, and allow announcements."""
    await allow(house)
    stove, hose = await house.player("Stove"), await house.player("Hose")
    put(house, stove, "Kitchen")
    put(house, hose, "Garden")
    return stove, hose


def heard(*players: Player) -> list[bool]:
    """Return which players have fetched anything."""
    return [bool(player.device.audio) for player in players]


# Who gets it


async def test_an_agent_announces_in_another_room_and_is_told_what_became_of_it(
    house: House,
) -> None:
    stove, hose = await furnish(house)
    answer = await call(house, message=SHORT, areas=["kitchen"])
    told = {"player": "Stove", "area": "Kitchen", "state": "waiting", "error": None}
    (player,) = answer["players"]
    assert answer["success"]
    assert player == {**told, "state": player["state"]}
    assert player["state"] in ("waiting", "playing")
    outcome = await house.over()
    assert (outcome["event_type"], outcome["message"]) == ("finished", SHORT)
    assert SHORT in house.shown
    assert heard(stove, hose) == [True, False]


async def test_it_is_offered_only_while_the_account_allows_it(house: House) -> None:
    assert await tools(house) == {}
    await allow(house)
    assert [*await tools(house)] == [TOOL]
    entry_id = entry_of(house).entry_id
    await house.hass.config_entries.async_reload(entry_id)
    assert [*await tools(house)] == [TOOL]
    (tool,) = (await tools(house)).values()
    await configure(house, assistant_announces=False)
    assert await tools(house) == {}
    await allow(house)
    await house.hass.config_entries.async_unload(entry_id)
    assert await tools(house) == {}
    result: Any = await tool.async_call(
        house.hass,
        llm.ToolInput(TOOL, {"message": SHORT}),
        llm.LLMContext("test", None, "en", "conversation", None),
    )
    assert getattr(result, "data", result)["cause"] == "assistant_may_not_announce"


async def test_it_is_offered_to_nobody_whose_exposed_entities_are_not_known(house: House) -> None:
    await allow(house)
    nobody: Any = None
    who = llm.LLMContext("test", Context(), "en", nobody, None)
    for api in await apis(house):
        if api.api.id.startswith(DOMAIN) or hasattr(llm, "ToolResult"):
            told = await llm.async_get_api(house.hass, api.api.id, who)
            assert TOOL not in {tool.name for tool in told.tools}


async def test_agents_can_write_down_what_it_takes(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await allow(house)
    tool = (await tools(house))[TOOL]
    assert "provides" not in caplog.text  # how Home Assistant begins what it finds amiss in a tool
    for serializer in (llm.selector_serializer, None):
        schema = _as_openapi(tool.parameters, serializer)
        assert schema["required"] == ["message"]
        fields = schema["properties"]
        assert fields["areas"]["items"] == {"type": "string"}
        assert fields["priority"]["enum"] == ["low", "normal", "high"]
        assert fields["chime"]["enum"] == ["alert", "bell", "ding_dong", "gentle", "rising"]
    assert tool.description
    assert "George" in tool.description


def _as_openapi(parameters: Any, serializer: Any) -> Any:
    """Return a schema as the agents of this Home Assistant write it."""
    if hasattr(llm, "ToolResult"):
        convert = import_module("probatio").to_openapi
    else:
        convert = import_module("voluptuous_openapi").convert
    return convert(parameters, custom_serializer=serializer)


async def test_accounts_do_not_get_in_each_others_way(house: House, hass: HomeAssistant) -> None:
    stove, _ = await furnish(house)
    second = make_entry(house.simulator, "sk_other", voice=SARAH)
    await set_up(hass, second)
    voice = next(iter(second.subentries))
    options = {"assistant_announces": True, "announcement_voice": voice}
    hass.config_entries.async_update_entry(second, options=options)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [*await tools(house)] == [TOOL, f"{TOOL}_2"]
    assert (await call(house, f"{TOOL}_2", message=SHORT, areas=["Kitchen"]))["success"]
    await house.settled()
    await house.clock.until(lambda: heard(stove) == [True])
    assert house.happened == []  # nothing of George
    await configure(house, assistant_announces=False)
    assert [*await tools(house)] == [TOOL]


# An agent in a conversation


async def test_the_players_are_called_as_the_user_who_asked(
    house: House, hass: HomeAssistant, hass_admin_user: MockUser
) -> None:
    await furnish(house)
    agent = Announcing(message=SHORT, areas=["Garden"])
    await hass.data[AGENTS].async_add_entities([agent])
    called = list[Context]()

    @callback
    def note(event: Event) -> None:
        if event.data["service"] == "play_media":
            called.append(event.context)

    hass.bus.async_listen("call_service", note)
    context = Context(user_id=hass_admin_user.id)
    await conversation.async_converse(hass, "Tell them.", None, context, agent_id=AGENT)
    assert agent.told.tool_name == TOOL
    assert (await house.over())["message"] == SHORT
    assert [(one.id, one.user_id) for one in called] == [(context.id, hass_admin_user.id)]


# Where


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"areas": ["Kitchen"]}, [True, False]),
        ({"areas": ["cookhouse "]}, [True, False]),
        ({"areas": "Garden"}, [False, True]),
        ({"areas": ["Kitchen", "Garden"]}, [True, True]),
        ({"floors": ["Ground"]}, [True, True]),
        ({"players": ["stove"], "areas": None, "floors": ""}, [True, False]),
        ({"players": ["Sprinkler"]}, [False, True]),
        ({"players": ["media_player.hose"], "areas": ["Kitchen"]}, [True, True]),
    ],
)
async def test_a_place_is_an_area_a_floor_or_a_player_by_any_of_its_names(
    house: House, where: dict[str, Any], expected: list[bool]
) -> None:
    players = await furnish(house)
    floor = fr.async_get(house.hass).async_create("Ground")
    areas = ar.async_get(house.hass)
    for area in list(areas.async_list_areas()):
        aliases = {"Cookhouse"} if area.name == "Kitchen" else set[str]()
        areas.async_update(area.id, floor_id=floor.floor_id, aliases=aliases)
    registry = er.async_get(house.hass)
    registry.async_update_entity("media_player.hose", aliases=["Sprinkler"])
    assert (await call(house, message=SHORT, **where))["success"]
    await house.over()
    assert heard(*players) == expected


async def test_what_is_not_exposed_is_not_there(house: House) -> None:
    stove, hose = await furnish(house)
    async_expose_entity(house.hass, "conversation", stove.entity_id, should_expose=False)
    named: list[dict[str, Any]] = [{"areas": ["Kitchen"]}, {"players": ["Stove"]}]
    for where in named:
        answer = await call(house, message=SHORT, **where)
        assert (answer["success"], answer["cause"]) == (False, "place_not_found")
        assert [one["player"] for one in answer["candidates"]] == ["Hose"]
    async_expose_entity(house.hass, "conversation", hose.entity_id, should_expose=False)
    answer = await call(house, message=SHORT)
    assert answer["cause"] == "nothing_exposed"
    assert "candidates" not in answer
    await house.settled()
    assert heard(stove, hose) == [False, False]


async def test_a_satellite_that_is_exposed_speaks_too(house: House) -> None:
    await furnish(house)
    hall = await house.satellite()
    put(house, hall.entity_id, "Hall")
    async_expose_entity(house.hass, "conversation", hall.entity_id, should_expose=True)
    assert (await call(house, message=SHORT, areas=["Hall"]))["success"]
    await house.over()
    assert hall.device.audio


@pytest.mark.parametrize(
    "where", [{}, {"areas": [], "players": None}, {"areas": [""], "floors": [" "], "players": [""]}]
)
async def test_if_no_place_is_named_it_announces_nothing_and_lists_what_there_is(
    house: House, where: dict[str, Any]
) -> None:
    players = await furnish(house)
    answer = await call(house, message=SHORT, **where)
    assert not answer["success"]
    assert answer["cause"] == "place_missing"
    assert answer["error"].startswith("No area, floor, or player was named")
    assert "Ask the user" in answer["instruction"]
    assert answer["candidates"] == [
        {"player": "Hose", "area": "Garden", "entity_id": "media_player.hose"},
        {"player": "Stove", "area": "Kitchen", "entity_id": "media_player.stove"},
    ]
    await house.settled()
    assert heard(*players) == [False, False]


async def test_of_several_that_a_name_means_none_is_taken(house: House) -> None:
    players = await furnish(house)
    registry, areas = er.async_get(house.hass), ar.async_get(house.hass)
    for player in players:
        registry.async_update_entity(player.entity_id, aliases=["Speaker"])
    for area in list(areas.async_list_areas()):
        areas.async_update(area.id, aliases={"There"})
    named: list[dict[str, Any]] = [{"players": ["speaker"]}, {"areas": ["there"]}]
    for where in named:
        answer = await call(house, message=SHORT, **where)
        assert answer["cause"] == "place_ambiguous"
        assert [one["area"] for one in answer["candidates"]] == ["Garden", "Kitchen"]
    await house.settled()
    assert heard(*players) == [False, False]
    chosen = answer["candidates"][1]["entity_id"]
    assert (await call(house, message=SHORT, players=[chosen]))["success"]
    await house.over()
    assert heard(*players) == [True, False]


def make_device(house: House, *entities: str) -> str:
    """Put entities into one device called Big; return its ID."""
    owner = MockConfigEntry(domain="test")
    owner.add_to_hass(house.hass)
    device = dr.async_get(house.hass).async_get_or_create(
        config_entry_id=owner.entry_id, identifiers={("test", "big")}, name="Big"
    )
    for entity_id in entities:
        er.async_get(house.hass).async_update_entity(entity_id, device_id=device.id)
    return device.id


async def test_a_name_that_all_of_a_device_has_means_its_media_player(house: House) -> None:
    stove, _ = await furnish(house)
    hall = await house.satellite()
    async_expose_entity(house.hass, "conversation", hall.entity_id, should_expose=True)
    make_device(house, stove.entity_id, hall.entity_id)
    for entity_id in (stove.entity_id, hall.entity_id):
        er.async_get(house.hass).async_update_entity(entity_id, aliases=["Panel"])
    assert (await call(house, message=SHORT, players=["panel"]))["success"]
    await house.over()
    assert heard(stove) == [True]
    assert not hall.device.audio


async def test_the_device_that_was_spoken_to_is_left_out(house: House) -> None:
    stove, hose = await furnish(house)
    device_id = make_device(house, stove.entity_id)
    answer = await call(house, TOOL, device_id, message=SHORT, areas=["Kitchen", "Garden"])
    assert {one["player"]: one["state"] for one in answer["players"]}["Big Stove"] == "left_out"
    await house.over()
    assert heard(stove, hose) == [False, True]
    answer = await call(house, message=SHORT, areas=["Kitchen"], device_id=device_id)
    assert (answer["success"], answer["cause"]) == (False, "only_asking_player")
    assert answer["error"].startswith("This player belongs to the device")


# How


async def test_what_waits_is_told_and_a_higher_priority_goes_first(house: House) -> None:
    stove, _ = await furnish(house)
    await house.play(stove, LONG)
    for message, priority in (("Later.", "low"), ("Then.", "normal"), ("Now.", "high")):
        answer = await call(house, message=message, areas=["Kitchen"], priority=priority)
        assert [one["state"] for one in answer["players"]] == ["queued"]
    await house.over(4)
    assert [one["message"] for one in house.outcomes] == [LONG, "Now.", "Then.", "Later."]


async def test_a_chime_comes_first(house: House) -> None:
    stove, _ = await furnish(house)
    await call(house, message=SHORT, areas=["Kitchen"])
    await house.over()
    await call(house, message=SHORT, areas=["Kitchen"], chime="bell")
    await house.over(2)
    plain, chimed = stove.device.audio
    assert len(chimed) > len(plain)


@pytest.mark.parametrize(("language", "expected"), [("de", "de"), ("tlh", "en"), (None, "en")])
async def test_it_speaks_the_language_of_the_conversation_if_the_voice_does(
    house: House, language: str | None, expected: str
) -> None:
    await furnish(house)
    tool = (await tools(house))[TOOL]
    said = {"message": "Das Essen ist fertig.", "areas": ["Kitchen"]}
    who = llm.LLMContext("test", Context(), language, "conversation", None)
    await tool.async_call(house.hass, llm.ToolInput(TOOL, said), who)
    await house.over()
    request = house.simulator.journal.last_request("stream/with-timestamps")
    assert request.body["language_code"] == expected


# What is refused


@pytest.mark.parametrize(
    ("args", "cause"),
    [
        ({"message": "x" * 501}, "text_too_long"),
        ({"message": "…"}, "nothing_to_speak"),
        ({"message": " "}, "invalid_tool_call"),
        ({}, "invalid_tool_call"),
        ({"message": SHORT, "priority": "critical"}, "invalid_tool_call"),
        ({"message": SHORT, "chime": "http://127.0.0.1/alarm.mp3"}, "invalid_tool_call"),
        ({"message": SHORT, "volume": 1}, "invalid_tool_call"),
    ],
)
async def test_what_cannot_be_announced_is_told_and_nothing_is_spoken(
    house: House, args: dict[str, Any], cause: str
) -> None:
    players = await furnish(house)
    answer = await call(house, **{"areas": ["Kitchen", "Garden"], **args})
    assert (answer["success"], answer["cause"]) == (False, cause)
    assert answer["error"].endswith(".")
    assert "players" not in answer
    await house.settled()
    assert heard(*players) == [False, False]


async def test_five_hundred_characters_are_possible(house: House) -> None:
    await furnish(house)
    assert (await call(house, message="x" * 500, areas=["Kitchen"]))["success"]
    await house.settled()


async def test_it_announces_five_times_a_minute_and_what_was_refused_does_not_count(
    house: House,
) -> None:
    await furnish(house)
    await call(house, message=SHORT)
    for number in range(5):
        answer = await call(house, message=f"Number {number}.", areas=["Garden"])
        assert answer["success"]
    answer = await call(house, message="Number 5.", areas=["Garden"])
    assert (answer["success"], answer["cause"]) == (False, "announced_too_often")
    assert "5 times" in answer["error"]
    await house.over(5)
    await house.clock.pass_(60)
    assert (await call(house, message="Number 6.", areas=["Garden"]))["success"]
    await house.over(6)
    assert "Number 5." not in [one["message"] for one in house.outcomes]


async def test_players_that_fail_are_told_with_the_reason(house: House) -> None:
    stove, _ = await furnish(house)
    away = await house.player("Away", available=False)
    broken = await house.player("Broken", failure=HomeAssistantError("The fuse is blown."))
    everywhere = [one.entity_id for one in (stove, away, broken)]
    answer = await call(house, message=SHORT, players=everywhere)
    errors = {one["player"]: one["error"] for one in answer["players"]}
    assert answer["success"]
    assert errors == {
        "Stove": None,
        "Away": "The player is unavailable.",
        "Broken": "The fuse is blown.",
    }
    answer = await call(house, message=LONG, players=["Away"])
    assert (answer["success"], answer["cause"]) == (False, "player_unavailable")
    assert answer["players"][0]["state"] == "failed"
    await house.over(2)


async def test_a_private_voice_keeps_to_itself_what_it_says(
    house: House, hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    await furnish(house)
    entry = entry_of(house)
    subentry = next(iter(entry.subentries.values()))
    hass.config_entries.async_update_subentry(
        entry, subentry, data={**subentry.data, "private": True}
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    caplog.clear()
    answer = await call(house, message=SECRET, areas=["Kitchen"])
    assert answer["success"]
    outcome = await house.over()
    assert outcome["message"] is None
    ours = [one.getMessage() for one in caplog.records if DOMAIN in one.name]
    assert "Quincy" not in json.dumps([answer, outcome, house.shown, ours])


# The form


async def test_an_only_voice_is_kept_and_of_several_one_must_be_selected(house: House) -> None:
    hass, entry = house.hass, entry_of(house)
    (george,) = entry.subentries
    await allow(house)
    assert entry.options == {"assistant_announces": True, "announcement_voice": george}
    form = await open_voice_form(hass, entry)
    await fill_in_voice(hass, form, {"voice": SARAH, "model": "eleven_flash_v2_5"})
    sarah = voices_of(entry)["Sarah"].subentry_id
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert suggested(form) == {"assistant_announces": True, "announcement_voice": george}
    assert options_of(form, "announcement_voice") == {george: "George", sarah: "Sarah"}
    typed = {"assistant_announces": True, "daily_budget": 7}
    form = await hass.config_entries.options.async_configure(form["flow_id"], typed)
    assert form["errors"] == {"announcement_voice": "announcement_voice_missing"}
    assert suggested(form) == typed
    await configure(house, assistant_announces=True, announcement_voice=sarah)
    assert "Sarah" in str((await tools(house))[TOOL].description)


async def test_a_voice_that_was_removed_is_told_and_not_filled_in(house: House) -> None:
    await furnish(house)
    hass, entry = house.hass, entry_of(house)
    (george,) = entry.subentries
    form = await open_voice_form(hass, entry)
    await fill_in_voice(hass, form, {"voice": SARAH, "model": "eleven_flash_v2_5"})
    assert hass.config_entries.async_remove_subentry(entry, george)
    await hass.async_block_till_done(wait_background_tasks=True)
    answer = await call(house, message=SHORT, areas=["Kitchen"])
    assert (answer["success"], answer["cause"]) == (False, "announcement_voice_missing")
    assert entry.title in answer["error"]
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert suggested(form) == {"assistant_announces": True}
    await hass.config_entries.options.async_configure(form["flow_id"], suggested(form))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (await call(house, message=SHORT, areas=["Kitchen"]))["success"]
    await house.settled()
