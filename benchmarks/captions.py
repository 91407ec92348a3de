"""How far the captions are from the sound, and what they cost."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
import json
from pathlib import Path
import platform

from benchmarks.caption_home import (
    CaptionHome,
    Case,
    Made,
    announce,
    caption_home,
    cases_of,
    delay_captions,
    slow_down,
)
from benchmarks.comparing import Comparison, Result
from benchmarks.cost import CaptionCost, measure_cost
from benchmarks.figures import parts, row, table
from benchmarks.no_times import no_times
from benchmarks.validation import SHIFT, validate
from harness.progress import Progress
from harness.samples import RATE
from harness.sentences import SENTENCES

RESULTS = Path(__file__).resolve().parent / "results"
STEP = 12
SHORT = 2
# As long as a first audio from ElevenLabs may take, with the way there and back.
SLOW = 0.5
ANEW = 0.6

type Texts = Mapping[str, tuple[str, ...]]


@dataclass(slots=True)
class Session:
    """All announcements of a run."""

    usual: list[Made] = field(default_factory=list)
    delayed: list[Made] = field(default_factory=list)
    slow: list[Made] = field(default_factory=list)
    processor: float = 0.0
    """What Home Assistant used for the usual ones, in seconds."""

    @property
    def processor_for_a_minute(self) -> float:
        """Return what Home Assistant used for each minute that was heard."""
        heard = sum(len(one.playing.samples) for one in self.usual) / RATE
        return self.processor / heard * 60


async def run(progress: Progress, short: bool) -> None:
    """Measure, print a table, and write it down."""
    texts = {name: some[:SHORT] if short else some for name, some in SENTENCES.items()}
    session = Session()
    async with caption_home(list(texts), progress) as home:
        progress.step("Measuring what captions cost")
        cost = await measure_cost(home.simulator)
        await _speak_all(home, texts, session, progress)
        generations = await home.generations()
        progress.step("Withholding the times")
        untimed = await no_times(home.simulator, texts)
        version = home.home.version
    progress.step("Looking for every word in what was heard")
    lines, figures = await asyncio.to_thread(_evaluate, session, generations)
    head = f"Home Assistant {version}, MPD, simulator; Python {platform.python_version()}"
    text = "\n".join([head, "", *lines, *untimed, "", *cost.lines(session.processor_for_a_minute)])
    progress.say(f"\n{text}\n")
    if not short:
        _write(text, figures, cost)
        progress.step("Written to benchmarks/results")


async def _speak_all(home: CaptionHome, texts: Texts, session: Session, progress: Progress) -> None:
    plan = {language: cases_of(language, some) for language, some in texts.items()}
    count = sum(map(len, plan.values()))
    progress.step(f"Making {count} announcements, a player for each language")
    before = home.processor()
    await _speak(home, plan, session.usual, progress)
    session.processor = home.processor() - before
    progress.step("A few more with a caption delay, then with a slow service")
    for language in texts:
        await delay_captions(home, language, SHIFT)
    again = {name: [case for case in cases if case.cached][:SHORT] for name, cases in plan.items()}
    await _speak(home, again, session.delayed, progress)
    for language in texts:
        await delay_captions(home, language, 0.0)
    await slow_down(home, SLOW)
    await _speak(home, _anew(plan), session.slow, progress)


def _anew(plan: Mapping[str, list[Case]]) -> dict[str, list[Case]]:
    """Choose some sentences and have them made anew."""
    return {
        name: [replace(c, stability=ANEW) for c in cases if not c.cached][: 2 * SHORT]
        for name, cases in plan.items()
    }


async def _speak(
    home: CaptionHome, plan: Mapping[str, list[Case]], made: list[Made], progress: Progress
) -> None:
    async def speak(cases: list[Case]) -> None:
        for case in cases:
            made.append(await announce(home, case))
            if len(made) % STEP == 0:
                progress.step(f"  {len(made)} announcements")

    async with asyncio.TaskGroup() as group:
        for cases in plan.values():
            group.create_task(speak(cases))


def _evaluate(session: Session, generations: list[object]) -> tuple[list[str], object]:
    comparison = Comparison(generations)
    usual = [comparison.compare(one) for one in session.usual]
    delayed = [comparison.compare(one) for one in session.delayed]
    slow = [comparison.compare(one) for one in session.slow]
    texts = {(r.case.language, r.case.text) for r in usual}
    title = (
        f"Caption word shown minus word heard, in milliseconds (+: late), "
        f"{len(texts)} sentences, {len(usual)} announcements"
    )
    lines = [title, "", *table(usual), *parts(usual), "", f"First audio after {SLOW:g} s"]
    lines += _slow_rows(slow)
    lines += validate(comparison, session.usual, usual, delayed)
    return lines, {"usual": _figures(usual), "slow": _figures(slow)}


def _slow_rows(results: Sequence[Result]) -> list[str]:
    routes = sorted({r.case.route for r in results})
    return [row(f"{name} fresh", [r for r in results if r.case.route == name]) for name in routes]


def _figures(results: Sequence[Result]) -> list[object]:
    return [
        asdict(result.case)
        | {
            "right": round(result.right, 3),
            "starts": result.starts,
            "words": [
                [w.word, round(w.error * 1000), round(w.timing * 1000)] for w in result.words
            ],
        }
        for result in sorted(results, key=lambda r: (r.case.language, r.case.order))
    ]


def _write(text: str, figures: object, cost: CaptionCost) -> None:
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "captions.txt").write_text(f"{text}\n", encoding="utf-8")
    content = json.dumps({"announcements": figures, "cost": asdict(cost)}, ensure_ascii=False)
    (RESULTS / "captions.json").write_text(f"{content}\n", encoding="utf-8")
