"""Texts in many scripts, and voices that speak them well and badly."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
import random
import sys
from typing import Any, Final, Self

from custom_components.elevenlabs_streaming.alignment import Word
from custom_components.elevenlabs_streaming.api import SpeechChunk, Timings
from custom_components.elevenlabs_streaming.captions import CaptionTrack, Cue

TICK: Final = 0.07

TEXTS: Final = {
    "en": "The laundry is done, please come down. It smells of lavender and of a summer day.",
    "de": "Die Waschmaschine ist fertig. Dr. Müller kommt am 3. Mai, also übermorgen.",
    "ar": "الغسيل جاهز، من فضلك انزل. رائحته مثل الخزامى.",
    "he": "הכביסה מוכנה, בבקשה רד למטה. יש לה ריח של לבנדר.",
    "zh": "晚饭好了。请下来吃饭，今天有鱼，还有《红楼梦》可以看。",  # noqa: RUF001  # of many scripts
    "ja": "洗濯が終わりました。コーヒーも「どうぞ」と言っています。",
    "th": "ผ้าซักเสร็จแล้ว กรุณาลงมาเก็บก่อนฝนตก",
    "hi": "कपड़े धुल गए हैं। कृपया नीचे आइए और उन्हें सुखाइए।",
    "emoji": "Party 🎉 👨‍👩‍👧‍👦 says 👍🏽, then 🇩🇪🇫🇷 and 1️⃣ 好👍🏽好 e\u0301clair.",
}


def _apart(text: str) -> list[str]:
    """Return the words of a text that shows them with spaces."""
    return text.split()


VISIBLE: Final = {
    "en": TEXTS["en"].split(),
    "de": TEXTS["de"].split(),
    "ar": TEXTS["ar"].split(),
    "he": TEXTS["he"].split(),
    "hi": TEXTS["hi"].split(),
    "zh": _apart("晚 饭 好 了。 请 下 来 吃 饭， 今 天 有 鱼， 还 有 《红 楼 梦》 可 以 看。"),  # noqa: RUF001  # of many scripts
    "ja": _apart("洗 濯 が 終 わ り ま し た。 コー ヒー も 「ど う ぞ」 と 言っ て い ま す。"),
    "th": _apart("ผ้าซั กเส ร็จ แล้ว กรุ ณาล งมา เก็บ ก่อ นฝ นต ก"),
    "emoji": _apart("Party 🎉 👨‍👩‍👧‍👦 says 👍🏽, then 🇩🇪🇫🇷 and 1️⃣ 好 👍🏽 好 e\u0301clair."),
}


def timed(text: Sequence[str], start: float = 0.0, tick: float = TICK) -> Timings:
    """Return characters that take the same time each; entries may have several."""
    starts = tuple(start + tick * index for index in range(len(text)))
    return Timings(tuple(text), starts, tuple(at + tick for at in starts))


def chunk(text: Sequence[str], start: float = 0.0, tick: float = TICK) -> SpeechChunk:
    """Return a chunk with characters as written."""
    return SpeechChunk(b"audio", timed(text, start, tick))


def spoken(text: Sequence[str], start: float = 0.0, tick: float = TICK) -> SpeechChunk:
    """Return a chunk with characters as spoken only."""
    return SpeechChunk(b"audio", None, timed(text, start, tick))


SILENT: Final = SpeechChunk(b"audio")
"""A chunk without times."""


def part(timings: Timings, first: int, after: int) -> Timings:
    """Return some of the characters."""
    return Timings(
        timings.characters[first:after], timings.starts[first:after], timings.ends[first:after]
    )


def cut(timings: Timings, sizes: Iterable[int]) -> list[SpeechChunk]:
    """Return chunks of so many characters each, the last with what is left."""
    chunks, at = [], 0
    for size in sizes:
        chunks.append(SpeechChunk(b"audio", part(timings, at, at + size)))
        at += size
    return [*chunks, SpeechChunk(b"", part(timings, at, len(timings.characters)))]


def cut_anyhow(rng: random.Random, timings: Timings) -> list[SpeechChunk]:
    """Return chunks of random sizes."""
    sizes = [rng.randint(1, 9) for _ in range(len(timings.characters) // 4)]
    return [one for one in cut(timings, sizes) if one.timings and one.timings.characters]


def caption(
    *chunks: SpeechChunk,
    message: str | None = None,
    duration: float | None = None,
    language: str = "en",
) -> CaptionTrack:
    """Return the finished track of some speech."""
    track = CaptionTrack(language, message=message)
    said = [word.text for one in chunks for word in track.add(one)]
    said += [word.text for word in track.finish(last_end(chunks) if duration is None else duration)]
    assert said == texts(track.words)
    check(track.words, track.cues())
    return track


def last_end(chunks: Iterable[SpeechChunk]) -> float:
    """Return when the last character ends."""
    times = [one.timings or one.spoken for one in chunks]
    return max((t.ends[-1] for t in times if t and t.ends), default=0.0)


class Steps:
    """Counts the lines of Python that run while it is open: cost without a clock."""

    def __init__(self) -> None:
        """Start at zero."""
        self.count = 0

    def __enter__(self) -> Self:
        """Count from here."""
        self.count = 0
        sys.settrace(self._trace)
        return self

    def __exit__(self, *_: object) -> None:
        """Count no further."""
        sys.settrace(None)

    def _trace(self, _frame: object, _event: str, _argument: object) -> Any:
        self.count += 1
        return self._trace


def texts(words: Iterable[Word]) -> list[str]:
    """Return what words say."""
    return [word.text for word in words]


def starts(words: Iterable[Word]) -> list[float]:
    """Return when words start, to the millisecond."""
    return [round(word.start, 3) for word in words]


def check(words: Sequence[Word], cues: Sequence[Cue]) -> None:
    """Check what holds of all captions."""
    assert all(word.text and 0 <= word.start <= word.end for word in words)
    assert all(word.start <= following.start for word, following in pairwise(words))
    assert [word for cue in cues for word in cue.words] == list(words)
    assert all(cue.start <= cue.end for cue in cues)
    assert all(cue.end <= following.start for cue, following in pairwise(cues))
    assert all(1 <= len(cue.lines) <= 2 and all(cue.lines) for cue in cues)
