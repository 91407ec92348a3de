"""What the captions card costs a browser, and how soon it shows and sounds."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
import platform
from typing import Any

import numpy as np
from playwright.async_api import Browser, CDPSession, Page, expect

from benchmarks.chromium_trace import Frames, frames_of, joined
from harness.browser import chromium, dashboard_player, open_dashboard, turn_sound_on
from harness.dashboard import CARD
from harness.furnished_home import FurnishedHome, furnished_home
from harness.progress import Progress

type Json = Any

RESULTS = Path(__file__).resolve().parent / "results"
ROUTES = ("http", "websocket")
TIMES, TIMES_SHORT = 20, 3
COUNTS, COUNTS_SHORT = (10, 250, 500), (10, 20)
TRACES, TRACES_SHORT = 3, 1
IDLE_S = 10.0
SPEAKING_S = 12.0
AT_ONCE = 4
PATIENCE_MS = 30_000
MEGABYTE = 1_000_000
CATEGORIES = ["devtools.timeline", "disabled-by-default-devtools.timeline"]
LONG = (
    "The washing machine is done, and there is still time to hang everything up before the rain "
    "comes this evening. Please take the green basket with you, and close the cellar door. "
    "Dinner is ready at seven, and everybody is waiting for you in the garden."
)

# What the card asks the browser for is told by the file that asks.
WATCH = """
  window.asked = 0;
  for (const name of ["requestAnimationFrame", "setTimeout", "setInterval"]) {
    const ask = window[name];
    window[name] = (...more) => {
      if (new Error().stack.includes("captions-card")) asked += 1;
      return ask(...more);
    };
  }
  window.sounds = new Set();
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () { sounds.add(this); return play.call(this) };
  window.home = () => document.querySelector("home-assistant").hass;
"""
# From the call to the first frame with a word, with a highlighted word, and with sound.
TIME_ONE = """async ([card, player, message, route]) => {
  const begun = performance.now(), seen = {};
  const heard = () => [...sounds].some((sound) =>
    !sound.paused && sound.currentTime > 0 && !sound.currentSrc.startsWith("data:"));
  const words = () => deep(card, ".cue.present .word")[0]?.textContent;
  const look = () => {
    const at = performance.now() - begun;
    if (message.startsWith(words())) seen.text ??= at;
    if (deep(card, ".cue.present .now").length) seen.now ??= at;
    if (heard()) seen.sound ??= at;
  };
  home().callWS({ type: "call_service", domain: "elevenlabs_streaming", service: "announce",
    service_data: { message, options: { route } }, target: { entity_id: player },
    return_response: true });
  while (!(seen.text && seen.now && seen.sound) && performance.now() < begun + 20000) {
    await new Promise(requestAnimationFrame);
    look();
  }
  return seen;
}"""
FETCH = """async ([engine, texts]) => Promise.all(texts.map(async (message) => {
  const body = { engine_id: engine, message, cache: false };
  const { path } = await home().callApi("POST", "tts_get_url", body);
  await (await fetch(path)).arrayBuffer();
}))"""
# The card goes on by its connection alone, and nothing else is left to style, lay out and paint.
LEAVE_ALONE = """card => {
  document.body.append(card);
  document.querySelector("home-assistant").remove();
}"""


@dataclass(frozen=True, slots=True)
class CardPage:
    """A home and its dashboard in a browser."""

    furnished: FurnishedHome
    browser: Browser
    page: Page
    devtools: CDPSession
    player: str

    async def call(self, action: str, **data: Json) -> None:
        """Call an action for the dashboards' player."""
        await self.furnished.home.socket.call_action(action, self.player, **data)

    async def until_idle(self) -> None:
        """Wait until nothing is said and shown any more."""
        shown = self.page.locator(CARD).locator("elevenlabs-announcement")
        await expect(shown).to_have_count(0, timeout=PATIENCE_MS)

    async def heap(self) -> float:
        """Return the megabytes that scripts of the page hold on to."""
        await self.devtools.send("HeapProfiler.collectGarbage")
        usage = await self.devtools.send("Runtime.getHeapUsage")
        return float(usage["usedSize"]) / MEGABYTE


async def run(progress: Progress, short: bool) -> None:
    """Measure, print a table, and write it down."""
    async with card_page(progress) as open_card:
        home = f"Home Assistant {open_card.furnished.home.version}"
        head = f"{home}, Chromium {open_card.browser.version}"
        lines = await _measure(open_card, progress, short=short)
    text = "\n".join([f"{head}, simulator; {platform.machine()}, two cores", "", *lines])
    progress.say(f"\n{text}\n")
    if not short:
        RESULTS.mkdir(exist_ok=True)
        await asyncio.to_thread((RESULTS / "card.txt").write_text, f"{text}\n", "utf-8")
        progress.step("Written to benchmarks/results")


