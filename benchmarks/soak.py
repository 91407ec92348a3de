"""Two thousand utterances, some of them hit by a fault: what stays behind, and what was told."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
import platform
import random
import time
from typing import Any

import aiohttp
import numpy as np

from benchmarks.soak_home import DASHBOARD, SoakHome, soak_home
from harness.errors import HarnessError
from harness.events import CapturedEvents
from harness.home_api import open_socket
from harness.integrations import DOMAIN
from harness.progress import Progress

type Json = Any

RESULTS = Path(__file__).resolve().parent / "results"
COUNT, COUNT_SHORT = 2000, 120
LONGEST_S = 450.0
AT_ONCE = 6
# So many are kept with their captions on the disk before the run's first quarter is over.
TEXTS = 300
LOOKS = 20
FAULTY = 0.05
SEED = 20261121
# What the first utterances load and fill: modules, caches, the announcements that are kept.
WARM_UP = 0.25
QUIET_S = 60.0
PATIENCE = aiohttp.ClientTimeout(total=60)

# Each hits one stream or one request.
FAULTS: tuple[Mapping[str, Json], ...] = (
    {"fail_status": 500, "fail_requests": 1, "fail_routes": "speech"},
    {"fail_status": 429, "fail_requests": 1, "fail_routes": "speech"},
    {"drop_after": 0, "faulty_streams": 1},
    {"drop_after": 2, "faulty_streams": 1},
    {"close_after": 0, "faulty_streams": 1},
    {"close_after": 2, "faulty_streams": 1},
    {"stall_after": 2, "faulty_streams": 1},
    {"silent": True, "faulty_streams": 1},
    {"broken_json": 1, "faulty_streams": 1},
    {"wrong_types": 2, "faulty_streams": 1},
    {"bad_base64": 1, "faulty_streams": 1},
    {"cut_line": 2, "faulty_streams": 1},
    {"alignment": "wrong_type", "normalized": "mismatched", "faulty_streams": 1},
)


@dataclass(frozen=True, slots=True)
class Look:
    """What the Home Assistant process holds at a moment."""

    spoken: int
    minute: float
    rss: float
    """Megabytes."""
    pss: float
    """Megabytes."""
    files: int
    threads: int
    inside: Json


@dataclass(slots=True)
class SoakRun:
    """Everything that is seen of a run."""

    soaked: SoakHome
    captions: CapturedEvents = field(default_factory=CapturedEvents)
    states: CapturedEvents = field(default_factory=CapturedEvents)
    looks: list[Look] = field(default_factory=list)
    came: Counter[str] = field(default_factory=Counter)
    """How each way of speaking went for whoever asked."""
    faults: int = 0
    spoken: int = 0
    began: float = field(default_factory=time.monotonic)

    def announcements(self) -> set[str]:
        """Return the ids of all that were told of."""
        events = (arrival.event for arrival in self.captions.arrivals)
        return {event["track"]["id"] for event in events if event["type"] == "track"}

    def ends(self) -> dict[str, list[str]]:
        """Return how each announcement ended, as the event entity told it."""
        found: dict[str, list[str]] = defaultdict(list)
        for arrival in self.states.arrivals:
            told = (arrival.event["data"]["new_state"] or {}).get("attributes", {})
            if "announcement" in arrival.event["data"]["entity_id"] and "id" in told:
                outcome = told["event_type"]
                if outcome != "started":
                    found[told["id"]].append(f"{outcome} {told['error'] or ''}".strip())
        return found


async def run(progress: Progress, short: bool) -> None:
    """Soak, print a table, and write it down."""
    count = COUNT_SHORT if short else COUNT
    async with soak_home(progress) as soaked:
        current = SoakRun(soaked)
        await soaked.home.socket.subscribe(current.captions, f"{DOMAIN}/captions/subscribe")
        await soaked.home.socket.subscribe(
            current.states, "subscribe_events", event_type="state_changed"
        )
        progress.step(f"Speaking {count} times, {FAULTY:.0%} of them with a fault")
        await _speak_all(current, count, progress)
        progress.step("Waiting until all is over")
        await soaked.behave({})
        await _until_quiet(current)
        current.looks.append(await _look(current))
        journal = await soaked.journal()
        text = "\n".join(_table(current, journal, count))
    progress.say(f"\n{text}\n")
    if not short:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "soak.txt").write_text(f"{text}\n", encoding="utf-8")
        progress.step("Written to benchmarks/results")


async def _speak_all(current: SoakRun, count: int, progress: Progress) -> None:
    """Speak some at once, and look from time to time when nothing is being said."""
    chance = random.Random(SEED)  # noqa: S311 - the same run each time
    portion = count // LOOKS
    for _ in range(LOOKS):
        if time.monotonic() - current.began > LONGEST_S:
            progress.step(f"Stopped after {LONGEST_S:.0f} seconds")
            break
        gate = asyncio.Semaphore(AT_ONCE)
        plan = [(number, chance.random(), chance.choice(FAULTS)) for number in range(portion)]
        async with asyncio.TaskGroup() as group:
            for number, luck, fault in plan:
                group.create_task(_speak(current, gate, current.spoken + number, luck, fault))
        current.spoken += portion
        current.looks.append(await _look(current))
        progress.step(f"  {current.spoken} utterances, {current.looks[-1].rss:.0f} MB")


async def _speak(
    current: SoakRun, gate: asyncio.Semaphore, number: int, luck: float, fault: Mapping[str, Json]
) -> None:
    """Speak once, in one of three ways."""
    async with gate:
        if luck < FAULTY:
            current.faults += 1
            await current.soaked.behave(fault)
        name, way = WAYS[number % len(WAYS)]
        text = f"This is number {number % TEXTS} of all that is said."
        try:
            heard = await way(current.soaked, text)
        except (HarnessError, TimeoutError, aiohttp.ClientError) as error:
            current.came[f"{name}: {type(error).__name__}"] += 1
        else:
            current.came[f"{name}: {'heard' if heard else 'nothing heard'}"] += 1


async def _by_http(soaked: SoakHome, text: str) -> bool:
    return await _by_url(soaked, text, "http")


async def _by_websocket(soaked: SoakHome, text: str) -> bool:
    return await _by_url(soaked, text, "websocket")


async def _by_url(soaked: SoakHome, text: str, route: str) -> bool:
    """Have a whole text spoken and fetch it, as a script does."""
    asked = {
        "engine_id": soaked.engine,
        "message": text,
        "cache": False,
        "options": {"route": route},
    }
    answer = await soaked.home.api.post("/api/tts_get_url", asked)
    return await _fetch(soaked, answer["path"])


async def _announced(soaked: SoakHome, text: str) -> bool:
    """Announce at the dashboard."""
    answer = await soaked.home.socket.call_action(
        f"{DOMAIN}.announce", DASHBOARD, response=True, message=text, cache=False, wait=True
    )
    (player,) = answer["players"].values()
    return bool(player["state"] == "finished")


async def _answered(soaked: SoakHome, text: str) -> bool:
    """Have an assistant answer, whose text grows while it is spoken."""
    run = CapturedEvents()
    async with open_socket(soaked.home.api) as socket:
        await socket.subscribe(
            run,
            "assist_pipeline/run",
            pipeline=soaked.pipeline,
            start_stage="intent",
            end_stage="tts",
            input={"text": text},
            timeout=PATIENCE.total,
        )
        start = await run.first("The start", lambda event: event["type"] == "run-start", seconds=60)
        heard = await _fetch(soaked, start.event["data"]["tts_output"]["url"])
        await run.first("The end", lambda event: event["type"] == "run-end", seconds=60)
    return heard


async def _fetch(soaked: SoakHome, path: str) -> bool:
    async with soaked.session.get(f"{soaked.home.url}{path}", timeout=PATIENCE) as answer:
        return answer.ok and len(await answer.read()) > 0


type Way = tuple[str, Callable[[SoakHome, str], Awaitable[bool]]]

# In turns; an assistant takes some seconds to write.
WAYS: tuple[Way, ...] = (
    ("tts_get_url, HTTP", _by_http),
    ("announce", _announced),
    ("tts_get_url, WebSocket", _by_websocket),
    ("announce", _announced),
    ("tts_get_url, HTTP", _by_http),
    ("assist, growing", _answered),
)


async def _until_quiet(current: SoakRun) -> None:
    """Wait until every announcement has its end, and what is kept for a while is gone."""
    deadline = time.monotonic() + QUIET_S
    while time.monotonic() < deadline:
        if set(current.ends()) >= current.announcements():
            break
        await asyncio.sleep(1)
    await asyncio.sleep(QUIET_S / 3)


async def _look(current: SoakRun) -> Look:
    """Look at the process from outside and from inside."""
    inside = await current.soaked.home.socket.call("soak_probe/look")
    process = Path(f"/proc/{current.soaked.home.program.process.pid}")
    memory = dict(
        line.split(":", 1)
        for line in (process / "smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
    )
    return Look(
        spoken=current.spoken,
        minute=(time.monotonic() - current.began) / 60,
        rss=int(memory["Rss"].split()[0]) / 1024,
        pss=int(memory["Pss"].split()[0]) / 1024,
        files=len(list((process / "fd").iterdir())),
        threads=len(list((process / "task").iterdir())),
        inside=inside,
    )


def _table(current: SoakRun, journal: Json, count: int) -> list[str]:
    version = current.soaked.home.version
    head = (
        f"Home Assistant {version}, simulator; Python {platform.python_version()}; "
        f"{current.spoken} of {count} utterances, {AT_ONCE} at once, {current.faults} faults, "
        f"{current.looks[-1].minute:.1f} minutes"
    )
    return [head, "", *_looks(current.looks), *_slopes(current.looks), *_account(current, journal)]


def _looks(looks: list[Look]) -> list[str]:
    lines = ["spoken  minute   RSS MB   PSS MB  files threads  tasks ours timers   objects"]
    for one in looks:
        inside = one.inside
        lines.append(
            f"{one.spoken:6} {one.minute:7.1f} {one.rss:8.1f} {one.pss:8.1f} {one.files:6} "
            f"{one.threads:7} {inside['tasks']:6} {len(inside['our_tasks']):4} "
            f"{inside['timers']:6} {inside['objects']:9}"
        )
    return lines


def _slopes(looks: list[Look]) -> list[str]:
    """Tell how fast each figure grows once the home is warm, for a thousand utterances."""
    warm = [one for one in looks[:-1] if one.spoken >= WARM_UP * looks[-1].spoken]
    figures: dict[str, Callable[[Look], float]] = {
        "RSS, MB": lambda one: one.rss,
        "PSS, MB": lambda one: one.pss,
        "open files": lambda one: one.files,
        "threads": lambda one: one.threads,
        "tasks": lambda one: one.inside["tasks"],
        "timers": lambda one: one.inside["timers"],
        "objects": lambda one: one.inside["objects"],
    }
    lines = ["", f"Growth for 1,000 utterances, after the first {warm[0].spoken}"]
    spoken = [one.spoken / 1000 for one in warm]
    for name, figure in figures.items():
        slope = np.polyfit(spoken, [figure(one) for one in warm], 1)[0]
        lines.append(
            f"  {name:12}{slope:+10.2f}   ({figure(warm[0]):.0f} to {figure(warm[-1]):.0f})"
        )
    return [*lines, *_grown(warm)]


def _grown(warm: list[Look]) -> list[str]:
    """Tell of what kind the objects are that have become more."""
    before, after = (Counter(warm[at].inside["types"]) for at in (0, -1))
    grown = (after - before).most_common(8)
    return [f"  objects that became more: {', '.join(f'{name} {more:+}' for name, more in grown)}"]


def _account(current: SoakRun, journal: Json) -> list[str]:
    """Tell how all of it ended, and what is left at the end."""
    ends, told = current.ends(), current.announcements()
    outcomes = Counter(end for one in ends.values() for end in one)
    several = sum(len(one) > 1 for one in ends.values())
    held = {name: size for name, size in current.looks[-1].inside["held"].items() if size}
    lines = ["", "Whoever asked"]
    lines += [f"  {number:6} {name}" for name, number in sorted(current.came.items())]
    lines += ["", f"Announcements told of: {len(told)}; their ends, as the event entity has them"]
    lines += [f"  {number:6} {name}" for name, number in outcomes.most_common()]
    lines += [
        f"  without an end: {len(told - set(ends))}; with more than one: {several}",
        "",
        "Left when all is over",
        f"  tasks of ours: {', '.join(current.looks[-1].inside['our_tasks']) or 'none'}",
        f"  open sockets at the service: {journal['open_sockets']}",
        f"  generations running there: {journal['running']}",
        f"  held: {', '.join(f'{name} {size}' for name, size in sorted(held.items()))}",
    ]
    return lines
