"""Parse and check single parameters, strictly enough to catch mistakes of a client."""

from collections.abc import Container, Mapping, Sequence
from typing import Any

from .api_errors import ApiError, RequestValidationError

MAX_SEED = 4_294_967_295
LOCATORS = "pronunciation_dictionary_locators"
_MAX_LOCATORS = 3

type Location = tuple[str | int, ...]

_VOICE_SETTING_RANGES = {
    "stability": (0.0, 1.0),
    "similarity_boost": (0.0, 1.0),
    "style": (0.0, 1.0),
    "speed": (0.7, 1.2),
    "clone_strength": (0.0, 1.0),
}
VOICE_SETTINGS = frozenset({*_VOICE_SETTING_RANGES, "use_speaker_boost"})
_WIDE_SPEED_RANGE = (0.25, 4.0)
_BOOLEANS = {"true": True, "false": False}


def parse_boolean(query: Mapping[str, str], name: str, *, default: bool) -> bool:
    """Return a boolean of the query; only true and false are valid."""
    text = query.get(name)
    if text is None:
        return default
    if text not in _BOOLEANS:
        message = f"Input should be a valid boolean, true or false, not {text!r}"
        raise RequestValidationError(("query", name), message, "bool_parsing")
    return _BOOLEANS[text]


def parse_integer(query: Mapping[str, str], name: str, minimum: int, maximum: int) -> int | None:
    """Return an integer of the query within a range."""
    text = query.get(name)
    if text is None:
        return None
    try:
        value = int(text)
    except ValueError:
        message = "Input should be a valid integer"
        raise RequestValidationError(("query", name), message, "int_parsing") from None
    _check_range(value, minimum, maximum, ("query", name))
    return value


def check_choice(value: str | None, options: Sequence[str], location: Location) -> str | None:
    """Return a value if it is one of the options."""
    if value is not None and value not in options:
        message = f"Input should be {', '.join(options)}"
        raise RequestValidationError(location, message, "enum")
    return value


def check_string(value: object, location: Location) -> str:
    """Return a value if it is a string."""
    if not isinstance(value, str):
        raise RequestValidationError(location, "Input should be a valid string", "string_type")
    return value


def check_boolean(value: object, location: Location) -> bool:
    """Return a value if it is a boolean."""
    if not isinstance(value, bool):
        raise RequestValidationError(location, "Input should be a valid boolean", "bool_type")
    return value


def parse_voice_settings(
    value: object, location: Location, *, wide_speed: bool = False
) -> dict[str, Any]:
    """Return the voice settings that are set."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        message = "Input should be a valid dictionary"
        raise RequestValidationError(location, message, "dict_type")
    settings: dict[str, Any] = {}
    for name, setting in value.items():
        if setting is None:
            continue
        if name == "use_speaker_boost":
            settings[name] = check_boolean(setting, (*location, name))
        elif name in _VOICE_SETTING_RANGES:
            settings[name] = _parse_voice_setting(name, setting, location, wide_speed=wide_speed)
    return settings


def unknown_voice_settings(
    value: object, known: Container[str] = VOICE_SETTINGS, name: str = "voice_settings"
) -> list[str]:
    """Return the voice settings that the service, or one of its routes, doesn't have."""
    if not isinstance(value, Mapping):
        return []
    return [f"{name}.{setting}" for setting in value if setting not in known]


def parse_locators(value: object) -> list[tuple[str, str | None]]:
    """Return the IDs and versions of pronunciation dictionary locators."""
    location = ("body", LOCATORS)
    if value is None:
        return []
    if not isinstance(value, list):
        raise RequestValidationError(location, "Input should be a valid list", "list_type")
    if len(value) > _MAX_LOCATORS:
        message = f"List should have at most {_MAX_LOCATORS} items"
        raise RequestValidationError(location, message, "too_long")
    return [_parse_locator(item, (*location, number)) for number, item in enumerate(value)]


class RequestBody:
    """The JSON object of a request, which checks the types of its fields."""

    def __init__(self, data: object) -> None:
        if not isinstance(data, dict):
            message = "Input should be a valid dictionary or object"
            raise RequestValidationError(("body",), message, "model_attributes_type")
        self._data: dict[str, Any] = data

    def unknown_fields(self, known: frozenset[str]) -> list[str]:
        """Return the fields that the service doesn't have."""
        unknown = [name for name in self._data if name not in known]
        return unknown + unknown_voice_settings(self._data.get("voice_settings"))

    def unchecked_field(self, name: str) -> Any:
        """Return a field without a check."""
        return self._data.get(name)

    def optional_string(self, name: str) -> str | None:
        """Return a string, or None if it isn't set."""
        value = self._data.get(name)
        return None if value is None else check_string(value, ("body", name))

    def required_string(self, name: str) -> str:
        """Return a string that must be set."""
        if name not in self._data:
            raise RequestValidationError(("body", name), "Field required", "missing")
        return check_string(self._data[name], ("body", name))

    def limited_string(self, name: str, max_length: int) -> str | None:
        """Return a string of limited length, or None if it isn't set."""
        value = self.optional_string(name)
        if value is not None and len(value) > max_length:
            message = f"String should have at most {max_length} characters"
            raise RequestValidationError(("body", name), message, "string_too_long")
        return value

    def optional_boolean(self, name: str) -> bool | None:
        """Return a boolean, or None if it isn't set."""
        value = self._data.get(name)
        return None if value is None else check_boolean(value, ("body", name))

    def optional_seed(self) -> int | None:
        """Return the seed, or None if it isn't set."""
        location, value = ("body", "seed"), self._data.get("seed")
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise RequestValidationError(location, "Input should be a valid integer", "int_type")
        _check_range(value, 0, MAX_SEED, location)
        return value

    def string_list(self, name: str, max_length: int) -> list[str]:
        """Return a list of strings of limited length."""
        location, value = ("body", name), self._data.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            message = "Input should be a list of strings"
            raise RequestValidationError(location, message, "list_type")
        if len(value) > max_length:
            message = f"List should have at most {max_length} items"
            raise RequestValidationError(location, message, "too_long")
        return value


def _check_range(value: int, minimum: int, maximum: int, location: Location) -> None:
    if not minimum <= value <= maximum:
        message = f"Input should be between {minimum} and {maximum}"
        raise RequestValidationError(location, message, "out_of_range")


def _parse_voice_setting(
    name: str, value: object, location: Location, *, wide_speed: bool
) -> float:
    # The pages of 2023 send `similarity_boost: true`; docs/protocol.md, "Older pages".
    if name == "similarity_boost" and isinstance(value, bool):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        message = "Input should be a valid number"
        raise RequestValidationError((*location, name), message, "float_type")
    is_wide = wide_speed and name == "speed"
    minimum, maximum = _WIDE_SPEED_RANGE if is_wide else _VOICE_SETTING_RANGES[name]
    if not minimum <= value <= maximum:
        message = f"{name} must be between {minimum} and {maximum}, not {value}."
        raise ApiError(400, "invalid_voice_settings", message, param=name)
    return float(value)


def _parse_locator(item: object, location: Location) -> tuple[str, str | None]:
    if not isinstance(item, dict) or not isinstance(item.get("pronunciation_dictionary_id"), str):
        location = (*location, "pronunciation_dictionary_id")
        raise RequestValidationError(location, "Field required", "missing")
    version_id = item.get("version_id")
    if version_id is not None:
        check_string(version_id, (*location, "version_id"))
    return item["pronunciation_dictionary_id"], version_id
