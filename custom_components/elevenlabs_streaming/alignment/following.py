"""Placing alignments in a text, whole where they just go on."""

from ..api import Timings
from .aligner import Aligner
from .deduplication import Deduplicator


def follow_alignment(
    aligner: Aligner, deduplicator: Deduplicator, timings: Timings, *, as_written: bool
) -> None:
    """Place the characters of an alignment that were not heard before.

    `as_written`: whether they are those of the text, and not those that the voice made of it.
    """
    keys = deduplicator.next_keys(timings) if as_written else []
    if keys and aligner.follow_straight(keys, timings):
        deduplicator.note(timings, keys)
    else:
        goes_on = aligner.goes_on if as_written else None
        aligner.follow(deduplicator.hear(timings, goes_on))
