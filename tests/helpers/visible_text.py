"""The visible part of a text, as the reference for captions."""

from custom_components.elevenlabs_streaming.alignment.words import WordSplitter
from custom_components.elevenlabs_streaming.text.characters import is_control
from custom_components.elevenlabs_streaming.text.markup import Kind, MarkupReader


def visible_text(text: str) -> str:
    """Return what of a text is shown, with single spaces."""
    reader, splitter = MarkupReader(), WordSplitter()
    shown: list[str] = []
    for span in (*reader.read(text), *reader.rest()):
        if span.kind is Kind.PAUSE:
            splitter.pause()
        elif span.kind is Kind.SHOWN:
            shown += _shown(span.text, splitter)
    return "".join(shown)


def _shown(text: str, splitter: WordSplitter) -> list[str]:
    return [
        (splitter.starts_word(character) or "") + character
        for character in text
        if not splitter.is_gap(character) and not is_control(character)
    ]
