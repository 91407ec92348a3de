"""Whether the method finds what is known: shifts made on purpose."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from benchmarks.caption_home import Made
from benchmarks.comparing import Comparison, Result, all_words
from benchmarks.figures import plain_row
from harness.samples import RATE

SHIFT = 0.2


def validate(
    comparison: Comparison,
    made: Sequence[Made],
    results: Sequence[Result],
    delayed: Sequence[Result],
) -> list[str]:
    """Tell what the method makes of shifts that are known."""
    some = [one for one in made if one.case.order % 10 == 1]
    before = [w for one in some for w in comparison.compare(one).words]
    late = [w for one in some for w in comparison.compare(_with_silence(one)).words]
    found = [a.error - b.error for a, b in zip(before, late, strict=True)]
    words = all_words(results)
    likeness = [w.likeness for w in words]
    return [
        "",
        "Validation of the method (milliseconds; rows of the same columns)",
        plain_row("sound made 200 late: found", found),
        plain_row("caption delay set to 200: found", _delay_found(delayed, results)),
        plain_row("MPD's own elapsed - the ear", (r.told for r in results if r.told is not None)),
        plain_row("unrest of the ear's moments", (r.unrest for r in results)),
        plain_row("rise of energy - found, at pauses", (w.onset for w in words if w.onset)),
        f"likeness of word and sound: least {min(likeness):.3f}, median {np.median(likeness):.3f}",
    ]


def _with_silence(made: Made) -> Made:
    silence = np.zeros(round(SHIFT * RATE))
    samples = np.concatenate([silence, made.playing.samples])
    return replace(made, playing=replace(made.playing, samples=samples))


def _delay_found(delayed: Sequence[Result], results: Sequence[Result]) -> list[float]:
    """Compare announcements with a caption delay with the same ones without."""
    usual = {(r.case.language, r.case.text, r.case.route): r for r in results if r.case.cached}
    found = []
    for result in delayed:
        same = usual[result.case.language, result.case.text, result.case.route]
        pairs = zip(result.words, same.words, strict=True)
        found += [late.error - word.error for late, word in pairs]
    return found
