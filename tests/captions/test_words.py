"""Characters into words."""

import pytest

from custom_components.elevenlabs_streaming.api import SpeechChunk, Timings
from custom_components.elevenlabs_streaming.captions import WordReader


def chunk(text: str, start: float = 0.0) -> SpeechChunk:
    """Return a chunk whose characters take a tenth of a second each."""
    starts = tuple(start + 0.1 * index for index in range(len(text)))
    return SpeechChunk(b"", Timings(tuple(text), starts, tuple(t + 0.1 for t in starts)))


def words(*chunks: SpeechChunk) -> list[str]:
    reader = WordReader()
    found = [word for item in chunks for word in reader.add(item)]
    return [word.text for word in (*found, *reader.rest())]


def test_words_have_the_times_of_their_characters() -> None:
    reader = WordReader()
    (first,) = reader.add(chunk("Hi you"))
    (second,) = reader.rest()
    assert first.as_dict() == {"text": "Hi", "start": 0.0, "end": pytest.approx(0.2)}
    assert second.as_dict() == {
        "text": "you",
        "start": pytest.approx(0.3),
        "end": pytest.approx(0.6),
    }


def test_a_word_may_be_split_over_chunks() -> None:
    assert words(chunk("Good mor"), chunk("ning all")) == ["Good", "morning", "all"]


def test_a_leading_space_on_a_later_chunk_parts_words() -> None:
    assert words(chunk(" book"), chunk(" Look")) == ["book", "Look"]


def test_text_without_spaces_has_a_word_for_each_character() -> None:
    assert words(chunk("晚饭好了。ok")) == ["晚", "饭", "好", "了。ok"]


def test_entries_of_several_characters_are_read() -> None:
    timings = Timings(("...", " ", "so"), (0, 1, 2), (1, 2, 3))
    assert words(SpeechChunk(b"", timings)) == ["...", "so"]


def test_without_the_written_text_the_spoken_one_is_shown() -> None:
    spoken = chunk("ten").timings
    assert words(SpeechChunk(b"", None, spoken)) == ["ten"]
