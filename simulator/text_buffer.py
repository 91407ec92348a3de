"""Decide when buffered text is generated: chunk length schedule, flush, and auto mode."""

from .api_errors import ApiError, RequestValidationError

DEFAULT_SCHEDULE = (120, 160, 250, 290)
_MIN_LENGTH, _MAX_LENGTH = 50, 500
_FIELD = "chunk_length_schedule"


class TextBuffer:
    """Collects text and releases it in the portions that the service would generate."""

    def __init__(
        self, schedule: tuple[float, ...], *, auto_mode: bool, trigger_minimum: int
    ) -> None:
        self._schedule = schedule
        self._auto_mode = auto_mode
        self._trigger_minimum = trigger_minimum
        self._released_count = 0
        self._text = ""

    def append_text(self, text: str, *, flush: bool = False, trigger: bool = False) -> str:
        """Append text as it came, and return what is generated now, or an empty string."""
        is_keep_alive = text == " " and (not self._text or self._text[-1].isspace())
        self._text += "" if is_keep_alive else text
        if flush or self._auto_mode:
            return self.flush()
        step = min(self._released_count, len(self._schedule) - 1)
        is_due = len(self._text) >= self._schedule[step]
        is_triggered = trigger and len(self._text) >= self._trigger_minimum
        return self._release_complete_words() if is_due or is_triggered else ""

    def flush(self) -> str:
        """Release the whole text."""
        text, self._text = self._text, ""
        self._released_count += bool(text.strip())
        return text if text.strip() else ""

    def _release_complete_words(self) -> str:
        """Release the text but for a last word that may not be complete yet."""
        end = end_of_complete_words(self._text)
        if not self._text[:end].strip():
            return self.flush()
        self._text, rest = self._text[:end], self._text[end:]
        text, self._text = self.flush(), rest
        return text


def end_of_complete_words(text: str) -> int:
    """Return the length of a text without a last word that may not be complete yet."""
    if text != text.rstrip():
        return len(text)
    return max(text.rfind(space) for space in " \n\t") + 1


def parse_chunk_schedule(config: object, *, clamp: bool) -> tuple[float, ...]:
    """Return the chunk length schedule of a generation config."""
    if config is None:
        return DEFAULT_SCHEDULE
    if not isinstance(config, dict):
        location = ("generation_config",)
        raise RequestValidationError(location, "Input should be an object", "dict_type")
    schedule = config.get(_FIELD)
    if schedule is None:
        return DEFAULT_SCHEDULE
    if not isinstance(schedule, list) or not schedule or not all(map(_is_number, schedule)):
        raise RequestValidationError((_FIELD,), "Input should be a list of numbers", "list_type")
    if clamp:
        return tuple(min(_MAX_LENGTH, max(_MIN_LENGTH, entry)) for entry in schedule)
    if not all(_MIN_LENGTH <= entry <= _MAX_LENGTH for entry in schedule):
        message = f"{_FIELD} entries must be between {_MIN_LENGTH} and {_MAX_LENGTH}."
        raise ApiError(400, "invalid_generation_config", message)
    return tuple(schedule)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
