"""Cutting text at words and sentences."""

import random

import pytest

from custom_components.elevenlabs_streaming.text.sentences import (
    SentenceFeeder,
    WordFeeder,
    is_sayable,
    split_text,
)

TEXTS = [
    "The laundry is done. Please come down; it smells of lavender!",
    "One\n\ntwo   three\tfour.",
    "晚饭好了，请下来吧。大家都在等你！",  # noqa: RUF001  # Chinese punctuation
    'Wait <break time="1.5s" /> for it, <phoneme alphabet="ipa" ph="x y">ok</phoneme> now.',
    "[laughs softly] Oh dear. [whispers] The cake is gone.",
    "a < b and c > d [sic",
    "🎉🎊 مرحبا بكم في البيت",
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_words_stay_whole_and_pieces_end_in_one_space(text: str, size: int) -> None:
    feeder = WordFeeder()
    pieces = [feeder.add(text[i : i + size]) for i in range(0, len(text), size)]
    pieces = [piece for piece in (*pieces, feeder.rest()) if piece]
    assert all(piece.endswith(" ") and not piece.endswith("  ") for piece in pieces)
    sent = "".join(pieces)
    assert "".join(sent.split()) == "".join(text.split())
    if "。" not in text:
        assert sent.split() == text.split()


def test_tags_are_sent_whole() -> None:
    feeder = WordFeeder()
    assert feeder.add("Wait <break ") == "Wait "
    assert feeder.add('time="1s" ') == ""
    assert feeder.add("/> more ") == '<break time="1s" /> more '


@pytest.mark.parametrize(
    "tag",
    [
        '<break time="1s" />',
        "<phoneme alphabet='ipa' ph='x y z'>",
        '<say-as interpret-as="a b" format="c d">',
        "</prosody >",
        "<break />",
    ],
)
def test_a_tag_is_sent_whole_wherever_it_is_cut(tag: str) -> None:
    for at in range(1, len(tag)):
        feeder = WordFeeder()
        sent = [feeder.add(f"Wait {tag[:at]}"), feeder.add(f"{tag[at:]} more ")]
        assert sent == ["Wait ", f"{tag} more "]


def test_words_go_out_as_soon_as_they_end() -> None:
    feeder = WordFeeder()
    assert [feeder.add(part) for part in ("Hel", "lo", " wor", "ld")] == ["", "", "Hello ", ""]
    assert feeder.rest() == "world "


@pytest.mark.parametrize("text", TEXTS)
def test_sentences_lose_nothing(text: str) -> None:
    feeder = SentenceFeeder()
    pieces = [feeder.add(character) for character in text]
    assert "".join((*pieces, feeder.rest())) == text


def test_sentences_end_at_their_marks() -> None:
    feeder = SentenceFeeder()
    text = "Version 2.5 is out today. Is it good? Yes"
    pieces = [piece for piece in map(feeder.add, text) if piece]
    assert pieces == ["Version 2.5 is out today. "]
    # A very short sentence waits for its neighbour: alone it would be spoken flat.
    assert feeder.rest() == "Is it good? Yes"


@pytest.mark.parametrize("limit", [10, 50, 1000])
@pytest.mark.parametrize("text", TEXTS)
def test_parts_keep_to_the_limit_and_lose_nothing(text: str, limit: int) -> None:
    parts = split_text(text, limit)
    assert all(len(part) <= limit for part in parts)
    assert "".join(parts) == text


def test_a_long_text_is_split_between_sentences() -> None:
    rng = random.Random(1)  # noqa: S311  # a repeatable text, not a secret
    sentence = " ".join("word" * rng.randint(1, 3) for _ in range(12)) + ". "
    parts = split_text(sentence * 40, 500)
    assert all(part.rstrip().endswith(".") for part in parts)


@pytest.mark.parametrize("text", ["Hi", "7", "晚", "€", "½", "न"])
def test_sayable(text: str) -> None:
    assert is_sayable(text)


@pytest.mark.parametrize(
    "text", ["", "  \n", "...", '<break time="1s"/>', "-- _", "?!", "—", "👍", "😀 !", "*"]
)
def test_not_sayable(text: str) -> None:
    assert not is_sayable(text)
