"""Keeps messages out of the line that Home Assistant logs when speech fails."""

import logging
from typing import Final, override

from homeassistant.components.tts import DOMAIN as TTS
from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError

from ..const import DOMAIN

_LOGGER_NAME: Final = f"homeassistant.components.{TTS}"
_REPLACEMENT: Final = "a text"


class _TextFilter(logging.Filter):
    """Removes the beginning of the message, which Home Assistant logs next to our errors."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        """Pass every record, without the message if the error is ours."""
        match record.args:
            case (str(), HomeAssistantError() as err) if err.translation_domain == DOMAIN:
                record.args = (_REPLACEMENT, err)
        return True


_FILTER: Final = _TextFilter()


@callback
def async_setup_log_filter() -> None:
    """Add the filter once."""
    logging.getLogger(_LOGGER_NAME).addFilter(_FILTER)
