"""Announcement targets: the form, and what is sent to their notify entities."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import Context, Event, HomeAssistant, callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.elevenlabs_streaming.const import DOMAIN
from simulator import Behaviour
from tests.helpers.config_flow import (
    count_loads,
    fill_in_voice,
    open_notifier,
    open_notifier_form,
    open_voice_form,
    suggested,
    voices_of,
)
from tests.helpers.home import ENGINE, SARAH
from tests.helpers.music_player import music_player
from tests.helpers.players import House, Player

SHORT = "The laundry is done."
LONG = "The laundry is done. Please come down and fold it before dinner, will you?"
UPSTAIRS = "notify.upstairs"
SARAHS = "tts.elevenlabs_sarah"


def entry_of(house: House) -> ConfigEntry:
    """Return the account of the house."""
    (entry,) = house.hass.config_entries.async_entries(DOMAIN)
    return entry


def filled(*players: Player | str, **data: Any) -> dict[str, Any]:
    """Return what is typed into the form."""
    ids = [one if isinstance(one, str) else one.entity_id for one in players]
    return {"name": "Upstairs", "target": {"entity_id": ids}, "priority": "normal", **data}


async def add(house: House, *players: Player | str, **data: Any) -> ConfigSubentry:
    """Add an announcement target."""
    entry = entry_of(house)
    before = set(entry.subentries)
    form = await open_notifier_form(house.hass, entry)
    done = await fill_in_voice(house.hass, form, filled(*players, **data))
    assert done["type"] is FlowResultType.CREATE_ENTRY, done
    (added,) = set(entry.subentries) - before
    return entry.subentries[added]


async def change(house: House, data: Mapping[str, Any], title: str = "Upstairs") -> None:
    """Change an announcement target."""
    form = await open_notifier(house.hass, entry_of(house), title)
    done = await fill_in_voice(house.hass, form, data)
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")


async def add_sarah(house: House) -> str:
    """Add a second voice; return the ID of its subentry."""
    form = await open_voice_form(house.hass, entry_of(house))
    await fill_in_voice(house.hass, form, {"voice": SARAH, "model": "eleven_flash_v2_5"})
    return str(voices_of(entry_of(house))["Sarah"].subentry_id)


async def remove(house: House, subentry_id: str) -> None:
    """Remove a voice or an announcement target."""
    assert house.hass.config_entries.async_remove_subentry(entry_of(house), subentry_id)
    await house.hass.async_block_till_done(wait_background_tasks=True)


async def send(house: House, message: str, entity_id: str = UPSTAIRS, **data: Any) -> None:
    """Send a message, as an automation does."""
    data |= {"entity_id": entity_id, "message": message}
    await house.hass.services.async_call("notify", "send_message", data, blocking=True)


def device_of(house: House, identifier: str) -> dr.DeviceEntry | None:
    """Return the device of the account, of a voice, or of an announcement target."""
    registry = dr.async_get(house.hass)
    devices = dr.async_entries_for_config_entry(registry, entry_of(house).entry_id)
    found = (one for one in devices if (DOMAIN, identifier) in one.identifiers)
    return next(found, None)


def spoken(house: House) -> list[str]:
    """Return the texts that ElevenLabs spoke."""
    return [made.text for made in house.simulator.journal.generations]


# What is sent


async def test_a_message_is_announced_at_all_players(house: House) -> None:
    kitchen, hall = await house.player(), await house.satellite()
    loads = count_loads(entry_of(house))
    await add(house, kitchen, hall.entity_id)
    assert loads == []
    await send(house, SHORT)
    outcome = await house.over()
    assert (outcome["event_type"], outcome["message"]) == ("finished", SHORT)
    assert outcome["players"] == sorted((kitchen.entity_id, hall.entity_id))
    assert kitchen.device.audio == hall.device.audio
    assert spoken(house) == [SHORT]
    assert (house.shown[0], house.shown[-1]) == (SHORT, "")
    state = house.hass.states.get(UPSTAIRS)
    assert state
    assert state.state != "unknown"
    assert state.attributes["supported_features"] == 1


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Laundry room", f"Laundry room.\n{SHORT}"),
        (" Already? ", f"Already?\n{SHORT}"),
        ("**Laundry**", f"Laundry.\n{SHORT}"),
        ("洗濯", f"洗濯。\n{SHORT}"),
        ("  ", SHORT),
    ],
)
async def test_a_title_is_a_sentence_before_the_message(
    house: House, title: str, text: str
) -> None:
    await add(house, await house.player())
    await send(house, SHORT, title=title)
    assert (await house.over())["event_type"] == "finished"
    assert spoken(house) == [text]


async def test_a_title_is_a_sentence_too_where_the_text_is_sent_as_it_is(house: House) -> None:
    hass, entry = house.hass, entry_of(house)
    (george,) = entry.subentries.values()
    data = {**george.data, "clean_text": False}
    hass.config_entries.async_update_subentry(entry, george, data=data)
    await hass.async_block_till_done(wait_background_tasks=True)
    await add(house, await house.player())
    await send(house, SHORT, title="Laundry room")
    assert (await house.over())["event_type"] == "finished"
    assert spoken(house) == [f"Laundry room.\n\n{SHORT}"]


async def test_an_area_is_the_players_in_it_when_the_message_is_sent(house: House) -> None:
    hass, area = house.hass, ar.async_get(house.hass).async_create("Pantry")
    kitchen, attic = await house.player(), await house.player("Attic")
    registry = er.async_get(hass)
    registry.async_update_entity(kitchen.entity_id, area_id=area.id)
    await add(house, target={"area_id": [area.id]})
    registry.async_update_entity(attic.entity_id, area_id=area.id)
    registry.async_update_entity(kitchen.entity_id, area_id=None)
    await send(house, SHORT)
    assert (await house.over())["players"] == [attic.entity_id]


async def test_the_selected_voice_speaks_also_under_another_name(house: House) -> None:
    kitchen, sarah = await house.player(), await add_sarah(house)
    added = await add(house, kitchen, voice=SARAHS)
    assert added.data["voice"] == sarah
    er.async_get(house.hass).async_update_entity(SARAHS, new_entity_id="tts.mum")
    await house.hass.async_block_till_done()
    await send(house, SHORT)
    await house.settled()
    (made,) = house.simulator.journal.generations
    assert made.voice == SARAH


async def test_an_only_voice_is_kept_when_there_are_others(house: House) -> None:
    await add(house, await house.player())
    await add_sarah(house)
    await send(house, SHORT)
    assert (await house.over())["engine"] == ENGINE


async def test_a_critical_message_interrupts_and_an_old_one_expires(house: House) -> None:
    kitchen = await house.player()
    await add(house, kitchen, time_to_live={"hours": 0, "minutes": 0, "seconds": 1})
    await add(house, kitchen, name="Alarm", priority="critical")
    await house.play(kitchen, LONG)
    await send(house, SHORT)
    await house.clock.until(lambda: house.outcomes, step=0.1)
    assert (house.outcomes[0]["error"], house.outcomes[0]["message"]) == ("expired", SHORT)
    await send(house, "Fire.", "notify.alarm")
    await house.over(3)
    told = [(one["event_type"], one["message"]) for one in house.outcomes[1:]]
    assert told == [("finished", "Fire."), ("finished", LONG)]


async def test_the_players_know_who_sent_it(house: House) -> None:
    await add(house, await house.player())
    contexts = list[Context]()

    @callback
    def note(event: Event) -> None:
        contexts.append(event.context)

    house.hass.bus.async_listen("call_service", note)
    data = {"entity_id": UPSTAIRS, "message": SHORT}
    context = Context(user_id=None)
    await house.hass.services.async_call(
        "notify", "send_message", data, blocking=True, context=context
    )
    await house.over()
    assert [one.id for one in contexts] == [context.id] * 2


# What fails


async def test_a_failure_is_the_same_error_as_that_of_announce(house: House) -> None:
    away, broken = (
        await house.player("Away", available=False),
        await house.player("Broken", failure=HomeAssistantError("The fuse is blown.")),
    )
    await add(house, away)
    await add(house, broken, name="Broken")
    for player, target, message in (
        (away, UPSTAIRS, SHORT),
        (broken, "notify.broken", SHORT),
        (away, UPSTAIRS, "..."),
        (away, UPSTAIRS, "x" * 100_001),
    ):
        data = {"entity_id": player.entity_id, "message": message}
        with pytest.raises(HomeAssistantError) as announced:
            await house.hass.services.async_call(DOMAIN, "announce", data, blocking=True)
        with pytest.raises(HomeAssistantError) as sent:
            await send(house, message, target)
        assert type(sent.value) is type(announced.value)
        assert str(sent.value) == str(announced.value)
        assert sent.value.translation_key == announced.value.translation_key


async def test_a_service_that_refuses_is_told(house: House) -> None:
    kitchen = await house.player()
    await add(house, kitchen)
    house.simulator.behave(Behaviour(quota=True))
    await send(house, SHORT)
    outcome = await house.over()
    assert (outcome["event_type"], outcome["error"]) == ("failed", "quota_exceeded")


async def test_a_player_that_is_gone_stops_nobody_and_is_named_if_it_is_the_last(
    house: House,
) -> None:
    kitchen, attic = await house.player(), await house.player("Attic")
    await add(house, kitchen, attic)
    er.async_get(house.hass).async_remove(attic.entity_id)
    await house.hass.async_block_till_done()
    await send(house, SHORT)
    outcome = await house.over()
    assert outcome["event_type"] == "finished"
    assert outcome["causes"] == {attic.entity_id: "player_not_found"}
    er.async_get(house.hass).async_remove(kitchen.entity_id)
    await house.hass.async_block_till_done()
    with pytest.raises(HomeAssistantError) as raised:
        await send(house, SHORT)
    assert raised.value.translation_key == "player_not_found"
    assert raised.value.translation_placeholders == {"player": attic.entity_id}


async def test_an_area_without_players_is_told(house: House) -> None:
    area = ar.async_get(house.hass).async_create("Pantry")
    kitchen = await house.player()
    er.async_get(house.hass).async_update_entity(kitchen.entity_id, area_id=area.id)
    await add(house, target={"area_id": [area.id]})
    er.async_get(house.hass).async_update_entity(kitchen.entity_id, area_id=None)
    with pytest.raises(HomeAssistantError) as raised:
        await send(house, SHORT)
    assert raised.value.translation_key == "no_players"


async def test_a_voice_that_is_gone_is_told_until_another_is_selected(house: House) -> None:
    kitchen, sarah = await house.player(), await add_sarah(house)
    await add(house, kitchen, voice=SARAHS)
    await remove(house, sarah)
    with pytest.raises(HomeAssistantError) as raised:
        await send(house, SHORT)
    assert raised.value.translation_key == "notifier_voice_missing"
    assert raised.value.translation_placeholders == {"name": "Upstairs"}
    assert not house.simulator.journal.generations
    form = await open_notifier(house.hass, entry_of(house), "Upstairs")
    assert "voice" not in suggested(form)
    await change(house, filled(kitchen, voice=ENGINE))
    await send(house, SHORT)
    assert (await house.over())["event_type"] == "finished"


# The form


async def test_it_is_changed_and_removed_while_the_voice_speaks(house: House) -> None:
    hass, entry = house.hass, entry_of(house)
    kitchen, attic = await house.player(), await house.player("Attic")
    loads = count_loads(entry)
    await house.play(kitchen, LONG)
    added = await add(house, kitchen)
    typed = filled(attic, name="Above", priority="high", time_to_live={"minutes": 5})
    await change(house, typed)
    assert suggested(await open_notifier(hass, entry, "Above")) == {**typed, "voice": ENGINE}
    state = hass.states.get(UPSTAIRS)
    assert state
    assert state.name == "Above"
    await send(house, SHORT)
    await house.settled()
    assert len(attic.device.audio) == 1
    await change(house, filled(attic, name="Above"), "Above")
    assert added.data == {
        "voice": voices_of(entry)["George"].subentry_id,
        "target": {"entity_id": [attic.entity_id]},
        "priority": "normal",
    }
    await remove(house, added.subentry_id)
    assert hass.states.get(UPSTAIRS) is None
    assert device_of(house, added.subentry_id) is None
    await house.over(2)
    assert [one["event_type"] for one in house.outcomes] == ["finished", "finished"]
    assert len(kitchen.device.audio) == 1
    assert loads == []


async def test_it_is_a_device_of_the_account_and_stays_over_a_reload(house: House) -> None:
    hass, entry = house.hass, entry_of(house)
    added = await add(house, await house.player())

    def check() -> None:
        device = device_of(house, added.subentry_id)
        account = device_of(house, entry.entry_id)
        assert device
        assert account
        assert (device.name, device.via_device_id) == ("Upstairs", account.id)
        registered = er.async_get(hass).async_get(UPSTAIRS)
        assert registered
        assert registered.unique_id == added.subentry_id
        assert registered.config_subentry_id == added.subentry_id
        assert registered.device_id == device.id

    check()
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    check()
    await send(house, SHORT)
    assert (await house.over())["event_type"] == "finished"


async def test_a_voice_that_is_changed_takes_its_announcement_targets_along(house: House) -> None:
    hass, entry = house.hass, entry_of(house)
    await add(house, await house.player())
    loads = count_loads(entry)
    george = voices_of(entry)["George"]
    hass.config_entries.async_update_subentry(entry, george, data={**george.data, "speed": 1.1})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(loads) == 1
    await send(house, SHORT)
    assert (await house.over())["event_type"] == "finished"


TYPED_WRONG: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"name": "  "}, {"name": "name_empty"}),
    ({"name": " Downstairs "}, {"name": "name_taken"}),
    ({"voice": None}, {"voice": "voice_missing"}),
    ({"target": {}}, {"target": "target_without_players"}),
    ({"target": {"area_id": ["pantry"]}}, {"target": "target_without_players"}),
    ({"target": {"entity_id": ["light.kitchen"]}}, {"target": "target_without_players"}),
    ({"target": {"area_id": ["{{ a }}"]}}, {"target": "target_template"}),
    ({"target": {"entity_id": ["media_player.ghost"]}}, {"target": "player_missing"}),
]


@pytest.mark.parametrize(("typed", "errors"), TYPED_WRONG, ids=str)
async def test_a_mistake_is_told_and_nothing_that_was_typed_is_lost(
    house: House, typed: dict[str, Any], errors: dict[str, str]
) -> None:
    kitchen, hass, entry = await house.player(), house.hass, entry_of(house)
    await add(house, kitchen, name="Downstairs")
    sarah = await add_sarah(house)
    form = await open_notifier_form(hass, entry)
    right = filled(kitchen, voice=SARAHS, priority="low", time_to_live={"minutes": 1})
    if typed.get("voice", ...) is None:
        # Only a voice that went while the form was open can be wrong.
        await remove(house, sarah)
        typed = {}
    form = await fill_in_voice(hass, form, {**right, **typed})
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "notifier")
    assert form["errors"] == errors
    assert suggested(form).keys() == right.keys()
    assert suggested(form)["time_to_live"] == {"minutes": 1}
    corrected = {**right, "voice": ENGINE} if "voice" in errors else right
    done = await fill_in_voice(hass, form, corrected)
    assert done["type"] is FlowResultType.CREATE_ENTRY


async def test_without_a_voice_there_is_none_to_select(house: House) -> None:
    (george,) = entry_of(house).subentries
    await remove(house, george)
    form = await open_notifier_form(house.hass, entry_of(house))
    assert (form["type"], form["reason"]) == (FlowResultType.ABORT, "no_voices")


@pytest.fixture
async def dialogs(hass: HomeAssistant) -> None:
    """Let browsers open dialogs: this cannot be set up once somebody is connected."""
    assert await async_setup_component(hass, "config", {})


async def test_the_dialog_of_a_browser(
    dialogs: None, house: House, hass_client: ClientSessionGenerator
) -> None:
    hass, entry, kitchen = house.hass, entry_of(house), await house.player()
    client, address = await hass_client(), "/api/config/config_entries/subentries/flow"
    opened = await client.post(address, json={"handler": [entry.entry_id, "notifier"]})
    form = await opened.json()
    fields = {field["name"]: field for field in form["data_schema"]}
    assert [*fields] == [
        "name", "voice", "target", "chime", "volume", "priority", "time_to_live"
    ]  # fmt: skip
    optional = [name for name, field in fields.items() if not field["required"]]
    assert optional == ["voice", "chime", "volume", "time_to_live"]
    assert fields["voice"]["selector"]["entity"]["include_entities"] == [ENGINE]
    assert fields["voice"]["description"] == {"suggested_value": ENGINE}
    domains = fields["target"]["selector"]["target"]["entity"][0]["domain"]
    assert domains == ["media_player", "assist_satellite"]
    again = await (await client.get(f"{address}/{form['flow_id']}")).json()
    assert again["data_schema"] == form["data_schema"]
    typed = {"name": "Upstairs", "target": {"entity_id": kitchen.entity_id}}
    done = await client.post(f"{address}/{form['flow_id']}", json=typed)
    assert (await done.json())["type"] == "create_entry"
    await hass.async_block_till_done(wait_background_tasks=True)
    await send(house, SHORT)
    assert (await house.over())["event_type"] == "finished"


async def test_a_target_has_a_chime_and_a_volume(house: House) -> None:
    kitchen = await music_player(house)
    await add(house, kitchen, chime="bell", volume=0.6)
    await send(house, SHORT)
    await house.settled()
    assert kitchen.told == [("volume", 0.6), ("announce", None)]
    with_chime = kitchen.device.audio[-1]
    kitchen.finish()
    await house.over()
    await change(house, filled(kitchen))
    await send(house, SHORT)
    await house.settled()
    assert len(kitchen.device.audio[-1]) < len(with_chime)
    assert kitchen.levels == [0.6, 0.3]
    kitchen.finish()
    await house.over(2)


@pytest.mark.parametrize("chime", ["gong", "lost.mp3"])
async def test_a_chime_must_be_one(house: House, chime: str) -> None:
    kitchen = await house.player()
    form = await open_notifier_form(house.hass, entry_of(house))
    refused = await fill_in_voice(house.hass, form, filled(kitchen, chime=chime))
    assert refused["errors"] == {"chime": "chime_not_found"}
    done = await fill_in_voice(house.hass, refused, filled(kitchen, chime="bell"))
    assert done["type"] is FlowResultType.CREATE_ENTRY
