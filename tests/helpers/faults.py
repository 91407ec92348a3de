"""Every fault of the simulator: what comes of it, and a home that meets one after the other."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
import io
import logging
import re
from typing import Any, Final, Self

import av
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
import numpy as np

from custom_components.elevenlabs_streaming.const import DOMAIN
from simulator import Behaviour
from tests.helpers.engines import PIPER, TONE_HZ, problems
from tests.helpers.home import GEORGE
from tests.helpers.players import House, Player

TEXT: Final = "The laundry is done, so please come down and fetch it before the rain."
KITCHEN: Final = "media_player.kitchen"
ROUTES: Final = ("http", "websocket", "dialogue")
"""The route of the voice; `dialogue` is the WebSocket of a model of Text to Dialogue."""
FLASH: Final = "eleven_flash_v2_5"
_MODEL_OF_DIALOGUE: Final = "eleven_v4_turbo"
_RATE: Final = 16000
_WINDOW: Final = _RATE // 20
_LEAST_TONE_S: Final = 0.2
_LONGEST_ROW_S: Final = 300.0
# So many looks without anything new, and the service's thread at rest: all wait for the clock.
_STILL: Final = 3
_A_KEY: Final = re.compile(r"\bsk_[a-z]")
_OURS: Final = f"custom_components.{DOMAIN}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is to come of a fault on a route where there is no fallback."""

    sound: str
    """whole, continued, part or none."""
    cause: str | None = None
    repair: str | None = None
    gap: str | None = None
    """Why a fallback goes on, where the listener would wait for too long."""
    may_keep_up: bool = False
    """Whether new connections may be in time after all, with a fast machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong, when, and what is to come of it."""

    name: str
    http: Expected | None
    websocket: Expected | None
    behaviour: Behaviour = field(default_factory=Behaviour)
    key: str = "sk_demo"
    voice: str = GEORGE
    model: str = FLASH

    def expected(self, route: str) -> Expected | None:
        """Return what is to come of it on a route; None where it cannot happen there."""
        return self.http if route == "http" else self.websocket


WHOLE: Final = Expected(sound="whole")
CONTINUED: Final = Expected(sound="continued")
_LATE: Final = Expected(sound="continued", gap="stalled")
_BROKEN: Final = Expected(sound="continued", gap="cannot_connect", may_keep_up=True)
_REPAIRED: Final = (
    "missing_permission",
    "plan_required",
    "quota_exceeded",
    "unusual_activity",
    "voice_not_found",
)


def lost(cause: str, repair: str | None = None) -> Expected:
    """Return that nothing is heard."""
    return Expected(sound="none", cause=cause, repair=repair or _usual_repair(cause))


def torn(cause: str) -> Expected:
    """Return that only the beginning is heard."""
    return Expected(sound="part", cause=cause, repair=_usual_repair(cause))


def _usual_repair(cause: str) -> str | None:
    return cause if cause in _REPAIRED else None


def fault(
    name: str,
    http: Expected | None,
    websocket: Expected | None = WHOLE,
    *,
    account: dict[str, str] | None = None,
    **behaviour: Any,
) -> Fault:
    """Return a fault; `account` is the key, voice or model that it is met with."""
    return Fault(
        name=name,
        http=http,
        websocket=websocket,
        behaviour=Behaviour(**behaviour),
        **account or {},
    )


def alike(name: str, outcome: Expected, **how: Any) -> Fault:
    """Return a fault of which the same comes on both routes."""
    return fault(name, outcome, outcome, **how)


def refused(status: int, outcome: Expected, name: str = "", **how: Any) -> Fault:
    """Return a fault where requests to speak are answered with a status."""
    how |= {"fail_status": status, "fail_routes": "speech"}
    return alike(name or f"HTTP status {status}", outcome, **how)


_LIBRARY_VOICE: Final = "MeiLibraryVoiceId001"
_NO_VOICE: Final = "00000000000000000000"
_NO_PERMISSION: Final = {"key": "sk_read_only"}

