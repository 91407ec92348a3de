"""Keeps messages out of the lines that Home Assistant logs of speech."""

import logging
from typing import Final, override

from homeassistant.components.tts import DOMAIN as TTS
from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from ..const import CONF_PRIVATE, DOMAIN
from ..generation import logged_options
from .settings import SETTINGS

_LOGGER_NAME: Final = f"homeassistant.components.{TTS}"
_REPLACEMENT: Final = "a text"
_ABOUT_A_TEXT: Final = "audio for %s", "in cache for %s", "from disk for %s"


class _TextFilter(logging.Filter):
    """Removes the beginning of a message, which Home Assistant logs."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        """Pass every record, without the message if the error is ours or the voice private."""
        match record.args:
            case (str(), HomeAssistantError() as err) if err.translation_domain == DOMAIN:
                record.args = (_REPLACEMENT, err)
            case (str(),) if record.msg.endswith(_ABOUT_A_TEXT) and _is_private(record):
                record.args = (_REPLACEMENT,)
        return True


def _is_private(record: logging.LogRecord) -> bool:
    """Return whether a line is about speech that is private; true if nobody knows."""
    if (options := logged_options(record)) is None:
        return True
    try:
        return bool(SETTINGS[CONF_PRIVATE].check(options.get(CONF_PRIVATE) or False))
    except ServiceValidationError:
        return True


_FILTER: Final = _TextFilter()


@callback
def async_setup_log_filter() -> None:
    """Add the filter once."""
    logging.getLogger(_LOGGER_NAME).addFilter(_FILTER)
