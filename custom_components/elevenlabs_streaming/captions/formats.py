"""Captions as files: WebVTT, SRT, JSON."""

import json
import re
from typing import Final
import unicodedata

from .cues import Cue
from .long_words import fit_cues
from .track import FORMAT_VERSION, CaptionTrack

_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
# SRT has no escapes: what a player takes for a tag, an ASS override or a time line is kept
# apart by a character without width.
_WORD_JOINER: Final = "\u2060"
# Players of SRT take a line for left-to-right; browsers look at its first letter (WebVTT §7.4).
_RIGHT_TO_LEFT_LINE: Final = "\u202b{}\u202c"
_RIGHT_TO_LEFT_MARK: Final = "\u200f"
_SRT_SPECIAL: Final = re.compile(
    r"(?<=<)(?=[/a-zA-Z])|(?<=\{)(?=[\\a-zA-Z])|(?<=--)(?=>)|(?<=\\)(?=[Nnh])"
)


def to_webvtt(track: CaptionTrack) -> str:
    """Return the captions as WebVTT with the time of every word, which pages may style."""
    mark = _RIGHT_TO_LEFT_MARK if _is_right_to_left(track.text) else ""
    cues = (
        f"{number}\n{_clock(cue.start)} --> {_clock(_end(cue))}\n{_voice(cue)}"
        f"{_timed_text(cue, mark)}\n"
        for number, cue in enumerate(fit_cues(track.cues()), 1)
    )
    return "\n".join(("WEBVTT\n", *cues))


def to_srt(track: CaptionTrack) -> str:
    """Return the captions as SubRip."""
    line = _RIGHT_TO_LEFT_LINE if _is_right_to_left(track.text) else "{}"
    cues = (
        f"{number}\n{_clock(cue.start, ',')} --> {_clock(_end(cue), ',')}\n"
        f"{_plain_text(cue, line)}\n"
        for number, cue in enumerate(fit_cues(track.cues()), 1)
    )
    return "\n".join(cues)


def to_json(track: CaptionTrack) -> str:
    """Return the captions as JSON: the words, and the cues that they make."""
    return json.dumps(
        {
            "version": FORMAT_VERSION,
            "language": track.language,
            "duration": None if track.duration is None else round(track.duration, 3),
            "estimated": track.estimated,
            "text": track.text,
            "words": [word.as_dict() for word in track.words],
            "cues": [cue.as_dict() for cue in track.cues()],
        },
        ensure_ascii=False,
    )


def _voice(cue: Cue) -> str:
    """Return the voice span of a cue, which lasts to its end (W3C WebVTT §3.5)."""
    return f"<v {_annotation(cue.speaker)}>" if cue.speaker else ""


def _annotation(name: str) -> str:
    return " ".join(name.translate(_ESCAPES).split())


def _timed_text(cue: Cue, mark: str) -> str:
    """Return the lines with a timestamp before each word that starts later than the last.

    Timestamps must lie inside their cue and rise (W3C WebVTT §3.4). The `<c>` around each word
    is what `::cue(:past)` and `::cue(:future)` can style. `mark` begins each line.
    """
    last, end = _milliseconds(cue.start), _milliseconds(_end(cue))
    lines = []
    for line in cue.lines:
        text = ""
        for word in line:
            at = _milliseconds(word.start)
            stamp = f"<{_clock(word.start)}>" if last < at < end else ""
            last = max(last, at)
            shown = f"{stamp}<c>{word.text.translate(_ESCAPES)}</c>"
            text += (word.before if text else "") + shown
        lines.append(mark + text)
    return "\n".join(lines)


def _plain_text(cue: Cue, line: str) -> str:
    text = _SRT_SPECIAL.sub(_WORD_JOINER, cue.text)
    return "\n".join(map(line.format, text.split("\n")))


def _is_right_to_left(text: str) -> bool:
    """Whether more letters of a text run from right to left than from left to right."""
    directions = [unicodedata.bidirectional(character) for character in text]
    return sum(one in ("R", "AL") for one in directions) > directions.count("L")


def _end(cue: Cue) -> float:
    """Return an end after the start: players drop cues without length."""
    return max(cue.end, cue.start + 0.001)


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def _clock(seconds: float, point: str = ".") -> str:
    rest, thousandths = divmod(_milliseconds(seconds), 1000)
    minutes, second = divmod(rest, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02}:{minute:02}:{second:02}{point}{thousandths:03}"
