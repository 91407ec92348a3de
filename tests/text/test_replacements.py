"""The user's own words: what is replaced, what is not, and what is held back of a growing text."""

from collections.abc import Mapping
import random

import pytest

from custom_components.elevenlabs_streaming.text import (
    CleanText,
    Replacements,
    TextCleaner,
    WordReplacer,
)

WORDS = {
    "HA": "Home Assistant",
    "Nguyen": "Win",
    "Home Assistant": "H A",
    "Home": "house",
    "kwh": "kilowatt hours",
    "can": "tin",
    "z.B.": "zum Beispiel",
    "°C": "degrees",
    "C++": "C plus plus",
    "café": "coffee house",
    "O'Neil": "O Neel",
    "東京": "Tokyo",
    "京": "capital",
    "スター": "star",
    "ไทย": "Thailand",
    "서울": "Seoul",
    "https": "secure",
    "mqtt": "M Q T T",
    "example": "sample",
    "whispers": "murmurs",
    "break": "crack",
}
WORD_LIST = Replacements(WORDS.items())
SPOKEN = [
    ("HA is up.", "Home Assistant is up."),
    ("Ask HA", "Ask Home Assistant"),
    ('HA\'s (HA) "HA" HA-Server, HA/HA: HA; HA…', None),
    ("HAL, AHA, ha_state, HA_, HA2, 2HA, Ha, ha", "HAL, AHA, ha_state, HA_, HA2, 2HA, Ha, ha"),
    ("Dr. Nguyen, NGUYEN, nguyen", "Dr. Win, NGUYEN, nguyen"),
    ("kWh KWH kwh kWhs", "kilowatt hours kilowatt hours kilowatt hours kWhs"),
    ("Home Assistant, Home  Assistant, Home\nAssistant", "H A, H A, H A"),
    ("Home Assistants are at Home", "house Assistants are at house"),
    ("Home Home Assistant", "house H A"),
    ("I can, you can't, CAN'T, can'tata.", "I tin, you can't, CAN'T, tin'tata."),
    ("l'HA, dell\u2019HA\u2019s, 'HA'", None),
    ("Obst, z.B. Birnen", "Obst, zum Beispiel Birnen"),
    ("21 °C and 21°C in C++.", "21 degrees and 21degrees in C plus plus."),
    (
        "café, CAFÉ, cafe\u0301, cafés, cafe",
        "coffee house, coffee house, coffee house, cafés, cafe",
    ),
    ("O'Neil and O\u2019Neil", "O Neel and O Neel"),
    ("東京は京です", "Tokyoはcapitalです"),
    ("スター、マスター、スターズ", "star、マスター、スターズ"),
    ("ประเทศไทยสวย ไทยๆ", "ประเทศThailandสวย ไทยๆ"),
    ("서울에서 HA는 서울시청", "Seoul에서 Home Assistant는 서울시청"),
    ("HA的灯", "Home Assistant的灯"),
    ("HAは、のHA", "Home Assistantは、のHome Assistant"),
    ("https://example.com/HA?a=HA HA", "https://example.com/HA?a=HA Home Assistant"),
    ("www.example.com/HA, mqtt://HA mqtt: x", "www.example.com/HA, mqtt://HA M Q T T: x"),
    ("ha@example.com HA@home.io", "ha@example.com HA@home.io"),
    ("[whispers] whispers", "[whispers] murmurs"),
    ('HA<break time="1s"/>break', 'Home Assistant<break time="1s"/>crack'),
    ('<phoneme ph="HA">HA</phoneme> HA', '<phoneme ph="HA">HA</phoneme> Home Assistant'),
    ("<sub alias='HA'>HA</sub> <say-as interpret-as='x'>HA</say-as>", ""),
    ("HA < HA [1 HA] [no", "Home Assistant < Home Assistant [1 Home Assistant] [no"),
    ("", ""),
]


def replaced(*pieces: str, words: Mapping[str, str] = WORDS, cleans: bool = False) -> CleanText:
    """Return a text that came in pieces."""
    replacer = WordReplacer(Replacements(words.items()), performs_tags=True)
    cleaner = TextCleaner()
    parts = [cleaner.add(piece) if cleans else CleanText.plain(piece) for piece in pieces]
    parts = [replacer.add(part) for part in [*parts, cleaner.rest()]]
    return CleanText.joined(stretch for part in [*parts, replacer.rest()] for stretch in part)


