"""`scripts/benchmark first-sound`: options, tables, picture."""

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import replace
import json
from pathlib import Path

from benchmarks.first_sound import report
from benchmarks.first_sound.cases import MODEL
from benchmarks.first_sound.measuring import (
    ANNOUNCEMENTS,
    PARTS,
    REPLIES,
    Plan,
    Results,
    measure,
)
from benchmarks.first_sound.peers import find_peers
from benchmarks.first_sound.picture import draw
from benchmarks.first_sound.targets import target_lines
from harness.paths import REPOSITORY
from harness.progress import Progress

RESULTS = REPOSITORY / "benchmarks" / "results"
PICTURE = REPOSITORY / "docs" / "first-sound.svg"
QUICK = Plan(repetitions=1, idle=1.0, rates=(80.0,), crowds=(3,), lengths=(300,), most_times=1)

# The same rows with fewer repetitions.
MIDDLE = Plan(repetitions=5, idle=5.0, most_times=3)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what can be chosen."""
    usual = Plan()
    parser.add_argument(
        "--round-trip", type=float, default=usual.round_trip, metavar="MS", help="to the service"
    )
    parser.add_argument("--repetitions", type=_count, metavar="N", help="of everything")
    parser.add_argument(
        "--idle", type=float, metavar="S", help="silence before some of the announcements"
    )
    parser.add_argument(
        "--only", type=_parts, default=frozenset(PARTS), metavar="1,3", help="parts to measure"
    )
    parser.add_argument("--model", default=usual.model, help="what all speak with")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument(
        "--middle", action="store_true", help="five times; to a file of its own, no picture"
    )
    mode.add_argument(
        "--quick", action="store_true", help="once, without LiveKit, written nowhere; a minute"
    )


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("a whole number from 1 on")
    return int(text)


def _parts(text: str) -> frozenset[int]:
    chosen = {int(part) for part in text.split(",") if part.strip().isdecimal()}
    if not chosen or not chosen <= set(PARTS) or len(chosen) != len(text.split(",")):
        raise argparse.ArgumentTypeError(f"numbers from {PARTS[0]} to {PARTS[-1]} with commas")
    return frozenset(chosen)


def plan_of(options: argparse.Namespace) -> Plan:
    """Return what the options ask for."""
    plan = QUICK if options.quick else MIDDLE if options.middle else Plan()
    chosen = {
        name: value
        for name in ("repetitions", "idle")
        if (value := getattr(options, name)) is not None
    }
    plan = replace(plan, only=options.only, model=options.model)
    return replace(plan, round_trip=options.round_trip, **chosen)


async def run(progress: Progress, options: argparse.Namespace) -> None:
    """Measure, print tables, and write them down."""
    plan = plan_of(options)
    peers = await find_peers(progress, install=not options.quick)
    results = await measure(plan, peers, progress)
    lines = [*report.lines(plan, peers, results), *target_lines(plan, results)]
    progress.say("\n".join(["", *lines, ""]))
    if not options.quick:
        await asyncio.to_thread(_write, plan, lines, results, middle=options.middle)
        progress.step("Written to benchmarks/results and docs")


def _write(plan: Plan, lines: Sequence[str], results: Results, *, middle: bool) -> None:
    """Write tables and figures, and the picture of what belongs into it; blocking."""
    RESULTS.mkdir(exist_ok=True)
    text, figures = "\n".join(lines), json.dumps(report.to_json(results))
    whole = plan.only == frozenset(PARTS)
    parts = "" if whole else "_" + "_".join(map(str, sorted(plan.only)))
    model = "" if plan.model == MODEL else f"-{plan.model}"
    name = f"first_sound{parts}{model}{'-middle' if middle else ''}"
    (RESULTS / f"{name}.txt").write_text(f"{text}\n", encoding="utf-8")
    (RESULTS / f"{name}.json").write_text(f"{figures}\n", encoding="utf-8")
    if plan.only >= {REPLIES, ANNOUNCEMENTS} and not middle and not model:
        draw(results, Path(PICTURE), round_trip=plan.round_trip)
