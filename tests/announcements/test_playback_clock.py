"""Where a player is, with a clock that is just numbers.

Error bounds proved here, from the first evidence on and after ``max(2 s, correction)``:
exact positions 10 ms; whole seconds 1 s at once, 0.5 s (median 0.05 s) after twelve reports at
changing phases; only the playing state: as late as the state; only the first request: as wrong as
the offset; a player that ran dry: as late as it starts again.
"""

from collections.abc import Callable
import copy
import math
import random

import orjson
import pytest

from custom_components.elevenlabs_streaming.announcements.offset_learner import (
    DEFAULT_FILL,
    DEFAULT_OFFSET,
    LONGEST_OFFSET,
)
from custom_components.elevenlabs_streaming.announcements.playback_clock import (
    OffsetLearner,
    PlaybackClock,
    PlaybackState,
)
from custom_components.elevenlabs_streaming.announcements.sound_position import (
    EASING_TIME,
    FASTEST_CORRECTION,
    GRACE,
)
from custom_components.elevenlabs_streaming.announcements.start_evidence import LONGEST_FILLING

WAITING, PLAYING, PAUSED, FINISHED, STOPPED = PlaybackState
TINY = 1e-6


def started(at: float = 0.0, **known: float) -> PlaybackClock:
    """Return the clock of a player whose state went to playing."""
    clock = PlaybackClock(**known)
    clock.playing(at)
    return clock


def near(expected: float, error: float = TINY) -> object:
    return pytest.approx(expected, abs=error)


def test_nothing_is_known_before_the_first_evidence() -> None:
    clock = PlaybackClock()
    assert clock.position(5) is None
    assert clock.state(5) is WAITING
    assert clock.next_change(5, [0, 1]) is None
    assert clock.finishes(5) is None
    assert clock.learned_offset is None


def test_sound_follows_the_first_request_after_the_offset() -> None:
    clock = PlaybackClock(0.7)
    clock.requested(10)
    assert clock.position(10.69) is None
    assert clock.state(10.69) is WAITING
    assert clock.position(10.7) == near(0)
    assert clock.state(10.7) is PLAYING
    assert clock.position(12) == near(1.3)


def test_only_the_first_request_counts() -> None:
    clock = PlaybackClock(1)
    clock.requested(10)
    clock.requested(10.9)
    assert clock.position(12) == near(1)


@pytest.mark.parametrize(("given", "used"), [(-3, 0), (99, LONGEST_OFFSET)])
def test_an_offset_is_bounded(given: float, used: float) -> None:
    clock = PlaybackClock(given)
    clock.requested(0)
    assert clock.position(used + 1) == near(1)


def test_the_playing_state_before_the_expected_sound_starts_it() -> None:
    clock = PlaybackClock(3)
    clock.requested(0)
    clock.playing(1)
    assert clock.position(1.5) == near(0.5)


def test_the_playing_state_after_the_expected_sound_holds_the_captions_back() -> None:
    clock = PlaybackClock(0.5)
    clock.requested(0)
    assert clock.position(3.5) == near(3)
    clock.playing(3.5)
    assert clock.position(5) == near(3)
    assert clock.position(6.5) == near(3)
    assert clock.position(8) == near(4.5)


def test_a_small_correction_is_eased_over_two_seconds() -> None:
    clock = started()
    clock.position(4)
    clock.reported(4, 4.4, 4)
    assert clock.position(4) == near(4)
    assert clock.position(5) == near(5.2)
    assert clock.position(4 + EASING_TIME) == near(6.4)
    assert clock.position(9) == near(9.4)


def test_a_large_correction_runs_at_the_highest_speed() -> None:
    clock = started()
    clock.position(6)
    clock.reported(6, 10.5, 6)
    assert clock.position(8) == near(6 + 2 * (1 + FASTEST_CORRECTION))
    assert clock.position(10.5) == near(15)
    assert clock.position(12) == near(16.5)


