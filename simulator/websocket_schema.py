"""The fields of the messages that a client sends on a WebSocket."""

from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from . import api_errors
from .dialogue_lines import unknown_line_fields
from .parameters import VOICE_SETTINGS, unknown_voice_settings

_LINE_FIELDS = frozenset({"text", "voice_id", "new_turn"})


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSchema:
    """What the messages of a WebSocket route look like."""

    fields: frozenset[str]
    flags: tuple[str, ...]
    voice_settings: Container[str] = VOICE_SETTINGS
    first_only: tuple[str, ...] = ()
    """Fields that come too late after the first message, and are ignored then."""
    requires_text: bool = False

    def check_message(self, message: Any) -> dict[str, Any]:
        """Return a message if it has the right types."""
        if not isinstance(message, dict) or not self._has_valid_text(message):
            raise api_errors.invalid_input_message()
        if not all(isinstance(message.get(name), bool | None) for name in self.flags):
            raise api_errors.invalid_input_message()
        return message

    def unknown_fields(self, message: dict[str, Any], *, is_first: bool) -> list[str]:
        """Return the fields that the service doesn't have, or ignores."""
        unknown = [name for name in message if name not in self.fields]
        unknown += unknown_voice_settings(message.get("voice_settings"), self.voice_settings)
        if "inputs" in self.fields:
            unknown += unknown_line_fields(message.get("inputs"), _LINE_FIELDS)
        if not is_first:
            unknown += [f"late {name}" for name in self.first_only if name in message]
        return unknown

    def _has_valid_text(self, message: dict[str, Any]) -> bool:
        text = message.get("text")
        return isinstance(text, str) or (text is None and not self.requires_text)