async def _measure(open_card: CardPage, progress: Progress, *, short: bool) -> list[str]:
    traces = TRACES_SHORT if short else TRACES
    progress.step("Timing the way from the call to word and sound")
    timings = await _timings(open_card, TIMES_SHORT if short else TIMES)
    progress.step("Tracing longer announcements")
    page = _frame_lines(await trace_speaking(open_card, traces), "the whole page")
    progress.step(f"Watching {IDLE_S:.0f} seconds in which nothing is said")
    idle = await _idle_line(open_card)
    progress.step("Making many announcements")
    heap = await _heap_lines(open_card, COUNTS_SHORT if short else COUNTS)
    progress.step("Tracing the card without the rest of the page")
    await open_card.page.locator(CARD).evaluate(LEAVE_ALONE)
    card = _frame_lines(await trace_speaking(open_card, traces), "the card alone")
    return [*timings, "", *page, "", *card, "", idle, "", *heap]


@asynccontextmanager
async def card_page(progress: Progress) -> AsyncIterator[CardPage]:
    """Start the demo's home, and open its dashboard with sound."""
    async with furnished_home(progress) as furnished, chromium() as browser:
        page = await open_dashboard(browser, furnished, script=WATCH)
        await turn_sound_on(page)
        config = {"type": f"custom:{CARD}", "idle": "history", "linger": 0, "say": True}
        await page.locator(CARD).evaluate("(card, config) => card.setConfig(config)", config)
        devtools = await page.context.new_cdp_session(page)
        player = await dashboard_player(page)
        yield CardPage(furnished, browser, page, devtools, player)


async def _timings(open_card: CardPage, times: int) -> list[str]:
    title = f"{'from the call of announce to, in ms':34}{'median':>9} {'95 %':>9} {'worst':>9}"
    lines = [f"{title}   ({times} announcements each)"]
    for route in ROUTES:
        found = [await _time_one(open_card, route, number) for number in range(times)]
        for name, key in (("text seen", "text"), ("sound", "sound"), ("word in step", "now")):
            values = np.array([one[key] for one in found])
            columns = (
                f"{np.median(values):9.0f} {np.percentile(values, 95):9.0f} {values.max():9.0f}"
            )
            lines.append(f"{f'{route}: {name}':34}{columns}")
    return lines


async def _time_one(open_card: CardPage, route: str, number: int) -> dict[str, float]:
    message = f"Announcement {number} on the {route} route, and a few words more."
    card = await open_card.page.locator(CARD).element_handle()
    found = dict(await open_card.page.evaluate(TIME_ONE, [card, open_card.player, message, route]))
    await open_card.call("media_player.media_stop")
    await open_card.until_idle()
    return found


async def trace_speaking(open_card: CardPage, times: int) -> Frames:
    """Trace the page while it speaks, so many times."""
    return joined([await _trace_once(open_card) for _ in range(times)])


async def _trace_once(open_card: CardPage) -> Frames:
    await open_card.call("elevenlabs_streaming.announce", message=LONG)
    await open_card.page.locator(CARD).locator(".cue .now").wait_for()
    await open_card.browser.start_tracing(page=open_card.page, categories=CATEGORIES)
    await asyncio.sleep(SPEAKING_S)
    trace = await open_card.browser.stop_tracing()
    await open_card.call("media_player.media_stop")
    await open_card.until_idle()
    return await asyncio.to_thread(frames_of, trace)


def _frame_lines(frames: Frames, what: str) -> list[str]:
    title = f"{'main thread in a frame, in ms':34}{'median':>9} {'95 %':>9} {'worst':>9}"
    return [f"{title}   ({frames.count} frames, {what})", *frames.lines()]


async def _idle_line(open_card: CardPage) -> str:
    await open_card.page.evaluate("asked = 0")
    await asyncio.sleep(IDLE_S)
    asked = await open_card.page.evaluate("asked")
    return f"frames and timers asked for in {IDLE_S:.0f} s without speech: {asked}"


async def _heap_lines(open_card: CardPage, counts: tuple[int, ...]) -> list[str]:
    lines, done = ["JS heap of the page, in MB"], 0
    for count in counts:
        for first in range(done, count, AT_ONCE):
            texts = [
                f"This is number {number}." for number in range(first, min(first + AT_ONCE, count))
            ]
            await open_card.page.evaluate(FETCH, [open_card.furnished.engine, texts])
        done = count
        await open_card.until_idle()
        lines.append(f"{f'after {count} announcements':34}{await open_card.heap():9.1f}")
    return lines
