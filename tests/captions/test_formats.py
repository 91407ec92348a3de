"""WebVTT, SRT and JSON, as others read them: Chromium's own track and ffmpeg."""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
import json
from pathlib import Path
import re
import shutil
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
import imageio_ffmpeg
from playwright.async_api import async_playwright
import pytest

from custom_components.elevenlabs_streaming.captions import CaptionTrack, to_json, to_srt, to_webvtt
from custom_components.elevenlabs_streaming.captions.cues import LINE_WIDTH
from custom_components.elevenlabs_streaming.text import text_width
from tests.helpers.simulated_timings import TEXTS, caption, chunk

TRICKY = (
    "Tom & Jerry: 3 < 4 > 2 --> done. <b>Bold</b> and <script>alert(1)</script> &amp; &lt;i&gt; "
    "stay. "
    "<00:00:01.000> <c.red>no</c> <v Bob> {\\an8}{y:i} \\N {b} -- > 5 is 5.\n\n7\n\n"
    "00:00:01,000 --> 00:00:02,000\n\nNOTE that. STYLE it. WEBVTT!\nÄpfel 👨‍👩‍👧‍👦 fin."
)
SAMPLES = {**TEXTS, "tricky": TRICKY}
_STAMP = re.compile(r"<\d\d:\d\d:\d\d\.\d\d\d>")


