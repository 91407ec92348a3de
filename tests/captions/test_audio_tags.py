"""Audio tags: what a voice performs is no word, and comes with the word after it."""

import pytest

from custom_components.elevenlabs_streaming.api import SpeechChunk, Timings
from custom_components.elevenlabs_streaming.captions import CaptionTrack


def words_of(text: str, size: int, *, performs_tags: bool = True) -> list[tuple[str, str]]:
    """Return the words of a text that is written piece by piece, each with its tag."""
    track = CaptionTrack("en")
    if not performs_tags:
        track.show_tags()
    for at in range(0, len(text), size):
        track.write(text[at : at + size])
    track.end_text()
    starts = tuple(number / 8 for number in range(len(text)))
    ends = tuple(start + 0.125 for start in starts)
    track.add(SpeechChunk(b"", Timings(tuple(text), starts, ends)))
    track.finish(len(text) / 8)
    restored = CaptionTrack.from_dict(track.as_dict())
    assert restored.words == track.words
    return [(word.text, word.tag) for word in track.words]


@pytest.mark.parametrize("size", [1, 3, 100])
def test_a_tag_comes_with_the_word_after_it(size: int) -> None:
    text = "Hush. [whispers] She sleeps. [laughs] [sighs softly] 眠る [whispers]"
    assert words_of(text, size) == [
        ("Hush.", ""),
        ("She", "whispers"),
        ("sleeps.", ""),
        ("眠", "sighs softly"),
        ("る", ""),
    ]


def test_what_a_model_speaks_in_brackets_is_no_tag() -> None:
    assert words_of("[whispers] Hi", 5, performs_tags=False) == [("[whispers]", ""), ("Hi", "")]
