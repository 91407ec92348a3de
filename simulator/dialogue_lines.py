"""The inputs of a dialogue, each a text and its voice."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace

from .api_errors import ApiError, RequestValidationError
from .parameters import Location, check_boolean, check_string
from .speech_models import SpeechModel


@dataclass(frozen=True, slots=True)
class DialogueLine:
    """A text, the ID of its voice, and whether it starts a new turn."""

    text: str
    voice_id: str
    new_turn: bool = False


def parse_lines(value: object, location: Location) -> list[DialogueLine]:
    """Return the lines of `inputs`, which must be a list."""
    if not isinstance(value, list):
        raise RequestValidationError(location, "Input should be a valid list", "list_type")
    return [_parse_line(item, (*location, number)) for number, item in enumerate(value)]


def unknown_line_fields(value: object, known: Container[str]) -> list[str]:
    """Return the fields of `inputs` that the service doesn't have."""
    lines = value if isinstance(value, list) else []
    names = [name for line in lines if isinstance(line, dict) for name in line]
    return [f"inputs.{name}" for name in names if name not in known]


def parse_voice_ids(value: object) -> list[str]:
    """Return the IDs of `voices`, of which there must be one."""
    location: Location = ("voices",)
    if value is None:
        raise RequestValidationError(location, "Field required", "missing")
    if not isinstance(value, list):
        raise RequestValidationError(location, "Input should be a valid list", "list_type")
    if not value:
        message = "List should have at least 1 item"
        raise RequestValidationError(location, message, "too_short")
    return [check_string(item, (*location, number)) for number, item in enumerate(value)]


def check_voice_count(voice_ids: Sequence[str], model: SpeechModel, param: str) -> None:
    """Raise an error if a model can't speak with so many voices."""
    count, limit = len(set(voice_ids)), model.max_dialogue_voices
    if count > limit:
        message = f"Model '{model.model_id}' supports at most {limit} voices, not {count}."
        raise ApiError(400, "too_many_voices", message, param=param)


def cut_lines(lines: Sequence[DialogueLine], length: int) -> list[DialogueLine]:
    """Return lines of a limited total length."""
    kept = []
    for line in lines:
        kept.append(replace(line, text=line.text[:length]))
        length -= len(kept[-1].text)
    return kept


def _parse_line(item: object, location: Location) -> DialogueLine:
    if not isinstance(item, Mapping):
        raise RequestValidationError(location, "Input should be a valid dictionary", "dict_type")
    for name in ("text", "voice_id"):
        if name not in item:
            raise RequestValidationError((*location, name), "Field required", "missing")
    new_turn = item.get("new_turn")
    return DialogueLine(
        check_string(item["text"], (*location, "text")),
        check_string(item["voice_id"], (*location, "voice_id")),
        new_turn is not None and check_boolean(new_turn, (*location, "new_turn")),
    )
