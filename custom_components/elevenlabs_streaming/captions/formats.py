"""Captions as files: WebVTT, SRT, JSON."""

import json
import re
from typing import Final

from .cues import Cue
from .long_words import fit_cues
from .track import FORMAT_VERSION, CaptionTrack

_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
# SRT has no escapes: what a player takes for a tag, an ASS override or a time line is kept
# apart by a character without width.
_WORD_JOINER: Final = "\u2060"
_SRT_SPECIAL: Final = re.compile(
    r"(?<=<)(?=[/a-zA-Z])|(?<=\{)(?=[\\a-zA-Z])|(?<=--)(?=>)|(?<=\\)(?=[Nnh])"
)


def to_webvtt(track: CaptionTrack) -> str:
    """Return the captions as WebVTT with the time of every word."""
    cues = (
        f"{number}\n{_clock(cue.start)} --> {_clock(_end(cue))}\n{_timed_text(cue)}\n"
        for number, cue in enumerate(fit_cues(track.cues()), 1)
    )
    return "\n".join(("WEBVTT\n", *cues))


def to_srt(track: CaptionTrack) -> str:
    """Return the captions as SubRip."""
    cues = (
        f"{number}\n{_clock(cue.start, ',')} --> {_clock(_end(cue), ',')}\n{_plain_text(cue)}\n"
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


def _timed_text(cue: Cue) -> str:
    """Return the lines with a timestamp before each word that starts later than the last.

    Timestamps must lie inside their cue and rise (W3C WebVTT §3.4).
    """
    last, end = _milliseconds(cue.start), _milliseconds(_end(cue))
    lines = []
    for line in cue.lines:
        text = ""
        for word in line:
            at = _milliseconds(word.start)
            stamp = f"<{_clock(word.start)}>" if last < at < end else ""
            last = max(last, at)
            text += (word.before if text else "") + stamp + word.text.translate(_ESCAPES)
        lines.append(text)
    return "\n".join(lines)


def _plain_text(cue: Cue) -> str:
    return _SRT_SPECIAL.sub(_WORD_JOINER, cue.text)


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
