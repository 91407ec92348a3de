"""What the caption channel says, as a browser would follow it."""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.events import Arrival

type Json = Any
type MomentArray = NDArray[np.float64]

STEP = 0.001
OVER = ("finished", "stopped", "failed")


@dataclass(frozen=True, slots=True)
class Shown:
    """The captions of one announcement at one player."""

    words: list[Json]
    corrected: float
    """How far a word's time was corrected after it was sent, at most, in seconds."""
    points: list[tuple[float, float | None, str]]
    """Arrival, position and state of each playback message."""

    def positions(self, moments: MomentArray) -> MomentArray:
        """Return where the channel says the sound is; negative before it begins."""
        arrivals = [arrival for arrival, _, _ in self.points]
        found = np.full(len(moments), -1.0)
        for index, moment in enumerate(moments):
            at = bisect_right(arrivals, moment) - 1
            if at >= 0 and (position := self.points[at][1]) is not None:
                runs = self.points[at][2] == "playing"
                found[index] = position + (moment - arrivals[at] if runs else 0.0)
        return found

    def word_at(self, moments: MomentArray) -> NDArray[np.int64]:
        """Return the number of the word that is shown; -1 before the first."""
        starts = np.array([word["start"] for word in self.words])
        return np.searchsorted(starts, self.positions(moments), side="right") - 1

    def shown_at(self, begin: float, end: float) -> list[float | None]:
        """Return when each word is first shown."""
        moments: MomentArray = np.arange(begin, end, STEP, dtype=np.float64)
        furthest = np.maximum.accumulate(self.word_at(moments))
        at = np.searchsorted(furthest, np.arange(len(self.words)))
        return [float(moments[i]) if i < len(moments) else None for i in at]


def announcement_at(messages: list[Arrival], player: str) -> str | None:
    """Return the announcement that a player speaks, as the channel tells it."""
    for arrival in messages:
        if arrival.event["type"] == "playback" and player in arrival.event["players"]:
            return str(arrival.event["id"])
    return None


def is_over(messages: list[Arrival], number: str, player: str) -> bool:
    """Whether the channel said that the player is through."""
    players = [
        arrival.event["players"]
        for arrival in messages
        if arrival.event["type"] == "playback" and arrival.event["id"] == number
    ]
    return bool(players) and players[-1].get(player, {}).get("state") in OVER


def shown(messages: list[Arrival], number: str, player: str) -> Shown:
    """Gather what was said of one announcement."""
    tracks = [
        m.event["track"]
        for m in messages
        if m.event["type"] == "track" and m.event["track"]["id"] == number
    ]
    words = tracks[-1]["words"]
    sent = [
        word
        for m in messages
        if m.event["type"] == "words" and m.event["id"] == number
        for word in m.event["words"]
    ]
    moved = [abs(a["start"] - b["start"]) for a, b in zip(sent, words, strict=False)]
    points = [
        (m.moment, state["position"], state["state"])
        for m in messages
        if m.event["type"] == "playback" and m.event["id"] == number
        if (state := m.event["players"].get(player))
    ]
    return Shown(words, max(moved, default=0.0), points)