def test_evidence_that_keeps_coming_does_not_slow_a_correction() -> None:
    clock = started()
    clock.produced(0, 100)
    clock.reported(4, 5.5, 4)
    for step in range(21):
        clock.produced(4 + step / 10, 100 + step)
    assert clock.position(6) == near(7.5)


def test_a_request_after_the_playing_state_moves_the_start() -> None:
    clock = started(0)
    clock.requested(0.4)
    assert clock.position(4) == near(3.6)
    assert clock.learned_offset is None


def test_a_playing_state_long_after_the_request_is_no_start() -> None:
    clock = PlaybackClock(1)
    clock.requested(0)
    clock.playing(LONGEST_OFFSET + 0.5)
    assert clock.position(LONGEST_OFFSET + 0.5) == near(LONGEST_OFFSET - 0.5)


def test_a_double_start_is_one_start() -> None:
    clock = started(0)
    clock.playing(2)
    clock.playing(3)
    assert clock.position(4) == near(4)


def test_weaker_evidence_does_not_replace_better() -> None:
    clock = PlaybackClock()
    clock.reported(5, 2.5, 5)
    clock.playing(6)
    clock.requested(6)
    assert clock.position(7) == near(4.5)


def test_a_room_that_hears_later_is_told_by_the_lag() -> None:
    clock = started(0, lag=0.5)
    assert clock.position(0.4) is None
    assert clock.position(2) == near(1.5)
    clock.reported(3, 3.1, 3)
    assert clock.position(6) == near(5.6)


def test_a_report_taken_earlier_counts_from_then() -> None:
    clock = PlaybackClock()
    clock.reported(10, 1.5, 8)
    assert clock.position(10) == near(3.5)


def test_a_report_from_the_future_is_taken_as_of_now() -> None:
    clock = PlaybackClock()
    clock.reported(10, 1.5, 99)
    assert clock.position(11) == near(2.5)


def test_a_report_older_than_the_last_one_is_late() -> None:
    clock = PlaybackClock()
    clock.reported(10, 5.5, 10)
    clock.reported(11, 1.5, 9)
    assert clock.position(20) == near(15.5)


@pytest.mark.parametrize("position", [math.nan, math.inf, -1, 143])
def test_a_position_that_cannot_be_one_is_ignored(position: float) -> None:
    clock = started()
    clock.lasts(0, 8)
    clock.reported(2, position, 2)
    assert clock.position(4) == near(4)


def test_a_position_beyond_what_was_asked_for_is_of_something_else() -> None:
    clock = PlaybackClock(0.5)
    clock.requested(100)
    clock.reported(101, 42.5, 101)
    clock.reported(101, 0.5, 99)
    assert clock.position(102) == near(1.5)


def test_whole_seconds_may_hide_almost_one_more() -> None:
    clock = started()
    clock.reported(3.9, 3, 3.9)
    assert clock.position(10) == near(10)
    clock.reported(13, 10, 13)
    assert clock.position(20) == near(17.5)


def test_whole_seconds_that_all_but_agree_move_little() -> None:
    clock = started()
    clock.reported(3.2, 3, 3.2)
    clock.reported(6.1, 5, 6.1)
    assert clock.position(10) == near(9.9)


def test_whole_seconds_at_changing_phases_close_in() -> None:
    clock = PlaybackClock()
    clock.reported(3.9, 3, 3.9)
    clock.reported(6.3, 6, 6.3)
    assert clock.position(20) == near(19.9)


def test_whole_seconds_alone_are_taken_in_the_middle() -> None:
    clock = PlaybackClock()
    clock.reported(5, 3, 5)
    assert clock.position(5) == near(3.5)


def test_a_fraction_shows_that_positions_are_exact() -> None:
    clock = started()
    clock.reported(0.5, 0, 0.5)
    clock.reported(2, 1.75, 2)
    clock.reported(4, 3, 4)
    assert clock.position(10) == near(9)


def test_a_player_that_always_says_zero_does_not_hold_the_captions() -> None:
    clock = started()
    for second in range(10):
        clock.reported(second, 0, second)
    assert clock.position(10) == near(10)


