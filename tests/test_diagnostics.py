"""What helps to find a fault, and what must not leak on the way: keys, and what was said."""

from collections.abc import Iterator
from contextlib import suppress
import json
import logging
from pathlib import Path
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import __version__
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er, issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import flush_store
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.elevenlabs_streaming.account import activity
from custom_components.elevenlabs_streaming.api import REGIONS
from custom_components.elevenlabs_streaming.const import DOMAIN
from simulator import Behaviour, Simulator
from simulator.accounts import Account
from tests.helpers.home import make_entry, set_up
from tests.helpers.players import House

TEXT = "The laundry is done, please come down."
KEY = "sk_k7Yq3TzWv9Lr2Nx8"
SECRET = "Xylophones yodel quietly"


@pytest.fixture(autouse=True)
async def _diagnostics(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, "diagnostics", {})


async def diagnose(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, entry: Any
) -> dict[str, Any]:
    """Download the diagnostics."""
    told: Any = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    return dict(told)


def entry_of(house: House) -> Any:
    """Return the entry of the house."""
    return house.hass.config_entries.async_entries(DOMAIN)[0]


async def test_they_count_the_words_of_ones_own(
    house: House, hass_client: ClientSessionGenerator
) -> None:
    hass, entry = house.hass, entry_of(house)
    words = [{"written": "Xylophones", "spoken": "yodel quietly"}]
    hass.config_entries.async_update_entry(entry, options={"replacements": words})
    await hass.async_block_till_done(wait_background_tasks=True)
    told = await diagnose(hass, hass_client, entry)
    assert told["entry"]["options"] == {"replacements": 1}
    assert not any(word in json.dumps(told).lower() for word in ("xylophones", "yodel"))


async def test_of_announcement_targets_they_count_the_players(
    house: House, hass_client: ClientSessionGenerator
) -> None:
    hass, entry = house.hass, entry_of(house)
    [voice] = entry.subentries
    set_to = {"voice": voice, "priority": "high", "time_to_live": {"minutes": 5}}
    target = {"entity_id": ["media_player.xylophones"], "area_id": ["yodel", "attic"]}
    added = ConfigSubentry(
        data=MappingProxyType({**set_to, "target": target}),
        subentry_type="notifier",
        title="Xylophones",
        unique_id=None,
    )
    hass.config_entries.async_add_subentry(entry, added)
    await hass.async_block_till_done()
    told = await diagnose(hass, hass_client, entry)
    counted = {**set_to, "target": {"entity_id": 1, "area_id": 2}}
    assert told["entry"]["notifiers"] == {added.subentry_id: counted}
    assert [*told["entry"]["voices"]] == [voice]
    assert not any(word in json.dumps(told).lower() for word in ("xylophones", "yodel"))


async def test_they_tell_how_the_account_stands(
    house: House, hass_client: ClientSessionGenerator
) -> None:
    hass, entry = house.hass, entry_of(house)
    hass.config_entries.async_update_entry(entry, options={"daily_budget": 5})
    await hass.async_block_till_done(wait_background_tasks=True)
    entry.runtime_data.budget.spend(7, 14)
    told = await diagnose(hass, hass_client, entry)
    limit = house.simulator.account_state().account.character_limit
    assert told["versions"] == {"home_assistant": __version__, "integration": "0.1.0"}
    assert told["catalogue"] == {
        "models": len(entry.runtime_data.coordinator.data.models),
        "voices": len(house.simulator.voice_catalog.all_voices()),
        "hidden": [], "read": True, "cause": None,
    }  # fmt: skip
    assert isinstance(told["subscription"].pop("latency_ms"), int)
    assert told["subscription"] == {
        "tier": "creator", "used": 17231, "limit": limit, "remaining": limit - 17231,
        "resets": "2026-12-01T00:00:00+00:00", "hidden": [], "read": True, "cause": None,
    }  # fmt: skip
    assert told["budget"] == {"today": 7, "month": 7, "refusal": "daily_budget"}
    assert told["entry"]["version"] == "1.3"
    assert told["entry"]["state"] == "loaded"
    assert told["entry"]["options"] == {"daily_budget": 5}
    assert told["entry"]["data"] == {"api_key": "**REDACTED**", "endpoint": house.simulator.url}
    [voice] = told["entry"]["voices"].values()
    assert voice["model"] == "eleven_flash_v2_5"
    assert told["speaking"] == 0
    assert set(told["breaker"]) == {"state", "cause", "since"}
    assert "resources" in told["card"]