_TAG = re.compile(rf"{_STAMP.pattern}|</?c>")
_MARKS = re.compile("[\u2060\u200f\u202b\u202c]")


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Replace the fixture that would start a Home Assistant."""


def track_of(text: str) -> CaptionTrack:
    """Return the captions of a text, spoken from half a second on."""
    return caption(chunk(text, 0.5), message=text)


# --- as text --------------------------------------------------------------------------------


def test_webvtt_has_the_time_of_every_word() -> None:
    track = caption(chunk("Good night, all. "), chunk("Sleep well, <you>.", 3661.5))
    assert to_webvtt(track) == (
        "WEBVTT\n\n"
        "1\n00:00:00.000 --> 00:00:01.050\n"
        "<c>Good</c> <00:00:00.350><c>night,</c> <00:00:00.840><c>all.</c>\n\n"
        "2\n01:01:01.500 --> 01:01:02.620\n"
        "<c>Sleep</c> <01:01:01.920><c>well,</c> <01:01:02.410><c>&lt;you&gt;.</c>\n"
    )


def test_srt_is_plain() -> None:
    track = caption(chunk("Good night, all. "), chunk("Sleep well, you.", 3661.5))
    assert to_srt(track) == (
        "1\n00:00:00,000 --> 00:00:01,050\nGood night, all.\n\n"
        "2\n01:01:01,500 --> 01:01:02,550\nSleep well, you.\n"
    )


def test_json_has_words_and_cues() -> None:
    data = json.loads(to_json(caption(chunk("晚饭好了。"), language="zh")))
    assert data == {
        "version": 1, "language": "zh", "duration": 0.35, "estimated": False,
        "text": "晚饭好了。",
        "words": [
            {"text": "晚", "start": 0.0, "end": 0.07, "before": ""},
            {"text": "饭", "start": 0.07, "end": 0.14, "before": ""},
            {"text": "好", "start": 0.14, "end": 0.21, "before": ""},
            {"text": "了。", "start": 0.21, "end": 0.28, "before": ""},
        ],
        "cues": [{"start": 0.0, "end": 0.8, "text": "晚饭好了。"}],
    }  # fmt: skip


def test_an_empty_track_is_an_empty_file() -> None:
    empty = caption()
    assert to_webvtt(empty) == "WEBVTT\n"
    assert to_srt(empty) == ""
    assert json.loads(to_json(empty))["cues"] == []


def test_timestamps_rise_and_lie_inside_their_cue() -> None:
    words = [{"text": "a", "start": 1.0, "end": 1.0}, {"text": "b", "start": 1.0, "end": 1.0},
             {"text": "c", "start": 1.2, "end": 1.2}, {"text": "d", "start": 9.0, "end": 9.0}]  # fmt: skip  # noqa: E501
    data = {"version": 1, "language": "en", "duration": 9.0, "words": words, "cues": [4]}
    line = to_webvtt(CaptionTrack.from_dict(data)).split("\n")[4]
    assert line == "<c>a</c> <c>b</c> <00:00:01.200><c>c</c> <c>d</c>"


@pytest.mark.parametrize("text", SAMPLES.values(), ids=SAMPLES)
def test_no_line_of_text_is_empty_or_a_time_line(text: str) -> None:
    for written in (to_webvtt(track_of(text)), to_srt(track_of(text))):
        for block in written.strip().split("\n\n")[written.startswith("WEBVTT") :]:
            number, times, *lines = block.split("\n")
            assert number.isdigit()
            assert " --> " in times
            assert 1 <= len(lines) <= 2
            assert not any("-->" in line or not line.strip() for line in lines)


LETTERS = "abcdefghij" * 60
ADDRESS = "https://www.example.com/" + "/".join(LETTERS[:20] for _ in range(21)) + "?q=1"
LONG = {
    "address": ADDRESS,
    "one word": LETTERS[:471],
    "accents": "e\u0301" * 235,
    "wide": "ｈ" * 60,  # noqa: RUF001  # full-width
}


@pytest.mark.parametrize("word", LONG.values(), ids=LONG)
@pytest.mark.parametrize("around", ["{}", "See {} for all of it. That is the end.", "{} {}"])
@pytest.mark.parametrize("tick", [0.0, 0.02, 0.07])
def test_a_word_that_is_wider_than_a_line_is_broken(word: str, around: str, tick: float) -> None:
    text = around.format(word, word)
    track = caption(chunk(text, tick=tick), message=text)
    for written in (to_srt(track), _TAG.sub("", to_webvtt(track))):
        found = blocks(written)
        lines = [line for _, _, shown in found for line in shown.split("\n")]
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert all(text_width(line) <= LINE_WIDTH for line in lines)
        assert all(shown.count("\n") < 2 for _, _, shown in found)
        assert all(start < end for start, end, _ in found)
        assert all(one[1] <= after[0] or not tick for one, after in pairwise(found))


def test_an_address_is_broken_behind_its_signs() -> None:
    lines = to_srt(caption(chunk(ADDRESS))).split("\n")[2:4]
    assert lines == ["https://www.example.com/", "abcdefghijabcdefghij/" * 2]


RIGHT_TO_LEFT = {
    "he": "הכביסה מוכנה, בבקשה רד למטה. Home Assistant אומר שיש לה ריח של לבנדר!",
    "ar": "هل الغسيل جاهز الآن؟ نعم، تطبيق WhatsApp يقول إن رائحته مثل الخزامى.",
    "latin first": "WhatsApp: הכביסה מוכנה, בבקשה רד למטה.",
}


@pytest.mark.parametrize("text", RIGHT_TO_LEFT.values(), ids=RIGHT_TO_LEFT)
def test_lines_from_right_to_left_say_so(text: str) -> None:
    track = caption(chunk(text), message=text)
    for _, _, shown in blocks(to_srt(track)):
        assert all(re.fullmatch("\u202b[^\u202b]+\u202c", line) for line in shown.split("\n"))
    for _, _, shown in blocks(to_webvtt(track)):
        assert all(line.startswith("\u200f<") for line in shown.split("\n"))


@pytest.mark.parametrize("text", [TEXTS["en"], "He says שלום to all of us.", "12:30"])
def test_lines_from_left_to_right_have_no_marks(text: str) -> None:
    track = caption(chunk(text), message=text)
    assert not re.search("[\u200f\u202b\u202c]", to_srt(track) + to_webvtt(track))


# --- as ffmpeg reads it ---------------------------------------------------------------------


async def convert(folder: Path, name: str, text: str, target: str) -> str:
    """Let ffmpeg turn one format into another."""
    source, result = folder / name, folder / f"converted.{target}"
    source.write_text(text, encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        imageio_ffmpeg.get_ffmpeg_exe(), "-v", "warning", "-y", "-i", str(source), str(result),
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, complaints = await process.communicate()
    assert (process.returncode, complaints) == (0, b"")
    return result.read_text(encoding="utf-8")


def blocks(text: str) -> list[tuple[str, str, str]]:
    """Read start, end and text of every cue; the simplest reader there is."""
    found = []
    for block in text.replace("\r", "").removeprefix("WEBVTT").strip().split("\n\n"):
        lines = block.split("\n")
        at = next(number for number, line in enumerate(lines) if "-->" in line)
        start, end = (_long(time) for time in lines[at].split(" --> "))
        found.append((start, end, "\n".join(lines[at + 1 :])))
    return found


def _long(time: str) -> str:
    """Return a time with hours and a point; what stands behind it is left out."""
    time = time.split(" ", maxsplit=1)[0].replace(",", ".")
    return time if time.count(":") > 1 else f"00:{time}"


def plain(text: str) -> str:
    """Leave out characters without width, and what ffmpeg's own ASS makes of a brace."""
    return _MARKS.sub("", text).replace("\\{{}", "{")