BEFORE: Final = (
    refused(400, lost("invalid_request")),
    refused(401, lost("invalid_api_key")),
    refused(402, lost("plan_required")),
    refused(403, lost("plan_required")),
    refused(403, lost("plan_required", "access_refused"), "403 of a proxy", error_body="text"),
    refused(404, lost("invalid_request")),
    refused(408, lost("stalled")),
    refused(422, lost("invalid_request")),
    refused(429, lost("busy")),
    refused(429, WHOLE, "HTTP status 429 once", fail_requests=1),
    refused(500, lost("server_error")),
    refused(500, WHOLE, "HTTP status 500 once", fail_requests=1),
    refused(503, lost("server_error"), "HTTP status 503, old body", error_body="legacy"),
    refused(503, lost("server_error"), "HTTP status 503, text body", error_body="text"),
    alike("credits used up, 401", lost("quota_exceeded"), quota=True),
    alike("credits used up, 402", lost("quota_exceeded"), quota=True, quota_status=402),
    alike("credits used up, old body", lost("quota_exceeded"), quota=True, error_body="legacy"),
    alike("credits used up, text body", lost("quota_exceeded"), quota=True, error_body="text"),
    alike("unusual activity", lost("unusual_activity"), unusual_activity=True),
    alike("key unknown", lost("invalid_api_key"), account={"key": "sk_nobody"}),
    alike(
        "key unknown at the handshake",
        lost("invalid_api_key"),
        account={"key": "sk_nobody"},
        ws_bad_key="handshake",
    ),
    alike("key without permission", lost("missing_permission"), account=_NO_PERMISSION),
    alike(
        "key without permission, old body",
        lost("missing_permission"),
        account=_NO_PERMISSION,
        error_body="legacy",
    ),
    alike("voice gone", lost("voice_not_found"), account={"voice": _NO_VOICE}),
    alike(
        "voice gone, 400",
        lost("voice_not_found"),
        account={"voice": _NO_VOICE},
        voice_not_found=400,
    ),
    alike(
        "model gone",
        lost("model_not_found", "model_refused"),
        account={"model": "eleven_nonsense"},
    ),
    alike(
        "model gone, 404",
        lost("model_not_found", "model_refused"),
        account={"model": "eleven_nonsense"},
        model_not_found=404,
    ),
    alike("no connection", lost("cannot_connect"), refuse_connections=True),
    alike("silent", lost("stalled"), silent=True),
    alike("silent once", WHOLE, silent=True, faulty_streams=1),
    alike("first sound after 3 s", WHOLE, first_byte_delay=3.0),
    alike("stalls at once", lost("stalled"), stall_after=0),
    alike("breaks at once", lost("cannot_connect"), drop_after=0),
    alike("breaks at once, once", WHOLE, drop_after=0, faulty_streams=1),
    alike("ends at once", lost("server_error"), close_after=0, close_code=1000),
    alike("ends at once, once", WHOLE, close_after=0, close_code=1000, faulty_streams=1),
    fault("closes with 1001 at once", None, WHOLE, close_after=0, close_code=1001,
          faulty_route="websocket"),
    fault("closes with 1008 at once", None, WHOLE, close_after=0, close_code=1008,
          faulty_route="websocket"),
    fault("closes with 1009 at once", None, WHOLE, close_after=0, close_code=1009,
          faulty_route="websocket"),
    fault("closes with 1011 at once", None, lost("server_error"), close_after=0),
    fault("closes for want of text at once", None, lost("server_error"), close_after=0,
          close_code=1008, close_error="input_timeout_exceeded"),
    fault("closes for want of text at once, the socket only", None, WHOLE, close_after=0,
          close_code=1008, close_error="input_timeout_exceeded", faulty_route="websocket"),
    fault("socket silent", None, WHOLE, silent=True, faulty_route="websocket"),
    fault("socket knows published formats only", None, WHOLE, ws_formats="published"),
    fault("closes for want of credits at once", None, lost("quota_exceeded"), close_after=0,
          close_code=1008, close_reason="This request exceeds your quota of 10000."),
    fault("first line cut", lost("cannot_connect"), None, cut_line=1),
    fault("first line cut, once", WHOLE, None, cut_line=1, faulty_streams=1),
)  # fmt: skip

