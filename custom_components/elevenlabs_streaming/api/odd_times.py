"""Which times of an alignment make sense, where some do not.

Answers have been seen in which from some character on all times are one and the same
(docs/protocol.md, "Alignment"). What makes sense is kept to the millisecond.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Final

from .letters import LETTERS_AT_ONCE, count_letters

type Run = tuple[int, int]
"""The numbers of the first character of a row and of the one after its last."""

# Times beyond a day are a fault of the server, not of a text.
LONGEST_S: Final = 86_400.0
# No letter lasts for longer: a break lasts at most 3 s (docs/protocol.md, "WebSocket messages").
LONGEST_PAUSE_S: Final = 3.0
# Characters go on where the last ones ended; an alignment that is told again does so as well.
_JUMP_S: Final = 0.5
_BACK_S: Final = 0.02
# Beside what is out of order a character has to go on where the one before it ended.
_GAP_S: Final = 0.1
_SAME_S: Final = 0.0005


def sensible(
    characters: Sequence[str], starts: Sequence[float], ends: Sequence[float]
) -> list[bool]:
    """Return for each character whether its start makes sense; NaN stands for none."""
    found = [0 <= start < LONGEST_S for start in starts]
    _leave_out_of_order(found, starts, ends)
    for first, after in _at_one_moment(characters, found, (starts, ends)):
        found[first:after] = [False] * (after - first)
    return found


def runs_without(sense: Sequence[bool]) -> list[Run]:
    """Return the rows of characters whose times make no sense."""
    rows = groupby(range(len(sense)), key=sense.__getitem__)
    numbers = [(makes_sense, [*row]) for makes_sense, row in rows]
    return [(row[0], row[-1] + 1) for makes_sense, row in numbers if not makes_sense]


def equal_borders(count: int, start: float, end: float) -> list[float]:
    """Return the borders of so many characters that share an interval, one more than there are."""
    step = (end - start) / count
    return [*(start + step * at for at in range(count)), end]


def _at_one_moment(
    characters: Sequence[str],
    sense: Sequence[bool],
    times: tuple[Sequence[float], Sequence[float]],
) -> list[Run]:
    """Return the rows of characters that all start at one moment though time goes on.

    Where none is left before the next character, as with marks that are not spoken, they may.
    """
    found, first, (starts, ends) = list[Run](), 0, times
    some_last = any(end - start > _SAME_S for start, end in zip(starts, ends, strict=True))
    while first < len(starts):
        after = first + 1
        while after < len(starts) and abs(starts[after] - starts[first]) < _SAME_S:
            after += 1
        letters = count_letters("".join(characters[first:after])) if all(sense[first:after]) else 0
        lasts = max(ends[first:after]) - starts[first] > _SAME_S
        goes_on = after == len(starts) or starts[after] - starts[first] > _GAP_S
        is_row = after - first > 1 or some_last
        if goes_on and is_row and letters >= (LETTERS_AT_ONCE if lasts else 1):
            found.append((first, after))
        first = after
    return found


def _leave_out_of_order(sense: list[bool], starts: Sequence[float], ends: Sequence[float]) -> None:
    """Mark what does not fit into the order, unless characters are just told again."""
    known = [at for at, makes_sense in enumerate(sense) if makes_sense]
    passes = _passes(known, starts)
    if len(passes) < 2 or _are_told_again(passes, starts, ends):  # noqa: PLR2004
        return
    kept = set(_longest_rising(known, starts))
    for at in known:
        sense[at] = at in kept and not kept.isdisjoint((at - 1, at + 1))
    for first, after in runs_without(sense):
        if after + 1 < len(sense) and abs(starts[after + 1] - ends[after]) > _GAP_S:
            sense[after] = False
        if first > 1 and abs(starts[first - 1] - ends[first - 2]) > _GAP_S:
            sense[first - 1] = False


def _passes(known: Sequence[int], starts: Sequence[float]) -> list[list[int]]:
    """Part the characters where their clock turns back."""
    found: list[list[int]] = []
    for number, at in enumerate(known):
        if not number or starts[at] < starts[known[number - 1]] - _BACK_S:
            found.append([])
        found[-1].append(at)
    return found


def _are_told_again(
    passes: Sequence[Sequence[int]], starts: Sequence[float], ends: Sequence[float]
) -> bool:
    """Return whether each pass goes on by itself: an answer that repeats what it told."""
    if len(passes) > 2 and min(map(len, passes)) == 1:  # noqa: PLR2004
        return False
    return not any(
        starts[after] - ends[before] > _JUMP_S
        for row in passes
        for before, after in pairwise(row)
        if after == before + 1
    )


def _longest_rising(known: Sequence[int], starts: Sequence[float]) -> list[int]:
    """Return the most characters that follow each other in time."""
    tails, last, before = list[float](), list[int](), dict[int, int | None]()
    for at in known:
        place = bisect_right(tails, starts[at])
        before[at] = last[place - 1] if place else None
        tails[place : place + 1] = [starts[at]]
        last[place : place + 1] = [at]
    found: list[int] = []
    at_now = last[-1] if last else None
    while at_now is not None:
        found.append(at_now)
        at_now = before[at_now]
    return found[::-1]