def test_a_stall_is_followed() -> None:
    clock = PlaybackClock()
    clock.reported(1, 1.5, 1)
    clock.reported(9, 5.5, 9)
    clock.reported(20, 16.5, 20)
    assert clock.position(30) == near(26.5)


def test_a_pause_holds_and_the_state_says_so() -> None:
    clock = started()
    clock.paused(2)
    clock.paused(3)
    assert clock.state(5) is PAUSED
    assert clock.position(5) == near(2)
    assert clock.next_change(5, [3]) is None
    clock.resumed(6)
    clock.resumed(7)
    assert clock.state(7) is PLAYING
    assert clock.position(8) == near(4)


def test_the_playing_state_ends_a_pause_once() -> None:
    clock = PlaybackClock(0)
    clock.requested(0)
    clock.paused(2)
    clock.playing(6)
    clock.playing(7)
    assert clock.position(8) == near(4)


def test_a_report_in_a_pause_says_where_it_goes_on() -> None:
    clock = started()
    clock.paused(2)
    clock.reported(5, 2.5, 5)
    assert clock.position(5) == near(2)
    clock.resumed(10)
    assert clock.position(10) == near(2)
    assert clock.position(12) == near(4.5)


def test_a_report_from_before_the_pause_is_stale_after_it() -> None:
    clock = started()
    clock.paused(2)
    clock.resumed(10)
    clock.reported(11, 1.5, 1.5)
    assert clock.position(12) == near(4)


def test_a_pause_before_the_sound_holds_its_start() -> None:
    clock = PlaybackClock(1)
    clock.requested(0)
    clock.paused(0.5)
    assert clock.position(5) is None
    assert clock.state(5) is PAUSED
    clock.resumed(8)
    assert clock.position(9) == near(1)


def test_a_pause_or_stop_before_any_evidence_is_of_something_else() -> None:
    for halt in (PlaybackClock.paused, PlaybackClock.stopped):
        clock = PlaybackClock(1)
        halt(clock, 0)
        assert clock.state(1) in {PAUSED, STOPPED}
        clock.requested(2)
        assert clock.state(2) is WAITING
        assert clock.position(5) == near(2)


def test_going_on_before_any_evidence_is_waiting() -> None:
    clock = PlaybackClock()
    clock.paused(0)
    clock.resumed(1)
    assert clock.state(2) is WAITING


def test_a_seek_jumps_both_ways() -> None:
    clock = started()
    clock.lasts(0, 30)
    clock.seeked(5, 20)
    assert clock.position(6) == near(21)
    clock.seeked(6, 1)
    assert clock.position(7) == near(2)
    clock.reported(8, 18.5, 5.9)
    assert clock.position(8) == near(3)
    clock.seeked(8, 99)
    assert clock.position(8.5) == near(30)


def test_a_seek_in_a_pause_stays_there() -> None:
    clock = started()
    clock.paused(5)
    clock.seeked(7, 2)
    assert clock.position(9) == near(2)
    clock.reported(9, 2.5, 9)
    clock.resumed(10)
    assert clock.position(15) == near(7.5)


def test_a_seek_without_sound_is_of_something_else() -> None:
    clock = PlaybackClock(1)
    clock.seeked(0, 50)
    clock.requested(1)
    clock.seeked(1.5, 50)
    assert clock.position(3) == near(1)


def test_reports_after_a_seek_may_be_beyond_the_time_since_the_request() -> None:
    clock = PlaybackClock(0)
    clock.requested(0)
    clock.seeked(1, 60)
    clock.reported(2, 61.5, 2)
    assert clock.position(10) == near(69.5)


def test_a_silent_player_finishes_after_the_audio_and_a_grace() -> None:
    clock = PlaybackClock(0.5)
    clock.requested(0)
    clock.lasts(1, 4)
    assert clock.duration == 4
    assert clock.position(4.9) == near(4)
    assert clock.state(4.5 + GRACE - 0.01) is PLAYING
    assert clock.finishes(2) == near(4.5 + GRACE)
    assert clock.state(4.5 + GRACE) is FINISHED
    assert clock.position(99) == near(4)
    assert clock.finishes(99) is None


