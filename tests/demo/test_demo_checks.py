"""`scripts/demo --once` fails where not every word was spoken and shown."""

import argparse
from collections.abc import Iterator
import io
import json
from pathlib import Path
import signal
from typing import Any

import pytest

from demo import __main__ as command, once
from demo.checks import (
    check_audible,
    check_complete,
    check_duration,
    check_ending,
    check_order,
    check_played,
    check_words,
)
from harness.audio_file import DecodedAudio
from harness.progress import Progress

TEXT = "The laundry is done."
WORDS = [
    {"text": text, "start": at / 2, "end": at / 2 + 0.4} for at, text in enumerate(TEXT.split())
]
TRACK = {"state": "finished", "route": "http", "words": WORDS}


def sound(seconds: float = 2.0, loudness: float = 0.1) -> DecodedAudio:
    """Return audio of some length."""
    return DecodedAudio(codec="mp3", rate=44100, seconds=seconds, loudness=loudness)


def test_what_was_spoken_holds() -> None:
    checks = [
        check_complete(TRACK, WORDS),
        check_words(TEXT, WORDS),
        check_order(WORDS),
        check_duration(sound(), 2.0),
        check_ending(sound(), WORDS),
        check_audible(sound()),
        check_played(sound(), sound()),
    ]
    assert [check.what for check in checks if not check.holds] == []


@pytest.mark.parametrize("missing", range(4))
def test_a_word_that_was_not_spoken_is_named(missing: int) -> None:
    spoken = WORDS[:missing] + WORDS[missing + 1 :]
    check = check_words(TEXT, spoken)
    assert not check.holds
    assert repr(TEXT.split()[missing]) in check.found


def test_what_was_not_fully_spoken_is_told() -> None:
    late = [WORDS[0], {**WORDS[1], "start": -0.1}, *WORDS[2:]]
    checks = [
        check_complete({**TRACK, "state": "failed"}, WORDS),
        check_complete(TRACK, WORDS[:-1]),
        check_order([]),
        check_order(late),
        check_duration(sound(), None),
        check_duration(sound(), 3.0),
        check_ending(sound(9.0), WORDS),
        check_ending(sound(1.0), WORDS),
        check_audible(sound(loudness=0.0)),
        check_played(sound(1.0), sound()),
        check_played(sound(loudness=0.0), sound()),
    ]
    assert [check.what for check in checks if check.holds] == []
    assert all(str(check).startswith("FAILED") for check in checks)


@pytest.fixture
def _signals() -> Iterator[None]:
    """Give back the signals that the command takes for itself."""
    before = {one: signal.getsignal(one) for one in command.ENDINGS}
    yield
    for one, handler in before.items():
        signal.signal(one, handler)


@pytest.mark.usefixtures("_signals")
async def test_a_run_with_a_failed_check_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    held = {"what": "the times run forward", "holds": True, "found": "4 words"}
    failed = {"what": "every word has its time", "holds": False, "found": "'done.' is missing"}
    report: dict[str, Any] = {
        part: {"checks": [held, failed if part == "assist" else held]}
        for part in ("speak", "assist", "dashboard")
    }

    async def perform(options: argparse.Namespace, progress: Progress) -> None:
        once._conclude(report, tmp_path, progress)

    monkeypatch.setattr(command, "perform", perform)
    options = command.read_options(["--once", TEXT, "--output", str(tmp_path)])
    assert await command.run_until_signal(options, Progress(io.StringIO())) == 1
    assert "assist: every word has its time: 'done.' is missing" in capsys.readouterr().err
    assert not json.loads((tmp_path / "report.json").read_text())["ok"]
    report["assist"] = {"checks": [held]}
    assert await command.run_until_signal(options, Progress(io.StringIO())) == 0
    assert json.loads((tmp_path / "report.json").read_text())["ok"]