async def test_they_tell_what_was_spoken_in_figures(
    house: House, hass_client: ClientSessionGenerator
) -> None:
    kitchen = await house.player()
    away = await house.player("Away", available=False)
    await house.announce(TEXT, kitchen.entity_id, away.entity_id)
    await house.over()
    told = (await diagnose(house.hass, hass_client, entry_of(house)))["history"]
    [spoken] = told["announcements"]
    assert spoken.pop("ended")
    assert spoken.pop("seconds") > 1
    [voice] = entry_of(house).subentries
    assert spoken == {
        "outcome": "finished", "voice": voice, "route": "http", "credits": len(TEXT) // 2,
        "cached": False, "players": 2, "failed_players": 1, "cause": None,
    }  # fmt: skip
    assert told["failures"] == {}


async def test_they_count_failures_by_their_cause(
    house: House, hass_client: ClientSessionGenerator
) -> None:
    entry = entry_of(house)
    kitchen = await house.player()
    house.simulator.behave(Behaviour(voice_not_found=404))
    house.simulator.voice_catalog._voices.clear()
    for number in (1, 2):
        await house.announce(f"{TEXT} {number}", kitchen.entity_id)
        await house.over(number)
    told = (await diagnose(house.hass, hass_client, entry))["history"]
    assert told["failures"]["voice_not_found"]["count"] == 2
    assert told["failures"]["voice_not_found"]["last"]
    assert [one["cause"] for one in told["announcements"]] == ["voice_not_found"] * 2


