"""Alignments in all their spellings, and the clock of a stream."""

from itertools import pairwise
from typing import Any

import pytest

from custom_components.elevenlabs_streaming.api import wire
from custom_components.elevenlabs_streaming.api.output_formats import OutputFormat
from custom_components.elevenlabs_streaming.api.timings import Timings, parse_timings
from custom_components.elevenlabs_streaming.api.wire import ChunkReader

PCM = OutputFormat.parse("pcm_16000")
SECOND = "AAAA" * (32000 // 3)  # one second of 16 kHz silence, in base64

HI = Timings(("H", "i"), (0.0, 0.1), (0.1, 0.25))


@pytest.mark.parametrize(
    "raw",
    [
        {"chars": ["H", "i"], "charStartTimesMs": [0, 100], "charDurationsMs": [100, 150]},
        {"chars": ["H", "i"], "charStartTimesMs": [0, 100], "charsDurationsMs": [100, 150]},
        {"chars": ["H", "i"], "charsStartTimesMs": [0, 100], "charDurationsMs": [100, 150]},
        {"chars": ["H", "i"], "char_start_times_ms": [0, 100], "chars_durations_ms": [100, 150]},
        {"chars": ["H", "i"], "char_start_times_ms": [0, 100], "char_durations_ms": [100, 150]},
        {
            "characters": ["H", "i"],
            "character_start_times_seconds": [0.0, 0.1],
            "character_end_times_seconds": [0.1, 0.25],
        },
    ],
)
def test_every_spelling_reads_the_same(raw: dict[str, Any]) -> None:
    parsed = parse_timings(raw)
    assert parsed is not None
    assert parsed.characters == HI.characters
    assert parsed.starts == pytest.approx(HI.starts)
    assert parsed.ends == pytest.approx(HI.ends)


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        "text",
        {},
        {"chars": [], "charStartTimesMs": [], "charDurationsMs": []},
        {"chars": ["H", "i"], "charStartTimesMs": [0], "charDurationsMs": [100, 150]},
        {"chars": ["H", "i"], "charStartTimesMs": [0, 1], "charDurationsMs": [100]},
        {"chars": ["H", 1], "charStartTimesMs": [0, 1], "charDurationsMs": [1, 1]},
        {"chars": ["H"], "charStartTimesMs": ["0"], "charDurationsMs": [1]},
        {"chars": ["H"], "charStartTimesMs": [-5], "charDurationsMs": [1]},
        {"chars": ["H"], "charStartTimesMs": [1e300], "charDurationsMs": [1]},
        {"chars": ["H"], "charStartTimesMs": [True], "charDurationsMs": [1]},
        {"chars": "H", "charStartTimesMs": [0], "charDurationsMs": [1]},
    ],
)
def test_what_makes_no_sense_is_no_alignment(raw: object) -> None:
    assert parse_timings(raw) is None


def message(start_ms: float, *, audio: str = SECOND, key: str = "alignment") -> dict[str, Any]:
    """Return one second of audio whose two characters start at `start_ms`."""
    return {
        "audio": audio,
        key: {
            "chars": ["a", "b"],
            "charStartTimesMs": [start_ms, start_ms + 500],
            "charDurationsMs": [400, 400],
        },
    }


def starts(reader: ChunkReader, messages: list[dict[str, Any]]) -> list[float]:
    """Return the first character's start of every chunk that has timings."""
    chunks = [reader.read(item) for item in messages]
    return [chunk.timings.starts[0] for chunk in chunks if chunk and chunk.timings]


@pytest.mark.parametrize("restarts", [True, False])
@pytest.mark.parametrize("first", [0, 46])
def test_times_continue_whether_a_wire_restarts_or_not(*, restarts: bool, first: float) -> None:
    restarting = [message(first)] * 3
    cumulative = [message(first + 1000 * count) for count in range(3)]
    expected = pytest.approx([first / 1000 + count for count in range(3)], abs=0.01)
    assert starts(ChunkReader(PCM, restarts=restarts), restarting) == expected
    assert starts(ChunkReader(PCM, restarts=restarts), cumulative) == expected


def test_audio_without_alignment_still_moves_the_clock() -> None:
    messages = [message(0), {"audio": SECOND, "alignment": None}, message(10)]
    assert starts(ChunkReader(PCM, restarts=True), messages) == pytest.approx([0, 2.01], abs=0.01)


def test_one_alignment_may_cover_several_messages() -> None:
    long = message(0)
    long["alignment"]["charStartTimesMs"] = [0, 1900]
    messages = [long, {"audio": SECOND}, message(5)]
    assert starts(ChunkReader(PCM, restarts=True), messages) == pytest.approx([0, 2.005], abs=0.01)


def stuck(count: int, *, from_: int) -> dict[str, Any]:
    """Return an alignment of so many characters that stands still from one on."""
    times = [100 * min(at, from_) for at in range(count)]
    lasting = [100 if at < from_ else 0 for at in range(count)]
    return {"chars": ["a"] * count, "charStartTimesMs": times, "charDurationsMs": lasting}


