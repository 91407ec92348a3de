"""Words that a dashboard showed beside the words that sounded."""

import numpy as np

from benchmarks.caption_home import Case
from benchmarks.comparing import portions
from harness.samples import Samples
from harness.text import letters
from harness.word_search import SURE, WordPlace, find_words, speak_again
from tests.helpers.tablet import Json


def places_of(
    text: str, language: str, route: str, said: list[Json], sound: Samples
) -> list[WordPlace]:
    """Find each word of a text in its sound, by what the simulator was asked to say."""
    case = Case(language, text, route, cached=False, order=0)
    places = find_words(speak_again(portions(said, case)), sound)
    assert np.median([place.likeness for place in places]) > SURE
    return places


def beside(places: list[WordPlace], shown: list[tuple[str, float]]) -> list[float]:
    """Return for each word that was shown how much later than its sound, in seconds."""
    rest, late = iter(places), []
    for word, moment in shown:
        place = next((one for one in rest if letters(one.word) == letters(word)), None)
        assert place, f"{word!r} was shown out of turn: {shown}, sound: {places}"
        late.append(moment - place.seconds)
    return late


class Lateness:
    """How much later than their sound words were shown."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.words = 0

    def add(self, places: list[WordPlace], shown: list[tuple[str, float]]) -> None:
        """Take the words of one announcement."""
        self.seconds += beside(places, shown)
        self.words += len(places)

    @property
    def median(self) -> float:
        """The median of the sizes, in milliseconds."""
        return float(np.median(np.abs(self.seconds)) * 1000)

    @property
    def p95(self) -> float:
        """The 95th percentile of the sizes, in milliseconds."""
        return float(np.percentile(np.abs(self.seconds), 95) * 1000)

    @property
    def part_shown(self) -> float:
        """The part of the words that was shown at all."""
        return len(self.seconds) / self.words

    def __str__(self) -> str:
        """Tell it in a line."""
        middle = float(np.median(self.seconds)) * 1000
        return (
            f"{len(self.seconds)} of {self.words} words: median {middle:+.0f} ms, "
            f"|median| {self.median:.0f} ms, |95 %| {self.p95:.0f} ms"
        )
