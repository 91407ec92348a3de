"""Checks on what a client sent, as strict as catches a client's mistakes."""

from collections.abc import Mapping, Sequence
from typing import Any

from .errors import Invalid, Refusal

_MOST_LOCATORS = 3
LARGEST_SEED = 4_294_967_295

type Where = tuple[str | int, ...]

_SETTING_RANGES = {
    "stability": (0.0, 1.0),
    "similarity_boost": (0.0, 1.0),
    "style": (0.0, 1.0),
    "speed": (0.7, 1.2),
    "clone_strength": (0.0, 1.0),
}
_WIDE_SPEED = (0.25, 4.0)
_BOOLEANS = {"true": True, "false": False}


def boolean(query: Mapping[str, str], name: str, *, default: bool) -> bool:
    """Read true or false; other spellings are refused."""
    text = query.get(name)
    if text is None:
        return default
    if text not in _BOOLEANS:
        message = f"Input should be a valid boolean, true or false, not {text!r}"
        raise Invalid(("query", name), message, "bool_parsing")
    return _BOOLEANS[text]


def integer(query: Mapping[str, str], name: str, least: int, most: int) -> int | None:
    """Read a whole number in a range."""
    text = query.get(name)
    if text is None:
        return None
    try:
        value = int(text)
    except ValueError:
        message = "Input should be a valid integer"
        raise Invalid(("query", name), message, "int_parsing") from None
    if not least <= value <= most:
        message = f"Input should be between {least} and {most}"
        raise Invalid(("query", name), message, "out_of_range")
    return value


def choice(value: str | None, options: Sequence[str], where: Where) -> str | None:
    """Read one of some words."""
    if value is not None and value not in options:
        message = f"Input should be {', '.join(options)}"
        raise Invalid(where, message, "enum")
    return value


def settings(value: object, where: Where, *, wide_speed: bool = False) -> dict[str, Any]:
    """Read voice settings; absent ones stay absent."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Invalid(where, "Input should be a valid dictionary", "dict_type")
    found: dict[str, Any] = {}
    for name, setting in value.items():
        if setting is None:
            continue
        if name == "use_speaker_boost":
            found[name] = _flag(setting, (*where, name))
        elif name in _SETTING_RANGES:
            found[name] = _ranged(name, setting, where, wide_speed=wide_speed)
    return found


def unknown_settings(value: object) -> list[str]:
    """Name the voice settings that do not exist."""
    if not isinstance(value, Mapping):
        return []
    known = {*_SETTING_RANGES, "use_speaker_boost"}
    return [f"voice_settings.{name}" for name in value if name not in known]


def _ranged(name: str, value: object, where: Where, *, wide_speed: bool) -> float:
    # The 2023 samples send `similarity_boost: true`.
    if name == "similarity_boost" and isinstance(value, bool):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Invalid((*where, name), "Input should be a valid number", "float_type")
    wide = wide_speed and name == "speed"
    least, most = _WIDE_SPEED if wide else _SETTING_RANGES[name]
    if not least <= value <= most:
        message = f"{name} must be between {least} and {most}, not {value}."
        raise Refusal(400, "invalid_voice_settings", message, param=name)
    return float(value)


def _flag(value: object, where: Where) -> bool:
    if not isinstance(value, bool):
        raise Invalid(where, "Input should be a valid boolean", "bool_type")
    return value


class Body:
    """A JSON object from which fields are taken with their types checked."""

    def __init__(self, data: object) -> None:
        if not isinstance(data, dict):
            message = "Input should be a valid dictionary or object"
            raise Invalid(("body",), message, "model_attributes_type")
        self._data: dict[str, Any] = data

    def unknown(self, known: frozenset[str]) -> list[str]:
        """Name the fields that the service does not have."""
        extra = [name for name in self._data if name not in known]
        return extra + unknown_settings(self._data.get("voice_settings"))

    def raw(self, name: str) -> Any:
        """Give a field as it came."""
        return self._data.get(name)

    def text(self, name: str) -> str | None:
        """Read a string or null."""
        value = self._data.get(name)
        if value is not None and not isinstance(value, str):
            raise Invalid(("body", name), "Input should be a valid string", "string_type")
        return value

    def required_text(self, name: str) -> str:
        """Read a string that must be there."""
        if name not in self._data:
            raise Invalid(("body", name), "Field required", "missing")
        value = self._data[name]
        if not isinstance(value, str):
            raise Invalid(("body", name), "Input should be a valid string", "string_type")
        return value

    def flag(self, name: str) -> bool | None:
        """Read a boolean or null."""
        value = self._data.get(name)
        return None if value is None else _flag(value, ("body", name))

    def seed(self) -> int | None:
        """Read the seed."""
        value = self._data.get("seed")
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise Invalid(("body", "seed"), "Input should be a valid integer", "int_type")
        if not 0 <= value <= LARGEST_SEED:
            message = f"Input should be between 0 and {LARGEST_SEED}"
            raise Invalid(("body", "seed"), message, "out_of_range")
        return value

    def texts(self, name: str, most: int) -> list[str]:
        """Read a list of at most some strings."""
        value = self._data.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise Invalid(("body", name), "Input should be a list of strings", "list_type")
        if len(value) > most:
            message = f"List should have at most {most} items"
            raise Invalid(("body", name), message, "too_long")
        return value


def locators(value: object) -> list[tuple[str, str | None]]:
    """Read pronunciation dictionary locators."""
    where = ("body", "pronunciation_dictionary_locators")
    if value is None:
        return []
    if not isinstance(value, list):
        raise Invalid(where, "Input should be a valid list", "list_type")
    if len(value) > _MOST_LOCATORS:
        message = f"List should have at most {_MOST_LOCATORS} items"
        raise Invalid(where, message, "too_long")
    return [_locator(item, (*where, number)) for number, item in enumerate(value)]


def _locator(item: object, where: Where) -> tuple[str, str | None]:
    if not isinstance(item, dict) or not isinstance(item.get("pronunciation_dictionary_id"), str):
        message = "Field required"
        raise Invalid((*where, "pronunciation_dictionary_id"), message, "missing")
    version = item.get("version_id")
    if version is not None and not isinstance(version, str):
        message = "Input should be a valid string"
        raise Invalid((*where, "version_id"), message, "string_type")
    return item["pronunciation_dictionary_id"], version