AFTER: Final = (
    alike("stalls", _LATE, stall_after=3),
    alike("stalls once", _LATE, stall_after=3, faulty_streams=1),
    alike("breaks", _BROKEN, drop_after=3),
    alike("breaks and stays away", torn("cannot_connect"), drop_after=3, gone_after=1),
    alike("ends early and stays away", torn("cannot_connect"), close_after=3, close_code=1000,
          chunk_ms=120, gone_after=1),
    fault("closes with 1011 and stays away", None, torn("cannot_connect"), close_after=3,
          gone_after=1),
    alike("breaks once", CONTINUED, drop_after=3, faulty_streams=1),
    alike("ends early", CONTINUED, close_after=3, close_code=1000, chunk_ms=120),
    alike("ends early once", CONTINUED, close_after=3, close_code=1000, faulty_streams=1),
    fault("closes with 1001", None, CONTINUED, close_after=3, close_code=1001, faulty_streams=1),
    fault("closes with 1008", None, CONTINUED, close_after=3, close_code=1008,
          faulty_route="websocket"),
    fault("closes with 1009", None, CONTINUED, close_after=3, close_code=1009,
          faulty_route="websocket"),
    fault("closes with 1011", None, CONTINUED, close_after=3),
    fault("closes with 1011, the socket only", None, CONTINUED, close_after=3,
          faulty_route="websocket"),
    fault("closes with 1011 at once, the socket only", None, WHOLE, close_after=0,
          faulty_route="websocket"),
    alike("stalls for 14 s", _LATE, stall_after=3, stall_seconds=14.0),
    fault("closes with 1011 once", None, CONTINUED, close_after=3, faulty_streams=1),
    fault("closes with 1012", None, CONTINUED, close_after=3, close_code=1012, faulty_streams=1),
    fault("closes with 1013", None, CONTINUED, close_after=3, close_code=1013, faulty_streams=1),
    fault("closes for want of text", None, CONTINUED, close_after=3, close_code=1008,
          close_error="input_timeout_exceeded", faulty_streams=1),
    fault("closes for want of credits", None, torn("quota_exceeded"), close_after=3,
          close_code=1008, close_reason="This request exceeds your quota of 10000."),
    fault("closes because of the key", None, torn("invalid_api_key"), close_after=3,
          close_code=1008, close_error="invalid_api_key"),
    fault("line cut", CONTINUED, None, cut_line=4),
    fault("line cut and away", torn("cannot_connect"), None, cut_line=3, gone_after=1),
    fault("line cut once", CONTINUED, None, cut_line=3, faulty_streams=1),
)  # fmt: skip

_SHAPES: Final = ("null", "missing", "empty", "mismatched", "wrong_type")
_ODD_TIMES: Final = ("moment", "end_first", "end_beyond", "beyond", "backwards", "negative", "nan")
_ODD_MESSAGES: Final = ("huge_message", "broken_json", "binary_frame", "unknown_message")
_LOST_MESSAGES: Final = ("bad_base64", "wrong_types")

HARMLESS: Final = (
    *(alike(f"alignment {shape}", WHOLE, alignment=shape) for shape in _SHAPES),
    *(alike(f"normalised alignment {shape}", WHOLE, normalized=shape) for shape in _SHAPES),
    *(
        alike(f"both alignments {shape}", WHOLE, alignment=shape, normalized=shape)
        for shape in _SHAPES
    ),
    alike("alignment null at times", WHOLE, alignment_null_every=2),
    alike("times drift", WHOLE, drift=1.4),
    alike("times below zero", WHOLE, negative_times=True),
    alike("alignments overlap", WHOLE, overlap=True),
    *(alike(f"times: {kind}", WHOLE, times=kind, times_from=20) for kind in _ODD_TIMES),
    alike("some times are null", WHOLE, times="null", times_from=20, times_count=12),
    alike("all times are text", WHOLE, times="text"),
    *(alike(f"{name}, message {n}", WHOLE, **{name: n}) for name in _ODD_MESSAGES for n in (1, 3)),
    # A quarter of a second is missing, and the rest is heard.
    *(alike(f"{name}, message {n}", WHOLE, **{name: n}) for name in _LOST_MESSAGES for n in (1, 3)),
    fault("stays open after the end", None, WHOLE, hang_after_final=True),
    alike("a key of the oldest kind", WHOLE, account={"key": "sk_legacy"}),
    alike("answers as in 2023", WHOLE, account={"key": "sk_seed"}),
)