async def test_only_the_last_announcements_are_kept(
    house: House, hass_client: ClientSessionGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry, kitchen = entry_of(house), await house.player()
    monkeypatch.setattr(activity, "_MAX_ANNOUNCEMENTS", 2)
    assert await house.hass.config_entries.async_reload(entry.entry_id)
    for number in range(3):
        await house.announce(f"Number {number}.", kitchen.entity_id)
        await house.over(number + 1)
    told = (await diagnose(house.hass, hass_client, entry))["history"]
    assert len(told["announcements"]) == 2


async def test_they_tell_what_the_key_may_not_read(
    hass: HomeAssistant, simulator: Simulator, hass_client: ClientSessionGenerator
) -> None:
    entry = await set_up(hass, make_entry(simulator, "sk_tts_only"))
    told = await diagnose(hass, hass_client, entry)
    assert told["catalogue"]["hidden"] == ["models", "voices"]
    assert told["subscription"]["hidden"] == ["subscription"]
    assert told["subscription"]["remaining"] is None


async def test_they_work_while_nothing_can_be_reached(
    hass: HomeAssistant, simulator: Simulator, hass_client: ClientSessionGenerator
) -> None:
    simulator.behave(Behaviour(fail_status=503))
    entry = await set_up(hass, make_entry(simulator))
    told = await diagnose(hass, hass_client, entry)
    assert (told["catalogue"]["read"], told["catalogue"]["cause"]) == (False, "server_error")
    assert told["subscription"]["cause"] == "server_error"
    assert told["history"]["failures"]["server_error"]["count"] == 2


@pytest.mark.parametrize(
    ("endpoint", "told"),
    [("eu", "eu"), ("http://127.0.0.1:9/kept/secret", "http://127.0.0.1:9")],
)
async def test_of_an_address_only_the_host_is_told(
    hass: HomeAssistant,
    simulator: Simulator,
    hass_client: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
    endpoint: str,
    told: str,
) -> None:
    monkeypatch.setitem(REGIONS, "eu", simulator.url)
    entry = await set_up(hass, make_entry(simulator, endpoint=endpoint))
    diagnostics = await diagnose(hass, hass_client, entry)
    assert diagnostics["entry"]["data"]["endpoint"] == told
    assert "kept" not in json.dumps(diagnostics)


# Nothing leaks


def texts_of(folder: Path) -> Iterator[tuple[Path, str]]:
    """Read all files of a folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path, path.read_bytes().decode(errors="ignore")


async def read_health(hass: HomeAssistant, hass_ws_client: WebSocketGenerator) -> str:
    """Return all that the page about the system's health is told."""
    assert await async_setup_component(hass, "system_health", {})
    socket = await hass_ws_client()
    await socket.send_json_auto_id({"type": "system_health/info"})
    told: list[Any] = []
    while not told or told[-1].get("event", {}).get("type") != "finish":
        told.append(await socket.receive_json())
    return json.dumps(told)


FAULTS = [
    Behaviour(),
    Behaviour(quota=True),
    Behaviour(fail_status=503),
    Behaviour(fail_status=500, error_body="text"),
    Behaviour(drop_after=2),
    Behaviour(bad_base64=1),
    Behaviour(broken_json=1),
    Behaviour(wrong_types=1),
    Behaviour(close_after=1, close_reason=SECRET),
    Behaviour(refuse_connections=True),
]


def leaks(text: str) -> bool:
    """Whether a text has the key or anything of what was said."""
    return KEY in text or "xylophone" in text.lower() or "yodel" in text.lower()


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """Return what we logged at any level, and everybody else as a warning or worse."""
    return "\n".join(
        f"{record.getMessage()} {record.exc_text or ''}"
        for record in caplog.records
        if record.name.startswith("custom_components.") or record.levelno >= logging.WARNING
    )


async def speak_through_faults(house: House, player: str) -> None:
    """Say it by every route while everything goes wrong."""
    for route in ("http", "websocket"):
        for number, fault in enumerate(FAULTS):
            house.simulator.behave(fault, key=KEY)
            message = f"{SECRET} over {route}, {number}."
            with suppress(HomeAssistantError):
                await house.announce(message, player, options={"route": route})
            await house.clock.until(lambda: not house._is_busy(), step=0.2)
            await house.clock.pass_(60)
    house.simulator.behave(Behaviour(), key=KEY)


async def test_of_other_speakers_only_their_number_is_told(
    hass: HomeAssistant, simulator: Simulator, hass_client: ClientSessionGenerator
) -> None:
    speakers = {"Grandma Xanthe": "EXAVITQu4vr4xnSDxMaL", "Tom": "George"}
    entry = await set_up(hass, make_entry(simulator, speakers=speakers))
    told = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    (voice,) = told["entry"]["voices"].values()
    assert voice["speakers"] == len(speakers)
    assert "Xanthe" not in json.dumps(told)


@pytest.mark.parametrize("private", [False, True])
async def test_neither_key_nor_text_leaks(
    house: House,
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
    hass_storage: dict[str, Any],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    private: bool,
) -> None:
    hass = house.hass
    caplog.set_level(logging.DEBUG)
    house.simulator.accounts.add_account(Account(key=KEY))
    await hass.config_entries.async_remove(entry_of(house).entry_id)
    entry = await set_up(hass, make_entry(house.simulator, KEY, private=private))
    kitchen = await house.player()
    await speak_through_faults(house, kitchen.entity_id)
    entry.runtime_data.budget.spend(7, 14)
    house.simulator.accounts.remove_account(KEY)
    with pytest.raises(HomeAssistantError) as refused:
        await hass.services.async_call(DOMAIN, "refresh_account", {}, blocking=True)

    assert any("xylophone" in made.text.lower() for made in house.simulator.journal.generations)
    assert not leaks(str(refused.value))
    assert not leaks(json.dumps(await diagnose(hass, hass_client, entry)))
    assert not leaks(await read_health(hass, hass_ws_client))
    assert not leaks(logged(caplog))
    assert not leaks("".join(f"{e}" for e in er.async_get(hass).entities.values()))
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    assert not leaks("".join(f"{device}" for device in devices))
    assert not leaks("".join(f"{issue}" for issue in ir.async_get(hass).issues.values()))
    await flush_store(hass.data[f"{DOMAIN}_ledgers"][entry.entry_id]._store)
    stored = {key: json.dumps(kept) for key, kept in hass_storage.items()}
    stored.pop("core.config_entries", None)
    assert f"{DOMAIN}.budget.{entry.entry_id}" in stored
    assert not any(leaks(text) for text in stored.values())
    if private:
        assert not any(
            leaks(f"{state.attributes} {state.state}") for state in hass.states.async_all()
        )
    # Captions and audio of a voice that is not private are kept; their names tell nothing.
    for path, text in texts_of(tmp_path):
        assert not leaks(path.name if not private else f"{path.name} {text}"), path
