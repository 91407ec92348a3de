"""A page with cards in Chromium, whose home and whose clock are the test's."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import CDPSession, Locator, Page, Route

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "custom_components/elevenlabs_streaming/frontend/dist"
FILE = FOLDER / "elevenlabs-captions-card.js"
AXE = ROOT / "card/node_modules/axe-core/axe.min.js"
ADDRESS = "http://home.test/"
FILES = "elevenlabs_streaming_files/"
VERSION = "?v=1.2.3-abc"
CARD = f"{ADDRESS}{FILES}{FILE.name}{VERSION}"
WORD_S = 0.5
LINE = "elevenlabs-announcement-line"
THEATRE = "dialog[open]"
NOTHING = "Nothing playing"

type Json = dict[str, Any]


def playing(position: float = 0.0) -> Json:
    """Return a player that plays."""
    return {"state": "playing", "position": position, "error": None}


def ended(state: str = "finished", error: str | None = None) -> Json:
    """Return a player that plays no more."""
    return {"state": state, "position": None, "error": error}


def words_of(text: str, first: int = 0, before: str = " ") -> list[Json]:
    """Return the words of a text, one every half second; `first`: the first one's number."""
    parts = text.split() if before else list(text)
    return [
        {"text": part, "start": at * WORD_S, "end": (at + 0.9) * WORD_S, "before": before}
        for at, part in enumerate(parts, first)
    ]


def cues_of(count: int, size: int, first: int = 0) -> list[Json]:
    """Return cues of so many words each."""
    return [
        {"first": at, "after": min(at + size, count), "split": None, "end": (at + size) * WORD_S}
        for at in range(first, count, size)
    ]


def dialogue(name: str, *turns: tuple[str, str], **more: Any) -> Json:
    """Return a message about an announcement with a cue for each speaker."""
    told = track(name, " ".join(text for _, text in turns), **more)
    told["track"]["cues"], at = [], 0
    for speaker, text in turns:
        after = at + len(text.split())
        for word in told["track"]["words"][at:after]:
            word["speaker"] = speaker
        told["track"]["cues"] += cues_of(after, after - at, at)
        at = after
    return told


def track(name: str, text: str, *, size: int = 4, before: str = " ", **more: Any) -> Json:
    """Return a message about all of an announcement, playing in the kitchen from now on."""
    words = words_of(text, before=before)
    told = {
        "id": name,
        "engine": "tts.george",
        "language": "en",
        "message": text,
        "route": "http",
        "state": "finished",
        "duration": len(words) * WORD_S,
        "estimated": False,
        "age": 0.0,
        "private": False,
        "words": words,
        "cues": cues_of(len(words), size),
        "players": {"media_player.kitchen": playing()},
    }
    return {"type": "track", "track": told | more}


def playback(name: str, **players: Json) -> Json:
    """Return a message about the players of an announcement."""
    named = {f"media_player.{player}": report for player, report in players.items()}
    return {"type": "playback", "id": name, "players": named}