def test_a_length_known_too_late_ends_without_going_back() -> None:
    clock = started()
    assert clock.position(7) == near(7)
    clock.lasts(7, 3)
    assert clock.state(7) is FINISHED
    assert clock.position(7) == near(7)


@pytest.mark.parametrize("seconds", [-1, math.nan])
def test_a_length_that_cannot_be_one_is_ignored(seconds: float) -> None:
    clock = started()
    clock.lasts(0, seconds)
    clock.produced(0, seconds)
    assert clock.duration is None
    assert clock.position(5) == near(5)


def test_a_device_that_finished_early_is_believed() -> None:
    clock = started()
    clock.lasts(0, 9)
    clock.ended(5)
    assert clock.state(5) is FINISHED
    assert clock.position(8) == near(5)


def test_an_end_before_any_evidence_is_an_end() -> None:
    clock = PlaybackClock()
    clock.ended(1)
    clock.requested(2)
    clock.playing(3)
    assert clock.state(5) is FINISHED
    assert clock.position(5) is None


@pytest.mark.parametrize("end", [PlaybackClock.ended, PlaybackClock.stopped])
def test_late_evidence_after_the_end_is_ignored(
    end: Callable[[PlaybackClock, float], None],
) -> None:
    clock = started()
    end(clock, 3)
    state = clock.state(3)
    clock.requested(4)
    clock.playing(4)
    clock.reported(5, 4.5, 5)
    clock.paused(6)
    clock.resumed(6)
    clock.seeked(6, 1)
    clock.produced(6, 50)
    clock.lasts(6, 50)
    clock.stopped(7)
    clock.ended(7)
    assert clock.state(9) is state
    assert clock.position(9) == near(3)
    assert clock.learned_offset is None


def test_a_clock_that_goes_backwards_is_tolerated() -> None:
    clock = started(10)
    assert clock.position(15) == near(5)
    assert clock.position(12) == near(5)
    clock.reported(11, 4.5, 11)
    assert clock.position(13) == near(5)
    assert clock.position(20) == near(13.5)


def test_a_player_that_ran_dry_goes_on_when_there_is_more() -> None:
    clock = started()
    clock.produced(0, 3)
    assert clock.position(5) == near(3)
    assert clock.state(5) is PLAYING
    assert clock.next_change(5, [3.5]) is None
    clock.produced(6, 10)
    assert clock.position(6) == near(3)
    assert clock.position(8) == near(5)
    clock.produced(8, 2)
    clock.lasts(9, 10)
    assert clock.finishes(9) == near(13 + GRACE)


def test_the_next_change_is_when_a_boundary_has_been_passed() -> None:
    clock = PlaybackClock(1)
    clock.requested(10)
    starts = [0.0, 0.4, 1.3]
    assert clock.next_change(10, starts) == near(11, 0.002)
    assert clock.next_change(11.1, starts) == near(11.4, 0.002)
    assert clock.next_change(12, starts) == near(12.3, 0.002)
    assert clock.next_change(13, starts) is None
    assert clock.next_change(13, []) is None


def test_a_timer_at_each_change_meets_every_word_and_ends() -> None:
    clock = started(0.1)
    starts = [round(0.1 * index, 3) for index in range(100)]
    now, seen = clock.next_change(0.1, starts), [0]
    while now is not None and len(seen) <= len(starts):
        position = clock.position(now)
        assert position is not None
        seen.append(sum(start <= position for start in starts) - 1)
        now = clock.next_change(now, starts)
    assert seen == list(range(100))


def test_the_next_change_follows_the_pace() -> None:
    clock = started()
    clock.reported(4, 4.5, 4)
    assert clock.next_change(4, [4.625]) == near(4.5, 0.002)
    assert clock.next_change(4, [9]) == near(8.5, 0.002)
    behind = started()
    behind.reported(4, 1.5, 4)
    assert behind.next_change(4, [4.5]) == near(7, 0.002)


