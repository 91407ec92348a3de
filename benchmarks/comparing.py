"""Putting what the channel said beside what was heard."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
import re
from typing import Any

import numpy as np

from benchmarks.caption_home import Case, Made
from benchmarks.channel import Shown, shown
from harness.errors import HarnessError
from harness.samples import RATE
from harness.text import letters
from harness.word_search import SURE, WordPlace, find_words, speak_again

type Json = Any

SAMPLING = 0.01
AFTER = 3.0


@dataclass(frozen=True, slots=True)
class WordResult:
    """One word: when it was shown and heard, in seconds."""

    case: Case
    word: str
    error: float
    """Shown minus heard; above 0 the caption is late."""
    timing: float
    """What the timings say minus where the word lies in the decoded sound."""
    likeness: float
    onset: float | None
    """Where the sound rises minus where the word was found, after a pause."""


@dataclass(frozen=True, slots=True)
class Result:
    """One announcement, compared."""

    case: Case
    words: list[WordResult]
    right: float
    """The part of the samples in which the shown word is the one that sounds."""
    unrest: float
    told: float | None
    """What MPD's `elapsed` says of the start minus what was heard."""
    starts: dict[str, float]
    """Moments since the first sample was heard."""
    corrected: float


def portions(generations: list[Json], case: Case) -> list[Json]:
    """Return the portions in which the simulator was asked to say a text."""
    mine = [one for one in generations if _is_of(one, case)]
    wanted = letters(case.text)
    for first in range(len(mine)):
        said = ""
        for after in range(first, len(mine)):
            said += letters(mine[after]["text"])
            if said == wanted:
                return mine[first : after + 1]
            if not wanted.startswith(said):
                break
    message = f"The simulator was not asked to say {case.text!r}."
    raise HarnessError(message)


def _is_of(generation: Json, case: Case) -> bool:
    same = (generation["route"], generation["language"]) == (case.generated_by, case.language)
    return same and generation["settings"].get("stability") == case.stability


class Comparison:
    """Compares announcements."""

    def __init__(self, generations: list[Json]) -> None:
        """Look up in `generations` what the simulator was asked to say."""
        self._generations = generations

    def compare(self, made: Made) -> Result:
        """Find the words in the sound and compare them with what was shown."""
        case, playing = made.case, made.playing
        reference = speak_again(portions(self._generations, case))
        places = find_words(reference, playing.samples)
        captions = _speaking(shown(made.messages, made.number, made.player))
        _check(case, captions, places)
        end = playing.started + len(playing.samples) / RATE + AFTER
        moments = captions.shown_at(made.called, end)
        words = [
            _word(case, word, place, moment, playing.started)
            for word, place, moment in zip(captions.words, places, moments, strict=True)
            if moment is not None
        ]
        told = None if playing.told is None else playing.told - playing.started
        right = _agreement(captions, places, playing.started)
        starts = _starts(made, captions)
        return Result(case, words, right, playing.unrest, told, starts, captions.corrected)


def _speaking(captions: Shown) -> Shown:
    """Leave out marks that stand alone."""
    words = [word for word in captions.words if re.search(r"\w", word["text"])]
    return Shown(words, captions.corrected, captions.points)


def _check(case: Case, captions: Shown, places: Sequence[WordPlace]) -> None:
    written = [letters(word["text"]) for word in captions.words]
    said = [letters(place.word) for place in places]
    if written != said:
        message = f"The captions of {case.text!r} are not its words: {written}, spoken: {said}"
        raise HarnessError(message)
    alike = float(np.median([place.likeness for place in places]))
    if alike < SURE:
        message = f"What was heard of {case.text!r} is not what was said (likeness {alike:.2f})."
        raise HarnessError(message)


def _word(case: Case, word: Json, place: WordPlace, moment: float, started: float) -> WordResult:
    return WordResult(
        case,
        word["text"],
        moment - started - place.seconds,
        word["start"] - place.seconds,
        place.likeness,
        None if place.loud is None else place.loud - place.seconds,
    )


def _agreement(captions: Shown, places: Sequence[WordPlace], started: float) -> float:
    """Return how often the right word is shown, from the first word's onset to a second after."""
    onsets = np.array([place.seconds for place in places])
    moments = np.arange(onsets[0], onsets[-1] + 0.3, SAMPLING)
    sounding = np.searchsorted(onsets, moments, side="right") - 1
    seen = captions.word_at(moments + started)
    return float(np.mean(sounding == seen))


def _starts(made: Made, captions: Shown) -> dict[str, float]:
    """Tell when Home Assistant knew what, since the first sample was heard."""
    zero = made.playing.started
    found = {"called": made.called - zero}
    for arrival in made.states:
        new = arrival.event["data"]["new_state"] or {}
        if new.get("state") == "playing":
            found["playing"] = arrival.moment - zero
            break
    for moment, position, state in captions.points:
        if state == "playing" and position is not None:
            found.setdefault("clock at first", moment - position - zero)
            found["clock at last"] = moment - position - zero
    return {name: round(seconds, 3) for name, seconds in found.items()}


def all_words(results: Iterable[Result]) -> list[WordResult]:
    """Return the words of all announcements."""
    return [word for result in results for word in result.words]