@pytest.mark.parametrize("name", SAMPLES)
async def test_ffmpeg_reads_our_webvtt(tmp_path: Path, name: str) -> None:
    track = track_of(SAMPLES[name])
    read = blocks(await convert(tmp_path, "ours.vtt", to_webvtt(track), "srt"))
    ours = blocks(to_srt(track))
    assert [cue[:2] for cue in read] == [cue[:2] for cue in ours]
    assert [plain(cue[2]) for cue in read] == [cue.text for cue in track.cues()]


@pytest.mark.parametrize("name", SAMPLES)
async def test_ffmpeg_reads_our_srt(tmp_path: Path, name: str) -> None:
    track = track_of(SAMPLES[name])
    read = blocks(await convert(tmp_path, "ours.srt", to_srt(track), "vtt"))
    assert [cue[:2] for cue in read] == [cue[:2] for cue in blocks(to_srt(track))]
    assert [plain(cue[2]) for cue in read] == [cue.text for cue in track.cues()]


# --- as Chromium reads it -------------------------------------------------------------------

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PAGE = "<!doctype html><meta charset=utf-8><video>{}</video>"
TRACK = "<track kind=captions src=/{0}.vtt id={0}>"
READ = """async names => {
  const read = name => new Promise((resolve, reject) => {
    const track = document.getElementById(name);
    track.onerror = () => reject(new Error(name));
    track.onload = () => resolve([...track.track.cues].map(cue => {
      const shown = cue.getCueAsHTML(), stamps = [];
      const walk = node => node.childNodes.forEach(child => {
        if (child.nodeType === Node.PROCESSING_INSTRUCTION_NODE) stamps.push(child.data);
        walk(child);
      });
      walk(shown);
      return {start: cue.startTime, end: cue.endTime, text: shown.textContent, stamps,
              words: [...shown.querySelectorAll('*')].map(word => word.textContent)};
    }));
    track.track.mode = 'showing';
  });
  return Object.fromEntries(await Promise.all(names.map(async n => [n, await read(n)])));
}"""


@pytest.fixture
async def site(socket_enabled: None) -> AsyncIterator[str]:
    """Serve a page with every sample as a track."""

    async def page(_request: web.Request) -> web.Response:
        tracks = "".join(TRACK.format(name) for name in SAMPLES)
        return web.Response(text=PAGE.format(tracks), content_type="text/html")

    async def vtt(request: web.Request) -> web.Response:
        text = to_webvtt(track_of(SAMPLES[request.match_info["name"]]))
        return web.Response(text=text, content_type="text/vtt", charset="utf-8")

    app = web.Application()
    app.add_routes([web.get("/", page), web.get("/{name}.vtt", vtt)])
    server = TestServer(app)
    await server.start_server()
    yield str(server.make_url("/"))
    await server.close()


