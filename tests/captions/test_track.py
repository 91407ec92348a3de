"""Characters with times into words, however they come."""

from collections.abc import Callable
from itertools import pairwise
import json
import random
import tracemalloc
from typing import Any

import pytest

from custom_components.elevenlabs_streaming.alignment import Word
from custom_components.elevenlabs_streaming.api import SpeechChunk, Timings
from custom_components.elevenlabs_streaming.captions import CaptionTrack, DamagedCaptionsError
from tests.helpers.simulated_timings import (
    SILENT,
    TEXTS,
    TICK,
    VISIBLE,
    Steps,
    caption,
    check,
    chunk,
    cut,
    cut_anyhow,
    part,
    spoken,
    starts,
    texts,
    timed,
)
from tests.helpers.visible_text import visible_text

TEXT = TEXTS["en"]


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Replace the fixture that would start a Home Assistant."""


def added(track: CaptionTrack, text: str, start: float = 0.0) -> list[str]:
    """Add characters and return the words that they complete."""
    return texts(track.add(chunk(text, start)))


# --- words ----------------------------------------------------------------------------------


def test_words_have_the_times_of_their_characters() -> None:
    track = caption(chunk("Hi, you.", tick=0.1), message="Hi, you.")
    assert [word.as_dict() for word in track.words] == [
        {"text": "Hi,", "start": 0.0, "end": 0.2, "before": ""},
        {"text": "you.", "start": 0.4, "end": 0.7},
    ]


def test_words_come_with_the_chunk_that_completes_them() -> None:
    track = CaptionTrack("en", message="Good morning, all.")
    assert added(track, "Good mor") == ["Good"]
    assert added(track, "ning", 0.56) == []
    assert added(track, ", all", 0.84) == ["morning,"]
    assert added(track, ".", 1.2) == ["all."]
    assert texts(track.finish(1.3)) == []


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("language", TEXTS)
def test_every_language_has_its_words_however_it_is_cut(
    language: str, size: int, known: bool
) -> None:
    text = TEXTS[language]
    chunks = cut(timed(text), [size] * (len(text) // size))
    track = caption(*chunks, message=text if known else None)
    assert texts(track.words) == VISIBLE[language]
    assert track.text == text
    assert not track.estimated


@pytest.mark.parametrize("language", TEXTS)
def test_no_word_begins_inside_a_grapheme(language: str) -> None:
    regex = pytest.importorskip("regex")
    text = TEXTS[language]
    track = caption(chunk(text))
    clusters = regex.findall(r"\X", text.replace(" ", ""))
    for word in track.words:
        taken = ""
        while taken != word.text:
            assert word.text.startswith(taken)
            taken += clusters.pop(0)


def test_written_breaks_are_kept_for_the_cues() -> None:
    track = caption(chunk("Milk\n\nEggs  and\u00a0tea"))
    assert [(w.before, w.text) for w in track.words] == [
        ("", "Milk"), ("\n", "Eggs"), (" ", "and\u00a0tea"),
    ]  # fmt: skip


# --- recorded oddities: docs/protocol.md, "Alignment" ---------------------------------------


@pytest.mark.parametrize("known", [TEXT, None])
def test_words_split_over_messages(known: str | None) -> None:
    for size in range(1, 12):
        track = caption(*cut(timed(TEXT), [size] * 40), message=known)
        assert texts(track.words) == TEXT.split()


def test_never_the_last_word_before_the_next_space_or_the_end() -> None:
    track = CaptionTrack("en")
    assert added(track, "book") == []
    assert added(track, "s ", 0.28) == ["books"]


def test_leading_space_on_the_first_chunk_only() -> None:
    track = caption(spoken(" Hi there", tick=0.1))
    assert texts(track.words) == ["Hi", "there"]
    assert starts(track.words) == [0.1, 0.4]


@pytest.mark.parametrize("lead", ["", " ", "  "])
@pytest.mark.parametrize("known", ["book Look", None])
def test_leading_space_on_a_later_chunk_is_a_word_break(lead: str, known: str | None) -> None:
    track = caption(spoken(lead + "book"), spoken(" Look", 0.5), message=known)
    assert track.text == "book Look"


def test_multi_character_entries() -> None:
    entries = ["So", "...", " ", "10 min", " ", "ok"]
    track = caption(chunk(entries, tick=0.6))
    assert [(w.text, round(w.start, 2)) for w in track.words] == [
        ("So...", 0.0), ("10", 1.8), ("min", 2.1), ("ok", 3.0),
    ]  # fmt: skip


@pytest.mark.parametrize("known", [TEXT, None])
def test_dictionary_double_pass_partial_then_again_from_the_first_character(
    known: str | None,
) -> None:
    whole = timed(TEXT)
    track = caption(SpeechChunk(b"1", part(whole, 0, 30)), SpeechChunk(b"2", whole), message=known)
    assert track.words == caption(chunk(TEXT)).words


def test_double_pass_in_many_messages() -> None:
    first, again = cut(timed(TEXT[:30]), [7] * 4), cut(timed(TEXT), [9] * 9)
    assert caption(*first, *again).words == caption(chunk(TEXT)).words


def test_double_pass_on_a_clock_that_was_moved_on() -> None:
    again = timed(TEXT).shifted(0.25)
    track = caption(SpeechChunk(b"1", timed(TEXT[:30])), SpeechChunk(b"2", again))
    assert starts(track.words) == starts(caption(chunk(TEXT)).words)


@pytest.mark.parametrize("size", [4, 5, 8, 20])
def test_overlap_each_alignment_repeats_the_one_before(size: int) -> None:
    whole = timed(TEXT)
    chunks = [
        SpeechChunk(b"x", part(whole, max(0, at - size), at + size))
        for at in range(0, len(TEXT), size)
    ]
    assert caption(*chunks).words == caption(chunk(TEXT)).words
    assert caption(*chunks, message=TEXT).words == caption(chunk(TEXT)).words


@pytest.mark.parametrize("known", [TEXT, None])
def test_overlap_on_clocks_that_restart_in_every_message(known: str | None) -> None:
    whole, size, chunks = timed(TEXT), 8, []
    for at in range(0, len(TEXT), size):
        now = part(whole, at, at + size)
        before = part(whole, max(0, at - size), at).shifted(size * TICK)
        chunks.append(
            SpeechChunk(
                b"x",
                Timings(
                    before.characters + now.characters,
                    before.starts + now.starts,
                    before.ends + now.ends,
                ),
            )
        )
    assert starts(caption(*chunks, message=known).words) == starts(caption(chunk(TEXT)).words)


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(
    "text", ["Fire! Fire! Fire! Get out! Get out!", "ha ha ha ha ha", "哈哈哈哈"]
)
def test_what_the_user_repeats_is_repeated(text: str, known: bool) -> None:
    for size in range(1, 20):
        chunks = cut(timed(text), [size] * (len(text) // size))
        assert caption(*chunks, message=text if known else None).text == text


def test_what_the_user_repeats_is_repeated_although_times_run_ahead() -> None:
    once = "Alarm in the kitchen! "
    drifting = [SpeechChunk(b"x", timed(once, at * 1.5, 0.08)) for at in range(3)]
    assert caption(*drifting).text == (once * 3).strip()
    assert caption(*drifting, message=once * 3).text == (once * 3).strip()


def test_null_alignments_in_between() -> None:
    chunks = cut(timed(TEXT), [10] * 9)
    for lost in range(len(chunks)):
        holed = [SILENT if at == lost else one for at, one in enumerate(chunks)]
        track = caption(*holed, message=TEXT, duration=len(TEXT) * TICK)
        assert track.text == TEXT
        for word, truth in zip(track.words, caption(chunk(TEXT)).words, strict=True):
            assert abs(word.start - truth.start) < (0.5 if word.estimated else 0.001)


@pytest.mark.parametrize("every", [2, 3])
@pytest.mark.parametrize("size", [4, 7, 15])
def test_null_alignments_again_and_again(size: int, every: int) -> None:
    chunks = cut(timed(TEXT), [size] * (len(TEXT) // size))
    holed = [SILENT if at % every == every - 1 else one for at, one in enumerate(chunks)]
    track = caption(*holed, message=TEXT, duration=len(TEXT) * TICK)
    assert track.text == TEXT
    for word, truth in zip(track.words, caption(chunk(TEXT)).words, strict=True):
        assert abs(word.start - truth.start) < (1.0 if word.estimated else 0.5)


def test_alignment_on_one_message_of_several_covers_them_all() -> None:
    """`sync_alignment` off: null on the messages that follow is no gap (python#689)."""
    first, second = TEXT[:39], TEXT[39:]
    track = caption(
        chunk(first), SILENT, SILENT, chunk(second, len(first) * TICK), SILENT, message=TEXT
    )
    assert starts(track.words) == starts(caption(chunk(TEXT)).words)


def test_normalised_text_is_not_what_the_user_wrote() -> None:
    written, said = timed("It takes 10 min now."), timed("It takes ten minutes now.")
    track = caption(SpeechChunk(b"x", written, said), message="It takes 10 min now.")
    assert track.text == "It takes 10 min now."


NORMALISED = [
    ("It takes 10 min now.", "It takes ten minutes now."),
    ("Am 17:30 Uhr kommt Besuch.", "Am siebzehn Uhr dreißig kommt Besuch."),
    ("That is $3.50 for you.", "That is three dollars and fifty cents for you."),
    ("Dr. Smith weighs approx. 80 kg.", "Doctor Smith weighs approximately eighty kilograms."),
    ("HA uses TTS & more.", "Home Assistant uses text to speech and more."),
    ("Straße 5", "Strasse fünf"),
    ("5", "five"),
]


@pytest.mark.parametrize(("text", "said"), NORMALISED)
@pytest.mark.parametrize("size", [2, 5, 100])
def test_spoken_times_are_put_on_the_written_text(text: str, said: str, size: int) -> None:
    chunks = [
        SpeechChunk(one.audio, None, one.timings)
        for one in cut(timed(" " + said), [size] * (len(said) // size))
    ]
    track = caption(*chunks, message=text)
    assert track.text == text
    assert not track.estimated
    at = {word: (said.index(word) + 1) * TICK for word in text.split() if said.count(word) == 1}
    for word in track.words:
        assert word.start == pytest.approx(at.get(word.text, word.start), abs=0.001)


def test_a_number_takes_the_time_of_its_words() -> None:
    track = caption(spoken("It takes ten minutes now."), message="It takes 10 min now.")
    assert starts(track.words) == [0.0, 0.21, 0.63, 0.91, 1.47]
    assert round(track.words[3].end, 3) == 1.4


def test_without_the_written_text_the_spoken_one_is_shown() -> None:
    assert caption(spoken(" ten minutes")).text == "ten minutes"


def test_a_message_without_written_characters_is_no_gap() -> None:
    """A number that is long in words leaves messages with spoken characters only."""
    chunks = [
        SpeechChunk(b"x", timed(["It is ", "10"], 0.0, 0.5), timed("It is te")),
        SpeechChunk(b"x", None, timed("n min", 0.56)),
        SpeechChunk(b"x", timed([" min", "."], 1.0, 0.5), timed("utes.", 1.0)),
    ]
    for known in ("It is 10 min.", None):
        assert caption(*chunks, message=known).text == "It is 10 min."


def test_romanised_chinese_is_not_shown() -> None:
    text, said = "晚饭好了。请下来吃饭", "wǎn fàn hǎo le . qǐng xià lái chī fàn"
    track = caption(spoken(said, tick=0.1), message=text)
    assert texts(track.words) == [*"晚饭好", "了。", *"请下来吃饭"]
    syllables = [at for at, letter in enumerate(said) if not at or said[at - 1] == " "]
    syllables.remove(said.index("."))
    assert [word.start for word in track.words] == pytest.approx([at / 10 for at in syllables])


def test_romanised_words_stand_for_written_words() -> None:
    track = caption(spoken("kapde dhul gae hain", tick=0.1), message="कपड़े धुल गए हैं")
    assert starts(track.words) == [0.0, 0.6, 1.1, 1.5]


def test_v3_timings_that_drift_are_scaled_to_the_audio() -> None:
    real = len(TEXT) * TICK
    for factor in (0.8, 0.9, 1.1, 1.3):
        drifting = cut(timed(TEXT, tick=TICK * factor), [8] * 10)
        track = caption(*drifting, message=TEXT, duration=real)
        truth = caption(chunk(TEXT), message=TEXT, duration=real)
        assert starts(track.words) == pytest.approx(starts(truth.words), abs=0.002)
        assert not track.estimated


def test_silence_after_the_last_word_is_no_drift() -> None:
    track = caption(chunk(TEXT), message=TEXT, duration=len(TEXT) * TICK + 0.45)
    assert track.words == caption(chunk(TEXT), message=TEXT).words


def test_sound_long_after_the_last_word_is_no_drift() -> None:
    text = "Well done! [applause]"
    track = caption(chunk("Well done! "), message=text, duration=8.0)
    assert starts(track.words) == [0.0, 0.35]


def test_alignment_missing_altogether() -> None:
    track = caption(SILENT, SILENT, SILENT, message=TEXT, duration=6.0)
    assert track.text == TEXT
    assert track.estimated
    assert all(word.estimated for word in track.words)
    assert track.words[0].start == 0.0
    assert 5.0 < track.words[-1].end <= 6.0
    longest = max(track.words, key=lambda word: word.end - word.start)
    assert longest.text == "lavender"


def test_alignment_that_stops_half_way() -> None:
    track = caption(chunk(TEXT[:40]), SILENT, SILENT, message=TEXT, duration=len(TEXT) * TICK)
    assert track.text == TEXT
    for word, truth in zip(track.words, caption(chunk(TEXT)).words, strict=True):
        assert abs(word.start - truth.start) < 0.5
    assert [w.estimated for w in track.words] == [False] * 7 + [True] * 9


@pytest.mark.parametrize("leap", [0.0, 60.0])
def test_times_that_stand_still_or_leap_leave_the_rest_its_audio(leap: float) -> None:
    good, rest = timed(TEXT[:40]), TEXT[40:]
    moment = good.ends[-1] + leap
    stuck = Timings(tuple(rest), (moment,) * len(rest), (moment,) * len(rest))
    odd = Timings(tuple(TEXT), good.starts + stuck.starts, good.ends + stuck.ends)
    track = caption(SpeechChunk(b"audio", odd), message=TEXT, duration=len(TEXT) * TICK)
    for word, truth in zip(track.words, caption(chunk(TEXT)).words, strict=True):
        assert abs(word.start - truth.start) < (0.5 if word.estimated else 0.001)
    assert [w.estimated for w in track.words] == [False] * 7 + [True] * 9
    assert all(one.start < after.start for one, after in pairwise(track.words))


def test_alignment_that_begins_late() -> None:
    track = caption(SILENT, chunk(TEXT[20:], 20 * TICK), message=TEXT)
    assert track.text == TEXT
    assert starts(track.words)[4:] == starts(caption(chunk(TEXT)).words)[4:]


def test_pronunciation_dictionaries_change_the_words_that_come_back() -> None:
    track = caption(chunk("Ask Home Assistant about it."), message="Ask HA about it.")
    assert track.text == "Ask HA about it."
    assert starts(track.words) == [0.0, 0.28, 1.33, 1.75]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[whispers] Good night.", "[whispers] Good night."),
        ("[whispers] Good night.", " Good night."),
        ("[whispers] Good night.", "whispers Good night."),
        ("Good [laughs softly] night.", "Good [laughs softly] night."),
        ("Good [laughs softly] night.", "Good night."),
        ('Good <break time="1s"/> night.', "Good night."),
        ('Good <break time="1s"/> night.', 'Good <break time="1s"/> night.'),
        ('<phoneme alphabet="ipa" ph="ɡʊd">Good</phoneme> night.', "Good night."),  # noqa: RUF001  # of many scripts
        ('<sub alias="A good">Good</sub> night.', "A good night."),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 50])
def test_audio_tags_and_ssml_come_back_or_vanish(text: str, said: str, size: int) -> None:
    chunks = cut(timed(said), [size] * (len(said) // size))
    track = caption(*chunks, message=text)
    assert texts(track.words) == ["Good", "night."]
    assert starts(track.words) == pytest.approx(
        [said.lower().index("good") * TICK, said.index("night") * TICK], abs=0.001
    )


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6, 7, 50])
def test_a_tag_in_the_characters_may_be_split_over_chunks(size: int) -> None:
    said = 'Good [laughs] night, <break time="1s"/>a < b.'
    track = caption(*cut(timed(said), [size] * (len(said) // size)))
    assert texts(track.words) == ["Good", "night,", "a", "<", "b."]
    assert track.words[1].start == pytest.approx(said.index("night") * TICK)


def test_punctuation_that_is_not_spoken_stays_with_its_word() -> None:
    text = "Well, yes... (no?) It's “done”!"
    track = caption(spoken("well yes no its done"), message=text)
    assert texts(track.words) == text.split()
    assert not track.estimated


def test_times_that_step_back_never_make_starts_decrease() -> None:
    steps = Timings(tuple("ab cd ef"), (0, 0.5, 0.5, 0.4, 0.4, 0.4, 0.3, 0.9), (1,) * 8)
    track = caption(SpeechChunk(b"x", steps))
    assert "".join(texts(track.words)) == "abcdef"


def test_empty_alignments_are_no_alignments() -> None:
    empty = Timings((), (), ())
    track = caption(SpeechChunk(b"x", empty, empty), chunk(""), message="One two", duration=1.0)
    assert texts(track.words) == ["One", "two"]
    assert track.estimated


# --- a text that grows ----------------------------------------------------------------------


@pytest.mark.parametrize("lag", [-30, -5, 0, 3, 9, 40, 200])
def test_text_may_be_written_ahead_of_the_voice_or_behind_it(lag: int) -> None:
    text = "It takes [sighs] 10 min. " + TEXT
    said = "It takes [sighs] ten minutes. " + TEXT
    times = timed(said)
    track, found, written = CaptionTrack("en"), list[Word](), 0
    found += track.write(" ")
    for at in range(0, len(said), 6):
        until = max(written, min(len(text), at - lag + 6))
        found += track.write(text[written:until])
        written = until
        found += track.add(SpeechChunk(b"x", part(times, at, at + 6)))
    found += track.write(text[written:])
    found += track.finish(len(said) * TICK)
    check(track.words, track.cues())
    assert texts(found) == texts(track.words)
    shown = ["10", "min."] if lag <= 0 else texts(track.words)[2:4]
    assert texts(track.words) == ["It", "takes", *shown, *TEXT.split()]


def test_words_said_before_any_text_are_shown_at_once_and_once() -> None:
    track = CaptionTrack("en")
    assert added(track, "Good morning, dear ") == ["Good", "morning,", "dear"]
    assert track.write("Good mor") == []
    assert track.write("ning, dear all of you") == []
    assert added(track, "all of you", 19 * TICK) == ["all", "of"]
    assert texts(track.finish(3.0)) == ["you"]


def test_words_wait_for_their_text_and_come_with_it() -> None:
    track = CaptionTrack("en")
    track.write("Good ")
    assert added(track, "Good night, all") == ["Good"]
    assert texts(track.write("night, ")) == ["night,"]
    assert texts(track.write("all")) == []
    assert texts(track.end_text()) == ["all"]


def test_what_was_said_beyond_the_text_is_not_shown() -> None:
    track = CaptionTrack("en")
    track.write("Good night")
    track.add(chunk("Good night, all."))
    assert texts(track.finish(1.2)) == ["night"]


def test_a_whole_text_is_never_completed_by_what_was_said() -> None:
    assert caption(spoken("It is five minutes"), message="It is 5 min").text == "It is 5 min"


def test_characters_may_be_written_in_halves() -> None:
    track = CaptionTrack("en")
    for piece in ("Hi \ud83d", "\ude00 you", " e", "\u0301t\ud83d"):
        track.write(piece)
    track.finish(1.0)
    assert track.text == "Hi 😀 you e\u0301t"


def test_end_text_is_no_end_of_a_text_that_nobody_writes() -> None:
    track = CaptionTrack("en")
    assert track.end_text() == []
    assert added(track, "Good night ") == ["Good", "night"]


# --- the end --------------------------------------------------------------------------------


def test_speech_that_breaks_off_shows_what_was_heard() -> None:
    track = CaptionTrack("en", message=TEXT)
    track.add(chunk(TEXT[:26]))
    track.finish(26 * TICK, cut=True)
    assert track.text == "The laundry is done, please"
    assert not track.estimated


def test_speech_that_breaks_off_before_any_time_shows_nothing() -> None:
    track = CaptionTrack("en", message=TEXT)
    track.add(SILENT)
    assert track.finish(0.5, cut=True) == []
    assert track.text == ""
    assert track.cues() == []


@pytest.mark.parametrize("duration", [0.0, -1.0, float("nan"), float("inf")])
def test_an_unknown_duration_is_worked_out(duration: float) -> None:
    track = caption(chunk(TEXT[:40]), message=TEXT, duration=duration)
    assert track.text == TEXT
    assert track.duration is not None
    assert 4.0 < track.duration < 9.0


def test_nothing_at_all_makes_an_empty_track() -> None:
    for message in (None, "", " ", "[whispers]", '<break time="1s"/>'):
        track = caption(SILENT, message=message, duration=1.0)
        assert (track.text, list(track.words), track.cues()) == ("", [], [])
        assert track.cue_at(0.5) is None


def test_a_finished_track_takes_no_more() -> None:
    track = caption(chunk("Good night"))
    assert track.finished
    assert [*track.add(chunk("x ")), *track.write("x "), *track.end_text(), *track.finish(9)] == []
    assert track.text == "Good night"
    assert track.duration == pytest.approx(0.7)


def test_words_end_before_the_next_begins_and_within_the_audio() -> None:
    late = Timings(("a", " ", "b"), (0.0, 1.0, 1.0), (1.4, 1.0, 2.08))
    track = caption(SpeechChunk(b"x", late), duration=2.0)
    assert [(word.start, word.end) for word in track.words] == [(0.0, 1.0), (1.0, 2.0)]


# --- asking ---------------------------------------------------------------------------------


def test_the_cue_at_a_position() -> None:
    track = caption(chunk("Good night, dear all. "), chunk("Sleep very well.", 6.0))
    found = [track.cue_at(at) for at in (0.0, 1.2, 4.0, 6.0, 30.0)]
    assert [cue and cue.text for cue in found] == [
        "Good night, dear all.", "Good night, dear all.", None, "Sleep very well.", None,
    ]  # fmt: skip


def test_captions_are_usable_from_the_first_chunk_on() -> None:
    track = CaptionTrack("en", message=TEXT)
    track.add(chunk(TEXT[:9]))
    assert track.text == "The"
    cue = track.cue_at(0.1)
    assert cue
    assert (cue.text, cue.final) == ("The", False)


# --- keeping --------------------------------------------------------------------------------


@pytest.mark.parametrize("language", TEXTS)
def test_a_kept_track_is_the_same_track(language: str) -> None:
    track = caption(*cut(timed(TEXTS[language]), [9] * 5), SILENT, language=language)
    kept = CaptionTrack.from_dict(json.loads(json.dumps(track.as_dict())))
    assert kept.as_dict() == track.as_dict()
    assert [cue.text for cue in kept.cues()] == [cue.text for cue in track.cues()]
    assert (kept.text, kept.language, kept.finished) == (track.text, language, True)
    assert starts(kept.words) == starts(track.words)


def test_a_growing_track_is_kept_as_far_as_it_has_grown() -> None:
    track = CaptionTrack("en", message=TEXT)
    track.add(chunk(TEXT[:40]))
    kept = CaptionTrack.from_dict(track.as_dict())
    assert kept.text == track.text == "The laundry is done, please come down."
    assert kept.duration == pytest.approx(kept.words[-1].end)


GOOD: dict[str, Any] = {
    "version": 1, "language": "en", "duration": 2.0, "cues": [2],
    "words": [{"text": "a", "start": 0, "end": 1}, {"text": "b", "start": 1, "end": 2}],
}  # fmt: skip
DAMAGE: list[Any] = [
    None, 3, "x", [], {}, GOOD | {"version": 2}, GOOD | {"version": None}, GOOD | {"language": 4},
    GOOD | {"duration": -1}, GOOD | {"duration": float("nan")}, GOOD | {"duration": "long"},
    GOOD | {"words": None}, GOOD | {"words": [1]}, GOOD | {"words": [{}]}, GOOD | {"cues": None},
    GOOD | {"words": GOOD["words"][::-1]}, GOOD | {"words": [{"text": "", "start": 0, "end": 1}]},
    GOOD | {"words": [{"text": 5, "start": 0, "end": 1}]}, GOOD | {"cues": [3]},
    GOOD | {"words": [{"text": "a", "start": 2, "end": 1}]}, GOOD | {"cues": [0, 2]},
    GOOD | {"words": [{"text": "a", "start": -1, "end": 1}]}, GOOD | {"cues": [2, 1]},
    GOOD | {"words": [{"text": "a", "start": 0, "end": float("inf")}]}, GOOD | {"cues": ["1"]},
    GOOD | {"words": [{"text": "a", "start": 0, "end": 1, "before": "-"}]}, GOOD | {"cues": 7},
    GOOD | {"words": {"text": "a"}}, GOOD | {"words": [{"text": "a", "start": [], "end": 1}]},
    GOOD | {"words": [{"text": "a", "start": 0, "end": 10**400}]}, GOOD | {"cues": [True]},
]  # fmt: skip


@pytest.mark.parametrize("damaged", DAMAGE)
def test_a_damaged_track_is_one_clear_error(damaged: Any) -> None:
    with pytest.raises(DamagedCaptionsError, match="captions cannot be read"):
        CaptionTrack.from_dict(damaged)


def test_a_damaged_track_does_not_tell_its_text() -> None:
    damaged = GOOD | {"words": [{"text": "secret", "start": 2, "end": 1}]}
    with pytest.raises(DamagedCaptionsError) as caught:
        CaptionTrack.from_dict(damaged)
    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_unknown_fields_of_a_kept_track_do_no_harm() -> None:
    assert CaptionTrack.from_dict(GOOD | {"voice": "George"}).text == "a b"


# --- whatever comes -------------------------------------------------------------------------

ALPHABETS = [
    "abc de", "äöü éß", "אבגד ה", "ابجد ه", "晚饭好了，。", "かなカナーっ漢字。", "กขคเแาิี่ ",  # noqa: RUF001  # of many scripts
    "कखग ि ा ् ं", "👍👍🏽👨‍👩‍👧🇩🇪 ", "1234:.,$%", "[whispers] ", '<break time="1s"/> ', "<>[]&- ",
    " \n\t\u00a0\u3000", "!?…“”‘’„«»(){}", "e\u0301\u200d\ufe0f\u200b",  # noqa: RUF001  # of many scripts
]  # fmt: skip


def some_text(rng: random.Random) -> str:
    """Make a text of many scripts."""
    text = ""
    for _ in range(rng.randint(1, 14)):
        letters = rng.choice(ALPHABETS)
        text += (
            letters if rng.random() < 0.3 else "".join(rng.choices(letters, k=rng.randint(1, 8)))
        )
        text += rng.choice(["", " ", " ", ". "])
    return text


def as_it_is(rng: random.Random, chunks: list[SpeechChunk]) -> list[SpeechChunk]:
    """Leave the voice alone."""
    return chunks


def with_holes(rng: random.Random, chunks: list[SpeechChunk]) -> list[SpeechChunk]:
    """Lose some times."""
    return [SILENT if rng.random() < 0.3 else one for one in chunks]


def muddled(rng: random.Random, chunks: list[SpeechChunk]) -> list[SpeechChunk]:
    """Repeat, lose and swap."""
    found = [rng.choice([one, one, one, SILENT, rng.choice(chunks)]) for one in chunks]
    at = rng.randrange(len(found))
    return [*found[at:], *found[:at]]


def romanised(rng: random.Random, chunks: list[SpeechChunk]) -> list[SpeechChunk]:
    """Say something else."""
    letters = [
        tuple(rng.choice("aeiou mnst") if c.isalnum() else c for c in one.timings.characters)
        for one in chunks
        if one.timings
    ]
    return [
        SpeechChunk(b"x", None, Timings(new, one.timings.starts, one.timings.ends))
        for one, new in zip(chunks, letters, strict=True)
        if one.timings
    ]


@pytest.mark.parametrize("voice", [as_it_is, with_holes, muddled, romanised])
@pytest.mark.parametrize("seed", range(60))
def test_no_visible_character_is_lost_or_doubled(
    seed: int, voice: Callable[[random.Random, list[SpeechChunk]], list[SpeechChunk]]
) -> None:
    rng = random.Random(seed)  # noqa: S311  # not for secrets
    for _ in range(5):
        text = some_text(rng)
        chunks = voice(rng, cut_anyhow(rng, timed(text)))
        track = CaptionTrack("en", message=text if rng.random() < 0.5 else None)
        found, left = list[Word](), "" if track._maker and track._maker._leads else text
        for one in chunks:
            size = rng.randint(1, 12) if left and voice is as_it_is else len(left)
            found += track.write(left[:size])
            left = left[size:]
            found += track.add(one)
        found += track.write(left)
        found += track.finish(len(text) * TICK)
        assert track.text == visible_text(text)
        assert texts(found) == texts(track.words)
        check(track.words, track.cues())


@pytest.mark.parametrize("seed", range(40))
def test_without_a_text_every_character_is_shown_once(seed: int) -> None:
    rng = random.Random(1000 + seed)  # noqa: S311  # not for secrets
    for _ in range(5):
        text = some_text(rng)
        assert caption(*cut_anyhow(rng, timed(text))).text == visible_text(text)


@pytest.mark.parametrize("known", [True, False])
def test_what_was_returned_stays(known: bool) -> None:
    rng = random.Random(7)  # noqa: S311  # not for secrets
    track, found = CaptionTrack("en", message=TEXT if known else None), list[Word]()
    for one in with_holes(rng, cut_anyhow(rng, timed(TEXT))):
        found += track.add(one)
        assert list(track.words) == found


# --- size -----------------------------------------------------------------------------------


@pytest.mark.parametrize("known", [True, False])
def test_twenty_thousand_words_cost_in_proportion(known: bool) -> None:
    rng = random.Random(5)  # noqa: S311  # not for secrets
    text = " ".join(rng.choices(TEXT.split(), k=20_000))
    track = CaptionTrack("en", message=text if known else None)
    costs = []
    for one in cut(timed(text), [40] * (len(text) // 40)):
        with Steps() as steps:
            track.add(one)
        costs.append(steps.count)
    track.finish(len(text) * TICK)
    assert len(track.words) == 20_000
    early, late = sorted(costs[50:550]), sorted(costs[-550:-50])
    assert late[250] < 1.5 * early[250]
    assert sum(len(cue.words) for cue in track.cues()) == 20_000


def test_kept_tracks_are_small() -> None:
    tracemalloc.start()
    try:
        tracks = [caption(*cut(timed(TEXT), [9] * 9), message=TEXT) for _ in range(50)]
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(tracks) == 50
    assert used / 50 < 20_000
