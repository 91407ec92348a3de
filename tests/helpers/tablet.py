"""A dashboard in a real browser, what it shows and how it sounds."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import (
    Browser,
    ConsoleMessage,
    Error as BrowserError,
    Locator,
    Page,
    expect,
)

from harness.browser import open_dashboard, turn_sound_on
from harness.dashboard import CARD
from harness.furnished_home import FurnishedHome
from harness.integrations import DOMAIN
from harness.waiting import until

ROOT = Path(__file__).parents[2]
AXE = ROOT / "card/node_modules/axe-core/axe.min.js"
PICTURES = ROOT / "card" / "screenshots" / "home"
PATIENCE_S = 30.0
# Home Assistant's own pages do not catch these: on a connection that is new, and in the editor.
NOT_OURS = ("Subscription not found.", "Unknown command.")

type Json = Any

# Sounds are no part of the document: they are seen when they are played.
KEEP_SOUNDS = """
  window.sounds = new Set();
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () { sounds.add(this); return play.call(this) };
  window.heard = () => [...sounds].filter((sound) =>
    !sound.paused && !sound.ended && !sound.currentSrc.startsWith("data:"));
  addEventListener("unhandledrejection", ({ reason }) =>
    reason?.stack || console.debug("unhandled", JSON.stringify(reason)));
  window.home = () => document.querySelector("home-assistant").hass;
"""
NOTE_WORDS = """card => {
  window.noted = [];
  window.noting?.disconnect();
  let last = null;
  const note = () => {
    const now = deep(card, ".cue.present .now").at(-1);
    if (!now || now.textContent === last) return;
    last = now.textContent;
    const at = (performance.timeOrigin + performance.now()) / 1000;
    noted.push({ word: last, position: heard().at(-1)?.currentTime ?? null, at });
  };
  const observer = (window.noting = new MutationObserver(() => (watch(), note())));
  const seen = new WeakSet();
  const watch = () => {
    for (const root of [card, ...deep(card, "*")].map(({ shadowRoot }) => shadowRoot)) {
      if (!root || seen.has(root)) continue;
      seen.add(root);
      observer.observe(root, { subtree: true, childList: true, attributes: true });
    }
  };
  watch();
}"""
SOUNDING = """() => heard().map((sound) => ({
  position: sound.currentTime, at: (performance.timeOrigin + performance.now()) / 1000,
  volume: sound.volume, muted: sound.muted, source: sound.currentSrc }))"""


@dataclass(frozen=True, slots=True)
class Noted:
    """A word when it was highlighted: the sound's position and the wall's time, in seconds."""

    word: str
    position: float | None
    at: float


@dataclass(slots=True)
class Tablet:
    """One browser on the dashboard."""

    page: Page
    furnished: FurnishedHome
    complaints: list[str]

    @property
    def card(self) -> Locator:
        """The captions card."""
        return self.page.locator(CARD)

    @property
    def now(self) -> Locator:
        """The word that sounds."""
        return self.card.locator(".cue.present .now").last

    async def configure(self, **options: Any) -> None:
        """Give the card other options than the demo's."""
        config = {"type": f"custom:{CARD}", "idle": "history", "say": True} | options
        await self.card.evaluate("(card, config) => card.setConfig(config)", config)

    async def note_words(self) -> None:
        """Note from now on when which word is highlighted."""
        await self.card.evaluate(NOTE_WORDS)

    async def noted(self) -> list[Noted]:
        """Return the words that were highlighted."""
        return [Noted(**one) for one in await self.page.evaluate("window.noted")]

    async def sounding(self) -> list[Json]:
        """Return what sounds now."""
        return list(await self.page.evaluate(SOUNDING))

    async def until_sounding(self, what: str, found: Callable[[list[Json]], Json]) -> Json:
        """Wait until something is found among what sounds."""

        async def look() -> Json:
            return found(await self.sounding()) or None

        return await until(what, look, seconds=PATIENCE_S)

    async def until_heard(self, past: float = 0.0) -> Json:
        """Wait for a sound that is farther than so many seconds."""
        what = f"() => heard().some((sound) => sound.currentTime > {past})"
        await self.page.wait_for_function(what, timeout=PATIENCE_S * 1000)
        return (await self.sounding())[-1]

    async def until_silent(self) -> None:
        """Wait until nothing sounds."""
        await self.page.wait_for_function("() => !heard().length", timeout=PATIENCE_S * 1000)

    async def until_quiet(self) -> None:
        """Wait until the card shows no announcement any more."""
        shown = self.card.locator("elevenlabs-announcement")
        await expect(shown).to_have_count(0, timeout=PATIENCE_S * 1000)

    async def violations(self) -> list[str]:
        """Return what axe-core finds wrong with the card."""
        await self.card.evaluate(
            """card => deep(card, "*").flatMap((one) => one.getAnimations())
                .forEach((one) => one.id === "progress" || one.finish())"""
        )
        await self.page.add_script_tag(path=AXE)
        found = await self.card.evaluate(
            """async (card) => {
                const { violations } = await axe.run(card, { resultTypes: ["violations"] });
                const told = (node) => node.html + node.failureSummary;
                return violations.map(({ id, nodes }) => id + nodes.map(told));
            }"""
        )
        return [str(violation) for violation in found]

    async def picture(self, name: str) -> None:
        """Keep a picture for people."""
        await self.page.screenshot(path=PICTURES / f"{name}.png")


