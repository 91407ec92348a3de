"""The demo as its user meets it: real Home Assistant, real browser, real player."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import groupby
import json
import os
from pathlib import Path
import shutil
import signal
import sys
from typing import Any
from uuid import uuid4

import av
import numpy as np
from playwright.async_api import Page, async_playwright

from harness.browser import announce_by_hand, turn_sound_on

REPOSITORY = Path(__file__).resolve().parents[2]
SENTENCE = "The laundry is done."
TYPED = "Someone is at the front door, Emma."
MARK = "DEMO_TEST_MARK"
CARD = "elevenlabs-captions-card"
# Patience for a busy machine; nothing here measures time.
PATIENCE = 240

PLAYER = "ElevenLabs Streaming Dashboard"

# Where each sound of the page is, and every word that was highlighted.
WATCH = """card => {
  window.highlighted = [];
  let last = null;
  const within = (root, selector) => [...root.querySelectorAll(selector),
    ...[...root.querySelectorAll("*")].flatMap(({ shadowRoot }) =>
      shadowRoot ? within(shadowRoot, selector) : [])];
  const look = () => {
    const [now] = within(card.shadowRoot, ".cue.present .now");
    if (now && now.textContent !== last) window.highlighted.push(now.textContent);
    last = now?.textContent;
    requestAnimationFrame(look);
  };
  look();
}"""
# A sound that has ended is taken off its element at once.
KEEP_SOUNDS = """
  window.endings = [];
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    this.onended = () => endings.push(this.currentTime);
    return play.call(this);
  };
"""
ENDED = """() => endings.some((seconds) => seconds > 1)"""


@asynccontextmanager
async def demo(mark: str, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the demo with this interpreter; its children carry the mark."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "demo", *arguments),
        cwd=REPOSITORY,
        env=os.environ | {MARK: mark},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
            await process.communicate()


def survivors(mark: str) -> list[str]:
    """Return the command lines of living processes that carry the mark."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}={mark}".encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def hear(path: Path) -> tuple[float, float]:
    """Return the seconds and the loudness of an audio file."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        pieces = [frame.to_ndarray().astype(float) for frame in container.decode(stream)]
        samples = np.concatenate(pieces, axis=1)[0]
    loudness = float(np.sqrt(np.mean(samples**2)))
    is_whole = bool(np.max(np.abs(samples)) > 2)
    return len(samples) / stream.codec_context.sample_rate, loudness / (32768 if is_whole else 1)


def is_picture_of_something(path: Path) -> bool:
    """Tell whether the picture shows more than one flat colour."""
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
    return float(np.std(frame.to_ndarray(format="gray"))) > 1


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


async def test_once_speaks_both_ways_and_leaves_the_proof(tmp_path: Path) -> None:
    mark = uuid4().hex
    async with demo(mark, "--once", SENTENCE, "--output", str(tmp_path)) as process:
        said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()

    report = read(tmp_path / "report.json")
    assert report["ok"]
    assert is_picture_of_something(tmp_path / "dashboard.png")
    assert is_picture_of_something(tmp_path / "dashboard-speaking.png")
    assert_words_fit_audio(tmp_path, "speak", SENTENCE)
    assert_words_fit_audio(tmp_path, "assist", report["assist"]["text"])
    assert report["assist"]["text"].startswith(SENTENCE)
    assert_words_fit_audio(tmp_path, "dialogue", report["dialogue"]["text"])
    said_by = [word["speaker"] for word in read(tmp_path / "words-dialogue.json")["words"]]
    assert [name for name, _ in groupby(said_by)] == ["Nora", "Tom", "Nora"]
    assert report["dialogue"]["route"] == "websocket"

    served, _ = hear(tmp_path / "speak.mp3")
    played, loudness = hear(tmp_path / "speak-player.wav")
    assert abs(played - served) < 0.5
    assert loudness > 0.005
    assert survivors(mark) == []


def assert_words_fit_audio(folder: Path, name: str, text: str) -> None:
    """Check the words of a text against the audio that was served for it."""
    told = read(folder / f"words-{name}.json")
    words = told["track"]["words"]
    assert [word["text"] for word in words] == text.split()
    assert [word["text"] for word in told["words"]] == text.split()
    assert [arrival["at"] for arrival in told["arrivals"]] == sorted(
        arrival["at"] for arrival in told["arrivals"]
    )
    starts = [word["start"] for word in words]
    assert starts == sorted(starts)
    seconds, loudness = hear(folder / f"{name}.mp3")
    assert words[-1]["end"] <= seconds + 0.2
    assert abs(told["track"]["duration"] - seconds) < 0.3
    assert loudness > 0.005


async def test_a_person_types_hears_reads_and_ends_it() -> None:
    mark = uuid4().hex
    async with demo(mark) as process, browser_page() as page:
        await log_in(page, await address_of(process))
        await speak(page, TYPED)
        await assert_spoken_and_read(page, TYPED)
        process.send_signal(signal.SIGINT)
        said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    assert survivors(mark) == []


@asynccontextmanager
async def browser_page() -> AsyncIterator[Page]:
    """Open a browser with one page."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "Chromium is not installed"
    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    flags += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=flags)
        page = await browser.new_page(locale="en-GB")
        page.set_default_timeout(PATIENCE * 1000)
        await page.add_init_script(KEEP_SOUNDS)
        yield page
        await browser.close()


async def address_of(process: asyncio.subprocess.Process) -> str:
    """Return the address that the demo prints when it is ready."""
    assert process.stdout
    said = ""
    async for line in process.stdout:
        said += line.decode()
        if line.strip().startswith(b"http://"):
            return line.decode().strip()
    raise AssertionError(said)


async def log_in(page: Page, address: str) -> None:
    """Log in at Home Assistant's own page, with what the demo prints."""
    await page.goto(address)
    await page.locator("input[name=username]").fill("demo")
    await page.locator("input[name=password]").fill("demo")
    await page.keyboard.press("Enter")
    await page.locator(CARD).get_by_label("What to say").wait_for()


async def speak(page: Page, text: str) -> None:
    """Turn the sound on, type the text and have it said here."""
    card = page.locator(CARD)
    await turn_sound_on(page)
    await card.evaluate(WATCH)
    await announce_by_hand(page, PLAYER, text)


async def assert_spoken_and_read(page: Page, text: str) -> None:
    """Wait for the end of the sound, then look at what was highlighted on the way."""
    card = page.locator(CARD)
    await page.wait_for_function(ENDED)
    await card.locator(".player.finished", has_text=PLAYER).wait_for()
    shown = await card.locator(".cue.present").inner_text()
    assert " ".join(shown.split()) == text
    highlighted = await page.evaluate("window.highlighted")
    assert len(highlighted) > 1
    # A busy machine may draw too seldom for a short word; none may come out of turn.
    words = iter(text.split())
    assert all(word in words for word in highlighted)
