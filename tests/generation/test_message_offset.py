"""Where in a message something stands that is spoken."""

import pytest

from custom_components.elevenlabs_streaming.generation.message_offset import MessageOffset
from custom_components.elevenlabs_streaming.generation.text_preparation import TextPreparation
from custom_components.elevenlabs_streaming.text import (
    Replacements,
    TextCleaner,
    WordReplacer,
    clean_text,
)

MESSAGES = {
    "plain": "The laundry is done, the laundry is dry.",
    "emphasis": "**The laundry** is *done*, and __the laundry__ is dry.",
    "emoji": "🎉 The laundry 🧺 is done 🎉! The laundry 🧺 is dry.",
    "links": "See [the recipe](https://example.com/the/recipe) of the day, then [the rest](/rest).",
    "lines": "# The news\n\n- The laundry is done\n- The dog is out\n\n> The dog",
    "reasoning": "<think>The laundry is wet.</think> The laundry is dry.",
    "entities": "Tom &amp; Jerry, `a_b` and <b>Tom</b>",
    "no blanks": "**洗濯が終わりました。**取りに来てください。🎉 洗濯です。",
}
LONG = " ".join(f"**Word** {number} [again](https://example.com/{number})" for number in range(900))


@pytest.mark.parametrize("message", [*MESSAGES.values(), LONG], ids=[*MESSAGES, "long"])
@pytest.mark.parametrize("in_shown", [False, True], ids=["written", "shown"])
def test_every_word_is_found_where_it_stands(message: str, in_shown: bool) -> None:
    text = clean_text(message)
    told = text.shown if in_shown else message
    offsets = MessageOffset(TextPreparation(TextCleaner()))
    starts = [at for at, word in _words(text.spoken)]
    words = [word for _, word in _words(text.spoken)]
    step = max(1, len(starts) // 30)
    found = [offsets.find(at, message, in_shown=in_shown) for at in starts[::step]]
    assert found == sorted(set(found))
    for place, word in zip(found[1:], words[::step][1:], strict=True):
        assert told.startswith(word, place)
    assert offsets.find(len(text.spoken), message, in_shown=in_shown) == len(told)
    assert offsets.find(0, message, in_shown=in_shown) == 0


def test_a_script_without_blanks_goes_on_within_a_run() -> None:
    message = "**洗濯が終わりました**🎉、取りに来て"
    offset = clean_text(message).spoken.index("終わ")
    assert MessageOffset(TextPreparation(TextCleaner())).find(offset, message) == message.index(
        "終わ"
    )


def test_without_a_cleaner_all_is_spoken_as_it_was_written() -> None:
    assert MessageOffset(TextPreparation()).find(7, "**bold** text") == 7


def test_a_replaced_word_stands_where_it_was_written() -> None:
    message = "**HA** says that [HA](https://example.com/HA) is *done*, thanks to HA."
    spoken = "Home Assistant says that Home Assistant is done, thanks to Home Assistant."
    words = Replacements([("HA", "Home Assistant")])
    replacer = WordReplacer(words, performs_tags=False)
    offsets = MessageOffset(TextPreparation(TextCleaner(), replacer))
    for word in ("says", "that", "is", "done", "thanks", "to"):
        found = offsets.find(spoken.index(f" {word}") + 1, message)
        assert message.startswith(word, found)
    within = spoken.index("Assistant", 30)
    assert offsets.find(within, message) == message.index("[HA]")


def _words(text: str) -> list[tuple[int, str]]:
    found, at = list[tuple[int, str]](), 0
    for word in text.split():
        at = text.index(word, at)
        if cleaned := word.strip(".,!#&"):
            found.append((at + word.index(cleaned), cleaned))
        at += len(word)
    return found
