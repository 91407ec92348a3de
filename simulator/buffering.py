"""When buffered text is generated: the chunk schedule, flush and auto mode."""

from .errors import Invalid, Refusal

DEFAULT_SCHEDULE = (120, 160, 250, 290)
_LEAST, _MOST = 50, 500
_FIELD = "chunk_length_schedule"


class TextBuffer:
    """Collects text and releases it in the portions the service would."""

    def __init__(
        self, schedule: tuple[float, ...], *, auto_mode: bool, trigger_minimum: int
    ) -> None:
        self._schedule = schedule
        self._auto_mode = auto_mode
        self._trigger_minimum = trigger_minimum
        self._released = 0
        self._text = ""

    def add(self, text: str, *, flush: bool = False, trigger: bool = False) -> str:
        """Take text exactly as it came; give what shall be generated now, or ""."""
        keep_alive = text == " " and (not self._text or self._text[-1].isspace())
        self._text += "" if keep_alive else text
        if flush or self._auto_mode:
            return self.take()
        step = min(self._released, len(self._schedule) - 1)
        due = len(self._text) >= self._schedule[step]
        asked = trigger and len(self._text) >= self._trigger_minimum
        return self._take_words() if due or asked else ""

    def take(self) -> str:
        """Release everything."""
        text, self._text = self._text, ""
        self._released += bool(text.strip())
        return text if text.strip() else ""

    def _take_words(self) -> str:
        """Release all but a word that may not be complete yet."""
        kept = len(self._text) - len(self._text.rstrip())
        if kept:
            return self.take()
        cut = max(self._text.rfind(space) for space in " \n\t") + 1
        if not self._text[:cut].strip():
            return self.take()
        rest = self._text[cut:]
        self._text = self._text[:cut]
        text, self._text = self.take(), rest
        return text


def read_schedule(config: object, *, clamp: bool) -> tuple[float, ...]:
    """Read generation_config."""
    if config is None:
        return DEFAULT_SCHEDULE
    if not isinstance(config, dict):
        raise Invalid(("generation_config",), "Input should be an object", "dict_type")
    schedule = config.get(_FIELD)
    if schedule is None:
        return DEFAULT_SCHEDULE
    if not isinstance(schedule, list) or not schedule or not all(map(_number, schedule)):
        raise Invalid((_FIELD,), "Input should be a list of numbers", "list_type")
    if clamp:
        return tuple(min(_MOST, max(_LEAST, entry)) for entry in schedule)
    if not all(_LEAST <= entry <= _MOST for entry in schedule):
        message = f"{_FIELD} entries must be between {_LEAST} and {_MOST}."
        raise Refusal(400, "invalid_generation_config", message)
    return tuple(schedule)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