async def open_tablet(
    browser: Browser, furnished: FurnishedHome, *, sound: bool = True, **options: Any
) -> Tablet:
    """Open the dashboard, with its sound on."""
    complaints: list[str] = []
    page = await open_dashboard(browser, furnished, script=KEEP_SOUNDS, **options)

    def note_error(error: BrowserError) -> None:
        if CARD in (error.stack or ""):
            complaints.append(str(error.stack))

    def note_rejection(message: ConsoleMessage) -> None:
        text = message.text
        if text.startswith("unhandled") and not any(one in text for one in NOT_OURS):
            complaints.append(text)

    page.on("pageerror", note_error)
    page.on("console", note_rejection)
    page.set_default_timeout(PATIENCE_S * 1000)
    if sound:
        await turn_sound_on(page)
    return Tablet(page, furnished, complaints)


@dataclass(slots=True)
class Speaking:
    """Talks to the home as an automation would."""

    furnished: FurnishedHome

    async def call(self, action: str, target: str, **data: Any) -> Json:
        """Call an action of a domain."""
        return await self.furnished.home.socket.call_action(action, target, **data)

    async def announce(self, target: str, message: str, **data: Any) -> Json:
        """Announce; the response says what became of it."""
        return await self.call(f"{DOMAIN}.announce", target, response=True, message=message, **data)

    async def state(self, entity: str) -> str:
        """Return an entity's state."""
        states = await self.furnished.home.api.get("/api/states")
        return next((one["state"] for one in states if one["entity_id"] == entity), "gone")

    async def until_state(self, entity: str, *states: str) -> str:
        """Wait until an entity is in one of these states."""

        async def look() -> str | None:
            state = await self.state(entity)
            return state if state in states else None

        return await until(f"{entity} in {states}", look, seconds=PATIENCE_S)

    async def dashboard_player(self) -> str:
        """Return the dashboards' player."""
        entities = await self.furnished.home.socket.call("config/entity_registry/list")
        return next(
            str(one["entity_id"])
            for one in entities
            if one["platform"] == DOMAIN and one["entity_id"].startswith("media_player.")
        )

    async def audio(self, announcement: str, path: Path) -> Path:
        """Fetch an announcement's sound."""
        links = await self.furnished.home.socket.call(
            f"{DOMAIN}/announcement/links", announcement_id=announcement
        )
        url = f"{self.furnished.home.url}{links['audio']['url']}"
        async with self.furnished.home.session.get(url) as answer:
            answer.raise_for_status()
            await asyncio.to_thread(path.write_bytes, await answer.read())
        return path

    async def generations(self) -> list[Json]:
        """Return what the simulator was asked to say."""
        url = f"{self.furnished.service.endpoint}/_control/journal"
        async with self.furnished.home.session.get(url) as answer:
            return list((await answer.json())["generations"])

    async def resources(self) -> list[str]:
        """Return the addresses of the dashboards' resources."""
        return [one["url"] for one in await self.furnished.home.socket.call("lovelace/resources")]
