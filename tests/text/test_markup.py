"""What is shown of a text and what is not."""

import random

import pytest

from custom_components.elevenlabs_streaming.text.markup import Kind, MarkupReader, Span
from tests.helpers.visible_text import visible_text

HIDDEN = [
    ("[whispers] Good night.", "Good night."),
    ("Good [laughs softly] night.", "Good night."),
    ("Good night [sighs].", "Good night."),
    ("Hello[laughs]there", "Hello there"),
    ("[strong French accent] Bonjour !", "Bonjour !"),
    ("[it's late] Go to bed", "Go to bed"),
    ("你好[笑]世界[大声地笑]再见", "你好世界再见"),
    ("[फुसफुसाते हुए] नमस्ते", "नमस्ते"),
    ("[happy][laughs] Yes", "Yes"),
    ('Wait <break time="1.5s"/> now.', "Wait now."),
    ('Wait<break time="1s" />now.', "Wait now."),
    ('<phoneme alphabet="ipa" ph="təˈmɑːtəʊ">tomato</phoneme> soup', "tomato soup"),  # noqa: RUF001  # of many scripts
    ("<phoneme alphabet='x-sampa' ph='t@\"mA:_>t@U'>tomato</phoneme>s", "tomatoes"[:6] + "s"),
    ('The <sub alias="World Health Organization">WHO</sub> says', "The WHO says"),
    ("<speak><p><s>One.</s><s>Two.</s></p></speak>", "One. Two."),
    ('<prosody rate="slow">Slow</prosody>, <emphasis>now</emphasis>!', "Slow, now!"),
    ('<say-as interpret-as="date">3.5.</say-as> it is', "3.5. it is"),
    ("[whispers]", ""),
    ("[Laughs] Yes", "Yes"),
    ("[SIGHS DEEPLY] No", "No"),
    ('<break time="1s"/>', ""),
]
SHOWN = [
    "a < b and b > a",
    "I <3 you",
    "[sic",
    "[OK] done",
    "[ACME Support] calls",
    "in ['Kitchen', 'Bathroom']",
    "see [1] and [23]",
    "[see page 3]",
    "- [x] milk",
    "a[i] = b[j]",
    "[Home Assistant](https://home-assistant.io)",
    "[]",
    "x <y",
    "<b>bold</b> and <script>alert(1)</script>",
    "<p>HTML</p>",
    "<breakfast>",
    "2 <= 3",
    "<",
    "[",
    "[two\nlines]".replace("\n", " 2 "),
    "<break time='1s",
    "ends with [whispers",
]


@pytest.mark.parametrize(("text", "shown"), HIDDEN)
def test_what_is_performed_is_not_shown(text: str, shown: str) -> None:
    assert visible_text(text) == shown


@pytest.mark.parametrize("text", [text for text, _ in HIDDEN if "<" not in text])
def test_tags_that_a_model_speaks_are_shown_at_once(text: str) -> None:
    assert _joined(MarkupReader(performs_tags=False).read(text)) == [(text, Kind.SHOWN)]


@pytest.mark.parametrize("text", SHOWN)
def test_what_only_looks_like_markup_is_text(text: str) -> None:
    assert visible_text(text) == text


def test_spaces_are_single_and_lines_are_kept() -> None:
    assert visible_text("  One \t two \n\n three\u00a0four ") == "One two\nthree\u00a0four"


def test_characters_that_nobody_sees_or_hears_are_dropped() -> None:
    assert visible_text("\ufeffbe\x00ll\x07") == "bell"


@pytest.mark.parametrize("text", [text for text, _ in HIDDEN] + SHOWN)
def test_markup_may_arrive_in_any_pieces(text: str) -> None:
    rng = random.Random(text)  # noqa: S311  # not for secrets
    reader = MarkupReader()
    whole = _joined([*reader.read(text), *reader.rest()])
    for _ in range(20):
        reader, spans, at = MarkupReader(), list[Span](), 0
        while at < len(text):
            size = rng.randint(1, 5)
            spans += reader.read(text[at : at + size])
            at += size
        assert _joined([*spans, *reader.rest()]) == whole


def test_text_before_markup_does_not_wait_for_it() -> None:
    reader = MarkupReader()
    assert _joined(reader.read("Now [whis")) == [("Now ", Kind.SHOWN)]
    assert _joined(reader.read("pers] go")) == [("[whispers]", Kind.PAUSE), (" go", Kind.SHOWN)]


@pytest.mark.parametrize(
    "begun", ["<3", "< ", "<b>", "[1", "<breakf", "[a" + "b" * 80, "<break " + "x" * 500]
)
def test_what_cannot_become_markup_is_not_held_back(begun: str) -> None:
    assert _joined(MarkupReader().read(begun)) == [(begun, Kind.SHOWN)]


def test_a_row_of_open_signs_is_read_quickly() -> None:
    for sign in ("[", "<", "<break ", '<break a="', "[a"):
        assert visible_text(sign * 3000).startswith(sign[0])


def _joined(spans: list[Span]) -> list[tuple[str, Kind]]:
    """Join what is next to each other and of one kind."""
    found: list[tuple[str, Kind]] = []
    for text, kind in spans:
        if found and found[-1][1] is kind:
            found[-1] = (found[-1][0] + text, kind)
        elif text:
            found.append((text, kind))
    return found
