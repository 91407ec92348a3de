"""An account's quiet hours in its form."""

from collections.abc import Mapping
from datetime import time
from typing import Any, Final

from homeassistant.helpers.selector import (
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TimeSelector,
)
import voluptuous as vol

from ..announcements import AccountQuiet, Priority, QuietHours
from ..const import CONF_QUIET_FROM, CONF_QUIET_PRIORITY, CONF_QUIET_TO
from .validation import FormError

# Which of the priorities that disturb is the lowest.
_DISTURBED_BY: Final[Mapping[str, int]] = {
    "high": Priority.HIGH,
    "critical": Priority.CRITICAL,
    "none": Priority.CRITICAL + 1,
}
_USUAL: Final = "critical"


def quiet_fields() -> dict[vol.Marker, Any]:
    """Return the fields of the form."""
    priorities = SelectSelector(
        SelectSelectorConfig(
            options=list(_DISTURBED_BY),
            translation_key=CONF_QUIET_PRIORITY,
            mode=SelectSelectorMode.DROPDOWN,
        )
    )
    return {
        vol.Optional(CONF_QUIET_FROM): TimeSelector(),
        vol.Optional(CONF_QUIET_TO): TimeSelector(),
        vol.Optional(CONF_QUIET_PRIORITY): priorities,
    }


def checked_quiet(entered: Mapping[str, Any]) -> dict[str, str]:
    """Return what to store; raises `FormError` if only one of the times is there."""
    start, end = entered.get(CONF_QUIET_FROM), entered.get(CONF_QUIET_TO)
    if bool(start) != bool(end):
        raise FormError(CONF_QUIET_FROM if end else CONF_QUIET_TO, "quiet_incomplete")
    if start and start == end:
        raise FormError(CONF_QUIET_TO, "quiet_empty")
    priority = entered.get(CONF_QUIET_PRIORITY) or _USUAL
    kept = {CONF_QUIET_PRIORITY: priority} if priority != _USUAL else {}
    return {CONF_QUIET_FROM: start, CONF_QUIET_TO: end, **kept} if start and end else kept


def apply_quiet(quiet: AccountQuiet, options: Mapping[str, Any]) -> None:
    """Apply the stored options of an account."""
    start, end = options.get(CONF_QUIET_FROM), options.get(CONF_QUIET_TO)
    is_set = start is not None and end is not None
    quiet.hours = QuietHours(_time(start), _time(end)) if is_set else None
    quiet.is_disturbed_by = _DISTURBED_BY[options.get(CONF_QUIET_PRIORITY, _USUAL)]


def _time(stored: Any) -> time:
    return time.fromisoformat(str(stored))
