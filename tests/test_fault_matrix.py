"""Every fault of the service, on both routes, with a second engine and without one.

A row says what is heard of ElevenLabs and why it failed; all else follows from that: who speaks
instead, the event, what is shown to the user, and a log that names neither text nor key.
"""

from dataclasses import dataclass
import io
import logging
from typing import Any

import av
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.elevenlabs_streaming.api import Timeouts
from custom_components.elevenlabs_streaming.const import DOMAIN
from simulator import Behaviour, Simulator
from tests.engines import PIPER, add_piper, is_tone, problems
from tests.home import make_entry, set_up
from tests.players import House, Player, Stopwatch

WHOLE, PART, NONE, STAND_IN = "whole", "part", "none", "second engine"
OURS = f"custom_components.{DOMAIN}"
TEXT = "Marzipan comes to four people in the kitchen"
KEY = "sk_demo"
_IMPATIENT = Timeouts(connect=5.0, answer=5.0, audio=0.4)
_LATE = ("silent", "late", "stall")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is heard of ElevenLabs, and the cause of its failure."""

    sound: str
    cause: str | None = None
    repair: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One fault, and what comes of it on each route."""

    behaviour: Behaviour
    http: Outcome
    websocket: Outcome


FINE = Outcome(WHOLE)
HOLE = Outcome(PART)
"""A piece is missing and the rest is heard."""
_SHOWN = ("quota_exceeded", "unusual_activity", "plan_required")


def lost(cause: str, repair: str | None = None) -> Outcome:
    """Return that nothing is heard."""
    return Outcome(NONE, cause, repair or (cause if cause in _SHOWN else None))


def torn(cause: str) -> Outcome:
    """Return that only the beginning is heard."""
    return Outcome(PART, cause, cause if cause in _SHOWN else None)


def row(http: Outcome, websocket: Outcome | None = None, **how: Any) -> Row:
    """Return a row; both routes fare alike unless told."""
    return Row(Behaviour(**how), http, websocket or http)


def refused(http: Outcome, websocket: Outcome | None = None, **how: Any) -> Row:
    """Return a row of requests to speak that are answered with a status."""
    return row(http, websocket, fail_routes="speech", **how)


def both(name: str) -> dict[str, Row]:
    """Return the row of a fault that harms nothing, at the first message and after it."""
    rows = {}
    for number in (1, 3):
        rows[f"{name} {number}"] = Row(Behaviour.from_json({name: number}), FINE, FINE)
    return rows


_QUOTA_REASON = "This request exceeds your quota of 10000. You have 0 credits remaining"

