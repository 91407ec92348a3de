"""Validation of durations."""

from datetime import timedelta
from typing import Any

from homeassistant.helpers import config_validation as cv
import voluptuous as vol

# `string` refuses true and false, which are numbers to Python.
_NUMBER: Any = vol.All(cv.string, cv.time_period_seconds)
_DURATION: Any = vol.Schema(vol.Any(timedelta, cv.time_period_str, cv.time_period_dict, _NUMBER))


def seconds(value: Any) -> float:
    """Return a number of seconds or a time period in seconds; raises vol.Invalid."""
    try:
        return float(_DURATION(value).total_seconds())
    except OverflowError as err:
        raise vol.Invalid(f"Expected a shorter time, got {value}") from err