@dataclass(slots=True)
class Board:
    """The page, and what a test does with it."""

    page: Page
    forgiven: list[str]
    """What the browser may complain about, in this test."""
    devtools: CDPSession | None = None

    async def add(self, **config: Any) -> Locator:
        """Add a card; return it."""
        await self.page.evaluate("config => void addCard(config)", config)
        await self.wait(0.05)
        return self.page.locator("elevenlabs-captions-card").last

    def forgive(self, complaint: str) -> None:
        """Have a complaint of the browser's own not fail the test."""
        self.forgiven.append(complaint)

    async def send(self, *messages: Any) -> None:
        """Send messages down the caption channel."""
        for message in messages:
            await self.page.evaluate("message => connection.send(message)", message)
        await self.wait(0)

    async def wait(self, seconds: float) -> None:
        """Let the page's time pass."""
        await self.page.clock.run_for(round(seconds * 1000))

    async def home(self, **changes: Any) -> None:
        """Change the home."""
        await self.page.evaluate("changes => changeHass(changes)", changes)
        await self.wait(0)

    async def links(
        self, name: str, audio: str | None = "/api/audio.mp3", *, cached: bool = True
    ) -> None:
        """Let an announcement have audio and captions to fetch."""
        found = {
            "cached": cached,
            "audio": audio and {"url": audio, "mime_type": "audio/mpeg"},
            "captions": {"vtt": f"/api/{name}.vtt"},
        }
        await self.page.evaluate("([name, found]) => { links[name] = found }", [name, found])

    async def subscriptions(self) -> int:
        """Return how many caption channels are open."""
        return int(await self.page.evaluate("connection.open.size"))

    async def now(self) -> list[str]:
        """Return the highlighted words."""
        return await self.page.locator(".cue.present .now").all_inner_texts()

    async def said(self) -> list[str]:
        """Return the words that have been said, of the cue that is shown."""
        return await self.page.locator(".cue.present .said").all_inner_texts()

    async def cue(self) -> str:
        """Return the cue that is shown."""
        return " ".join((await self.page.locator(".cue.present").first.inner_text()).split())

    async def voices(self) -> list[str]:
        """Return who speaks at full size, from the top."""
        return await self.page.locator("elevenlabs-announcement .voice").all_inner_texts()

    async def places(self) -> list[str]:
        """Return where that is, as the chips tell it."""
        chips = self.page.locator("elevenlabs-announcement .player > span:not(.unseen)")
        return await chips.all_inner_texts()

    async def lines(self) -> list[str]:
        """Return what is told in one line, with when."""
        lines = await self.page.locator(f"{LINE} .summary").all_inner_texts()
        return [" · ".join(line.strip().split("\n")) for line in lines]

    async def open_line(self, text: str) -> Locator:
        """Open a line to read all of it; return it."""
        line = self.page.locator(LINE).filter(has_text=text)
        await line.locator(".summary").click()
        await self.wait(0)
        return line

    async def menu(self, *, of: str | None = None) -> Locator:
        """Open the menu of a line with some text, or of what is shown at full size; return it."""
        home = self.page.locator(LINE if of else "elevenlabs-announcement")
        place = home.filter(has_text=of) if of else home.first
        await place.get_by_role("button", name="More").click()
        await self.wait(0.05)
        return place

    async def choose(self, item: str, *, of: str | None = None) -> None:
        """Choose from such a menu."""
        place = await self.menu(of=of)
        await place.get_by_role("menuitem", name=item).click()
        await self.wait(0.05)

    async def layouts(self) -> int:
        """Return how often the page was laid out since the first call, with what is due now."""
        if self.devtools is None:
            self.devtools = await self.page.context.new_cdp_session(self.page)
            await self.devtools.send("Performance.enable")
        await self.page.evaluate("document.body.offsetHeight")
        metrics = (await self.devtools.send("Performance.getMetrics"))["metrics"]
        return next(int(one["value"]) for one in metrics if one["name"] == "LayoutCount")

    async def status(self) -> str:
        """Return what a screen reader was told last."""
        return await self.page.locator(".unseen[role=status]").first.text_content() or ""

    async def frames(self) -> int:
        """Return how many animation frames the page has asked for."""
        return int(await self.page.evaluate("window.frames_asked"))

    async def settle(self) -> None:
        """Finish the transitions: they take real time, not the page's."""
        await self.page.evaluate(
            """() => { const finish = (root) => {
              for (const animation of root.getAnimations())
                if (animation.id !== "progress") animation.finish();
              for (const { shadowRoot } of root.querySelectorAll("*"))
                if (shadowRoot) finish(shadowRoot);
            };
            finish(document) }"""
        )

    async def count_flashes(self) -> Callable[[], Awaitable[int]]:
        """Count the flashes from now on: one lasts less than a busy machine may need to look."""
        await self.page.evaluate("""() => {
          const { animate } = Element.prototype;
          window.flashes = 0;
          Element.prototype.animate = function (...args) {
            if (this.matches(".flash")) window.flashes += 1;
            return animate.apply(this, args);
          };
        }""")
        return lambda: self.page.evaluate("window.flashes")

    async def violations(self) -> list[str]:
        """Return what axe-core finds wrong with the card."""
        # axe-core waits for timers of its own. Time goes on meanwhile, and a word that begins
        # just then has, for a tenth of a second, a colour between two.
        await self.page.emulate_media(reduced_motion="reduce")
        await self.page.clock.resume()
        await self.page.add_script_tag(path=AXE)
        found = await self.page.evaluate(
            """async () => {
                const result = axe.run("elevenlabs-captions-card", { resultTypes: ["violations"] });
                const told = (node) => node.html + node.failureSummary;
                return (await result).violations.map(({ id, nodes }) => id + nodes.map(told));
            }"""
        )
        return [str(violation) for violation in found]


async def answer_file(route: Route) -> None:
    """Answer with one of the files that the component serves, in its present version only."""
    address, _, _ = route.request.url.partition(VERSION)
    await route.fulfill(path=FOLDER / address.removeprefix(f"{ADDRESS}{FILES}"))


async def serve_page(page: Page) -> None:
    """Answer with the page whatever is asked for, and with the card's files."""
    document = Path(__file__).with_name("page.html").read_text(encoding="utf-8")

    async def answer(route: Route) -> None:
        await route.fulfill(body=document, content_type="text/html")

    await page.route("**/*", answer)
    await page.route(f"{ADDRESS}{FILES}**", answer_file)


async def open_board(page: Page, forgiven: list[str]) -> Board:
    """Open the page with the card loaded and the clock standing still."""
    await page.clock.install(time=0)
    await serve_page(page)
    await page.add_init_script(
        """window.frames_asked = 0;
        const ask = window.requestAnimationFrame.bind(window);
        window.requestAnimationFrame = (work) => { window.frames_asked += 1; return ask(work) };"""
    )
    await page.goto(ADDRESS)
    await page.clock.pause_at(1000)
    await load_card(page)
    return Board(page, forgiven)


async def load_card(page: Page) -> None:
    """Load the card into a page that has just been opened."""
    await page.add_script_tag(url=CARD, type="module")
    await page.evaluate(
        "async () => void (await customElements.whenDefined('elevenlabs-captions-card'))"
    )
