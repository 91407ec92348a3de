"""The benchmark of the first sound: its parts, and all of it once with a real Home Assistant."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import io
import json
from pathlib import Path
import socket
import struct
from types import SimpleNamespace
from typing import Any, cast
from xml.etree import ElementTree as ET

import av
from homeassistant.core import HomeAssistant
import numpy as np
import pytest

from benchmarks.first_sound import command, report
from benchmarks.first_sound.cases import Measured
from benchmarks.first_sound.listening import Heard, Part, Received, hear, longest_silence
from benchmarks.first_sound.measuring import Plan, Results
from benchmarks.first_sound.picture import draw
from benchmarks.first_sound.round_trip import LOOPBACK, Lane, Proxy
from benchmarks.first_sound.texts import ANSWERS, announcement, tokens
from benchmarks.first_sound.timeline import passed, trace
from custom_components.elevenlabs_streaming.audio.wav import wav_header
from harness.progress import Progress
from tests.helpers.players import Stopwatch

# A real Home Assistant on a busy machine.
PATIENCE = 600


def received(*pieces: tuple[float, bytes]) -> Received:
    return Received(list(pieces))


def encoded(codec: str, rate: int, seconds: float) -> bytes:
    """Return a tone in a compressed file."""
    out = io.BytesIO()
    with av.open(out, "w", format=codec) as container:
        stream: Any = container.add_stream(codec, rate=rate)
        samples = np.sin(np.arange(round(rate * seconds)) / 20) * 8000
        layout = {"format": "s16", "layout": "mono"}
        frame = av.AudioFrame.from_ndarray(samples.astype(np.int16)[None], **layout)
        frame.sample_rate = rate
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    return out.getvalue()


def test_a_header_is_no_sound() -> None:
    heard = hear(received((1.0, wav_header(16000)), (3.0, bytes(3200)), (4.0, bytes(3200))))
    assert (heard.first, heard.last) == (3.0, 4.0)
    assert heard.seconds == pytest.approx(0.2)


def test_half_a_sample_is_no_sound() -> None:
    heard = hear(received((1.0, wav_header(16000) + b"\0"), (2.0, b"\0")))
    assert heard.first == 2.0


def test_a_compressed_file_sounds_from_its_first_whole_frame_on() -> None:
    audio = encoded("flac", 48000, 1.0)
    single = [
        (float(number), audio[at : at + 50]) for number, at in enumerate(range(0, len(audio), 50))
    ]
    heard = hear(received(*single))
    with av.open(io.BytesIO(audio), "r") as container:
        first = next(packet for packet in container.demux(audio=0) if packet.size)
    header = audio.index(bytes(first))
    assert heard.first == (header + first.size - 1) // 50
    assert heard.last == single[-1][0]
    assert heard.seconds == pytest.approx(1.0, abs=0.001)


def test_the_longest_silence_is_that_of_a_listener_who_was_held_up() -> None:
    parts = [Part(10.0, 0.0, 1.0), Part(11.5, 1.0, 1.0), Part(13.2, 2.0, 1.0), Part(13.3, 3.0, 1.0)]
    assert longest_silence(parts) == pytest.approx(0.7)
    assert longest_silence(parts[:1]) == 0


def test_nothing_is_not_heard() -> None:
    with pytest.raises(ValueError, match="nothing"):
        hear(received((1.0, wav_header(16000))))


def test_answers_and_announcements_are_as_long_as_promised() -> None:
    assert {len(announcement(number)) for number in (1, 50, 999)} == {120}
    assert len({announcement(number) for number in range(1, 1000)}) == 999
    for answer in ANSWERS:
        assert 240 <= len(answer) <= 250
        assert "".join(tokens(answer)) == answer
        assert max(map(len, tokens(answer))) <= 5


async def test_a_lane_brings_everything_later_and_in_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = asyncio.get_running_loop()
    clock = Stopwatch(cast("HomeAssistant", SimpleNamespace(loop=loop)), monkeypatch)
    came: list[bytes | None] = []
    lane = Lane(1000, came.append, lambda: came.append(None))
    lane.put(b"1", not_before=loop.time() + 2000)
    lane.put(b"2", not_before=loop.time() + 2000)
    await clock.pass_(2900)
    assert not came
    lane.put(b"3")
    lane.put(None)
    await clock.pass_(200)
    assert came == [b"1", b"2"]
    await clock.pass_(1000)
    assert came == [b"1", b"2", b"3", None]


@asynccontextmanager
async def echo() -> AsyncIterator[int]:
    """Run a service that sends back what it gets; gives its port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1000):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(answer, LOOPBACK, 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize("round_trip", [0.0, 0.002])
async def test_the_longer_way_changes_nothing_but_time(round_trip: float) -> None:
    told: list[str] = []
    async with echo() as target, Proxy(target, round_trip, told.append) as proxy:
        reader, writer = await asyncio.open_connection(LOOPBACK, proxy.port)
        sent = bytes(range(256)) * 400
        for at in range(0, len(sent), 999):
            writer.write(sent[at : at + 999])
        assert await reader.readexactly(len(sent)) == sent
        writer.close()
        await writer.wait_closed()
    way = passed("\n".join(told))
    assert [one.what for one in way].count("open") == 1
    for what in ("up", "down", "heard"):
        assert sum(one.size for one in way if one.what == what) == len(sent)


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize("rudely", [False, True])
async def test_the_longer_way_ends_when_the_service_does(rudely: bool) -> None:
    async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(2)
        writer.write(b"bye")
        await writer.drain()
        await reader.readexactly(2)
        if rudely:
            # Without lingering the connection is reset, which is no end of the data.
            raw = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.close()

    server = await asyncio.start_server(leave, LOOPBACK, 0)
    async with Proxy(server.sockets[0].getsockname()[1], 0.002) as proxy:
        reader, writer = await asyncio.open_connection(LOOPBACK, proxy.port)
        writer.write(b"hi")
        assert await reader.readexactly(3) == b"bye"
        writer.write(b"go")
        async with asyncio.timeout(PATIENCE):
            assert await reader.read() == b""
        writer.close()
    server.close()


def test_a_trace_follows_the_words_there_and_the_sound_back() -> None:
    heard = Heard(first=100.3, last=101.0, seconds=5.0, silence=0.0)
    measured = Measured(100.0, heard, {"first token": 99.5, "60 characters": 100.0})
    log = """listening on somewhere
        0 open 100.010 0
        0 up 100.011 400
        0 down 100.070 1300
        0 up 100.080 90
        0 up 100.150 40
        0 down 100.200 5000
        0 heard 100.220 5000
        0 heard 100.290 6000"""
    journal = {"generations": [{"at": 99.0}, {"at": 100.101}, {"at": 100.4}]}
    steps = trace(measured, journal, passed(log), 0.04)
    wanted = {
        "first token": -500,
        "60 characters": 0,
        "opened": 10,
        "sent": 80,
        "generating": 101,
        "made": 200,
        "arrived": 220,
        "heard": 300,
    }
    assert steps == pytest.approx(wanted)


@pytest.mark.parametrize("wrong", ["0", "6", "1,x", "", "1,,3"])
def test_parts_that_do_not_exist_are_refused(
    wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        options("--only", wrong)
    assert "numbers from 1 to 5" in capsys.readouterr().err


def test_options_change_the_plan() -> None:
    plan = command.plan_of(options("--only", "1,3", "--round-trip", "80", "--repetitions", "5"))
    assert plan == Plan(only=frozenset({1, 3}), round_trip=80, repetitions=5)
    quick = command.plan_of(options("--quick", "--idle", "0.5"))
    assert (quick.repetitions, quick.idle) == (1, 0.5)
    middle, usual = command.plan_of(options("--middle")), Plan()
    rows = ("only", "formats", "rates", "crowds", "lengths")
    assert all(getattr(middle, name) == getattr(usual, name) for name in rows)
    assert middle.repetitions < usual.repetitions


def test_the_picture_shows_everybody(tmp_path: Path) -> None:
    heard = Heard(first=1.2, last=2.0, seconds=9.0, silence=0.0)
    results = Results()
    for name in report.NAMES:
        results.replies[name, "mp3", 30.0] = [Measured(1.0, heard)]
        results.announcements[name, False] = [Measured(1.0, heard)]
    place = tmp_path / "picture.svg"
    draw(results, place, round_trip=40)
    said = " ".join(ET.parse(place).getroot().itertext())  # noqa: S314  # drawn a line above
    for text in (
        *report.NAMES.values(),
        "Reply of 30 tokens a second, MP3",
        "Announcement, MP3",
        "200",
    ):
        assert text in said


@pytest.mark.usefixtures("socket_enabled")
async def test_all_parts_are_measured_in_a_real_home(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Any] = []
    monkeypatch.setattr(command, "_write", lambda *what: written.append(what))
    out = io.StringIO()
    async with asyncio.timeout(PATIENCE):
        await command.run(Progress(out), options("--quick"))
    said = out.getvalue()
    assert not written
    for part in range(1, 6):
        assert f"\n{part}. " in said
    for wanted in report.FORMATS.values():
        assert f"\n{wanted}, 80 tokens a second\n" in said
    for name in ("bare", "ours", "core"):
        # First sound and silence of three formats.
        assert said.count(f"\n  {report.NAMES[name]}") >= 6
    assert "Home Assistant calls the engine" in said
    assert "the first sound leaves the service" in said
    assert "nan" not in said


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize(
    ("arguments", "name"),
    [("--only 2", "first_sound_2"), ("--only 2 --middle", "first_sound_2-middle")],
)
async def test_chosen_parts_are_written_as_tables_and_figures(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: str, name: str
) -> None:
    heard = Heard(first=1.2, last=2.0, seconds=9.0, silence=0.0)
    results = Results(version="1")
    for who in ("bare", "ours", "core"):
        results.announcements[who, False] = results.announcements[who, True] = [
            Measured(1.0, heard)
        ]
    monkeypatch.setattr(command, "RESULTS", tmp_path)

    async def find(*_: Any, **__: Any) -> Any:
        return SimpleNamespace(sdk=None, sdk_version="1", livekit=None, livekit_version="")

    async def measure(*_: Any) -> Results:
        return results

    monkeypatch.setattr(command, "find_peers", find)
    monkeypatch.setattr(command, "measure", measure)
    await command.run(Progress(io.StringIO()), options(*arguments.split()))
    text = (tmp_path / f"{name}.txt").read_text(encoding="utf-8")
    assert "2. A whole announcement" in text
    assert "above the limit, median" in text
    figures = json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))
    assert figures["announcements"][0]["of"] == [
        {"first": 200.0, "last": 1000.0, "silence": 0.0, "seconds": 9.0}
    ]


def options(*arguments: str) -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser()
    command.add_options(parser)
    return parser.parse_args(arguments)