ROWS: dict[str, Row] = {
    "status 400": refused(lost("invalid_request"), fail_status=400),
    "status 401": refused(lost("invalid_api_key"), lost("invalid_request"), fail_status=401),
    "status 403": refused(lost("plan_required"), lost("invalid_request"), fail_status=403),
    "status 403 of a proxy": refused(
        lost("plan_required", "access_refused"),
        lost("invalid_request"),
        fail_status=403,
        error_body="text",
    ),
    "status 404": refused(lost("invalid_request"), fail_status=404),
    "status 422": refused(lost("invalid_request"), fail_status=422),
    "status 429": refused(lost("busy"), lost("concurrency_limit"), fail_status=429),
    "status 500": refused(lost("server_error"), fail_status=500),
    "status 503": refused(lost("server_error"), fail_status=503),
    "status 503, old": refused(lost("server_error"), fail_status=503, error_body="legacy"),
    "status 503, text": refused(lost("server_error"), fail_status=503, error_body="text"),
    "status 503 once": refused(lost("server_error"), fail_status=503, fail_requests=1),
    "credits, 401": row(lost("quota_exceeded"), quota=True),
    "credits, 402": row(lost("quota_exceeded"), quota=True, quota_status=402),
    "credits, old": row(lost("quota_exceeded"), quota=True, error_body="legacy"),
    "unusual activity": row(lost("unusual_activity"), unusual_activity=True),
    "no connection": row(lost("cannot_connect"), refuse_connections=True),
    "silent": row(lost("stalled"), silent=True),
    "late first byte": row(FINE, first_byte_delay=0.1),
    "too late first byte": row(lost("stalled"), first_byte_delay=1.0),
    "stall 0": row(lost("stalled"), stall_after=0),
    "stall 2": row(torn("stalled"), stall_after=2),
    "drop 0": row(lost("cannot_connect"), drop_after=0),
    "drop 0 once": row(lost("cannot_connect"), drop_after=0, faulty_streams=1),
    "drop 2": row(torn("cannot_connect"), drop_after=2),
    # Over HTTP a stream that ends early looks like one that ends.
    "close 1000 0": row(lost("nothing_to_speak"), close_after=0, close_code=1000),
    "close 1000 2": row(HOLE, close_after=2, close_code=1000),
    "close 1001 0": row(
        lost("nothing_to_speak"), lost("cannot_connect"), close_after=0, close_code=1001
    ),
    "close 1001 2": row(HOLE, torn("cannot_connect"), close_after=2, close_code=1001),
    "close 1008 0": row(
        lost("nothing_to_speak"),
        lost("quota_exceeded"),
        close_after=0,
        close_code=1008,
        close_reason=_QUOTA_REASON,
    ),
    "close 1008 2": row(
        HOLE, torn("quota_exceeded"), close_after=2, close_code=1008, close_reason=_QUOTA_REASON
    ),
    "input timeout 0": row(
        lost("nothing_to_speak"),
        lost("input_timeout"),
        close_after=0,
        close_code=1008,
        close_error="input_timeout_exceeded",
    ),
    "input timeout 2": row(
        HOLE,
        torn("input_timeout"),
        close_after=2,
        close_code=1008,
        close_error="input_timeout_exceeded",
    ),
    "close 1011 0": row(lost("nothing_to_speak"), lost("server_error"), close_after=0),
    "close 1011 2": row(HOLE, torn("server_error"), close_after=2),
    "hang after final": row(FINE, hang_after_final=True),
    "cut line 1": row(lost("cannot_connect"), FINE, cut_line=1),
    "cut line 3": row(torn("cannot_connect"), FINE, cut_line=3),
    "bad base64 1": row(HOLE, bad_base64=1),
    "bad base64 3": row(HOLE, bad_base64=3),
    "wrong types 1": row(HOLE, wrong_types=1),
    "wrong types 3": row(HOLE, wrong_types=3),
    **both("huge_message"),
    **both("broken_json"),
    **both("binary_frame"),
    **both("unknown_message"),
    **{
        f"{key} {value}": Row(Behaviour.from_json({key: value}), FINE, FINE)
        for key in ("alignment", "normalized")
        for value in ("null", "missing", "empty", "mismatched", "wrong_type")
    },
    "alignment null at times": row(FINE, alignment_null_every=2),
    "drift": row(FINE, drift=1.4),
    "negative times": row(FINE, negative_times=True),
    "overlap": row(FINE, overlap=True),
}


