"""What people call the voices."""

from collections.abc import Callable, Mapping
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN

type VoiceNamer = Callable[[HomeAssistant, str, Mapping[str, Any]], str | None]
"""Returns the name of the voice that an engine speaks with some options."""

_NAMER: HassKey[VoiceNamer] = HassKey(f"{DOMAIN}_voice_namer")


@callback
def async_name_voices(hass: HomeAssistant, namer: VoiceNamer) -> None:
    """Ask `namer` for the names of voices from now on."""
    hass.data[_NAMER] = namer


@callback
def voice_name(hass: HomeAssistant, engine: str, options: Mapping[str, Any]) -> str | None:
    """Return what people call the voice that speaks; None if that is not known."""
    namer = hass.data.get(_NAMER)
    return namer(hass, engine, options) if namer else None
