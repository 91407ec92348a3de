"""Decide when the buffered lines of a dialogue are generated."""

from dataclasses import replace

from .dialogue_lines import DialogueLine
from .text_buffer import end_of_complete_words


class DialogueBuffer:
    """Collects lines, joined as they come, and releases those that are enough to generate."""

    def __init__(self, min_characters: int, min_words: int) -> None:
        self._min_characters = min_characters
        self._min_words = min_words
        self._lines: list[DialogueLine] = []

    def append_line(self, line: DialogueLine) -> None:
        """Append a line; the texts of one voice in a row become one."""
        if self._lines and self._lines[-1].voice_id == line.voice_id:
            before = self._lines.pop()
            line = replace(line, text=before.text + line.text)
        self._lines.append(line)

    def release_if_due(self) -> list[DialogueLine]:
        """Release the lines if there are enough, but for a last word that may not be complete."""
        text = "".join(line.text for line in self._lines)
        if len(text) < self._min_characters or len(text.split()) < self._min_words:
            return []
        last = self._lines.pop()
        end = end_of_complete_words(last.text)
        self._lines.append(replace(last, text=last.text[:end]))
        released = self.flush()
        self._lines = [replace(last, text=last.text[end:])]
        return released

    def flush(self) -> list[DialogueLine]:
        """Release all lines."""
        lines, self._lines = self._lines, []
        has_text = any(line.text.strip() for line in lines)
        return [line for line in lines if line.text] if has_text else []
