"""What is wanted of our component, beside what was found."""

from collections.abc import Iterator, Sequence

from benchmarks.first_sound.crowd import WAYS, StreamCost
from benchmarks.first_sound.measuring import (
    ANNOUNCEMENTS,
    CROWDS,
    LENGTHS,
    REPLIES,
    SILENCES,
    Plan,
    Results,
)
from benchmarks.first_sound.report import FORMATS, KILO, LatencySpread, kinds

WIDTH = 66


def target_lines(plan: Plan, results: Results) -> Iterator[str]:
    """Lay out what was found and what was wanted."""
    yield ""
    yield f"{'What is wanted':{WIDTH}} {'found':>10}  wanted"
    if REPLIES in plan.only:
        yield from _replies(results)
    if ANNOUNCEMENTS in plan.only:
        yield from _announcements(plan, results)
    if SILENCES in plan.only:
        yield from _silences(results)
    if CROWDS in plan.only:
        yield from _crowds(results.crowds)
    if LENGTHS in plan.only:
        yield from _lengths(results.lengths)


def _row(label: str, found: str, wanted: str) -> str:
    return f"{label:{WIDTH}} {found:>10}  {wanted}"


def _first(results: Results, name: str, wanted: str, rate: float) -> LatencySpread:
    return LatencySpread.of(one.first for one in results.replies[name, wanted, rate])


def _replies(results: Results) -> Iterator[str]:
    for rate, wanted in kinds(results):
        what = f"{FORMATS[wanted]}, {rate:g} tokens a second"
        ours, bare, core = (_first(results, who, wanted, rate) for who in ("ours", "bare", "core"))
        median, late = ours.median - bare.median, ours.late - bare.late
        yield _row(f"{what}: above the limit, median", f"{median:+.0f} ms", "10 ms")
        yield _row(f"{what}: above the limit, 95 %", f"{late:+.0f} ms", "20 ms")
        yield _row(f"{what}: of core's median", f"{ours.median / core.median:.0%}", "50%")
    yield from _formats(results)


def _formats(results: Results) -> Iterator[str]:
    for rate in sorted({rate for rate, _ in kinds(results)}):
        if {(rate, "wav"), (rate, "mp3")} <= set(kinds(results)):
            wav, mp3 = (_first(results, "ours", wanted, rate) for wanted in ("wav", "mp3"))
            label = f"WAV above MP3, {rate:g} tokens a second (from 2026.11 on)"
            yield _row(label, f"{wav.median - mp3.median:+.0f} ms", "10 ms")


def _announcements(plan: Plan, results: Results) -> Iterator[str]:
    for idle in (False, True):
        ours, bare = (
            LatencySpread.of(one.first for one in results.announcements[name, idle])
            for name in ("ours", "bare")
        )
        when = f"after {plan.idle:g} s without speech" if idle else "one after the other"
        label = f"Announcement, {when}: above the limit, median"
        yield _row(label, f"{ours.median - bare.median:+.0f} ms", "10 ms")


def _silences(results: Results) -> Iterator[str]:
    alone = 0
    for rate, wanted in kinds(results):
        pairs = zip(
            results.replies["ours", wanted, rate],
            results.replies["bare", wanted, rate],
            strict=True,
        )
        alone += sum(ours.silence > 0 and not bare.silence for ours, bare in pairs)
    yield _row("Replies with a silence where the bare client has none", str(alone), "0")


def _crowds(costs: Sequence[StreamCost]) -> Iterator[str]:
    for streams in sorted({cost.streams for cost in costs}):
        some = {cost.way: cost for cost in costs if cost.streams == streams}
        bare, ours, home, core = (some[way] for way in WAYS)
        times = f"{ours.processor / bare.processor:.1f}"
        whole = f"{home.processor / bare.processor:.1f}"
        held = max(ours.held["ours"][0], home.held["ours"][0]) * KILO
        at_once = f"{streams} at once"
        yield _row(f"{at_once}: processor, our client to the bare loop", times, "1.5")
        yield _row(f"{at_once}: the same with Home Assistant's streams", whole, "")
        against = f"{home.processor / core.processor:.2f}"
        yield _row(f"{at_once}: processor, our entity to Home Assistant's own", against, "1.0")
        yield _row(f"{at_once}: our code held the loop", f"{held:.1f} ms", "5 ms")
        yield _row(f"{at_once}: silence", f"{home.silence * KILO:.0f} ms", "0 ms")


def _lengths(costs: Sequence[StreamCost]) -> Iterator[str]:
    for cost in costs:
        if cost.way == "entity":
            letters, held = f"{cost.length:,} characters", cost.held["ours"][0] * KILO
            memory = f"{cost.ours / KILO:.0f} kB"
            yield _row(f"{letters}: our code held the loop", f"{held:.1f} ms", "2 ms")
            yield _row(f"{letters}: memory that is ours", memory, "bounded")