def test_no_change_comes_after_the_end() -> None:
    clock = started()
    clock.lasts(0, 3)
    assert clock.next_change(0, [3]) == near(3, 0.002)
    assert clock.next_change(0, [3.01]) is None
    clock.reported(1, 2.9, 1)
    clock.reported(1, 3.9, 1)
    assert clock.next_change(1, [2.9]) is None


class Player:
    """A player that truly starts ``start`` seconds after its request, and one clock."""

    def __init__(self, start: float, clock: PlaybackClock) -> None:
        self.start = start
        self.clock = clock
        clock.requested(0)

    def report(self, at: float, delay: float, *, whole: bool = False) -> None:
        """Tell the clock ``delay`` seconds later where the sound was."""
        position = at - self.start
        self.clock.reported(at + delay, math.floor(position) if whole else position, at)

    def error(self, now: float) -> float:
        """Return by how many seconds the clock is wrong."""
        position = self.clock.position(now)
        assert position is not None
        return abs(position - (now - self.start))


@pytest.mark.parametrize("start", [0.1, 0.6, 2.0, 5.5])
def test_exact_positions_converge(start: float) -> None:
    player = Player(start, PlaybackClock(0.5))
    first = start + 1.3
    player.report(first, 0.2)
    settled = first + 0.2 + max(EASING_TIME, abs(start - 0.5))
    for step in range(1, 20):
        player.report(first + step, 0.2)
        if first + step >= settled:
            assert player.error(first + step + 0.2) <= 0.01


def error_after_twelve(seed: int) -> float:
    """Follow a player that reports whole seconds; return by how much the clock is wrong."""
    dice = random.Random(seed)  # noqa: S311  # a test's dice
    start = dice.uniform(0, 4)
    player = Player(start, PlaybackClock(0.5))
    at = start + dice.uniform(0.2, 2)
    settled = at + 0.3 + max(EASING_TIME, abs(start - 0.5))
    for _ in range(12):
        player.report(at, dice.uniform(0, 0.3), whole=True)
        at += dice.uniform(0.8, 1.9)
        if at > settled:
            assert player.error(at) <= 1
    return player.error(at + EASING_TIME)


def test_whole_seconds_converge() -> None:
    errors = sorted(error_after_twelve(seed) for seed in range(400))
    assert errors[200] <= 0.05
    assert errors[380] <= 0.2
    assert errors[-1] <= 0.5


@pytest.mark.parametrize("late", [0, 0.2, 0.8])
def test_only_the_playing_state_is_as_wrong_as_it_is_late(late: float) -> None:
    player = Player(1.5, PlaybackClock(0.5))
    player.clock.playing(1.5 + late)
    assert player.error(1.5 + late + EASING_TIME) <= late + 0.01


@pytest.mark.parametrize("start", [0, 0.5, 1.5])
def test_only_a_request_is_as_wrong_as_the_offset(start: float) -> None:
    player = Player(start, PlaybackClock(0.5))
    assert player.error(start + 3) == near(abs(start - 0.5))


