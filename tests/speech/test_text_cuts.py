"""Where a growing text is cut for requests over HTTP: after its sentences, in every script."""

import pytest

from custom_components.elevenlabs_streaming.speech import Synthesizer
from simulator import Simulator
from tests.helpers.speaking import say, spoken, utterance
from tests.helpers.wires import pieces

V3 = "eleven_v3"


def tokens(text: str) -> list[str]:
    """Return a text word by word, each with the blank before it, as most agents write."""
    first, *others = text.split(" ")
    return [first, *(f" {word}" for word in others)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Your appointment with Dr. Johnson is at 9 a.m. sharp, so go.", "Take an umbrella."),
        ("Heiligabend ist am 24. Dezember, und mit Prof. Maier essen wir Gans.", "Das wird schön."),
        ("The music that you hear now was written by J. S. Bach in 1721.", "Shall I go on?"),
        ("It weighs approx. 3.5 kg and is 1,250.50 dollars, e.g. in the U.S. army.", "Buy it?"),
        ("Please read the message that came under No. 5 this morning.", "It is important."),
        ("Wir brauchen noch Gemüse, z.B. Gurken, Tomaten usw. für den Salat.", "Gehst du?"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("ends_in_blank", [False, True])
async def test_a_full_stop_that_belongs_to_its_word_ends_no_sentence(
    speaker: Synthesizer, simulator: Simulator, first: str, second: str, *, ends_in_blank: bool
) -> None:
    words = tokens(f"{first} {second}")
    if ends_in_blank:
        words = [f"{word.strip()} " for word in words]
    heard = await say(speaker, pieces(words), utterance(V3))
    assert heard.error is None
    assert [text.strip() for text in spoken(simulator, "http")] == [first, second]