async def test_chromium_reads_our_webvtt(site: str) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=FLAGS, handle_sigint=False
        )
        try:
            page = await browser.new_page()
            await page.goto(site)
            read: dict[str, list[dict[str, Any]]] = await page.evaluate(READ, list(SAMPLES))
        finally:
            await browser.close()
    for name, text in SAMPLES.items():
        _compare(read[name], track_of(text))


def _compare(read: list[dict[str, Any]], track: CaptionTrack) -> None:
    cues = track.cues()
    assert [plain(cue["text"]) for cue in read] == [cue.text for cue in cues]
    assert [cue["words"] for cue in read] == [[word.text for word in cue.words] for cue in cues]
    for seen, cue in zip(read, cues, strict=True):
        assert seen["start"] == pytest.approx(cue.start, abs=0.001)
        assert seen["end"] == pytest.approx(cue.end, abs=0.001)
        stamps = [f"{_clock(word.start)}" for word in cue.words[1:]]
        assert seen["stamps"] == stamps
    assert len(_STAMP.findall(to_webvtt(track))) == len(track.words) - len(cues)


def _clock(seconds: float) -> str:
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}.{thousandths:03}"


# Words of 2026 dictionaries; none of these scripts writes spaces between them.
UNBROKEN = {
    "th": "เครื่องซักผ้าทำงานเสร็จแล้ว กรุณาลงมาเก็บผ้าก่อนฝนตก และปิดหน้าต่างในห้องครัว",
    "lo": "ເຄື່ອງຊັກຜ້າເຮັດວຽກແລ້ວ ກະລຸນາລົງມາເກັບເຄື່ອງ ແລະປິດປ່ອງຢ້ຽມໃນເຮືອນຄົວ",
    "km": "ម៉ាស៊ីនបោកគក់បានចប់ហើយ សូមចុះមកយកខោអាវមុនភ្លៀង ហើយបិទបង្អួចក្នុងផ្ទះបាយ",
    "my": "အဝတ်လျှော်စက်ပြီးပါပြီ။ မိုးမရွာမီအဝတ်တွေကိုယူပါ ပြီးတော့ပြတင်းပေါက်ကိုပိတ်ပါ",
}


def _shown_lines(text: str) -> list[str]:
    """Return all lines of a file, without numbers, times, and styles."""
    plain = _MARKS.sub("", _TAG.sub("", text))
    lines = [line for line in plain.splitlines() if line and "-->" not in line]
    return [line for line in lines if line != "WEBVTT" and not line.isascii()]


@pytest.mark.parametrize("write", [to_webvtt, to_srt])
@pytest.mark.parametrize("language", UNBROKEN)
def test_lines_end_at_blanks_where_no_others_part_words(language: str, write: Any) -> None:
    text = UNBROKEN[language]
    track = caption(chunk(text), message=text, language=language)
    lines = _shown_lines(write(track))
    assert len(lines) > 1
    assert " ".join(lines).split() == text.split()
    assert all(text_width(line) <= LINE_WIDTH for line in lines)


@pytest.mark.parametrize("write", [to_webvtt, to_srt])
@pytest.mark.parametrize("language", UNBROKEN)
def test_what_has_no_blanks_ends_with_its_cue_only(language: str, write: Any) -> None:
    text = UNBROKEN[language].replace(" ", "").replace("။", "") * 2
    track = caption(chunk(text), message=text, language=language)
    shown = write(track)
    lines = _shown_lines(shown)
    assert "".join(lines) == text
    assert len(lines) == shown.count("-->")
    assert all(text_width(line) <= LINE_WIDTH for line in lines)
    assert min(map(text_width, lines[:-1])) > LINE_WIDTH / 2
