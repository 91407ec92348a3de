"""What the account has left, as sensors and an action tell it, and what is asked how often."""

from collections.abc import Callable
from datetime import timedelta
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, State
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.elevenlabs_streaming.account.issues import AccountIssues
from custom_components.elevenlabs_streaming.api import ElevenLabsError
from custom_components.elevenlabs_streaming.const import DOMAIN
from simulator import Behaviour, Simulator
from simulator.accounts import Account
from tests.helpers.home import ENGINE, SARAH, make_entry, set_up

FIGURES = ("credits_used", "credits_remaining", "credits_reset")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Take down what is told to whoever shows problems."""
    told: list[str] = []

    def report(_: AccountIssues, err: ElevenLabsError, voice: str | None = None) -> None:
        told.append(err.cause)

    def works(_: AccountIssues, voice: str | None = None) -> None:
        told.append("works")

    monkeypatch.setattr(AccountIssues, "report", report)
    monkeypatch.setattr(AccountIssues, "works", works)
    return told


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Return what our loggers told as a warning or worse."""

    def told() -> list[str]:
        ours = f"custom_components.{DOMAIN}"
        return [
            record.getMessage()
            for record in caplog.records
            if record.name.startswith(ours) and record.levelno >= logging.WARNING
        ]

    return told


def figure(hass: HomeAssistant, name: str) -> State:
    """Return a sensor of the account."""
    state = hass.states.get(f"sensor.elevenlabs_streaming_{name}")
    assert state, name
    return state


def values(hass: HomeAssistant) -> list[str]:
    """Return the states of the sensors that ElevenLabs fills."""
    return [figure(hass, name).state for name in FIGURES]