class Chance:
    """Random evidence for one clock, and the rules that hold whatever comes."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311  # a test's dice
        self.clock = PlaybackClock(self.dice.uniform(0, 4), lag=self.dice.choice([0, 0.4, -0.3]))
        self.now = self.dice.uniform(0, 1000)
        self.start = self.now
        self.latest = -math.inf
        self.shown: float | None = None
        self.over: PlaybackState | None = None

    def run(self, steps: int) -> None:
        """Let time go on, and sometimes back, with evidence in between."""
        for _ in range(steps):
            self.now += self.dice.choice([0, 0.01, 0.3, 1.7, self.dice.uniform(0, 4), -2])
            self.look(self.now)
            may_jump = self.evidence()
            if may_jump:
                self.shown = self.clock.position(self.now)
            self.look(self.now)
            self.foresee()

    def evidence(self) -> bool:
        """Give one piece of evidence; return whether it was a seek that is believed."""
        clock, dice, now = self.clock, self.dice, self.now
        position = dice.choice([0, 3, dice.uniform(0, 12), now - self.start, math.nan, 200.0, -1])
        before = clock.state(now)
        name = dice.choice(
            ["requested", "playing", "playing", "reported", "reported", "reported", "reported"]
            + ["paused", "resumed", "seeked", "produced", "lasts"]
            + ["stopped", "ended"] * (dice.random() < 0.2)
        )
        if name == "reported":
            clock.reported(now, position, now - dice.choice([0, 0, 0.5, 5, -3]))
        elif name in {"seeked", "produced", "lasts"}:
            getattr(clock, name)(now, position)
        else:
            getattr(clock, name)(now)
        return name == "seeked" and before in {PLAYING, PAUSED}

    def look(self, now: float) -> None:
        """Check that what is shown neither went back nor jumped nor woke up again."""
        passed = max(0.0, now - self.latest)
        self.latest = max(self.latest, now)
        position, state = self.clock.position(now), self.clock.state(now)
        if self.shown is not None:
            assert position is not None
            fastest = (1 + FASTEST_CORRECTION) * passed
            assert self.shown - TINY <= position <= self.shown + fastest + TINY
        self.shown = position
        if self.over:
            assert state is self.over
        if state is FINISHED:
            self.over = state

    def foresee(self) -> None:
        """Check the foretold change against a copy that is left alone."""
        boundaries = [index * 0.37 for index in range(50)]
        when = self.clock.next_change(self.now, boundaries)
        shown = self.shown if self.shown is not None else -TINY
        following = next((bound for bound in boundaries if bound > shown), None)
        if when is None or following is None:
            return
        assert when >= self.latest
        then = copy.deepcopy(self.clock)
        early = max(self.latest, when - 0.002)
        before = then.position(early)
        assert before is None or before < following or early == self.latest
        after = then.position(when)
        assert after is not None
        assert after >= following


@pytest.mark.parametrize("block", range(20))
def test_whatever_comes_captions_neither_jump_nor_go_back(block: int) -> None:
    for seed in range(block * 250, block * 250 + 250):
        Chance(seed).run(40)


@pytest.mark.parametrize("block", range(4))
def test_whatever_came_a_player_that_goes_on_finishes(block: int) -> None:
    for seed in range(block * 250, block * 250 + 250):
        chance = Chance(seed)
        chance.run(12)
        now = chance.now + 20
        chance.clock.requested(now)
        chance.clock.resumed(now)
        chance.clock.lasts(now, 5)
        finish = chance.clock.finishes(now)
        if chance.clock.state(now) in {PLAYING, WAITING}:
            assert finish is not None
            assert finish <= now + 5 + GRACE + LONGEST_OFFSET
            assert chance.clock.state(finish) is FINISHED


def test_the_offset_is_learned_from_better_evidence() -> None:
    clock = PlaybackClock(0.5)
    clock.requested(0)
    assert clock.learned_offset is None
    clock.playing(1.2)
    assert clock.learned_offset == near(1.2)
    clock.reported(3, 1.5, 3)
    assert clock.learned_offset == near(1.5)
    clock.paused(4)
    clock.resumed(9)
    clock.reported(10, 3.5, 10)
    assert clock.learned_offset == near(1.5)


@pytest.mark.parametrize(("position", "learned"), [(5.2, 0), (0.5, 4.5), (0.5001, 4.4999)])
def test_a_learned_offset_is_never_negative(position: float, learned: float) -> None:
    clock = PlaybackClock(0.5)
    clock.requested(0)
    clock.reported(5, position, 5)
    assert clock.learned_offset == near(learned)


def test_a_start_long_after_the_request_teaches_nothing() -> None:
    clock = PlaybackClock(0.5)
    clock.requested(0)
    clock.reported(60, 1.5, 60)
    assert clock.learned_offset is None


def test_learning_starts_with_the_first_and_then_moves_slowly() -> None:
    learner = OffsetLearner()
    assert learner.seconds == DEFAULT_OFFSET
    learner = learner.learn(2)
    assert learner.seconds == 2
    for _ in range(30):
        learner = learner.learn(2.4)
    assert learner.seconds == near(2.4, 0.02)
    assert learner.learn(0.4).seconds == near(2, 0.02)
    assert learner.learn(None) is learner
    assert learner.learn(math.nan) is learner


def test_one_announcement_moves_what_is_known_by_a_second_at_most() -> None:
    assert OffsetLearner(1, 1).learn(10).seconds == 2
    assert OffsetLearner(9, 1).learn(-4).seconds == 8
    assert OffsetLearner().learn(99).seconds == LONGEST_OFFSET


def test_what_was_learned_is_kept_as_json() -> None:
    learner = OffsetLearner().learn(1.25).learn(1.35)
    kept = orjson.loads(orjson.dumps(learner.as_dict()))
    assert OffsetLearner.from_dict(kept) == OffsetLearner(1.3, 2)


@pytest.mark.parametrize(
    "stored",
    [
        None,
        [],
        "x",
        {},
        {"seconds": "1", "count": 2},
        {"seconds": 1, "count": 0},
        {"seconds": math.nan, "count": 1},
        {"seconds": True, "count": 1},
        {"seconds": 1, "count": None},
    ],
)
def test_anything_else_starts_anew(stored: object) -> None:
    assert OffsetLearner.from_dict(stored) == OffsetLearner()


def test_a_kept_offset_is_bounded() -> None:
    assert OffsetLearner.from_dict({"seconds": 500, "count": 3}).seconds == LONGEST_OFFSET


def test_what_the_user_set_holds_captions_back_whatever_the_evidence() -> None:
    for tell in (PlaybackClock.requested, PlaybackClock.playing):
        early, late = PlaybackClock(0.5), PlaybackClock(0.5, lag=0.2)
        tell(early, 100.0)
        tell(late, 100.0)
        assert early.position(103.0) == pytest.approx((late.position(103.0) or 0.0) + 0.2)
        early.playing(103.5)
        late.playing(103.5)
        assert early.learned_offset == pytest.approx(late.learned_offset)


def gathering(**known: float) -> PlaybackClock:
    """Return the clock of a player that is given a piece of fresh audio at 0 and the rest later."""
    clock = PlaybackClock(**known)
    clock.produced(0, 0.25)
    clock.requested(0)
    return clock


def test_the_offset_counts_from_having_enough_audio() -> None:
    clock = gathering(offset=0.2)
    clock.produced(0.1, 0.75)
    assert clock.position(0.25) is None
    clock.produced(0.3, DEFAULT_FILL)
    assert clock.position(0.49) is None
    assert clock.position(1.5) == near(1)


def test_a_player_that_says_it_plays_may_still_gather_audio() -> None:
    clock = gathering()
    clock.playing(0.05)
    assert clock.state(0.1) is WAITING
    clock.produced(0.3, 9)
    assert clock.position(2.3) == near(2)
    assert clock.learned_offset == near(0)


def test_a_position_of_zero_says_no_more_than_that_it_plays() -> None:
    clock = gathering()
    clock.playing(0.05)
    clock.reported(0.05, 0, 0.05)
    clock.produced(0.3, 9)
    assert clock.position(2.3) == near(2)


def test_a_player_that_plays_after_it_has_enough_is_believed() -> None:
    clock = gathering()
    clock.produced(0.1, 9)
    clock.playing(0.9)
    assert clock.position(4) == near(3.1)
    assert clock.learned_offset == near(0.8)


def test_all_of_a_short_audio_is_enough() -> None:
    clock = gathering(offset=0.1)
    clock.lasts(0.2, 0.6)
    assert clock.position(0.5) == near(0.2)
    assert clock.finishes(0.5) == near(0.9 + GRACE)


def test_audio_that_comes_slowly_is_waited_for_no_longer_than_that() -> None:
    clock = gathering(offset=0)
    assert clock.position(LONGEST_FILLING - 0.01) is None
    assert clock.position(LONGEST_FILLING + 0.1) == near(0.1)
    clock.produced(0.7, 5)
    assert clock.position(LONGEST_FILLING + 1) == near(1)


@pytest.mark.parametrize("seconds", [0, DEFAULT_FILL])
def test_audio_that_was_there_or_of_which_nothing_is_known_needs_no_gathering(
    seconds: float,
) -> None:
    clock = PlaybackClock(0.2)
    clock.produced(0, seconds)
    clock.requested(1)
    clock.lasts(1.1, 8)
    assert clock.position(2.2) == near(1)


def test_exact_positions_teach_that_a_player_needs_less() -> None:
    clock = gathering()
    clock.produced(0.1, 0.5)
    clock.produced(0.4, 0.75)
    clock.produced(0.45, 3)
    clock.playing(0.5)
    assert clock.fill == DEFAULT_FILL
    clock.reported(1.2, 1.05, 1.2)
    assert clock.fill == near(0.5)
    assert clock.learned_offset == near(0.05)
    learner = OffsetLearner().learn(clock.learned_offset, clock.fill)
    again = gathering(offset=learner.seconds, fill=learner.fill)
    again.produced(0.1, 0.5)
    again.produced(0.3, 9)
    assert again.position(1.15) == near(1)


def test_the_least_that_was_enough_is_kept() -> None:
    learner = OffsetLearner().learn(0.3, 0.5).learn(0.3)
    assert learner.fill == near(0.5)
    assert OffsetLearner.from_dict(learner.as_dict()) == learner
    assert OffsetLearner.from_dict({"seconds": 1, "count": 1, "fill": -3}).fill == 0
    assert OffsetLearner.from_dict({"seconds": 1, "count": 1, "fill": "x"}).fill == DEFAULT_FILL


def test_what_was_there_before_the_request_teaches_nothing_of_gathering() -> None:
    clock = PlaybackClock()
    clock.lasts(0, 30)
    clock.requested(1)
    clock.reported(3, 2.5, 3)
    assert clock.fill == DEFAULT_FILL
    assert clock.learned_offset == near(0)


@pytest.mark.parametrize("lag", [1.0, -1.0])
@pytest.mark.parametrize("reports", [False, True])
def test_a_delay_found_while_it_plays_is_eased_in(lag: float, reports: bool) -> None:
    clock = started(0)
    if reports:
        clock.reported(4, 3.96, 4)
    before = clock.position(5)
    assert before is not None
    clock.held_back(5, lag)
    assert clock.position(5) == near(before)
    places = [clock.position(5 + tenth / 10) or 0.0 for tenth in range(40)]
    assert places == sorted(places)
    assert clock.position(9) == near(before + 4 - lag)
    if reports:
        clock.reported(10, 9.96, 10)
        assert clock.position(12) == near(before + 7 - lag, 0.05)
    clock.held_back(12, lag)
    assert clock.position(14) == near(before + 9 - lag, 0.05)


def test_a_delay_found_before_and_after_the_sound_moves_nothing() -> None:
    clock = PlaybackClock(0.5)
    clock.held_back(0, 2)
    clock.requested(1)
    assert clock.position(3.4) is None
    assert clock.position(3.5) == near(0)
    clock.ended(9)
    clock.held_back(10, 5)
    assert clock.position(11) == near(5.5)


def test_a_delay_found_between_whole_seconds_keeps_what_they_told() -> None:
    clock = PlaybackClock(0)
    clock.requested(0)
    clock.reported(4.0, 4, 4.0)
    clock.reported(4.95, 4, 4.95)
    clock.held_back(5, 1)
    clock.reported(10.0, 10, 10.0)
    assert clock.position(14) == near(13, 0.06)
