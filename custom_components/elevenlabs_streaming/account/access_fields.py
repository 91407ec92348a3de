"""Form fields of an account: its key, its endpoint, and its budgets."""

from typing import Any

from homeassistant.const import CONF_API_KEY
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol

from ..api import DEFAULT_REGION, REGIONS
from ..const import CONF_ENDPOINT


def key_field(*, required: bool = True) -> dict[vol.Marker, Any]:
    """Return the field for an API key."""
    marker = vol.Required if required else vol.Optional
    selector = TextSelector(
        TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="current-password")
    )
    return {marker(CONF_API_KEY): selector}


def endpoint_field() -> dict[vol.Marker, Any]:
    """Return the field for a region or an address."""
    selector = SelectSelector(
        SelectSelectorConfig(
            options=list(REGIONS),
            translation_key=CONF_ENDPOINT,
            custom_value=True,
            mode=SelectSelectorMode.DROPDOWN,
        )
    )
    return {vol.Required(CONF_ENDPOINT, default=DEFAULT_REGION): selector}


def credits_selector() -> NumberSelector:
    """Return the selector of a budget."""
    config = NumberSelectorConfig(
        min=0, step=1, mode=NumberSelectorMode.BOX, unit_of_measurement="credits"
    )
    return NumberSelector(config)