async def later(hass: HomeAssistant, **duration: float) -> None:
    """Let time pass, and what was due happen."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(**duration))
    await hass.async_block_till_done(wait_background_tasks=True)


def asked(simulator: Simulator, path: str) -> int:
    """Return how often something was asked."""
    return sum(request.path == path for request in simulator.journal.requests)


def spend(entry: ConfigEntry, cost: int | None = 10, characters: int = 20) -> None:
    """Note an utterance, as the voices do when they have spoken."""
    entry.runtime_data.budget.spend(cost, characters)


async def refresh(hass: HomeAssistant, **data: Any) -> list[dict[str, Any]]:
    """Read the account now, and return what is told."""
    response: Any = await hass.services.async_call(
        DOMAIN, "refresh_account", data, blocking=True, return_response=True
    )
    return list(response["accounts"])


async def test_the_sensors_tell_what_is_left(hass: HomeAssistant, simulator: Simulator) -> None:
    entry = await set_up(hass, make_entry(simulator))
    state = simulator.account_state()
    assert values(hass) == [
        "17231",
        str(state.account.character_limit - 17231),
        "2026-12-01T00:00:00+00:00",
    ]
    used, left, reset = (figure(hass, name).attributes for name in FIGURES)
    assert (used["unit_of_measurement"], used["state_class"]) == ("credits", "total_increasing")
    assert (left["unit_of_measurement"], left["state_class"]) == ("credits", "measurement")
    assert reset["device_class"] == "timestamp"
    assert not {"device_class", "reason"} & set(used)
    registry = er.async_get(hass)
    for name in FIGURES:
        known = registry.async_get(f"sensor.elevenlabs_streaming_{name}")
        assert known
        assert known.unique_id == f"{entry.entry_id}_{name}"
        assert known.entity_category == "diagnostic"


async def test_voices_are_devices_below_their_account(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    entry = await set_up(hass, make_entry(simulator))
    devices = {
        identifier: device
        for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        for _, identifier in device.identifiers
    }
    [subentry] = entry.subentries.values()
    account, voice = devices[entry.entry_id], devices[subentry.subentry_id]
    assert voice.via_device_id == account.id
    registry = er.async_get(hass)
    of_account = {e.unique_id for e in er.async_entries_for_device(registry, account.id)}
    assert f"{entry.entry_id}_dashboard" in of_account
    assert {e.unique_id for e in er.async_entries_for_device(registry, voice.id)} == {
        subentry.subentry_id, f"{subentry.subentry_id}_announcement",
        f"{subentry.subentry_id}_caption",
    }  # fmt: skip


@pytest.mark.parametrize("key", ["sk_tts_only", "sk_no_voices"])
async def test_a_key_that_may_not_look_is_no_fault(
    hass: HomeAssistant,
    simulator: Simulator,
    quiet: Callable[[], list[str]],
    caplog: pytest.LogCaptureFixture,
    key: str,
) -> None:
    caplog.set_level(logging.INFO)
    entry = await set_up(hass, make_entry(simulator, key))
    for _ in range(2):
        await later(hass, hours=7)
    hidden = key == "sk_tts_only"
    assert values(hass)[:2] == (["unknown", "unknown"] if hidden else ["0", "100000"])
    reason = "missing_permission" if hidden else None
    assert figure(hass, "credits_remaining").attributes.get("reason") == reason
    assert not quiet()
    lines = [r.getMessage() for r in caplog.records if "may not read" in r.getMessage()]
    assert len(lines) == (3 if hidden else 1)
    assert not hass.config_entries.flow.async_progress()
    [account] = await refresh(hass)
    assert account["voices"] is None
    assert account["models"] == (
        None if hidden else len(entry.runtime_data.coordinator.data.models)
    )


async def test_a_permission_given_later_is_noticed(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    await set_up(hass, make_entry(simulator, "sk_tts_only"))
    simulator.accounts.add_account(Account(key="sk_tts_only"))
    await later(hass, hours=1)
    assert values(hass)[0] == "0"
    assert "reason" not in figure(hass, "credits_used").attributes


async def test_out_of_reach_the_sensors_are_unavailable_and_come_back(
    hass: HomeAssistant, simulator: Simulator, quiet: Callable[[], list[str]]
) -> None:
    entry = await set_up(hass, make_entry(simulator))
    simulator.behave(Behaviour(fail_status=503))
    await later(hass, hours=7)
    assert values(hass) == ["unavailable"] * 3
    assert len(quiet()) == 2
    assert hass.states.get(ENGINE)
    assert SARAH in entry.runtime_data.coordinator.data.voices
    await later(hass, hours=14)
    assert len(quiet()) == 2
    simulator.behave(Behaviour())
    # After a failure nobody waits for hours.
    await later(hass, minutes=6)
    assert values(hass)[0] == "17231"


async def test_a_start_without_internet_is_made_up_for_soon(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    simulator.behave(Behaviour(refuse_connections=True))
    entry = await set_up(hass, make_entry(simulator))
    assert not entry.runtime_data.coordinator.data.voices
    simulator.behave(Behaviour())
    await later(hass, minutes=6)
    assert SARAH in entry.runtime_data.coordinator.data.voices
    assert values(hass)[0] == "17231"


async def test_a_key_that_is_no_longer_valid_asks_for_a_new_one(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    entry = await set_up(hass, make_entry(simulator, "sk_gone"))
    [flow] = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == "reauth"
    assert flow["context"]["entry_id"] == entry.entry_id
    assert values(hass) == ["unavailable"] * 3


async def test_what_the_account_is_refused_is_told_and_taken_back(
    hass: HomeAssistant, simulator: Simulator, told: list[str]
) -> None:
    simulator.behave(Behaviour(fail_status=402, fail_routes="account"))
    await set_up(hass, make_entry(simulator))
    assert set(told) == {"plan_required"}
    told.clear()
    simulator.behave(Behaviour())
    await later(hass, minutes=6)
    assert set(told) == {"works"}
    told.clear()
    await later(hass, hours=7)
    assert told == []


async def test_what_speech_met_is_taken_back_only_when_credits_came_in(
    hass: HomeAssistant, simulator: Simulator, told: list[str]
) -> None:
    await set_up(hass, make_entry(simulator))
    simulator.account_state().credits_used += 1000
    await later(hass, hours=1)
    assert told == []
    simulator.account_state().credits_used = 0
    await later(hass, hours=1)
    assert told == ["works"]


async def test_credits_are_read_soon_after_an_utterance_and_once_for_many(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    entry = await set_up(hass, make_entry(simulator))
    before = asked(simulator, "/v1/user/subscription")
    simulator.account_state().credits_used += 111
    for _ in range(5):
        spend(entry)
    await later(hass, seconds=5)
    assert asked(simulator, "/v1/user/subscription") == before
    await later(hass, seconds=20)
    assert asked(simulator, "/v1/user/subscription") == before + 1
    assert values(hass)[0] == str(17231 + 111)
    assert asked(simulator, "/v1/models") == 1


async def test_the_account_is_read_as_often_as_promised(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    await set_up(hass, make_entry(simulator))
    # A tenth earlier or later, so that homes which lost power together do not ask together.
    for path, minutes in (("/v1/user/subscription", 30), ("/v1/models", 360), ("/v2/voices", 360)):
        before = asked(simulator, path)
        await later(hass, minutes=0.89 * minutes)
        assert asked(simulator, path) == before
        await later(hass, minutes=1.11 * minutes)
        assert asked(simulator, path) > before


async def test_nothing_is_asked_after_an_utterance_that_cost_nothing(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    entry = await set_up(hass, make_entry(simulator))
    before = asked(simulator, "/v1/user/subscription")
    spend(entry, 0)
    await later(hass, seconds=20)
    assert asked(simulator, "/v1/user/subscription") == before


async def test_nothing_is_asked_for_an_entry_that_is_unloaded(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    entry = await set_up(hass, make_entry(simulator))
    before = len(simulator.journal.requests)
    budget = entry.runtime_data.budget
    account = entry.runtime_data.account
    budget.spend(10, 20)
    assert account._soon
    assert await hass.config_entries.async_unload(entry.entry_id)
    budget.spend(10, 20)
    assert account._soon is None
    await later(hass, hours=7)
    assert len(simulator.journal.requests) == before


async def test_new_voices_are_offered_without_a_reload(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    entry = await set_up(hass, make_entry(simulator))
    voices = hass.data["tts"].get_entity(ENGINE).async_get_supported_voices
    sarah = simulator.voice_catalog.remove_voice(SARAH)
    await refresh(hass)
    assert SARAH not in {voice.voice_id for voice in voices("en")}
    simulator.voice_catalog.add_voice(sarah)
    await later(hass, hours=7)
    assert SARAH in {voice.voice_id for voice in voices("en")}
    assert entry.state.value == "loaded"


# The action


async def test_the_action_tells_what_is_left(hass: HomeAssistant, simulator: Simulator) -> None:
    entry = await set_up(hass, make_entry(simulator))
    simulator.account_state().credits_used = 20_000
    [account] = await refresh(hass, config_entry=entry.entry_id)
    limit = simulator.account_state().account.character_limit
    assert account == {
        "config_entry": entry.entry_id,
        "title": "ElevenLabs",
        "tier": "creator",
        "credits_used": 20_000,
        "credits_remaining": limit - 20_000,
        "credits_limit": limit,
        "credits_reset": "2026-12-01T00:00:00+00:00",
        "models": len(entry.runtime_data.coordinator.data.models),
        "voices": len(simulator.voice_catalog.all_voices()),
    }
    assert values(hass)[0] == "20000"


async def test_the_action_reads_all_accounts(hass: HomeAssistant, simulator: Simulator) -> None:
    entries = [await set_up(hass, make_entry(simulator, key)) for key in ("sk_demo", "sk_pro")]
    told = await refresh(hass)
    assert [one["config_entry"] for one in told] == [entry.entry_id for entry in entries]
    assert [one["tier"] for one in told] == ["creator", "pro"]


@pytest.mark.parametrize(
    ("behaviour", "cause"),
    [
        (Behaviour(fail_status=503), "server_error"),
        (Behaviour(fail_status=429), "busy"),
        (Behaviour(refuse_connections=True), "cannot_connect"),
    ],
)
async def test_the_action_says_why_it_could_not_read(
    hass: HomeAssistant, simulator: Simulator, behaviour: Behaviour, cause: str
) -> None:
    await set_up(hass, make_entry(simulator))
    simulator.behave(behaviour)
    with pytest.raises(HomeAssistantError) as refused:
        await refresh(hass)
    assert (refused.value.translation_domain, refused.value.translation_key) == (DOMAIN, cause)
    assert "Try again" in str(refused.value) or "try again" in str(refused.value)


async def test_the_action_finds_out_that_the_key_is_not_valid(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    await set_up(hass, make_entry(simulator))
    simulator.accounts.remove_account("sk_demo")
    with pytest.raises(HomeAssistantError) as refused:
        await refresh(hass)
    assert refused.value.translation_key == "invalid_api_key"
    await hass.async_block_till_done()
    assert len(hass.config_entries.flow.async_progress()) == 1


async def test_the_action_knows_only_its_accounts(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    entry = await set_up(hass, make_entry(simulator))
    with pytest.raises(ServiceValidationError):
        await refresh(hass, config_entry="nobody")
    assert await hass.config_entries.async_unload(entry.entry_id)
    with pytest.raises(ServiceValidationError):
        await refresh(hass, config_entry=entry.entry_id)
    assert await refresh(hass) == []
