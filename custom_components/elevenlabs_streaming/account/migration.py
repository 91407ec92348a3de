"""Migration of a voice's settings from earlier versions."""

from collections.abc import Mapping
from typing import Any, Final

from ..const import CONF_FALLBACK, CONF_LATENCY

_NAMES: Final = {"stand_in": CONF_FALLBACK, "pace": CONF_LATENCY}
_LATENCIES: Final = {"quickest": "lowest"}


def migrate_voice(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a voice's settings of version 1.2 or earlier under the names of version 1.3."""
    renamed = {_NAMES.get(name, name): value for name, value in data.items()}
    if (latency := renamed.get(CONF_LATENCY)) in _LATENCIES:
        renamed[CONF_LATENCY] = _LATENCIES[latency]
    return renamed
