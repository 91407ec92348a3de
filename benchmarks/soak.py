"""Ten thousand utterances, some of them hit by a fault: what stays behind, and what was told."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
import random
import time
from typing import Any

import aiohttp

from benchmarks.soak_home import DASHBOARD, SoakHome, soak_home
from benchmarks.soak_looks import Look, look
from benchmarks.soak_report import SoakResult, table
from benchmarks.soak_texts import text_of
from harness.errors import HarnessError
from harness.events import CapturedEvents
from harness.home_api import open_socket
from harness.integrations import DOMAIN
from harness.progress import Progress

type Json = Any

RESULTS = Path(__file__).resolve().parent / "results"
COUNT, COUNT_SHORT = 10_000, 240
LONGEST_S = 2400.0
AT_ONCE = 12
LOOKS = 40
FAULTY, EARLY = 0.06, 0.8
SEED = 20261121
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


@dataclass(slots=True)
class SoakRun:
    """Everything that is seen of a run."""

    soaked: SoakHome
    announced: set[str] = field(default_factory=set)
    """The ids of all announcements that the caption channel told of."""
    ends: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """How each announcement ended, as the event entity told it."""
    looks: list[Look] = field(default_factory=list)
    came: Counter[str] = field(default_factory=Counter)
    """How each way of speaking went for whoever asked."""
    faults: int = 0
    spoken: int = 0
    began: float = field(default_factory=time.monotonic)

    def take_captions(self, _: float, event: Json) -> None:
        """Note which announcement a message is about."""
        if event["type"] == "track":
            self.announced.add(event["track"]["id"])

    def take_state(self, _: float, event: Json) -> None:
        """Note how an announcement ended."""
        told = (event["data"]["new_state"] or {}).get("attributes", {})
        is_ours = "announcement" in event["data"]["entity_id"] and "id" in told
        if is_ours and (outcome := told["event_type"]) != "started":
            self.ends[told["id"]].append(f"{outcome} {told['error'] or ''}".strip())

    async def look(self) -> None:
        """Look at the process now."""
        minute = (time.monotonic() - self.began) / 60
        self.looks.append(await look(self.soaked, self.spoken, minute))


async def run(progress: Progress, short: bool) -> None:
    """Soak, print a table, and write it down."""
    count = COUNT_SHORT if short else COUNT
    async with soak_home(progress) as soaked:
        current = SoakRun(soaked)
        await _listen(current)
        progress.step(f"Speaking {count} times, {FAULTY * EARLY:.0%} of them with a fault")
        await _speak_all(current, count, progress)
        progress.step("Waiting until all is over")
        await soaked.behave({})
        await _until_quiet(current)
        result = await _finish(current, count)
    text = "\n".join(table(result))
    progress.say(f"\n{text}\n")
    if not short:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "soak.txt").write_text(f"{text}\n", encoding="utf-8")
        progress.step("Written to benchmarks/results")


async def _listen(current: SoakRun) -> None:
    socket = current.soaked.home.socket
    await socket.subscribe(current.take_captions, f"{DOMAIN}/captions/subscribe")
    await socket.subscribe(current.take_state, "subscribe_events", event_type="state_changed")


async def _finish(current: SoakRun, count: int) -> SoakResult:
    """Look once more, have what was freed returned to the system, and look again."""
    soaked = current.soaked
    await current.look()
    await soaked.home.socket.call("soak_probe/trim")
    await current.look()
    return SoakResult(
        version=soaked.home.version,
        wanted=count,
        at_once=AT_ONCE,
        faults=current.faults,
        looks=current.looks,
        came=current.came,
        announced=current.announced,
        ends=current.ends,
        grown=await _grown(current),
        journal=await soaked.journal(),
    )


async def _grown(current: SoakRun) -> dict[str, tuple[int, int]]:
    """Return whose large containers have grown since a third of the run was over."""
    earlier = current.looks[len(current.looks) // 3].inside["large"]
    grown = {
        one: (earlier.get(one, 0), size)
        for one, size in current.looks[-1].inside["large"].items()
        if size >= 1.1 * earlier.get(one, 0)
    }
    ids = [int(one) for one in grown]
    names = await current.soaked.home.socket.call("soak_probe/name", ids=ids)
    return {name: grown[one] for one, name in names.items()}


async def _speak_all(current: SoakRun, count: int, progress: Progress) -> None:
    """Speak some at once, and look from time to time when nothing is being said."""
    chance = random.Random(SEED)  # noqa: S311 - the same run each time
    await current.soaked.behave({})
    portion = count // LOOKS
    for _ in range(LOOKS):
        if time.monotonic() - current.began > LONGEST_S:
            progress.step(f"Stopped after {LONGEST_S:.0f} seconds")
            break
        gate = asyncio.Semaphore(AT_ONCE)
        # None of them at the end of a portion, where all others would wait for it.
        hit = [number < EARLY * portion and chance.random() < FAULTY for number in range(portion)]
        plan = [
            (number, chance.choice(FAULTS) if hit[number] else None) for number in range(portion)
        ]
        async with asyncio.TaskGroup() as group:
            for number, fault in plan:
                group.create_task(_speak(current, gate, current.spoken + number, fault))
        current.spoken += portion
        await current.look()
        progress.step(f"  {current.spoken} utterances, {current.looks[-1].rss:.0f} MB")


async def _speak(
    current: SoakRun, gate: asyncio.Semaphore, number: int, fault: Mapping[str, Json] | None
) -> None:
    """Speak once, in one of three ways."""
    async with gate:
        if fault:
            current.faults += 1
            await current.soaked.behave(fault)
        name, way = WAYS[number % len(WAYS)]
        try:
            heard = await way(current.soaked, text_of(number, SEED))
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

HTTP: Way = ("tts_get_url, HTTP", _by_http)
WEBSOCKET: Way = ("tts_get_url, WebSocket", _by_websocket)
ANNOUNCE: Way = ("announce", _announced)
# In turns; a dashboard plays one after the other, and an assistant takes some seconds to write.
WAYS: tuple[Way, ...] = (
    *(HTTP, WEBSOCKET, ANNOUNCE, HTTP, WEBSOCKET, HTTP),
    *(WEBSOCKET, HTTP, ANNOUNCE, WEBSOCKET, HTTP),
    ("assist, growing", _answered),
)


async def _until_quiet(current: SoakRun) -> None:
    """Wait until every announcement has its end, and what is kept for a while is gone."""
    deadline = time.monotonic() + QUIET_S
    while time.monotonic() < deadline:
        if current.ends.keys() >= current.announced:
            break
        await asyncio.sleep(1)
    await asyncio.sleep(QUIET_S / 3)
