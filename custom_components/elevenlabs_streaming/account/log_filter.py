"""Keeps what was said out of a line that Home Assistant writes when speaking fails."""

import logging
from typing import Final, override

from homeassistant.components.tts import DOMAIN as TTS
from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError

from ..const import DOMAIN

_LOGGER_NAME: Final = f"homeassistant.components.{TTS}"
_INSTEAD: Final = "a text"


class _TextFilter(logging.Filter):
    """Home Assistant writes the beginning of the text next to the error; only ours are changed."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        """Pass every record, without the text if the error is one of ours."""
        match record.args:
            case (str(), HomeAssistantError() as err) if err.translation_domain == DOMAIN:
                record.args = (_INSTEAD, err)
        return True


_FILTER: Final = _TextFilter()


@callback
def async_setup_log_filter() -> None:
    """Begin; the same filter is added only once."""
    logging.getLogger(_LOGGER_NAME).addFilter(_FILTER)
