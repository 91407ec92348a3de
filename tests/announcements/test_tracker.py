"""The word that captions show and the word that sounds, at a player of the test's own.

The player decodes what it fetches and sounds it along the loop's clock. Where a word lies in its
samples is found by correlation with the same voice saying it again (benchmarks/sound.py); no time
that travelled takes part. `pytest -s` prints the table.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import product
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray
import pytest

from benchmarks.caption_home import ROUTES, Case, Made, cases_of
from benchmarks.channel import announcement_at, is_over
from benchmarks.comparing import Comparison, Result, all_words
from benchmarks.figures import plain_row, table
from custom_components.elevenlabs_streaming.announcements.player_timeouts import PlayerTimeouts
from custom_components.elevenlabs_streaming.const import DOMAIN
from harness.events import Arrival
from harness.fifo import HeardAudio
from harness.sentences import SENTENCES
from simulator import Behaviour
from tests.helpers.listening_player import Habit, ListeningPlayer, listening_player
from tests.helpers.players import House

MEDIAN_MS = 20
MEDIAN_OF_HABIT_MS = 30
P95_MS = 75
FASTER_THAN_SOUND = 10
LONGEST_STEP = 0.5
# Turns of the loop in which what one socket sends has come through all the others.
TURNS = 40
MOST_STEPS = 1000
ANNOUNCEMENTS = 180

HABITS = {
    "says so early": Habit(fill=1.0, latency=0.02, tells=None),
    "whole seconds": Habit(fill=0.2, latency=0.3, digits=0),
    "late but exact": Habit(fill=1.0, latency=0.7, tells=0.3, digits=3),
}


class StillTime:
    """The loop's clock stands still but for steps from one timer to the next.

    So it does not matter how fast this machine is: threads and sockets take no time.
    """

    def __init__(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        self._clock = house.clock
        self._loop = house.hass.loop
        self._call_at, self._run_in_executor = self._loop.call_at, self._loop.run_in_executor
        self._timers: list[asyncio.TimerHandle] = []
        self._threads: set[asyncio.Future[Any]] = set()
        now = self._loop.time()
        monkeypatch.setattr(house.clock, "_real", lambda: now)
        monkeypatch.setattr(self._loop, "call_at", self._note_timer)
        monkeypatch.setattr(self._loop, "run_in_executor", self._note_thread)
        # A step looks like a slow callback.
        self._loop.slow_callback_duration = LONGEST_STEP * MOST_STEPS

    async def step(self) -> None:
        """Let happen all that can happen now, and then time pass until something is due."""
        await self._settle()
        now = self._loop.time()
        self._timers = [one for one in self._timers if not one.cancelled() and one.when() > now]
        await self._clock.pass_(min([LONGEST_STEP, *(one.when() - now for one in self._timers)]))
        await self._settle()

    async def _settle(self) -> None:
        turns = TURNS
        while turns:
            turns -= 1
            await asyncio.sleep(0)
            if self._threads:
                await asyncio.wait(self._threads)
                turns = TURNS

    def _note_timer(self, when: float, job: Callable[..., Any], *args: Any, **more: Any) -> Any:
        timer = self._call_at(when, job, *args, **more)
        self._timers.append(timer)
        return timer

    def _note_thread(self, *job: Any) -> Any:
        thread = self._run_in_executor(*job)
        self._threads.add(thread)
        thread.add_done_callback(self._threads.discard)
        return thread


class Audience:
    """Reads the caption channel while time passes."""

    def __init__(self, house: House, time: StillTime) -> None:
        self.house = house
        self.messages: list[Arrival] = []
        self._time = time
        self._answered = asyncio.Event()

    async def read(self) -> None:
        """Take what comes over the socket, and when."""
        while True:
            message = await self.house.socket.receive_json()
            if message["type"] == "event":
                self.messages.append(Arrival(self.house.clock(), message["event"]))
            else:
                self._answered.set()

    async def ask(self, kind: str) -> None:
        """Send a command and wait for its answer; what was told before it has come then too."""
        self._answered.clear()
        await self.house.socket.send_json_auto_id({"type": kind})
        await self._answered.wait()

    async def hear(self, player: ListeningPlayer, case: Case) -> Made:
        """Have a sentence spoken and follow it to its end."""
        before, called = len(self.messages), self.house.clock()
        speaking = self.house.hass.async_create_task(
            self.house.speak(
                case.text, player.entity_id, language=case.language, options=case.options
            )
        )
        for _ in range(MOST_STEPS):
            await self._time.step()
            await self.ask("ping")
            messages = self.messages[before:]
            number = announcement_at(messages, player.entity_id)
            if speaking.done() and number and is_over(messages, number, player.entity_id):
                await speaking
                return self._made(player, case, number, called, messages)
        pytest.fail(f"{case.text!r} did not end")

    @staticmethod
    def _made(
        player: ListeningPlayer, case: Case, number: str, called: float, messages: list[Arrival]
    ) -> Made:
        sounded = player.sounded
        assert player.is_over
        assert sounded.started is not None
        assert not sounded.ran_dry
        playing = HeardAudio(sounded.samples, sounded.started, 0.0, None)
        return Made(case, player.entity_id, number, called, messages, [], playing)


@asynccontextmanager
async def audience(house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Audience]:
    """Listen to the captions of a home."""
    found = Audience(house, StillTime(house, monkeypatch))
    reading = asyncio.create_task(found.read())
    await found.ask(f"{DOMAIN}/captions/subscribe")
    try:
        yield found
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


def show(results: dict[str, list[Result]]) -> None:
    """Print what was found, for `pytest -s`."""
    everything = [result for some in results.values() for result in some]
    habits = [
        plain_row(name, (word.error for word in all_words(some))) for name, some in results.items()
    ]
    sys.stdout.write("\n".join(["", *table(everything), *habits, ""]))


def late(results: list[Result]) -> NDArray[np.float64]:
    """Return by how many milliseconds each word was shown late."""
    return np.array([word.error * 1000 for word in all_words(results)])


async def hear_everything(
    listener: Audience, players: dict[str, ListeningPlayer]
) -> dict[str, list[Made]]:
    """Have all sentences spoken, those of each language by all players in turn."""
    made: dict[str, list[Made]] = {name: [] for name in players}
    for language, texts in SENTENCES.items():
        for case in cases_of(language, texts):
            name = list(players)[texts.index(case.text) % len(players)]
            made[name].append(await listener.hear(players[name], case))
    return made


async def test_the_word_that_is_shown_is_the_word_that_sounds(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.simulator.behave(Behaviour(generation_speed=FASTER_THAN_SOUND))
    players = {name: await listening_player(house, name, HABITS[name]) for name in HABITS}
    async with audience(house, monkeypatch) as listener:
        made = await hear_everything(listener, players)
    comparison = Comparison([one.to_json() for one in house.simulator.journal.generations])
    results = {name: [comparison.compare(one) for one in some] for name, some in made.items()}
    show(results)
    everything = [result for some in results.values() for result in some]
    assert len(everything) == ANNOUNCEMENTS
    for route, cached in product(ROUTES, (False, True)):
        some = late([r for r in everything if (r.case.route, r.case.cached) == (route, cached)])
        assert abs(np.median(some)) < MEDIAN_MS
        assert np.percentile(abs(some), 95) < P95_MS
    for name, cached in product(HABITS, (False, True)):
        some = late([r for r in results[name] if r.case.cached == cached])
        assert abs(np.median(some)) < MEDIAN_OF_HABIT_MS


async def test_a_sound_that_ends_while_it_is_looked_at_ends_the_announcement(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two looks at the clock the last moment may pass, after which nothing is due."""
    kitchen = await house.player()
    expire, jumps = PlayerTimeouts.expire, list[float]()

    def expire_slowly(timeouts: PlayerTimeouts, now: float) -> None:
        expire(timeouts, now)
        if jumps:
            house.clock._ahead += jumps.pop()

    monkeypatch.setattr(PlayerTimeouts, "expire", expire_slowly)
    await house.play(kitchen, "Please mind the step in the hall. It was washed a minute ago.")
    await house.hass.async_block_till_done()
    # The next look is at the end of the first cue.
    jumps.append(10.0)
    outcome = await house.over()
    assert not jumps
    assert outcome["event_type"] == "finished"