GROUPS: Final = {"before": BEFORE, "after": AFTER, "harmless": HARMLESS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was heard and told of one announcement."""

    sound: str
    """whole, continued, part, fallback, none, or mixed."""
    ours: float
    """Seconds of audio that ElevenLabs spoke."""
    tone: float
    """Seconds of audio of the fallback."""
    event: str
    error: str | None
    fallback: str | None
    """Why the fallback spoke."""
    shown: frozenset[str]
    """Repairs, and `reauth`."""
    log: tuple[str, ...]
    """What the log says that it should not."""


@dataclass(frozen=True, slots=True)
class Met:
    """One row of the matrix."""

    group: str
    fault: Fault
    route: str
    fallback: bool
    outcome: Outcome


_REPLACED: Final = {"none": "fallback", "part": "mixed"}
"""What is heard where a fallback speaks all of a text, or its rest."""


def wanted(expected: Expected, *, fallback: bool) -> dict[str, Any]:
    """Return what is to come of a row."""
    replaced = fallback and (expected.sound in _REPLACED or expected.gap)
    failed = expected.cause and not replaced
    shown = {expected.repair, "reauth" if expected.cause == "invalid_api_key" else None}
    shown |= {"fallback_used"} if replaced else set()
    return {
        "sound": _REPLACED.get(expected.sound, "mixed") if replaced else expected.sound,
        "event": "failed" if failed else "finished",
        "error": expected.cause if failed else None,
        "fallback": expected.cause or expected.gap if replaced else None,
        "shown": frozenset(shown - {None}),
        "log": (),
    }


def possible(expected: Expected, *, fallback: bool) -> list[dict[str, Any]]:
    """Return all that may come of a row."""
    in_time = replace(expected, gap=None)
    outcomes = [expected, in_time] if expected.may_keep_up else [expected]
    return [wanted(outcome, fallback=fallback) for outcome in outcomes]


def found(outcome: Outcome) -> dict[str, Any]:
    """Return the same of what came."""
    return {name: getattr(outcome, name) for name in wanted(WHOLE, fallback=False)}


@dataclass(slots=True)
class Bench:
    """A home in which one fault after the other is met."""

    house: House
    entry: ConfigEntry
    kitchen: Player
    records: list[logging.LogRecord]
    rows: int = 0
    working: int = 0
    """How many utterances the service is making."""
    whole: dict[str, float] = field(default_factory=dict)
    """Seconds of the text where nothing is wrong, by route."""

    async def measure(self) -> Self:
        """Learn how long the text is where nothing is wrong."""
        self._watch_the_service()
        for route in ROUTES:
            outcome = await self.meet(alike("nothing", WHOLE), route, fallback=False)
            self.whole[route] = outcome.ours
        # Where the WebSocket is refused HTTP speaks, a little faster.
        self.whole["websocket"] = min(self.whole["http"], self.whole["websocket"])
        self.whole["dialogue"] = min(self.whole.values())
        return self

    async def meet(self, fault: Fault, route: str, *, fallback: bool) -> Outcome:
        """Announce once with a fault."""
        await self._prepare(fault, route, fallback=fallback)
        house = self.house
        house.simulator.behave(fault.behaviour)
        del self.records[:]
        house.happened.clear()
        response = await self._hasten(house.announce(TEXT, KITCHEN))
        number = response["id"]
        await self._until(lambda: self._end_of(number) and not house._is_busy())
        return self._outcome(number, route)

    def _watch_the_service(self) -> None:
        thread = self.house.simulator.synthesis_thread
        run = thread.run_blocking

        async def counted[T](job: Callable[[], T]) -> T:
            self.working += 1
            try:
                return await run(job)
            finally:
                self.working -= 1

        thread.run_blocking = counted  # type: ignore[method-assign]  # to see whether it works

    async def _prepare(self, fault: Fault, route: str, *, fallback: bool) -> None:
        """Set the voice up anew at a service that is well."""
        hass, simulator = self.house.hass, self.house.simulator
        simulator.behave(Behaviour())
        simulator.reset()
        self.rows += 1
        # Another seed each time, so that nothing comes out of Home Assistant's cache.
        data: dict[str, Any] = {"voice": fault.voice, "model": fault.model, "seed": self.rows}
        data |= {"route": route, **({"fallback": PIPER} if fallback else {})}
        if route == "dialogue":
            is_usual = fault.model == FLASH
            data |= {"route": "websocket", "model": _MODEL_OF_DIALOGUE if is_usual else fault.model}
        (voice,) = self.entry.subentries.values()
        access = {**self.entry.data, "api_key": fault.key}
        hass.config_entries.async_update_entry(self.entry, data=access)
        hass.config_entries.async_update_subentry(self.entry, voice, data=data)
        await hass.async_block_till_done(wait_background_tasks=True)
        for flow in hass.config_entries.flow.async_progress():
            hass.config_entries.flow.async_abort(flow["flow_id"])
        simulator.journal.clear()
        self.kitchen.device.audio.clear()
        self.kitchen.device.statuses.clear()

    def _end_of(self, number: str) -> bool:
        return any(one["id"] == number for one in self.house.outcomes)

    async def _hasten[T](self, waited: Coroutine[Any, Any, T]) -> T:
        task = asyncio.ensure_future(waited)
        await self._until(task.done)
        return await task

    async def _until(self, condition: Callable[[], Any]) -> None:
        """Wait; where all wait for the clock, time passes by itself."""
        clock, still, before = self.house.clock, 0, None
        deadline = clock() + _LONGEST_ROW_S
        while not condition():
            assert clock() < deadline, "it did not come"
            now = self._activity()
            still = still + 1 if now == before and not self.working else 0
            before = now
            if still >= _STILL:
                await clock.pass_(0.5)
            await asyncio.sleep(0.003)

    def _activity(self) -> tuple[Any, ...]:
        journal = self.house.simulator.journal
        return (
            len(journal.requests),
            sum(one.sent + len(one.messages) for one in journal.sockets),
            sum(one.chunks for one in journal.generations),
            Counter(one.state for one in journal.generations),
            journal.open_sockets,
            len(self.kitchen.device.statuses),
            len(self.kitchen.device.audio),
        )

    def _outcome(self, number: str, route: str) -> Outcome:
        told = [one for one in self.house.happened if one["id"] == number]
        assert [one["event_type"] for one in told] in (
            ["started", "finished"],
            ["started", "failed"],
            ["failed"],
        )
        ours, tone = heard(self.kitchen.device.audio)
        return Outcome(
            sound=self._sound(ours, tone, route),
            ours=round(ours, 1),
            tone=round(tone, 1),
            event=told[-1]["event_type"],
            error=told[-1]["error"],
            fallback=told[-1]["fallback_cause"] if told[-1]["fallback"] else None,
            shown=frozenset(self._shown()),
            log=tuple(one.getMessage() for one in self.records if self._is_unwanted(one)),
        )

    def _shown(self) -> set[str]:
        flows = self.house.hass.config_entries.flow.async_progress()
        asked = {flow["context"]["source"] for flow in flows} & {SOURCE_REAUTH}
        return {*problems(self.house.hass), *asked}

    def _sound(self, ours: float, tone: float, route: str) -> str:
        if tone > _LEAST_TONE_S:
            return "fallback" if ours < 0.3 else "mixed"
        if ours < 0.1:
            return "none"
        # A message that could not be read takes a quarter of a second with it.
        if ours < self.whole.get(route, ours) - 0.4:
            return "part"
        return "continued" if self._streams() > 1 else "whole"

    def _streams(self) -> int:
        """Return on how many connections audio came."""
        journal = self.house.simulator.journal
        requests = [one for one in journal.generations if one.route == "http" and one.chunks]
        return len(requests) + sum(one.sent > 0 for one in journal.sockets)

    @staticmethod
    def _is_unwanted(record: logging.LogRecord) -> bool:
        """Whether a line names the key, or is of ours and has the text or a traceback."""
        said = record.getMessage()
        is_ours = record.name.startswith(_OURS)
        return bool(_A_KEY.search(said)) or (
            is_ours and ("laundry" in said or record.exc_info is not None)
        )


def heard(audio: list[bytes]) -> tuple[float, float]:
    """Return the seconds of speech and of tone in what a player was given."""
    samples = decoded(b"".join(audio))
    windows = samples[: samples.size // _WINDOW * _WINDOW].reshape(-1, _WINDOW)
    if not len(windows):
        return 0.0, 0.0
    power = np.abs(np.fft.rfft(windows * np.hanning(_WINDOW), axis=1)) ** 2
    near = np.abs(np.fft.rfftfreq(_WINDOW, 1 / _RATE) - TONE_HZ) < 60
    is_tone = power[:, near].sum(axis=1) > 0.9 * power.sum(axis=1) + 1e-9
    tone = float(is_tone.sum()) * _WINDOW / _RATE
    # A tone of less than that is a vowel; a word of the fallback is twice as long.
    tone = tone if tone > _LEAST_TONE_S else 0.0
    return samples.size / _RATE - tone, tone


def decoded(audio: bytes) -> np.ndarray[Any, Any]:
    """Return audio as samples, leaving out what cannot be decoded as a player does."""
    parts: list[np.ndarray[Any, Any]] = [np.zeros(0, dtype=np.float32)]
    if not audio:
        return parts[0]
    resampler = av.AudioResampler(format="flt", layout="mono", rate=_RATE)
    with av.open(io.BytesIO(audio), "r") as container:
        for packet in container.demux(audio=0):
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:
                continue
            for frame in frames:
                parts += [part.to_ndarray().ravel() for part in resampler.resample(frame)]
    return np.concatenate(parts)