@pytest.fixture
async def house(
    hass: HomeAssistant,
    simulator: Simulator,
    hass_client: Any,
    hass_ws_client: Any,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> House:
    """Set up a home whose voice has the second engine that the test names, or none."""
    for component in ("homeassistant", "media_player", "assist_satellite"):
        assert await async_setup_component(hass, component, {})
    engine = request.getfixturevalue("engine")
    await set_up(hass, make_entry(simulator, KEY, **({"stand_in": engine} if engine else {})))
    await add_piper(hass)
    clock = Stopwatch(hass, monkeypatch)
    house = House(hass, await hass_client(), await hass_ws_client(), simulator, clock)
    house.watch()
    return house


def account(house: House) -> MockConfigEntry:
    """Return the only account."""
    (entry,) = house.hass.config_entries.async_entries(DOMAIN)
    assert isinstance(entry, MockConfigEntry)
    return entry


def begin(house: House, name: str) -> None:
    """Forget the row before, and bring about the fault of the next."""
    data = account(house).runtime_data
    data.breaker.worked()
    data.problems.works(next(iter(account(house).subentries)))
    for flow in house.hass.config_entries.flow.async_progress():
        house.hass.config_entries.flow.async_abort(flow["flow_id"])
    late = name.startswith(_LATE) or "late" in name
    client = data.problems._client
    client._timeouts = _IMPATIENT if late else Timeouts()
    data.speaker = type(data.speaker)(client)
    house.simulator.behave(ROWS[name].behaviour)


async def announce(house: House, kitchen: Player, message: str, route: str) -> dict[str, Any]:
    """Announce to the end; returns the last event."""
    done = len(house.outcomes)
    await house.announce(message, kitchen.entity_id, options={"route": route})
    return await house.over(done + 1, step=0.5)


def seconds_of(audio: bytes) -> float:
    """Return how much can be heard, whatever is missing in the middle."""
    heard = 0.0
    with av.open(io.BytesIO(audio), "r") as container:
        for packet in container.demux(audio=0):
            try:
                heard += sum(frame.samples / frame.sample_rate for frame in packet.decode())
            except av.error.InvalidDataError:
                continue
    return heard


def sound_of(device_audio: list[bytes], full: float) -> str:
    """Return what a player got, where `full` seconds were to come."""
    audio = b"".join(device_audio)
    if not audio:
        return NONE
    if is_tone_of(audio):
        return STAND_IN
    return WHOLE if seconds_of(audio) > full - 0.15 else PART


def is_tone_of(audio: bytes) -> bool:
    """Whether the second engine is heard; what cannot be decoded is not its sound."""
    try:
        return is_tone(audio)
    except av.error.InvalidDataError:
        return False


def shown(house: House) -> set[str]:
    """Return what the user is shown."""
    flows = house.hass.config_entries.flow.async_progress()
    return {*problems(house.hass), *(flow["context"]["source"] for flow in flows)}


def expected(outcome: Outcome, engine: str | None) -> dict[str, Any]:
    """Return what is to come of a row."""
    replaced = outcome.sound == NONE and engine is not None
    reauth = {"reauth"} if outcome.cause == "invalid_api_key" else set()
    repairs = {outcome.repair} if outcome.repair else set()
    return {
        "sound": STAND_IN if replaced else outcome.sound,
        "event": "finished" if replaced or not outcome.cause else "failed",
        "error": None if replaced else outcome.cause,
        "stand_in": (engine, outcome.cause) if replaced else (None, None),
        "shown": reauth | repairs | ({"stand_in_spoke"} if replaced else set()),
        "logged": {f"{engine} stands in: {outcome.cause}"} if replaced else set(),
        "told too much": [],
    }


def told_too_much(records: list[logging.LogRecord]) -> list[str]:
    """Return what should not be in the log: text, key, or a traceback of ours."""
    return [
        record.getMessage()
        for record in records
        if KEY in record.getMessage()
        or (record.name.startswith(OURS) and ("arzipan" in record.getMessage() or record.exc_info))
    ]


@pytest.mark.parametrize("engine", [None, PIPER], ids=["alone", "second engine"])
@pytest.mark.parametrize("route", ["http", "websocket"])
async def test_every_fault(
    house: House, route: str, engine: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, OURS)
    kitchen = await house.player()
    await announce(house, kitchen, f"{TEXT}.", route)
    full = seconds_of(kitchen.device.audio[-1])
    wrong = {}
    for number, name in enumerate(ROWS):
        begin(house, name)
        caplog.clear()
        kitchen.device.audio.clear()
        event = await announce(house, kitchen, f"{TEXT}{'.' * (number + 2)}", route)
        ours = [r.getMessage() for r in caplog.records if r.name.startswith(OURS)]
        found = {
            "sound": sound_of(kitchen.device.audio, full),
            "event": event["event_type"],
            "error": event["error"],
            "stand_in": (event["stand_in"], event["stand_in_cause"]),
            "shown": shown(house),
            "logged": {text for text in ours if "stands in" in text},
            "told too much": told_too_much(caplog.records),
        }
        wanted = expected(getattr(ROWS[name], route), engine)
        if found != wanted:
            wrong[name] = {key: found[key] for key in found if found[key] != wanted[key]}
    assert not wrong
