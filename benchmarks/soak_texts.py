"""Ten thousand texts, each with words of its own."""

import random

_USUAL_WORDS = """
kitchen garden window laundry dinner garage morning evening light music rain heating front back
door open closed ready finished warm cold minutes left today tomorrow battery sensor washing
machine vacuum upstairs downstairs bedroom office water plants coffee bread oven timer letter
parcel neighbour visitor dog cat children school bus train late early quiet loud bright dark
summer winter monday tuesday wednesday thursday friday weekend
"""
_WORDS = tuple(_USUAL_WORDS.split())
_BEGINNINGS = ("b", "ch", "d", "f", "g", "gr", "h", "k", "l", "m", "n", "p", "r", "s", "st", "t")
_MIDDLES = ("a", "ai", "e", "ea", "i", "o", "oa", "oo", "u")
_ENDS = ("b", "ck", "d", "g", "l", "m", "n", "nd", "p", "r", "s", "st", "t", "x")
_USUAL = 0.75
_LENGTHS = (2, 5)
# One in so many is as long as a news report.
_LONG_EVERY = 200
_LONG = 80


def text_of(number: int, seed: int) -> str:
    """Return the text of an utterance; no other number has the same."""
    chance = random.Random(seed * 1_000_003 + number)  # noqa: S311 - the same text each time
    count = _LONG if number % _LONG_EVERY == _LONG_EVERY - 1 else chance.randint(*_LENGTHS)
    words = [_word(chance) for _ in range(count)]
    return f"Number {number}: {' '.join(words)}."


def _word(chance: random.Random) -> str:
    """Return a usual word, or now and then one that does not exist."""
    if chance.random() < _USUAL:
        return chance.choice(_WORDS)
    made = (
        chance.choice(_BEGINNINGS) + chance.choice(_MIDDLES) + chance.choice(_ENDS)
        for _ in range(2)
    )
    return "".join(made)