@pytest.mark.parametrize(("text", "spoken"), SPOKEN)
def test_whole_words_are_replaced_in_what_is_spoken(text: str, spoken: str | None) -> None:
    spoken = text.replace("HA", "Home Assistant") if spoken is None else spoken or text
    found = replaced(text)
    assert found.spoken == spoken
    assert found.shown == text


@pytest.mark.parametrize("text", [text for text, _ in SPOKEN])
def test_a_text_may_be_cut_anywhere(text: str) -> None:
    rng = random.Random(text)  # noqa: S311  # repeatable, not secret
    whole = replaced(text)
    assert replaced(*text) == whole
    for at in range(len(text)):
        assert replaced(text[:at], text[at:]) == whole
    for _ in range(5):
        cuts = sorted(rng.sample(range(len(text) + 1), min(len(text), 4)))
        pieces = (text[a:b] for a, b in zip([0, *cuts], [*cuts, None], strict=True))
        assert replaced(*pieces) == whole


@pytest.mark.parametrize("cleans", [False, True])
def test_texts_of_chance_may_be_cut_anywhere(cleans: bool) -> None:
    rng = random.Random(16)  # noqa: S311  # repeatable, not secret
    parts = [
        *WORDS,
        *" '\u2019:.@/<>[]*_&-t\n",
        *("  ", "Home ", "://", "www.", "'s", "</", "<break/>", "👍", "\u200b", "\u0301", "ー"),
        *("에서", "**", "](x)", "`", "| "),
    ]
    for _ in range(1000):
        text = "".join(rng.choices(parts, k=rng.randint(1, 12)))
        whole = replaced(text, cleans=cleans)
        assert replaced(*text, cleans=cleans) == whole, repr(text)
        at = rng.randint(0, len(text))
        assert replaced(text[:at], text[at:], cleans=cleans) == whole, repr((text, at))


@pytest.mark.parametrize(
    ("pieces", "passed"),
    [
        (["The lamp is on"], ["The lamp is on"]),
        (["Ask", " N", "ow"], ["Ask", " ", "Now"]),
        (["Ask H", "A."], ["Ask ", "Home Assistant."]),
        (["Ask HA", ". Then"], ["Ask ", "Home Assistant. Then"]),
        (["At Home", " ", "is"], ["At ", "", "house is"]),
        (["At Home."], ["At house."]),
        (["nguyen", " ha"], ["nguyen", " ha"]),
        (["Home As", "sist", "ent"], ["", "", "house Assistent"]),
        (["x-", "Ho", "p"], ["x-", "", "Hop"]),
        (["gol", "d 東", "洋"], ["gol", "d ", "東洋"]),
    ],
    ids=str,
)
def test_only_what_may_begin_a_word_is_held_back(pieces: list[str], passed: list[str]) -> None:
    replacer = WordReplacer(WORD_LIST, performs_tags=True)
    assert [replacer.add(CleanText.plain(piece)).spoken for piece in pieces] == passed


def test_a_word_is_replaced_behind_marks_and_never_over_what_is_left_out() -> None:
    found = replaced(
        "**HA**'s *Home* [Assistant](https://HA.io) 🎉 HA\n"
        "See https://HA.io/HA and Home 🎉 Assistant",
        cleans=True,
    )
    assert found.shown == "HA's Home Assistant 🎉 HA\nSee HA.io and Home 🎉 Assistant"
    assert found.spoken == (
        "Home Assistant's H A Home Assistant.\nSee HA dot io and house Assistant"
    )


def test_an_exact_spelling_goes_before_any_case_and_the_longest_before_both() -> None:
    words = {"ha": "ha ha", "HA": "Home Assistant", "HA Green": "the box"}
    assert replaced("Ha ha HA HA Green HA green", words=words).spoken == (
        "ha ha ha ha Home Assistant the box Home Assistant green"
    )


def test_what_is_spoken_is_not_replaced_again() -> None:
    assert replaced("a b", words={"a": "b", "b": "a"}).spoken == "b a"


def test_the_digest_tells_lists_apart_whatever_their_order() -> None:
    first, second = Replacements([("a", "b"), ("c", "d")]), Replacements([("c", "d"), (" a ", "b")])
    assert first.digest == second.digest
    assert len({first.digest, Replacements([("a", "b")]).digest, Replacements().digest}) == 3


@pytest.mark.parametrize(
    "text", ["a " * 10000, "HA " * 5000, "HA" * 10000, "東" * 20000, "[" * 9000]
)
def test_a_long_text_is_read_quickly(text: str) -> None:
    words = {f"HA{number} x": "y" for number in range(500)}
    assert replaced(text, words=words).spoken == text