def test_times_that_stand_still_share_the_audio_of_their_message() -> None:
    messages = [{"audio": SECOND, "alignment": stuck(20, from_=5)}, message(0)]
    reader = ChunkReader(PCM, restarts=True)
    first, second = [chunk.timings for chunk in map(reader.read, messages) if chunk]
    assert first is not None
    assert second is not None
    assert first.starts[:6] == pytest.approx((0, 0.1, 0.2, 0.3, 0.4, 0.5))
    assert all(one < after for one, after in pairwise(first.starts))
    assert first.untimed == frozenset(range(5, 20))
    assert first.ends[-1] == pytest.approx(1.0, abs=0.01)
    assert second.starts == pytest.approx((1.0, 1.5), abs=0.01)


def test_what_cannot_be_spoken_in_its_message_waits_for_later_audio() -> None:
    chunk = ChunkReader(PCM, restarts=True).read({"audio": SECOND, "alignment": stuck(90, from_=5)})
    assert chunk is not None
    assert chunk.timings is not None
    assert chunk.timings.starts == pytest.approx((0, 0.1, 0.2, 0.3, 0.4))
    assert chunk.timings.rest == "a" * 85
    assert chunk.timings.letters == 90


@pytest.mark.parametrize("durations", [[0, 0, 70, 70], [0, 0, 0, 210], [70, 70, 70, 0]])
def test_a_few_characters_may_take_no_time(durations: list[int]) -> None:
    times = [sum(durations[:at]) for at in range(4)]
    raw = {"chars": list("2 a."), "charStartTimesMs": times, "charDurationsMs": durations}
    parsed = parse_timings(raw)
    assert parsed is not None
    assert not parsed.untimed
    assert parsed.starts == pytest.approx([time / 1000 for time in times])


def test_overlapping_passes_of_an_http_answer_keep_their_times() -> None:
    first, again = message(0), message(0)
    again["audio"] = ""
    first["audio"] = ""
    assert starts(ChunkReader(PCM, restarts=False), [first, again]) == [0, 0]


def test_both_alignments_share_one_clock() -> None:
    reader = ChunkReader(PCM, restarts=True)
    reader.read(message(0))
    both = message(46) | {"normalizedAlignment": message(0)["alignment"]}
    chunk = reader.read(both)
    assert chunk is not None
    assert chunk.timings is not None
    assert chunk.timings.starts[0] == pytest.approx(1.046, abs=0.01)


@pytest.mark.parametrize("start", [46, 60])
def test_the_normalised_alignment_is_not_read_beside_a_written_one(
    start: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = list[object]()

    def parse(raw: object) -> Timings | None:
        read.append(raw)
        return parse_timings(raw)

    monkeypatch.setattr(wire, "parse_timings", parse)
    both = message(46) | {"normalizedAlignment": message(start)["alignment"]}
    chunk = ChunkReader(PCM, restarts=True).read(both)
    assert chunk is not None
    assert (chunk.timings is None, chunk.spoken) == (False, None)
    assert read == [both["alignment"]]


@pytest.mark.parametrize("wrong", [{"chars": None}, {"charDurationsMs": ["a"]}, {"chars": ["a"]}])
def test_a_normalised_alignment_that_makes_no_sense_moves_nothing(wrong: dict[str, Any]) -> None:
    early = message(0)["alignment"]
    usual, odd = ChunkReader(PCM, restarts=True), ChunkReader(PCM, restarts=True)
    messages = [message(46), message(46)]
    beside = [one | {"normalizedAlignment": early | wrong} for one in messages]
    assert starts(odd, beside) == starts(usual, messages)


def test_formats_without_a_byte_rate_follow_the_alignments() -> None:
    reader = ChunkReader(OutputFormat.parse("opus_48000_64"), restarts=True)
    assert starts(reader, [message(0), message(0)]) == pytest.approx([0, 0.9])


@pytest.mark.parametrize("audio", ["%%%", "A", 7, None, ""])
def test_damaged_audio_is_dropped_and_its_times_kept(audio: object) -> None:
    chunk = ChunkReader(PCM, restarts=True).read(message(0) | {"audio": audio})
    assert chunk is not None
    assert chunk.audio == b""
    assert chunk.timings is not None


def test_a_message_with_nothing_is_no_chunk() -> None:
    reader = ChunkReader(PCM, restarts=True)
    assert reader.read({"audio": None, "isFinal": True, "alignment": None}) is None


def test_the_older_dialect_has_only_normalised_times() -> None:
    chunk = ChunkReader(PCM, restarts=True).read(message(0, key="normalizedAlignment"))
    assert chunk is not None
    assert chunk.timings is None
    assert chunk.spoken is not None


def test_characters_that_go_on_are_not_parted_by_the_frames_of_an_mp3() -> None:
    late = {"chars": ["a", "b"], "charStartTimesMs": [0, 500], "charDurationsMs": [500, 540]}
    first = {"audio": SECOND, "alignment": late}
    assert starts(ChunkReader(PCM, restarts=True), [first, first]) == pytest.approx(
        [0, 1.04], abs=0.001
    )
