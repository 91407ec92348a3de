"""The demo without a person: speak, listen, look, and say whether it all held."""

import asyncio
from dataclasses import asdict
import json
from pathlib import Path
import shutil

from custom_components.elevenlabs_streaming.text import clean_text
from demo.checks import (
    Check,
    check_audible,
    check_complete,
    check_duration,
    check_ending,
    check_order,
    check_played,
    check_words,
)
from demo.dialogue import NAMES, add_dialogue, check_speakers, speak_dialogue
from demo.page import dashboard_page, speak_in_page
from demo.speaking import Spoken, answer_through_assist, patience_for, speak_on_player
from harness.audio_file import DecodedAudio, decode_file
from harness.errors import HarnessError
from harness.furnished_home import FurnishedHome
from harness.home_api import Json
from harness.progress import Progress

WRITTEN = (
    "report.json",
    "speak.mp3",
    "speak-player.wav",
    "words-speak.json",
    "assist.mp3",
    "words-assist.json",
    "dialogue.mp3",
    "words-dialogue.json",
    "dashboard-speaking.png",
    "dashboard.png",
)


def prepare_folder(output: Path) -> None:
    """Make the folder, without what an earlier run left there."""
    output.mkdir(parents=True, exist_ok=True)
    for name in WRITTEN:
        (output / name).unlink(missing_ok=True)


async def speak_once(furnished: FurnishedHome, text: str, output: Path, progress: Progress) -> None:
    """Speak the text in every way, write down what came of it, complain if it failed."""
    report = _about(furnished, text)
    dialogue = await add_dialogue(furnished, progress)
    captions = await furnished.capture_captions()
    async with dashboard_page(furnished) as page:
        progress.step("The dashboard is open in Chromium")
        progress.step(f"Speaking through tts.speak on {furnished.player_entity}")
        spoken = await speak_on_player(furnished, captions, text, output / "speak.mp3")
        report["speak"] = await _through_player(furnished, spoken, output, progress)
        progress.step("Asking the assistant, whose answer grows while it is spoken")
        spoken = await answer_through_assist(furnished, captions, text, output / "assist.mp3")
        report["assist"] = await _through_assist(spoken, output, progress)
        if dialogue:
            progress.step(f"Speaking a dialogue of {' and '.join(NAMES)} in Eleven v4")
            spoken = await speak_dialogue(furnished, captions, dialogue, output / "dialogue.mp3")
            report["dialogue"] = await _through_announcement(spoken, output, progress)
        progress.step("Speaking in the browser")
        check = await speak_in_page(page, text, patience_for(text), output)
        report["dashboard"] = {"checks": _tell([check], progress)}
    _conclude(report, output, progress)


def _about(furnished: FurnishedHome, text: str) -> dict[str, Json]:
    return {
        "message": text,
        "home_assistant": furnished.home.version,
        "service": furnished.service.name,
        "engine": furnished.engine,
        "voice": furnished.voice,
    }


async def _through_player(
    furnished: FurnishedHome, spoken: Spoken, output: Path, progress: Progress
) -> Json:
    served, checks = await _examine(spoken)
    shutil.copyfile(furnished.player.recording, output / "speak-player.wav")
    recording = await asyncio.to_thread(decode_file, output / "speak-player.wav")
    checks.append(check_played(recording, served))
    _write(output / "words-speak.json", spoken.utterance.told_from(spoken.started))
    return _account(spoken, _tell(checks, progress)) | {"recording": asdict(recording)}


async def _through_assist(spoken: Spoken, output: Path, progress: Progress) -> Json:
    _, checks = await _examine(spoken)
    _write(output / "words-assist.json", spoken.utterance.told_from(spoken.started))
    return _account(spoken, _tell(checks, progress))


async def _through_announcement(spoken: Spoken, output: Path, progress: Progress) -> Json:
    _, checks = await _examine(spoken)
    checks.append(check_speakers(spoken.utterance.words))
    _write(output / "words-dialogue.json", spoken.utterance.told_from(spoken.started))
    return _account(spoken, _tell(checks, progress))


async def _examine(spoken: Spoken) -> tuple[DecodedAudio, list[Check]]:
    sound = await asyncio.to_thread(decode_file, spoken.audio)
    track, words = spoken.utterance.track, spoken.utterance.words
    return sound, [
        check_complete(track, words),
        check_words(clean_text(spoken.text).shown, words),
        check_order(words),
        check_duration(sound, track["duration"]),
        check_ending(sound, words),
        check_audible(sound),
    ]


def _account(spoken: Spoken, checks: Json) -> dict[str, Json]:
    return {
        "text": spoken.text,
        "seconds": spoken.facts,
        "route": spoken.utterance.track["route"],
        "checks": checks,
    }


def _tell(checks: list[Check], progress: Progress) -> Json:
    for check in checks:
        progress.say(f"          {check}")
    return [asdict(check) for check in checks]


def _conclude(report: dict[str, Json], output: Path, progress: Progress) -> None:
    failed = [
        f"{part}: {check['what']}: {check['found']}"
        for part in ("speak", "assist", "dialogue", "dashboard")
        for check in report.get(part, {}).get("checks", ())
        if not check["holds"]
    ]
    report["ok"] = not failed
    _write(output / "report.json", report)
    if failed:
        raise HarnessError("\n".join(failed))
    progress.step(f"All texts were fully spoken; see {output}")


def _write(path: Path, content: Json) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=2)
    path.write_text(f"{text}\n", encoding="utf-8")
